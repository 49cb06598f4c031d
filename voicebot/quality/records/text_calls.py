"""Calls as plain text: « Appelant : … » or "Agent: …", timed or not, calls parted by dashes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from voicebot.quality.records.file_text import UTF_8, encoding_of
from voicebot.quality.records.found import Found, Remark, lost
from voicebot.quality.records.speakers import Speakers
from voicebot.quality.records.turns_in_making import CallInMaking

_SEPARATOR = re.compile(r"-{3,}")
_HEADER = re.compile(r"#\s*(id|client|language|started_at|name)\s*:\s*(\S.*)", re.IGNORECASE)
_STAMP = r"(?:\d{4}-\d\d-\d\d[T ])?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_TURN = re.compile(
    rf"(?:(?:transcript|transcription):\s*)?(?:[\[(]\s*(?P<boxed>{_STAMP})\s*[\])]|(?P<bare>{_STAMP})(?=\s))?\s*[-–—]?\s*"
    r"(?P<label>[^\W\d_][\w .'’()-]{0,29}?)\s*:(?!//)\s*(?P<words>.*)",
    re.IGNORECASE,
)
_MOST_LABEL_WORDS = 3


def read_text(path: Path, speakers: Speakers) -> Iterator[Found]:
    """Every call of the file."""
    file, encoding = path.name, encoding_of(path)
    if encoding != UTF_8:
        yield Remark(file, 0, "the file is not UTF-8 and was read as Windows-1252")
    count, call = 0, None
    with path.open(encoding=encoding) as lines:
        for number, line in enumerate(lines, 1):
            words = line.strip()
            if _SEPARATOR.fullmatch(words):
                if call is not None:
                    yield from call.found(speakers)
                call = None
                continue
            if not words:
                continue
            if call is None:
                count += 1
                call = CallInMaking(file, number, {"id": path.stem if count == 1 else f"{path.stem}-{count}"})
            if wrong := _read_line(call, words, number, speakers):
                yield wrong
    if call is not None:
        yield from call.found(speakers)
    elif not count:
        yield lost(file, 0, "the file is empty", "Write one « speaker: words » per line.")


def _read_line(call: CallInMaking, words: str, number: int, speakers: Speakers) -> Remark | None:
    header = _HEADER.fullmatch(words)
    if header and not call.turns:
        call.given[header[1].lower()] = header[2].strip()
        return None
    turn = _TURN.fullmatch(words)
    if turn and _is_label(turn["label"], speakers, timed=bool(turn["boxed"] or turn["bare"])):
        call.add(turn["label"], turn["words"], at=(turn["boxed"] or turn["bare"] or "").replace(" ", "T"), line=number)
        return None
    if call.turns:
        call.go_on(words)
        return None
    return lost(call.file, number, "words before anybody speaks", "Begin each turn with who speaks: « Appelant : … ».")


def _is_label(label: str, speakers: Speakers, *, timed: bool) -> bool:
    """Known labels always; others when they look like one, so that « je note : … » goes on with the turn."""
    if speakers.of(label) is not None:
        return True
    return len(label.split()) <= _MOST_LABEL_WORDS and (timed or label[0].isupper())
