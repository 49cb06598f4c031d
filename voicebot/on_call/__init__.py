"""The people on call: a durable ladder that rings them until one of them acknowledges, and the alarm when none does."""
