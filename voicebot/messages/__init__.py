"""A message after the call: who gets it, by which channel, in which words, and what became of it."""
