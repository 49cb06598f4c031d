"""What the house could do when a past call was held, derived from what was decided in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from voicebot.domain.decisions import Action
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.quality.replaying.past_call import PastCall, Row

FACILITIES = ("transfer", "on_call", "connect", "callback", "texts")
"""Those that decisions prove; whether messages left the house is written in each DECIDED."""

_PROVES: dict[str, tuple[str, ...]] = {
    Action.TRANSFER: ("transfer",),
    Action.WAKE_ON_CALL: ("on_call",),
    Action.ASK_TO_STAY: ("on_call", "connect"),
    Action.CONNECT: ("connect",),
    Action.SEND_TEXT: ("texts",),
    Action.OFFER_CALLBACK: ("callback",),
    Action.PROMISE_CALLBACK: ("callback",),
}


@dataclass(frozen=True, slots=True)
class Known:
    """From `at` on (aware UTC) the house could, or could not, do `what`."""

    at: datetime
    what: str
    could: bool


@dataclass(frozen=True, slots=True)
class HouseThen:
    """The facilities of one past call. The rule, for each of them at each moment:

    1. what was last decided with it before (a transfer proves agents; DECIDED.unable disproves delivery);
    2. else what is first decided with it later in the call;
    3. else `otherwise`: what other calls of this client prove, or what the reader of the report says.

    A facility of 2 or 3 with which the call does not come out as it did was not there: see replay_call.as_it_was.
    """

    known: tuple[Known, ...] = ()
    otherwise: Facilities = ONLY_MESSAGES

    def at(self, now: datetime) -> Facilities:
        can = self.otherwise
        for what in {k.what for k in self.known}:
            mine = [k for k in self.known if k.what == what]
            past = [k for k in mine if k.at <= now]
            # Of two at the same moment the one that was added last holds.
            nearest = max(past, key=lambda k: k.at) if past else min(mine, key=lambda k: k.at)
            same = [k for k in mine if k.at == nearest.at]
            can = replace(can, **{what: same[-1].could})
        return can

    def also(self, known: Known) -> HouseThen:
        return replace(self, known=(*self.known, known))


def house_then(past: PastCall, otherwise: Facilities = ONLY_MESSAGES) -> HouseThen:
    """What the record of a call proves."""
    return HouseThen(tuple(_known(past)), otherwise)


def proven(calls: Iterable[PastCall]) -> Facilities:
    """Everything that the house was able to do in any of these calls."""
    could = {known.what for call in calls for known in _known(call) if known.could and known.what in FACILITIES}
    return Facilities(**dict.fromkeys(could, True))


def _known(past: PastCall) -> Iterator[Known]:
    for step in past.steps:
        if step.decisions:
            yield Known(step.at, "delivery", "delivery" not in step.unable)
        for decision in step.decisions:
            yield from (Known(step.at, what, could=True) for what in _PROVES.get(decision["action"], ()))
            if without := _disproved(decision):
                yield Known(step.at, without, could=False)


def _disproved(decision: Row) -> str:
    if decision["rule"] == "handover.nobody":
        return "transfer"
    if decision["action"] == Action.SAY_NO_TEXT and decision["values"].get("why") == "now":
        return "texts"
    return ""


def either(one: Facilities, other: Facilities) -> Facilities:
    """What one or the other can do."""
    return Facilities(**{what: getattr(one, what) or getattr(other, what) for what in (*FACILITIES, "delivery")})
