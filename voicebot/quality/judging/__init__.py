"""Judges of finished calls: by code first; a language model only for tone and clarity."""
