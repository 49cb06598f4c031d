"""The pages of our own people: agents, supervisors, QA, clients' viewers, admins."""
