"""The composition root: settings in, a working house out."""
