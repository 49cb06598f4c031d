"""One finished call as QA reads it, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from voicebot.domain.language import Language
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.facts import Facts


class Speaker(StrEnum):
    CALLER = "caller"
    RECEPTIONIST = "receptionist"
    AGENT = "agent"
    """A human of the floor."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that somebody said.

    number: 1, 2, 3 … in the order in which they began. started_s, ended_s: since the call began, None where nobody timed it.
    keys: pressed instead of said. phrase: id of the approved phrase, "" where it is not known. event: number of the call's
    event it comes from, 0 when none. confidence: of the ears, 0-1, None where no ear heard it. played: whether the caller
    heard it: "all", "part", "none", "" unknown. A caller's silence is a turn without text and keys.
    """

    number: int
    speaker: Speaker
    text: str
    started_s: float | None = None
    ended_s: float | None = None
    keys: str = ""
    language: Language | None = None
    phrase: str = ""
    event: int = 0
    confidence: float | None = None
    played: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """One call.

    id: unique among those judged together. client: id of the business that was called, "" unknown. name: for reports.
    source: where it was read, "calls.jsonl:12", "store". record: everything that is known of it, when it is one of ours.
    expect: what must be true of it; None where nobody wrote that down. audio: file with the caller left and the receptionist
    right, or one channel, a path as the reader can open it, "" when there is none. tags: what reports group by besides
    client, scenario and language ("voice": "fr+m3", "noise_db": "10"). unheard: what a played caller had
    come to say and could not, since the call had ended.
    """

    id: str
    client: str
    turns: tuple[Turn, ...]
    name: str = ""
    source: str = ""
    language: Language | None = None
    started_at: datetime | None = None
    record: CallRecord | None = None
    expect: Facts | None = None
    audio: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    unheard: tuple[str, ...] = ()

    @property
    def said(self) -> tuple[Turn, ...]:
        """What the receptionist said, without what the caller is known not to have heard."""
        return tuple(t for t in self.turns if t.speaker is Speaker.RECEPTIONIST and t.played != "none")

    @property
    def caller_turns(self) -> tuple[Turn, ...]:
        """Silences and keys included."""
        return tuple(t for t in self.turns if t.speaker is Speaker.CALLER)


transcript_json: TypeAdapter[Transcript] = TypeAdapter(Transcript)
"""One line of our own JSONL."""
