"""« On vous rappelle » : a recorded promise with a list of its own, until somebody of ours has called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel


class CallbackStatus(StrEnum):
    OPEN = "open"
    ASSIGNED = "assigned"
    """Somebody said that they call."""
    DONE = "done"
    UNREACHED = "unreached"
    """Called, and nobody answered; it stays on the list."""


@dataclass(frozen=True, slots=True)
class Callback:
    """One promise. id: "<handoff id>-callback". number: E.164. words: the sentence that promised it, as it was spoken.

    tries: how often somebody called in vain. by: id of the user who has or had it, "" for nobody.
    """

    id: str
    call: str
    client: str
    number: str
    name: str
    language: Language
    urgency: UrgencyLevel
    promised_at: datetime
    words: str
    status: CallbackStatus = CallbackStatus.OPEN
    by: str = ""
    changed_at: datetime | None = None
    tries: int = 0
    note: str = ""
