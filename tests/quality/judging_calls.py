"""Calls for tests of judges: the labelled conversations, held once, and ways to tamper with their records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from voicebot.clients.directory import Clients, load_clients
from voicebot.domain.events import CallEvent, EventKind
from voicebot.quality.conversation_evals import hold_call, passing_book
from voicebot.quality.conversation_file import read_conversations
from voicebot.quality.facts import Facts
from voicebot.quality.judging.judge import judge_transcript
from voicebot.quality.judging.verdict import Verdict
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.records.transcript import Transcript
from voicebot.understanding.rules import Rules

HOUSE = Path(__file__).parents[2]
Change = Callable[[CallEvent], CallEvent | None]


@lru_cache(maxsize=1)
def clients() -> Clients:
    return load_clients(HOUSE / "client_configs")


@lru_cache(maxsize=1)
def held() -> dict[str, Transcript]:
    """Every labelled conversation, by name."""
    return asyncio.run(_held())


async def _held() -> dict[str, Transcript]:
    rules, found = Rules(), dict[str, Transcript]()
    async with passing_book() as book:
        for number, written in enumerate(read_conversations([HOUSE / "evals" / "conversations"])):
            call = await hold_call(written, clients().of(written.client), rules, book, number)
            name, expect = written.conversation.name, written.conversation.expect
            found[name] = transcript_of(call.record, name=name, expect=expect)
    return found


def verdicts(transcript: Transcript, **options: Any) -> dict[str, Verdict]:
    own = clients().of(transcript.client) if transcript.client else None
    return {v.check: v for v in judge_transcript(transcript, own, **options).verdicts}


def failed(transcript: Transcript, **options: Any) -> set[str]:
    return {check for check, verdict in verdicts(transcript, **options).items() if not verdict.passed}


def events(transcript: Transcript, change: Change) -> Transcript:
    """The same call with each event changed; None drops it."""
    assert transcript.record
    kept = [new for event in transcript.record.events if (new := change(event)) is not None]
    return again(transcript, events=tuple(kept))


def again(transcript: Transcript, **changes: Any) -> Transcript:
    """The same call from a changed record."""
    assert transcript.record
    return transcript_of(replace(transcript.record, **changes), name=transcript.name, expect=transcript.expect)


def expecting(transcript: Transcript, **facts: Any) -> Transcript:
    return replace(transcript, expect=Facts(**facts))


def says(old: str, new: str) -> Callable[[Transcript], Transcript]:
    """The receptionist says `new` where it said `old`."""

    def change(event: CallEvent) -> CallEvent:
        if event.kind is not EventKind.RECEPTIONIST_SAYS or old not in event.data["text"]:
            return event
        return replace(event, data={**event.data, "text": event.data["text"].replace(old, new)})

    return lambda transcript: events(transcript, change)


def without(kind: EventKind, **data: Any) -> Callable[[Transcript], Transcript]:
    """Without the events of this kind that hold these data."""

    def change(event: CallEvent) -> CallEvent | None:
        same = event.kind is kind and all(event.data.get(key) == value for key, value in data.items())
        return None if same else event

    return lambda transcript: events(transcript, change)


def decides(action: str, **changes: Any) -> Callable[[Transcript], Transcript]:
    """Every decision of this action is changed; changes={} drops it."""

    def change(event: CallEvent) -> CallEvent:
        if event.kind is not EventKind.DECIDED:
            return event
        rows = [{**d, **changes} if d["action"] == action else d for d in event.data["decisions"]]
        return replace(
            event, data={**event.data, "decisions": rows if changes else [d for d in rows if d["action"] != action]}
        )

    return lambda transcript: events(transcript, change)


def later(hours: float) -> Callable[[Transcript], Transcript]:
    """The same call as if it had been held so many hours later."""
    from datetime import timedelta

    def shifted(transcript: Transcript) -> Transcript:
        moved = events(transcript, lambda e: replace(e, at=e.at + timedelta(hours=hours)))
        assert moved.record
        return again(
            moved, call=replace(moved.record.call, started_at=moved.record.call.started_at + timedelta(hours=hours))
        )

    return shifted
