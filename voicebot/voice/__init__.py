"""One call's audio: hears the caller, knows whose turn it is, speaks the receptionist's sentences."""
