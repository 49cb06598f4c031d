"""A message in the words of each channel: what may be told to whom, templates of the house and of clients."""
