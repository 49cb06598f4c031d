"""Words of danger: heard, denied, past, about whom; fixed patterns that no model and no client can change."""
