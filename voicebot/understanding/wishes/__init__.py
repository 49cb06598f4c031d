"""What callers want and who they are: requests, questions, people, humans, secrets."""
