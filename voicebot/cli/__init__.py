"""The command line: serve, talk, understand, call, demo, clients, models, bench."""

from voicebot.cli.app import app

__all__ = ["app"]
