"""A call of ours as a transcript: its events become turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.facts import Facts
from voicebot.quality.records.transcript import Speaker, Transcript, Turn


def transcript_of(
    record: CallRecord,
    *,
    name: str = "",
    source: str = "store",
    expect: Facts | None = None,
    audio: str = "",
    tags: dict[str, str] | None = None,
    unheard: tuple[str, ...] = (),
) -> Transcript:
    """A transcript that knows everything about its call. Times are those of the line where it told them."""
    call = record.call
    turns = tuple(_numbered(_turns(record.events, call.started_at)))
    return Transcript(
        id=call.id,
        client=call.client,
        turns=turns,
        name=name or call.id,
        source=source,
        language=call.language,
        started_at=call.started_at,
        record=record,
        expect=expect,
        audio=audio,
        tags=dict(tags or {}),
        unheard=unheard,
    )


def _numbered(turns: Iterator[dict[str, Any]]) -> Iterator[Turn]:
    return (Turn(number=number, **turn) for number, turn in enumerate(turns, 1))


def _turns(events: tuple[CallEvent, ...], began: datetime) -> Iterator[dict[str, Any]]:
    played = {e.data["sentence"]: e.data for e in events if e.kind is EventKind.SENTENCE_PLAYED}
    for event in events:
        data, at_s = event.data, round((event.at - began).total_seconds(), 3)
        match event.kind:
            case EventKind.CALLER_SAID:
                yield _heard(Speaker.CALLER, data, event.number, at_s)
            case EventKind.SAID_TO_EACH_OTHER:
                yield _heard(Speaker(data["speaker"]), data, event.number, at_s)
            case EventKind.KEYS_PRESSED:
                yield {"speaker": Speaker.CALLER, "text": "", "keys": data["keys"], "event": event.number, "started_s": at_s}
            case EventKind.CALLER_SILENT:
                yield {"speaker": Speaker.CALLER, "text": "", "event": event.number, "started_s": at_s}
            case EventKind.RECEPTIONIST_SAYS:
                yield _said(data, played.get(data["sentence"]), event.number, at_s)
            case _:
                pass


def _heard(speaker: Speaker, data: dict[str, Any], number: int, at_s: float) -> dict[str, Any]:
    timed = bool(data.get("ended_ms"))
    return {
        "speaker": speaker,
        "text": data["text"],
        "started_s": data["started_ms"] / 1000 if timed else at_s,
        "ended_s": data["ended_ms"] / 1000 if timed else None,
        "language": _language(data.get("language")),
        "event": number,
        "confidence": data.get("confidence"),
    }


def _said(data: dict[str, Any], played: dict[str, Any] | None, number: int, at_s: float) -> dict[str, Any]:
    began_ms = (played or {}).get("started_ms")
    heard_ms = (played or {}).get("played_ms")
    return {
        "speaker": Speaker.RECEPTIONIST,
        "text": data["text"],
        "started_s": began_ms / 1000 if began_ms is not None else at_s,
        "ended_s": (began_ms + heard_ms) / 1000 if began_ms is not None and heard_ms is not None else None,
        "language": _language(data.get("language")),
        "phrase": data["phrase"],
        "event": number,
        "played": (played or {}).get("played", ""),
    }


def _language(code: str | None) -> Language | None:
    return Language(code) if code in set(Language) else None
