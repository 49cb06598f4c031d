"""Durable work: what must still be done for a call, recorded in one transaction with the call's own rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WorkKind(StrEnum):
    """Names of the durable workflows that a saved call can start."""

    DELIVER = "deliver_message"
    """Send the call's message by every rule of delivery that fits."""
    WAKE = "wake_on_call"
    """Climb the on-call ladder until a person acknowledges."""
    TEXT_CALLER = "text_caller"
    """Send the caller an approved SMS; its revision is the text's id."""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of durable work for one call.

    id: the same work again has the same id and is done once, "20261123-221504-1f9c2a-deliver-final".
    revision: which state of the message it is for, "turn-7" or "final".
    """

    id: str
    kind: WorkKind
    call: str
    revision: str = "final"
