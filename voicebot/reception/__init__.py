"""The life of one call: pick up, hear, keep silence, resume, hang up. Decide, save, then speak."""
