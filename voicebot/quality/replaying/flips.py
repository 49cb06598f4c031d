"""What comes out otherwise between two ways of one call, and the rule that does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from voicebot.domain.call import Call
from voicebot.domain.decisions import Action
from voicebot.domain.instructions import Instructions
from voicebot.domain.replay import Flip, ReplayedTurn
from voicebot.quality.replaying.changed_paths import ChangedPaths
from voicebot.quality.replaying.outcome import UNKNOWN_AFTER_STOP, outcome_of, standing_after
from voicebot.quality.replaying.past_call import Row, StepKind
from voicebot.quality.replaying.replay_call import Done, Way

Differs = Callable[[int], bool]
_ASKS = (Action.ASK, Action.ASK_AGAIN, Action.ASK_BY_KEYPAD)
_CARRIES: dict[str, tuple[Action, ...]] = {
    "urgency": (Action.SAFETY_SCRIPT,),
    "scenario": (Action.CONFIRM_REQUEST,),
    "handoff": (Action.TRANSFER, Action.PROMISE_CALLBACK, Action.SAY_NOBODY_AVAILABLE),
    "on_call": (Action.WAKE_ON_CALL,),
    "message": (Action.TAKE_MESSAGE, Action.KEEP_PARTIAL_MESSAGE),
    "missing": _ASKS,
    "safety_script": (Action.SAFETY_SCRIPT,),
    "answer": (Action.ANSWER,),
    "promise": (Action.TAKE_LEAVE, Action.TAKE_MESSAGE, Action.PROMISE_CALLBACK),
    "end": (Action.END_CALL,),
}


@dataclass(frozen=True, slots=True)
class _Behind:
    rule: str
    because: str


def flips_of(before: Way, after: Way, changed: ChangedPaths, files: tuple[Instructions, Instructions]) -> tuple[Flip, ...]:
    """Every fact of the outcome that differs. files: instructions of both ways. Facts that nobody can know are left out."""
    mine, theirs = outcome_of(before), outcome_of(after)
    skipped = UNKNOWN_AFTER_STOP if before.stopped or after.stopped else frozenset[str]()
    differing = [what for what in mine if mine[what] != theirs[what] and what not in skipped]
    if not differing:
        return ()
    search = _Search(before, after, changed, files)
    found: list[Flip] = []
    for what in differing:
        behind = search.behind(what, mine[what], theirs[what])
        found.append(Flip(what, mine[what], theirs[what], search.parting_turn, behind.rule, behind.because))
    return tuple(found)


def side_by_side(before: Way, after: Way) -> tuple[ReplayedTurn, ...]:
    """Both ways, turn by turn; a way that is over has no more lines."""
    rows: list[ReplayedTurn] = []
    for place in range(max(len(before.steps), len(after.steps))):
        mine = before.steps[place] if place < len(before.steps) else None
        theirs = after.steps[place] if place < len(after.steps) else None
        said = mine.said if mine else ""
        said_after = theirs.said if theirs else ""
        other = None if mine and theirs and said == said_after else said_after
        rows.append(ReplayedTurn(said, _texts(mine), _texts(theirs), other))
    return tuple(rows)


def _texts(step: Done | None) -> tuple[str, ...]:
    return tuple(text for _, text in step.replies) if step else ()


class _Search:
    def __init__(self, before: Way, after: Way, changed: ChangedPaths, files: tuple[Instructions, Instructions]) -> None:
        self._ways = (before.steps, after.steps)
        self._calls = (before.record.call, after.record.call)
        self._stood = (standing_after(before.steps), standing_after(after.steps))
        self._changed = changed
        self._files = files
        self._parting = self._first(lambda place: _rows(self._ways[0], place) != _rows(self._ways[1], place))

    @property
    def parting_turn(self) -> int:
        """Caller turn at which the two ways part."""
        steps = max(self._ways, key=len)
        return steps[min(self._parting, len(steps) - 1)].turn

    def behind(self, what: str, before: str, after: str) -> _Behind:
        """The rule behind a flip: of all that may have done it, first one whose instruction was changed."""
        place = self._first(lambda p: _stood(self._stood[0], p, what) != _stood(self._stood[1], p, what))
        candidates = list(self._candidates(what, place, before, after))
        nearest = [_Behind(d["rule"], d["because"]) for d in self._differing(self._parting)]
        candidates += nearest
        changed = next((c for c in candidates if self._changed.differs(c.because)), None)
        return changed or next(iter(candidates), _Behind("house", "house"))

    def _candidates(self, what: str, place: int, before: str, after: str) -> Iterator[_Behind]:
        if what == "missing":
            yield from self._of_missing(set(before.split(", ")) ^ set(after.split(", ")))
        yield from self._of_state(what)
        actions = _CARRIES.get(what, ())
        yield from (_Behind(d["rule"], d["because"]) for d in self._differing(place) if d["action"] in actions)
        if what not in ("urgency", "scenario"):
            yield from self._of_state("outcome")
        yield from self._of_state("filter")
        yield from self._of_state("urgency")
        yield from self._of_state("scenario")
        if what in ("message", "missing", "end", "promise"):
            asked = (d for steps in self._ways for step in reversed(steps) for d in step.decisions if d["action"] in _ASKS)
            yield from (_Behind(d["rule"], d["because"]) for d in asked)
        yield from (_Behind(d["rule"], d["because"]) for d in self._differing(place))

    def _of_missing(self, details: set[str]) -> Iterator[_Behind]:
        for steps in reversed(self._ways):
            for step in steps:
                for d in step.decisions:
                    if d["action"] in _ASKS and d["subject"] in details:
                        yield _Behind(d["rule"], d["because"])

    def _of_state(self, what: str) -> Iterator[_Behind]:
        """Instructions behind what the call is, though no decision carries them; under the changed ones first."""
        for call, file in zip(reversed(self._calls), reversed(self._files), strict=True):
            match what:
                case "outcome" | "to" if call.orientation:
                    yield _Behind("orientation.where_to", call.orientation.because)
                case "filter" if call.filter:
                    yield from (_Behind("filters.recognise_caller", f"filters[{call.filter}]{p}") for p in (".outcome", ""))
                case "scenario" if call.scenario:
                    path = f"scenarios[{call.scenario}]"
                    yield _Behind("requests.recognise_request", f"{path}.callers_say")
                case "promise" if call.scenario:
                    yield _Behind("leave.take_leave", f"scenarios[{call.scenario}].promise")
                case "urgency":
                    yield from _urgent_by(call, file)
                case _:
                    pass

    def _differing(self, place: int) -> Iterator[Row]:
        """Decisions of one step that the other way has not, the changed way's first."""
        mine, theirs = _rows(self._ways[0], place), _rows(self._ways[1], place)
        yield from (d for d in theirs if d not in mine)
        yield from (d for d in mine if d not in theirs)

    def _first(self, differs: Differs) -> int:
        steps = max(len(way) for way in self._ways)
        return next((place for place in range(steps) if differs(place)), max(steps - 1, 0))


def _urgent_by(call: Call, file: Instructions) -> Iterator[_Behind]:
    criterion = call.urgency.criterion if call.urgency else call.scenario
    if criterion is None:
        return
    if criterion in call.safety_script_given:
        yield _Behind("danger.raise", f"red_flags[{criterion}]")
    if scenario := file.scenario(criterion):
        yield _Behind("orientation.how_urgent", f"scenarios[{criterion}].urgency")
        for place in range(len(scenario.escalations)):
            yield _Behind("orientation.how_urgent", f"scenarios[{criterion}].escalations[{place}]")
    if file.filter(criterion):
        yield _Behind("orientation.how_urgent", f"filters[{criterion}].urgency")


def _rows(steps: Sequence[Done], place: int) -> list[dict[str, object]]:
    """Decisions of a step, without their values: a moment in them is no other decision."""
    if place >= len(steps) or steps[place].kind is StepKind.UNKNOWN:
        return []
    keys = ("action", "rule", "because", "subject")
    return [{key: str(d[key]) for key in keys} for d in steps[place].decisions]


def _stood(stood: Sequence[dict[str, str]], place: int, what: str) -> str:
    """A way that is over keeps what stood at its end."""
    return stood[min(place, len(stood) - 1)][what] if stood else ""
