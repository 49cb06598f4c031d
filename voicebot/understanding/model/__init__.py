"""A language model in front of the rules: asked little, believed only with the caller's own words."""
