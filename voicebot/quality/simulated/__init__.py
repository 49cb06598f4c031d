"""Callers played by a language model: a persona with a goal, its own facts, and nothing else to tell."""
