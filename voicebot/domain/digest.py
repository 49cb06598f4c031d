"""A digest: dispatches of one rule to one recipient, gathered until a full hour or a time of day, sent as one letter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voicebot.domain.delivery import Channel


@dataclass(frozen=True, slots=True)
class Digest:
    """One row; due_at aware UTC: when it is closed and sent, later when it is tried again.

    id: names its first due_at, so that whoever opens the digest of one hour opens the same one.
    closed: nothing is added any more. recipient, address: see Dispatch.
    """

    id: str
    client: str
    rule: str
    channel: Channel
    recipient: str
    address: str
    due_at: datetime
    closed: bool = False
