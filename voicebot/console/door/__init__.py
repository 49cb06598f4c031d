"""Who comes in: passwords, links, OpenID Connect, sessions, and what every request must show."""
