"""Judges one finished call by facts: the message, the decisions, the words spoken, and that nothing was asked in vain."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from voicebot.domain.call import Call
from voicebot.domain.decisions import Action
from voicebot.domain.details import DetailKind
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message
from voicebot.quality.facts import NONE, Facts, MessageFacts

MOST_PLAIN_QUESTIONS = 2
"""Questions for one detail in the same way; then spelling or the keypad, then it is left open (domain.md)."""
MOST_QUESTIONS = 4
"""In every way together: question, again, spelling, keypad."""
MOST_SAME_REPLIES = 2
"""The same reply may be heard twice running, not a third time."""

ASKED_TWICE = "asked_twice"
_ASKS = frozenset({Action.ASK, Action.ASK_AGAIN, Action.ASK_BY_KEYPAD})
_PLAIN = frozenset({Action.ASK, Action.ASK_AGAIN})
_OTHER_WAYS = frozenset({"spell", "keypad"})
_INTERRUPTIONS = frozenset(
    {
        Action.ANSWER, Action.SAY_ROBOT, Action.SAY_NOBODY_AVAILABLE, Action.STOP_RECORDING, Action.SPEAK_LANGUAGE,
        Action.SAY_LANGUAGES, Action.SAFETY_SCRIPT, Action.KEEP_SECRET, Action.NOTE_QUESTION, Action.SAY_COST,
        Action.ACKNOWLEDGE, Action.CONFIRM_CORRECTION,
    }
)  # fmt: skip
"""Decisions beside which a question is only put again: the caller had asked or added something."""
_WORDED = frozenset({DetailKind.NAME, DetailKind.PERSON, DetailKind.ADDRESS, DetailKind.FREE_TEXT})


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fact that does not hold. fact: "message.details.caller_name", "asked_twice", "says" …"""

    fact: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What a finished call left. caller_turns: silences and keys included. unheard: first lines that came after its end."""

    call: Call
    message: Message | None
    events: tuple[CallEvent, ...]
    caller_turns: int
    unheard: tuple[str, ...] = ()


@dataclass(slots=True)
class _Turn:
    """One caller turn as the log tells it: acts, and the decisions that followed."""

    acts: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def judge(expect: Facts, facts: CallFacts, instructions: Instructions) -> tuple[Wrong, ...]:
    """Facts that do not hold, first those of this call, then those that hold for every call."""
    turns = _turns(facts.events)
    found = [*_wrong_message(expect, facts, instructions), *_wrong_end(expect, facts), *_wrong_decisions(expect, turns)]
    found += [*_wrong_words(expect, turns), *_asked_in_vain(turns), *_asked_too_often(turns), *_loops(turns)]
    return tuple(found)


def asked_twice(wrong: Iterable[Wrong]) -> int:
    return sum(1 for w in wrong if w.fact == ASKED_TWICE)


def _turns(events: Iterable[CallEvent]) -> list[_Turn]:
    turns = [_Turn()]
    for event in events:
        match event.kind:
            case EventKind.CALLER_SAID | EventKind.CALLER_SILENT | EventKind.KEYS_PRESSED:
                turns.append(_Turn())
            case EventKind.ACTS_UNDERSTOOD:
                turns[-1].acts += event.data["acts"]
            case EventKind.DECIDED:
                turns[-1].decisions += event.data["decisions"]
            case EventKind.RECEPTIONIST_SAYS:
                turns[-1].said.append(event.data["text"])
            case _:
                pass
    return turns


# What was expected of this call


def _wrong_message(expect: Facts, facts: CallFacts, instructions: Instructions) -> Iterator[Wrong]:
    message = facts.message
    if expect.no_message and message is not None:
        yield Wrong("message", "no message", f"a {message.state} message")
    if expect.message is None:
        return
    if message is None:
        yield Wrong("message", "a message", "none")
        return
    for name, value in _MESSAGE_VALUES.items():
        wanted, found = getattr(expect.message, name), value(message)
        if wanted is not None and (None if wanted == NONE else wanted) != found:
            yield Wrong(f"message.{name}", str(wanted), NONE if found in (None, "") else str(found))
    yield from _wrong_details(expect.message, message, instructions)


_MESSAGE_VALUES: dict[str, Callable[[Message], Any]] = {
    "state": lambda m: m.state,
    "scenario": lambda m: m.scenario,
    "urgency": lambda m: m.urgency.level,
    "criterion": lambda m: m.urgency.criterion,
    "outcome": lambda m: m.orientation.outcome if m.orientation else None,
    "to": lambda m: (m.orientation.to or None) if m.orientation else None,
    "person": lambda m: m.person_wanted,
    "human_wanted": lambda m: m.human_wanted,
    "caller_kind": lambda m: m.caller_kind,
    "language": lambda m: m.language,
    "promised": lambda m: bool(m.callback_promised),
}


def _wrong_details(expect: MessageFacts, message: Message, instructions: Instructions) -> Iterator[Wrong]:
    for name, wanted in expect.details.items():
        detail = message.details.get(name)
        found = detail.value if detail and detail.complete else ""
        if not _same(wanted, found, instructions.detail_kind(name)):
            yield Wrong(f"message.details.{name}", wanted, found or NONE)
    if expect.missing is not None and set(expect.missing) != set(message.missing):
        yield Wrong("message.missing", ", ".join(expect.missing) or "nothing", ", ".join(message.missing) or "nothing")


def _same(wanted: str, found: str, kind: DetailKind) -> bool:
    if wanted == NONE:
        return not found
    if kind is DetailKind.NAME:
        return _bare(wanted) == _bare(found)
    if kind in _WORDED:
        return _bare(wanted) in _bare(found)
    return wanted == found


def _bare(text: str) -> str:
    """Letters and digits alone, without accents or case."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]", "", folded)


