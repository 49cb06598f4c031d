"""Evals by ear: synthetic callers over the real websocket, under the conditions of real lines."""
