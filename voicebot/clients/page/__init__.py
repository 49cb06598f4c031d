"""The instructions as a page in French that a client reads and signs."""
