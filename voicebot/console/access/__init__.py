"""The only places where the console reads data: one module for each kind, each asks what the visitor may see."""
