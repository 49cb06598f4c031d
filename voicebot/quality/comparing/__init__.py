"""Statistics for decisions: rates with intervals, paired tests between two runs, and what a sample could have shown."""
