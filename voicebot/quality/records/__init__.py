"""Finished calls as QA reads them: ours with everything that is known, and those of other systems with what they tell."""
