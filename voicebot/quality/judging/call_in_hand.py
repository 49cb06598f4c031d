"""One call as judges take it in hand: what was understood, decided and said in each turn, with its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from voicebot.domain.events import EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.facts import Facts
from voicebot.quality.judging.verdict import Evidence
from voicebot.quality.records.transcript import Speaker, Transcript, Turn

Result = TypeVar("Result")
_CALLER = frozenset({EventKind.CALLER_SAID, EventKind.CALLER_SILENT, EventKind.KEYS_PRESSED})


@dataclass(slots=True)
class Decided:
    """One decision. at: when. exchange: number of the one it belongs to. unable: what the house could not do then."""

    action: str
    rule: str
    because: str
    subject: str
    values: dict[str, Any]
    at: datetime
    event: int
    exchange: int
    unable: tuple[str, ...] = ()

    @property
    def behind(self) -> str:
        """« rule ← instruction »."""
        return f"{self.rule} ← {self.because}"


@dataclass(slots=True)
class Exchange:
    """What the caller did, what was made of it, and what the receptionist said to it. The first has no caller's turn.

    at: when the caller's turn came, None for the first and where nobody noted it. silent: of a caller who said nothing.
    """

    number: int
    caller: Turn | None = None
    at: datetime | None = None
    acts: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[Decided] = field(default_factory=list)
    said: list[Turn] = field(default_factory=list)

    def decided(self, *actions: str) -> list[Decided]:
        return [d for d in self.decisions if d.action in actions]

    @property
    def words(self) -> str:
        return self.caller.text if self.caller else ""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The caller's turn, else what was said."""
        turns = [self.caller] if self.caller else self.said[:1]
        return tuple(Evidence(turn.number) for turn in turns)


