"""Runs of a suite: which cases, held and judged on all cores, kept as they finish, and what they came to."""
