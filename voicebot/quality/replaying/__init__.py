"""Past calls under changed instructions, prompts or models: which of them end otherwise."""
