"""Ears and voice: faster-whisper, Piper and espeak-ng engines, loaded once per process and shared by all calls."""