def _wrong_end(expect: Facts, facts: CallFacts) -> Iterator[Wrong]:
    orientation = facts.call.orientation
    if expect.outcome and expect.outcome != (orientation.outcome if orientation else None):
        yield Wrong("outcome", expect.outcome, orientation.outcome if orientation else NONE)
    if expect.to and expect.to != (orientation.to if orientation else ""):
        yield Wrong("to", expect.to, (orientation.to if orientation else "") or NONE)
    if expect.ended and expect.ended is not facts.call.ended:
        yield Wrong("ended", expect.ended, facts.call.ended or "the call was still going on")
    if facts.caller_turns > expect.most_turns:
        yield Wrong("most_turns", f"at most {expect.most_turns} turns", f"{facts.caller_turns}")
    if facts.unheard:
        yield Wrong("unheard", f"« {facts.unheard[0]} » is heard", f"the call had ended: {facts.call.ended}")


def _wrong_decisions(expect: Facts, turns: list[_Turn]) -> Iterator[Wrong]:
    made = [d for turn in turns for d in turn.decisions]
    known = {d["action"] for d in made} | {f"{d['action']} {d['subject']}" for d in made}
    yield from (Wrong("decided", wanted, "never decided") for wanted in expect.decided if wanted not in known)
    for unwanted in expect.never_decided:
        if unwanted in known:
            yield Wrong("never_decided", f"never {unwanted}", "decided")


def _wrong_words(expect: Facts, turns: list[_Turn]) -> Iterator[Wrong]:
    spoken = [text for turn in turns for text in turn.said]
    everything = _plain(" ".join(spoken))
    yield from (Wrong("says", part, "never said") for part in expect.says if _plain(part) not in everything)
    for part in expect.never_says:
        if _plain(part) in everything:
            yield Wrong("never_says", f"never « {part} »", next((s for s in spoken if _plain(part) in _plain(s)), part))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())


# What must hold in every call


def _asked_in_vain(turns: list[_Turn]) -> Iterator[Wrong]:
    """A detail that was given for sure is not asked for again, unless the caller took it back or it cannot be right."""
    given: dict[str, str] = {}
    for turn in turns:
        for act in turn.acts:
            if act["kind"] == "refuse":
                given.clear()
            elif act["kind"] == "give_detail" and act["complete"] and act["confidence"] == "sure":
                given[act["detail"]] = act["value"]
        for decision in turn.decisions:
            detail = decision["subject"]
            if decision["action"] in _ASKS and detail in given and decision["rule"] != "details.doubt":
                yield Wrong(ASKED_TWICE, f"{detail} is not asked: it was given", f"asked by {decision['rule']}")
                given.pop(detail)


def _asked_too_often(turns: list[_Turn]) -> Iterator[Wrong]:
    plain, every = Counter[str](), Counter[str]()
    for turn in turns:
        interrupted = any(d["action"] in _INTERRUPTIONS for d in turn.decisions)
        for d in turn.decisions:
            if d["action"] not in _ASKS or interrupted:
                continue
            every[d["subject"]] += 1
            plain[d["subject"]] += d["action"] in _PLAIN and d["values"].get("way") not in _OTHER_WAYS
    for counter, most in ((plain, MOST_PLAIN_QUESTIONS), (every, MOST_QUESTIONS)):
        for detail, times in counter.items():
            if times > most:
                yield Wrong(ASKED_TWICE, f"{detail} is asked at most {most} times", f"{times} times")


def _loops(turns: list[_Turn]) -> Iterator[Wrong]:
    asked_for = (Action.REPEAT, Action.RESUME)
    repeated = [any(d["action"] in asked_for for d in turn.decisions) for turn in turns]
    replies = [tuple(t.said) for t, again in zip(turns, repeated, strict=True) if t.said and not again]
    for first in range(len(replies) - MOST_SAME_REPLIES):
        if len(set(replies[first : first + MOST_SAME_REPLIES + 1])) == 1:
            yield Wrong("loop", "no reply three times running", replies[first][0])
            return
