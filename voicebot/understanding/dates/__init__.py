"""Spoken days and hours by a small grammar; wrong is worse than none."""
