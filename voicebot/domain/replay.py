"""What replaying past calls under changed instructions found: which calls end otherwise, and the rule that does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

_LOST = (("complete", "partial"), ("complete", "none"), ("partial", "none"))


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

    @property
    def towards_danger(self) -> bool:
        """Less is done for this caller than was: less urgent, no safety script, nobody on call, no whole message."""
        match self.what:
            case "urgency":
                return self.after > self.before
            case "safety_script":
                return not set(self.before.split(", ")) <= {*self.after.split(", "), "none"}
            case "on_call":
                return self.after == "none"
            case "outcome":
                return self.before == "on_call" and self.after != "transfer"
            case "message":
                return (self.before, self.after) in _LOST
            case _:
                return False


@dataclass(frozen=True, slots=True)
class ReplayedTurn:
    """One line, side by side. said: the caller's words, "" where the receptionist begins. before, after: its replies.

    said_after: what the caller says there under the changed instructions, None for the same. What came from outside
    stands in square brackets, keys and silence in round ones.
    """

    said: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    said_after: str | None = None


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

    @property
    def towards_danger(self) -> bool:
        return any(flip.towards_danger for flip in self.flips)


@dataclass(frozen=True, slots=True)
class Drift:
    """Where a call comes out otherwise than recorded under the same instructions. turn: caller turn, 0 the greeting.

    recorded, replayed: sentences, or rules where the sentences are the same.
    """

    call: str
    turn: int
    recorded: tuple[str, ...]
    replayed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """calls: replayed both ways. flipped: worst first. drifted: ids of calls that come out otherwise than they did
    even under the instructions they obeyed, as the code or the model changed since: their flips are of the change alone
    all the same. skipped: (id, why) of calls that cannot be replayed. drifts: where each of drifted does. assumed: ids of
    calls whose own instructions are not in the archive: those in force stood in for them.
    """

    client: str
    before: str
    after: str
    calls: int
    flipped: tuple[ReplayedCall, ...]
    drifted: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    drifts: tuple[Drift, ...] = ()
    assumed: tuple[str, ...] = ()

    @property
    def same(self) -> int:
        return self.calls - len(self.flipped)


replay_json: TypeAdapter[ReplayReport] = TypeAdapter(ReplayReport)
