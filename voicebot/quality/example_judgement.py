"""Judges a played example by facts: what the call, its message and its events hold, against what the client file expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from voicebot.domain.call import Awaited, Call
from voicebot.domain.decisions import Action
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.examples import Expected
from voicebot.domain.message import Message


@dataclass(frozen=True, slots=True)
class Unmet:
    """One expectation that failed: what was expected and what was there instead."""

    expectation: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class _Facts:
    call: Call
    message: Message | None
    said: tuple[str, ...]
    red_flags: tuple[str, ...]
    answers: tuple[str, ...]
    took_leave: bool


def unmet(
    then: Expected,
    call: Call,
    message: Message | None,
    events: Iterable[CallEvent],
    *,
    took_leave: bool,
    unheard: tuple[str, ...] = (),
) -> tuple[Unmet, ...]:
    """Expectations that the call does not meet; none when all is well.

    Args:
        took_leave: the receptionist ended the call. unheard: turns that came after it had.
    """
    facts = _facts(call, message, tuple(events), took_leave=took_leave)
    failed = list(_failed(then, facts))
    if unheard:
        failed.append(Unmet("say", f"{len(unheard)} more turn(s) are heard", "the call had ended"))
    return tuple(failed)


def _facts(call: Call, message: Message | None, events: tuple[CallEvent, ...], *, took_leave: bool) -> _Facts:
    acts = [act for e in events if e.kind is EventKind.ACTS_UNDERSTOOD for act in e.data["acts"]]
    decisions = [d for e in events if e.kind is EventKind.DECIDED for d in e.data["decisions"]]
    flags = [act["red_flag"] for act in acts if act["kind"] == "raise_red_flag"]
    answers = [d["subject"] for d in decisions if d["action"] == Action.ANSWER]
    said = [e.data["text"] for e in events if e.kind is EventKind.RECEPTIONIST_SAYS]
    return _Facts(call, message, tuple(said), tuple(flags), tuple(answers), took_leave)


_ONE_VALUE: dict[str, Callable[[_Facts], str | None]] = {
    "outcome": lambda f: f.call.orientation.outcome if f.call.orientation else None,
    "to": lambda f: f.call.orientation.to if f.call.orientation else None,
    "scenario": lambda f: f.call.scenario,
    "urgency": lambda f: _urgency(f),
    "filter": lambda f: f.call.filter,
    "caller_kind": lambda f: f.call.caller_kind,
    "person": lambda f: f.call.person_asked,
    "language": lambda f: f.call.language,
    "asks": lambda f: f.call.expectation.detail if f.call.expectation.awaited is Awaited.DETAIL else None,
}


def _urgency(facts: _Facts) -> str | None:
    if facts.message:
        return facts.message.urgency.level
    return facts.call.urgency.level if facts.call.urgency else None


def _failed(then: Expected, facts: _Facts) -> Iterator[Unmet]:
    for name, fact in _ONE_VALUE.items():
        expected, found = getattr(then, name), fact(facts)
        if expected is not None and expected != found:
            yield Unmet(name, str(expected), str(found) if found else "none")
    if then.red_flag and then.red_flag not in facts.red_flags:
        yield Unmet("red_flag", then.red_flag, ", ".join(facts.red_flags) or "none")
    if then.faq and then.faq not in facts.answers:
        yield Unmet("faq", then.faq, ", ".join(facts.answers) or "none")
    if then.ends is not None and then.ends is not facts.took_leave:
        yield Unmet("ends", str(then.ends).lower(), str(facts.took_leave).lower())
    yield from _failed_details(then, facts)
    yield from _failed_words(then, facts)


def _failed_details(then: Expected, facts: _Facts) -> Iterator[Unmet]:
    details = facts.message.details if facts.message else facts.call.details
    for name, expected in then.details.items():
        found = details.get(name)
        if found is None or found.value != expected:
            yield Unmet(f"details.{name}", expected, found.value if found else "none")


def _failed_words(then: Expected, facts: _Facts) -> Iterator[Unmet]:
    everything = _plain(" ".join(facts.said))
    for part in then.says:
        if _plain(part) not in everything:
            yield Unmet("says", part, "not said")
    for part in then.never_says:
        if _plain(part) in everything:
            yield Unmet("never_says", part, next((s for s in facts.said if _plain(part) in _plain(s)), "said"))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())
