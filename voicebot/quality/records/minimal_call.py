"""The minimal form of a call that other systems write, one JSON object per line, and how it becomes a transcript."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from voicebot.domain.language import Language
from voicebot.quality.facts import Facts, FactsPart
from voicebot.quality.records.speakers import Speakers
from voicebot.quality.records.transcript import Speaker, Transcript, Turn

_ID_LETTERS = 12


class WrittenTurn(FactsPart):
    """One thing that somebody said. speaker: caller, receptionist, agent, or a label that is mapped.

    keys: pressed instead of said. started_s, ended_s: since the call began. played: "all", "part" or "none" of it was heard.
    """

    speaker: str
    text: str = ""
    started_s: Annotated[float | None, Field(ge=0)] = None
    ended_s: Annotated[float | None, Field(ge=0)] = None
    keys: Annotated[str, Field(pattern=r"^[0-9*#]*$")] = ""
    language: Language | None = None
    confidence: Annotated[float | None, Field(ge=0, le=1)] = None
    phrase: str = ""
    played: Annotated[str, Field(pattern=r"^(all|part|none)?$")] = ""


class WrittenCall(FactsPart):
    """One call. id: unique in the file; made of the content when it is missing. client: id of the business called.

    started_at: with its offset, "2026-11-23T10:10:00+01:00"; UTC without one. expect: facts, as in scenario files.
    """

    id: str = ""
    client: str = ""
    name: str = ""
    language: Language | None = None
    started_at: datetime | None = None
    turns: Annotated[tuple[WrittenTurn, ...], Field(min_length=1, max_length=2000)]
    expect: Facts | None = None
    audio: str = ""
    tags: dict[str, str] = Field(default_factory=dict)

    def unknown_speakers(self, speakers: Speakers) -> list[str]:
        return sorted(label for label, speaker in self._speakers(speakers).items() if speaker is None)

    def transcript(self, speakers: Speakers, source: str) -> Transcript:
        """Every label must be known, see unknown_speakers."""
        who = self._speakers(speakers)
        turns = tuple(_turn(n, written, who[written.speaker]) for n, written in enumerate(self.turns, 1))
        began = self.started_at
        call = self.id or f"call-{content_digest(self.client, turns)[:_ID_LETTERS]}"
        return Transcript(
            id=call,
            client=self.client,
            turns=turns,
            name=self.name or call,
            source=source,
            language=self.language,
            started_at=began.replace(tzinfo=UTC) if began and began.tzinfo is None else began,
            expect=self.expect,
            audio=self.audio,
            tags=self.tags,
        )

    def _speakers(self, speakers: Speakers) -> dict[str, Speaker | None]:
        return speakers.of_call(dict.fromkeys(turn.speaker for turn in self.turns))


def _turn(number: int, written: WrittenTurn, speaker: Speaker | None) -> Turn:
    if speaker is None:
        raise ValueError("a speaker nobody knows")
    values: dict[str, Any] = written.model_dump() | {"speaker": speaker, "text": " ".join(written.text.split())}
    return Turn(number=number, **values)


def content_digest(client: str, turns: tuple[Turn, ...]) -> str:
    """SHA-256 over who said what, when: two calls with the same one are the same call, whatever their ids."""
    told = "\0".join(f"{t.speaker}\1{t.text}\1{t.keys}\1{'' if t.started_s is None else t.started_s}" for t in turns)
    return hashlib.sha256(f"{client}\0{told}".encode()).hexdigest()


def call_schema() -> dict[str, Any]:
    """JSON schema of one line."""
    return WrittenCall.model_json_schema() | {"title": "voicebot call transcript, minimal form, version 1"}
