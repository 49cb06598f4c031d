"""What the outbox costs and how fast it is: two things compared in one run, on the machine where it runs."""
