"""Which form a file of calls has, by its content and its name, and who reads it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from voicebot.domain.language import Language
from voicebot.errors import EvalFileError
from voicebot.quality.records.audio_calls import hear_call
from voicebot.quality.records.csv_calls import SEPARATORS, read_csv
from voicebot.quality.records.file_text import head_of
from voicebot.quality.records.found import Found, lost
from voicebot.quality.records.jsonl_calls import read_jsonl
from voicebot.quality.records.pipecat_calls import is_message, read_pipecat
from voicebot.quality.records.speakers import Speakers
from voicebot.quality.records.text_calls import read_text
from voicebot.speech.ports import Transcriber


class Format(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"
    TEXT = "text"
    PIPECAT = "pipecat"
    AUDIO = "audio"


_READERS: dict[Format, Callable[[Path, Speakers], Iterator[Found]]] = {
    Format.JSONL: read_jsonl,
    Format.CSV: read_csv,
    Format.TEXT: read_text,
    Format.PIPECAT: read_pipecat,
}
_TABLES = (".csv", ".tsv")


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read. format: None means by content and name. ears: for recordings. client, language: of recordings."""

    speakers: Speakers = field(default_factory=Speakers)
    format: Format | None = None
    ears: Transcriber | None = None
    client: str = ""
    language: Language = Language.FRENCH


def format_of(path: Path) -> Format:
    """The form of a file: content first, then the name. Raises: EvalFileError when it cannot be opened."""
    head = head_of(path)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return Format.AUDIO
    text = head.decode("utf-8-sig", "replace").lstrip()
    first = text.split("\n", 1)[0].strip()
    if first[:1] in ("{", "["):
        found = _json_form(first, text)
        if found:
            return found
    if path.suffix.lower() in _TABLES:
        return Format.CSV
    named = {".jsonl": Format.JSONL, ".json": Format.PIPECAT, ".wav": Format.AUDIO}.get(path.suffix.lower())
    if named:
        return named
    return Format.CSV if _is_header(first) else Format.TEXT


def _json_form(first: str, text: str) -> Format | None:
    try:
        value = json.loads(first)
    except ValueError:
        # A document over several lines, or a line that is longer than what was read, or « [00:12] Appelant : … ».
        return Format.JSONL if '"turns"' in first else Format.PIPECAT if '"role"' in text or '"messages"' in text else None
    if isinstance(value, dict) and "turns" in value:
        return Format.JSONL
    holds_messages = isinstance(value, dict) and ("messages" in value or is_message(value))
    listed = isinstance(value, list) and bool(value) and (is_message(value[0]) or isinstance(value[0], list))
    return Format.PIPECAT if holds_messages or listed else None


def _is_header(first: str) -> bool:
    return any(first.count(separator) >= 2 for separator in SEPARATORS) and ":" not in first


async def read_file(path: Path, reading: Reading) -> AsyncIterator[Found]:
    """Every call of one file, as they are read; a file that cannot be opened is one remark."""
    try:
        form = reading.format or format_of(path)
        if form is Format.AUDIO:
            if reading.ears is None:
                yield lost(
                    path.name, 0, "no ears were given to hear the recording", "Give ears to the reader of recordings."
                )
                return
            async for found in hear_call(path, reading.ears, language=reading.language, client=reading.client):
                yield found
            return
        for found in _READERS[form](path, reading.speakers):
            yield found
    except EvalFileError as unusable:
        yield lost(path.name, 0, unusable.problems[0], unusable.remedy)
