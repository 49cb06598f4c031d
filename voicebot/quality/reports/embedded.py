"""The calls of a run as JSON inside one page: the worst whole, the rest as one line each."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from voicebot.quality.comparing.comparison import Comparison
from voicebot.quality.judging.verdict import JudgedCase
from voicebot.quality.reports.told_call import Changes, line_of, story_of

MOST_LINES = 5000
"""Calls that a page lists; the others are in result.json."""
STORIES_BYTES = 9_000_000
"""All that calls say when they are opened; beyond it they are one line each."""
SOUND_BYTES = 1_500_000
"""Largest sound that is embedded: three minutes of 8 kHz G.711, or 45 s of 16 bit stereo."""
SOUNDS_BYTES = 3_000_000
"""All sounds of a page, before base64 makes them a third longer."""
_SOUND_KINDS = {
    b"RIFF": "audio/wav",
    b"OggS": "audio/ogg",
    b"fLaC": "audio/flac",
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
}

Sounds = Callable[[str], bytes | None]
"""Reads the sound that a transcript names; None when it cannot be had."""


@dataclass(frozen=True, slots=True)
class EmbeddedCalls:
    """json: an array, safe inside <script>. listed: of them all."""

    json: str
    listed: int
    calls: int


def embedded_calls(cases: Iterable[JudgedCase], comparison: Comparison | None, audio: Sounds | None) -> EmbeddedCalls:
    """Worst first; among equals those lost against the baseline, then in the order of the suite."""
    changes, every = Changes(comparison), tuple(cases)
    worst = sorted(every, key=lambda c: (*c.badness, bool(changes.lost(c.name)), bool(changes.gained(c.name))), reverse=True)
    lines: list[str] = []
    stories, sounds = STORIES_BYTES, SOUNDS_BYTES
    for case in worst[:MOST_LINES]:
        line: dict[str, Any] = line_of(case, changes)
        story = story_of(case)
        size = len(json_for_script(story).encode())
        if size <= stories:
            stories -= size
            line["story"] = story
            sound = _sound(case, audio) if not case.passed else None
            if sound and len(sound) <= sounds:
                sounds -= len(sound)
                line["sound"] = _data_uri(sound)
        lines.append(json_for_script(line))
    return EmbeddedCalls("[" + ",\n".join(lines) + "]", len(lines), len(every))


def json_for_script(value: Any) -> str:
    """JSON that cannot end the <script> it stands in, nor begin a comment there."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")


def _sound(case: JudgedCase, audio: Sounds | None) -> bytes | None:
    if audio is None or case.transcript is None or not case.transcript.audio:
        return None
    sound = audio(case.transcript.audio)
    return sound if sound and len(sound) <= SOUND_BYTES else None


def _data_uri(sound: bytes) -> str:
    kind = next((kind for start, kind in _SOUND_KINDS.items() if sound.startswith(start)), "audio/wav")
    return f"data:{kind};base64,{base64.b64encode(sound).decode()}"
