"""What replaying past calls under changed instructions found: which calls end otherwise, and the rule that does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Flip:
    """One thing that comes out otherwise.

    what: "urgency", "scenario", "outcome", "to", "filter", "handoff", "on_call", "message", "missing", "safety_script",
    "answer", "promise", "end". before, after: as the files write it, "none" for nothing. turn: caller turn at which the two
    ways part, 0 the greeting. rule, because: the decision that differs under the changed instructions.
    """

    what: str
    before: str
    after: str
    turn: int
    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class ReplayedTurn:
    """One line, side by side. said: the caller's words, "" where the receptionist begins. before, after: its replies."""

    said: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplayedCall:
    """One call whose outcome flips. turns: the two ways side by side, from the first that differs, or all.

    unanswered: details asked now that the caller was never asked then: what the replay cannot know.
    """

    call: str
    started_at: datetime
    scenario: str
    flips: tuple[Flip, ...]
    turns: tuple[ReplayedTurn, ...]
    unanswered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """calls: replayed both ways. flipped: worst first. drifted: ids of calls that come out otherwise than they did
    even under the instructions they obeyed, as the code or the model changed since: their flips are of the change alone
    all the same. skipped: (id, why) of calls that cannot be replayed.
    """

    client: str
    before: str
    after: str
    calls: int
    flipped: tuple[ReplayedCall, ...]
    drifted: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def same(self) -> int:
        return self.calls - len(self.flipped)


replay_json: TypeAdapter[ReplayReport] = TypeAdapter(ReplayReport)
