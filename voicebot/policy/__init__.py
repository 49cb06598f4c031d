"""Rules: acts and the client's instructions in, decisions and the next state of the call out. Pure."""
