"""Calls as JSON lines: our own transcripts, or the minimal form; one bad line costs one call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from voicebot.quality.records.file_text import encoding_of
from voicebot.quality.records.found import Found, Remark, lost
from voicebot.quality.records.minimal_call import WrittenCall
from voicebot.quality.records.speakers import REMEDY, Speakers
from voicebot.quality.records.transcript import transcript_json

LONGEST_LINE = 32_000_000
"""Letters beyond which no line is one call."""
_OURS = frozenset({"record", "source"})
_FORM = "docs/eval-transcripts.md has the form; voicebot eval import --schema prints its schema."


def read_jsonl(path: Path, speakers: Speakers) -> Iterator[Found]:
    """Every call of the file, a line at a time."""
    file = path.name
    with path.open(encoding=encoding_of(path), errors="replace", newline="\n") as lines:
        number = 0
        while line := lines.readline(LONGEST_LINE):
            number += 1
            if len(line) >= LONGEST_LINE:
                yield lost(file, number, "the line is too long for one call", "Write one call per line.")
                return
            if line.strip():
                yield from _call(file, number, line, speakers)


def _call(file: str, number: int, line: str, speakers: Speakers) -> Iterator[Found]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        yield lost(file, number, "the line is not JSON", "Write one whole JSON object per line.")
        return
    if not isinstance(value, dict) or "turns" not in value:
        yield lost(file, number, "the line holds no turns", _FORM)
        return
    yield from call_of(value, file, number, speakers)


def call_of(value: dict[str, Any], file: str, number: int, speakers: Speakers) -> Iterator[Found]:
    """One call of either form, or why it is none. number: of the line."""
    try:
        if value.keys() & _OURS:
            yield transcript_json.validate_json(json.dumps(value))
            return
        # Turns that a transcript of ours numbers, in a line that lost the rest.
        turns = [{k: v for k, v in t.items() if k not in ("number", "event")} for t in value["turns"]]
        written = WrittenCall.model_validate_json(json.dumps(value | {"turns": turns}))
    except ValidationError as wrong:
        yield lost(file, number, _first(wrong), _FORM)
        return
    except (AttributeError, TypeError):
        yield lost(file, number, "turns is not a list of objects", _FORM)
        return
    if unknown := written.unknown_speakers(speakers):
        yield lost(file, number, f"nobody knows the speaker {_quoted(unknown)}", REMEDY)
        return
    if written.started_at is not None and written.started_at.tzinfo is None:
        yield Remark(file, number, "started_at has no offset and was taken for UTC")
    yield written.transcript(speakers, f"{file}:{number}")


def _first(wrong: ValidationError) -> str:
    """The first problem by its place and type; never the words that stand there."""
    first = wrong.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['type'].replace('_', ' ')}" + (
        f" ({len(wrong.errors())} problems)" if len(wrong.errors()) > 1 else ""
    )


def _quoted(labels: list[str]) -> str:
    return ", ".join(f'"{label[:30]}"' for label in labels[:4])
