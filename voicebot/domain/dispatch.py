"""A dispatch: one message on its way to one recipient by one channel, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voicebot.domain.delivery import Channel


class DispatchStatus(StrEnum):
    """How far a dispatch has come; it only goes down this list, except that FAILED may be resent."""

    QUEUED = "queued"
    """Ours to send: now, at due_at, or again after a temporary failure."""
    SENT = "sent"
    """The channel took it: the mail server accepted it, the carrier has it, the webhook answered 2xx."""
    DELIVERED = "delivered"
    """The other end has it: a delivery receipt. A webhook that took it has it."""
    READ = "read"
    """A person said so: the link was used, or the console."""
    FAILED = "failed"
    """Given up for good. It is a dead letter unless its fallback got through."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Times are aware UTC.

    id: stable: the same dispatch again is the same id, which channels use to know it again (Message-ID, webhook-id).
    rule: id of the delivery in the client's file. recipient: id of a person, "" for an address of its own.
    address: e-mail address, E.164 number or URL. revision: state of the message that is sent ("turn-7", "final").
    due_at: not before; later than created_at in quiet hours and for digests. digest: id of the digest that takes it, "" for
    one of its own. fallback_of: id of the dispatch that this one replaces, "" for a first one.
    attempts: how often it was given to the channel. provider_id: what the channel calls it.
    trouble: code of the last failure, "" when none.
    """

    id: str
    call: str
    message: str
    client: str
    rule: str
    channel: Channel
    recipient: str
    address: str
    status: DispatchStatus
    revision: str
    created_at: datetime
    due_at: datetime
    changed_at: datetime
    digest: str = ""
    fallback_of: str = ""
    attempts: int = 0
    provider_id: str = ""
    trouble: str = ""
