"""Flipped calls as people read them: names and titles instead of the ids that files use, in the visitor's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from voicebot.console.pages.after_call import Shower
from voicebot.console.pages.asked import day_and_hour
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.replay import Flip, ReplayedCall, ReplayedTurn
from voicebot.messages.letters.telling import name_of
from voicebot.messages.letters.words import words

NONE = "none"
_FEMININE = frozenset({"handoff", "on_call", "missing", "safety_script", "answer", "promise", "end"})
_WORDED = {
    "outcome": "outcome.{}",
    "handoff": "clients.replay.handoff.{}",
    "on_call": "clients.replay.on_call.{}",
    "message": "clients.replay.message.{}",
    "end": "ended.{}",
}


@dataclass(frozen=True, slots=True)
class ShownFlip:
    """what: as Flip.what. before, after: in words. because: place in the client's file."""

    what: str
    before: str
    after: str
    worse: bool
    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class ShownFlipped:
    """at: in the client's zone. scenario: its title, "" for none. turns: from where they part. unanswered: labels."""

    call: str
    at: str
    scenario: str
    worse: bool
    flips: tuple[ShownFlip, ...]
    turns: tuple[ReplayedTurn, ...]
    unanswered: tuple[str, ...]


class FlipShower:
    """Tells flips to one visitor; what nothing has a word for is shown as it is.

    Args:
        files: the draft, then the instructions in force, which may know what the draft no longer has.
        said: the page's words.
    """

    def __init__(self, files: Sequence[Instructions], language: Language, said: Mapping[str, str]) -> None:
        self._files = files
        self._language = language
        self._said = said
        self._zone = files[0].identity.zone

    def call(self, call: ReplayedCall) -> ShownFlipped:
        return ShownFlipped(
            call.call,
            day_and_hour(call.started_at, self._zone, self._language),
            "" if call.scenario in ("", NONE) else self._scenario(call.scenario),
            call.towards_danger,
            tuple(map(self._flip, call.flips)),
            from_parting(call),
            tuple(map(self._detail, call.unanswered)),
        )

    def _flip(self, flip: Flip) -> ShownFlip:
        before, after = self.value(flip.what, flip.before), self.value(flip.what, flip.after)
        return ShownFlip(flip.what, before, after, flip.towards_danger, flip.rule, flip.because)

    def value(self, what: str, value: str) -> str:
        """One side of a flip in words."""
        if value == NONE:
            return self._said["clients.replay.none_feminine" if what in _FEMININE else "clients.replay.none"]
        if what in _WORDED:
            return self._said.get(_WORDED[what].format(value), value)
        match what:
            case "urgency":
                level = self._said.get(f"level.{value}", "")
                return f"{value.upper()} {level}".strip()
            case "scenario":
                return self._scenario(value)
            case "to":
                return self._found(lambda file: name_of(value, file)) or value
            case "filter":
                return self._filter(value)
            case "missing":
                return " · ".join(map(self._detail, value.split(", ")))
            case "safety_script":
                known = words(self._language)["red_flags"]
                return " · ".join(known.get(flag, flag) for flag in value.split(", "))
            case "answer":
                return " · ".join(map(self._answer, value.split(", ")))
            case _:
                return value

    def _scenario(self, scenario_id: str) -> str:
        def title(file: Instructions) -> str:
            scenario = file.scenario(scenario_id)
            return (scenario.title.get(self._language) or scenario.title[file.language]) if scenario else ""

        return self._found(title) or scenario_id

    def _filter(self, filter_id: str) -> str:
        def who(file: Instructions) -> str:
            held = file.filter(filter_id)
            return words(self._language)["kinds"].get(held.who.value, "") if held and held.who else ""

        return self._found(who) or filter_id

    def _answer(self, subject: str) -> str:
        """subject: id of a known question, "scenario:<id>" or "filter:<id>", whose approved answer was given."""
        kind, _, name = subject.rpartition(":")
        if kind == "scenario":
            return self._scenario(name)
        return self._filter(name) if kind == "filter" else self._question(name)

    def _question(self, faq_id: str) -> str:
        def asked(file: Instructions) -> str:
            faq = file.question(faq_id)
            wordings = (faq.callers_say.get(self._language) or faq.callers_say.get(file.language)) if faq else None
            return wordings[0] if wordings else ""

        return self._found(asked) or faq_id

    def _detail(self, detail: str) -> str:
        """A client's own detail has no label but its question."""

        def asked(file: Instructions) -> str:
            own = file.detail(detail)
            return (own.ask.get(self._language) or own.ask[file.language]) if own else ""

        label = self._found(asked) or Shower(self._files[0], {}, self._zone, self._language).label(detail)
        return label[:1].lower() + label[1:]

    def _found(self, read: Callable[[Instructions], str]) -> str:
        return next(filter(None, map(read, self._files)), "")


def from_parting(call: ReplayedCall) -> tuple[ReplayedTurn, ...]:
    """The lines from just before the first that differs."""
    first = next((place for place, turn in enumerate(call.turns) if differs(turn)), 0)
    return call.turns[max(first - 1, 0) :]


def differs(turn: ReplayedTurn) -> bool:
    return turn.before != turn.after or turn.said_after is not None
