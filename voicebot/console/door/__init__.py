"""Who comes in: passwords, links, OpenID Connect, sessions, and what every request must show."""

from voicebot.console.door.door import Door

__all__ = ["Door"]
