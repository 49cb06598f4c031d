"""The first file of a new client: answers to a few questions, and what the trade usually needs."""
