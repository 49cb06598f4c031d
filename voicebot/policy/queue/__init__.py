"""The queue of agents as pure rules: who is rung for whom, until when, and what follows when nobody takes the caller."""
