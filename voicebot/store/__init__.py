"""Rows of calls, their events and their messages. The only room that knows SQLAlchemy."""

from voicebot.store.call_book import CallBook

__all__ = ["CallBook"]
