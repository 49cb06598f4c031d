"""A call in the making, from files that write one turn after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from voicebot.quality.records.found import Found, lost
from voicebot.quality.records.jsonl_calls import call_of
from voicebot.quality.records.speakers import Speakers
from voicebot.quality.records.written_times import CallClock


@dataclass(slots=True)
class CallInMaking:
    """line: where it begins. given: fields of the minimal form besides turns, as they were read."""

    file: str
    line: int
    given: dict[str, Any] = field(default_factory=dict)
    turns: list[dict[str, Any]] = field(default_factory=list)
    clock: CallClock = field(default_factory=CallClock)
    untimed: list[int] = field(default_factory=list)
    """Lines whose time could not be read."""

    def add(self, speaker: str, text: str, *, at: str = "", ended: str = "", line: int = 0, **more: Any) -> None:
        """One turn. at, ended: as written, "" when there is no time."""
        started_s, ended_s = (self.clock.seconds(time) if time.strip() else None for time in (at, ended))
        if at.strip() and started_s is None:
            self.untimed.append(line)
        turn = {"speaker": speaker.strip(), "text": text, "started_s": started_s, "ended_s": ended_s}
        self.turns.append(turn | {name: value for name, value in more.items() if value})

    def go_on(self, text: str) -> None:
        """More words of the last turn."""
        self.turns[-1]["text"] = f"{self.turns[-1]['text']} {text}"

    def found(self, speakers: Speakers) -> Iterator[Found]:
        """The call, or why it is none."""
        if not self.turns:
            yield lost(self.file, self.line, "the call holds no turn", "Write one « speaker: words » per line.")
            return
        if self.untimed:
            what = f"{len(self.untimed)} times cannot be read"
            yield lost(self.file, self.untimed[0], what, 'Write seconds, "00:12", or an ISO moment.')
        value: dict[str, Any] = {**self.given, "turns": self.turns}
        if "started_at" not in value and self.clock.began is not None:
            value["started_at"] = self.clock.began.isoformat()
        yield from call_of(value, self.file, self.line, speakers)
