"""Runs as people and machines read them: one HTML file, JUnit XML, JSON."""
