"""Client files: read, checked, and found by id or dialled number."""
