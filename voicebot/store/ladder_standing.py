"""How a ladder stands: everything that its rows say, read at one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection

from voicebot.domain.ladder import Attempt, Ladder, Way
from voicebot.domain.message_event import MessageEventKind
from voicebot.store.ladder_rows import read_attempts, read_ladder
from voicebot.store.message_events import message_events_of


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that a ladder's rows say at one moment. passed: (contact, round) of those who passed on in writing.

    told: ids of contacts who got something in writing. rung: ids of contacts whose telephone was rung.
    """

    ladder: Ladder
    attempts: tuple[Attempt, ...]
    passed: tuple[tuple[str, int], ...]
    told: tuple[str, ...]
    rung: tuple[str, ...]

    def attempt(self, attempt_id: str) -> Attempt | None:
        return next((attempt for attempt in self.attempts if attempt.id == attempt_id), None)


def read_standing(connection: Connection, ladder_id: str) -> Standing:
    """Raises: UnknownMessage."""
    ladder = read_ladder(connection, ladder_id)
    attempts = read_attempts(connection, ladder_id)
    events = [e for e in message_events_of(connection, ladder.call) if e.data.get("ladder") == ladder_id]

    def contacts(kind: MessageEventKind, wanted: Callable[[dict[str, Any]], bool]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(e.data["contact"] for e in events if e.kind is kind and wanted(e.data)))

    written = [e.data for e in events if e.kind is MessageEventKind.PASSED_ON and e.data["way"] != Way.KEYPAD]
    return Standing(
        ladder,
        attempts,
        tuple((data["contact"], data["round"]) for data in written),
        contacts(MessageEventKind.CONTACT_TOLD, lambda data: not data["trouble"] and "what" not in data),
        contacts(MessageEventKind.CONTACT_RUNG, lambda _: True),
    )