class CallInHand:
    """A transcript with everything that judges ask of it, each worked out once.

    Args:
        instructions: the client's; judged as they held on the day of the call. None where they are not known.
        others: what stands in other clients' files and must never be heard here.
        limits: agreed limits by quantity ("wait_p95_ms"); none means that nothing is held to one.
    """

    def __init__(
        self,
        transcript: Transcript,
        instructions: Instructions | None = None,
        *,
        others: frozenset[str] = frozenset(),
        limits: dict[str, float] | None = None,
    ) -> None:
        self.transcript = transcript
        self.others = others
        self.limits = limits or {}
        self._once: dict[str, tuple[Any, ...]] = {}
        self.instructions = instructions.on(self._day(instructions)) if instructions and self._began else instructions

    def once(self, name: str, look: Callable[[CallInHand], Iterator[Result]]) -> tuple[Result, ...]:
        """What `look` finds in this call, looked for once however many judges ask."""
        if name not in self._once:
            self._once[name] = tuple(look(self))
        return self._once[name]

    @property
    def record(self) -> CallRecord | None:
        return self.transcript.record

    @property
    def _began(self) -> datetime | None:
        record = self.transcript.record
        return record.call.started_at if record else self.transcript.started_at

    def _day(self, instructions: Instructions) -> Any:
        began = self._began
        return began.astimezone(instructions.identity.zone).date() if began else None

    @property
    def expect(self) -> Facts | None:
        return self.transcript.expect

    @cached_property
    def said(self) -> tuple[Turn, ...]:
        """Every sentence of the receptionist that the caller heard, at least in part."""
        return self.transcript.said

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        record = self.record
        return tuple(self._from_record(record) if record and record.events else self._from_turns())

    def _from_turns(self) -> Iterator[Exchange]:
        current = Exchange(0)
        for turn in self.transcript.turns:
            if turn.speaker is Speaker.CALLER:
                yield current
                current = Exchange(current.number + 1, turn, self.moment(turn))
            elif turn.speaker is Speaker.RECEPTIONIST and turn.played != "none":
                current.said.append(turn)
        yield current

    def _from_record(self, record: CallRecord) -> Iterator[Exchange]:
        current, places = Exchange(0), self.by_event
        for event in record.events:
            if event.kind in _CALLER:
                yield current
                current = Exchange(current.number + 1, places.get(event.number), event.at)
            elif event.kind is EventKind.ACTS_UNDERSTOOD:
                current.acts += event.data.get("acts", ())
            elif event.kind is EventKind.DECIDED:
                unable = tuple(event.data.get("unable", ()))
                current.decisions += [
                    Decided(
                        d["action"], d["rule"], d["because"], d.get("subject", ""), d.get("values", {}),
                        event.at, event.number, current.number, unable,
                    )
                    for d in event.data.get("decisions", ())
                ]  # fmt: skip
            elif event.kind is EventKind.RECEPTIONIST_SAYS:
                turn = places.get(event.number)
                if turn is not None and turn.played != "none":
                    current.said.append(turn)
        yield current

    @cached_property
    def by_event(self) -> dict[int, Turn]:
        return {turn.event: turn for turn in self.transcript.turns if turn.event}

    @cached_property
    def decisions(self) -> tuple[Decided, ...]:
        return tuple(decision for exchange in self.exchanges for decision in exchange.decisions)

    def decided(self, *actions: str) -> list[Decided]:
        return [d for d in self.decisions if d.action in actions]

    def exchange_of(self, decision: Decided) -> Exchange:
        return self.exchanges[decision.exchange]

    def where(self, decision: Decided) -> tuple[Evidence, ...]:
        """What was said by this decision's turn, else the caller's turn."""
        exchange = self.exchange_of(decision)
        after = [t for t in exchange.said if t.event > decision.event] or exchange.said
        return (Evidence(after[0].number, note=decision.behind),) if after else exchange.evidence

    @cached_property
    def rule_of(self) -> dict[int, Decided]:
        """For each of the receptionist's turns, by its number, the decision whose path or action it speaks of first."""
        found: dict[int, Decided] = {}
        for exchange in self.exchanges:
            for turn in exchange.said:
                behind = [d for d in exchange.decisions if d.event < turn.event or not turn.event]
                exact = [d for d in behind if d.because == turn.phrase]
                if exact or behind:
                    found[turn.number] = (exact or behind)[0]
        return found

    def moment(self, turn: Turn) -> datetime | None:
        """When a turn began, aware; None where nobody timed it."""
        began = self._began
        return began + timedelta(seconds=turn.started_s) if began and turn.started_s is not None else None

    def said_at(self, turn: Turn) -> datetime | None:
        """When a sentence of ours was decided: the time of its event."""
        return self.event_times.get(turn.event) or self.moment(turn)

    @cached_property
    def event_times(self) -> dict[int, datetime]:
        return {event.number: event.at for event in self.record.events} if self.record else {}

    def sentence_data(self, turn: Turn) -> dict[str, Any]:
        """What the record says of one of our sentences, {} where there is none."""
        return self._sentences.get(turn.event, {})

    @cached_property
    def _sentences(self) -> dict[int, dict[str, Any]]:
        events = self.record.events if self.record else ()
        return {event.number: event.data for event in events if event.kind is EventKind.RECEPTIONIST_SAYS}

    @cached_property
    def language_at(self) -> dict[int, Language]:
        """Language of the call at each of the receptionist's turns, by its number: as begun, then as wished."""
        begun = self.instructions.language if self.instructions else None
        language = (
            (self.said[0].language if self.said and self.said[0].language else None) or begun or self.transcript.language
        )
        if language is None:
            return {}
        at: dict[int, Language] = {}
        for exchange in self.exchanges:
            for decision in exchange.decided("speak_language"):
                language = Language(decision.subject) if decision.subject in set(Language) else language
            at.update({turn.number: language for turn in exchange.said})
        return at


def quoted(turn: Turn, part: str, note: str = "") -> Evidence:
    """Where `part` stands in a turn, letter for letter; the whole turn where it does not."""
    start = turn.text.casefold().find(part.casefold()) if part else -1
    if start < 0 or len(turn.text.casefold()) != len(turn.text):
        return Evidence(turn.number, note=note)
    return Evidence(turn.number, start, start + len(part), note)
