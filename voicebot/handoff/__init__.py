"""Handing callers over to humans: the queue of agents, their desk, their telephones, and the way back."""
