"""The instructions compiler: small pure checks, one function per finding, that read a client's instructions as a whole."""
