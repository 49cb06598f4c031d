"""Words to caller acts: by a language model, else, in the same turn, by built-in French and English rules."""
