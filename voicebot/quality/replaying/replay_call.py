"""One past call through the real receptionist again: its own clock, the house as it was, the caller's own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from voicebot.domain.acts import Act, acts_json
from voicebot.domain.call import Call, EndReason
from voicebot.domain.details import HOUSE_DETAILS
from voicebot.domain.events import EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Heard, Reply
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.replaying.caller_again import CallerAgain, Next, Then
from voicebot.quality.replaying.house_then import HouseThen
from voicebot.quality.replaying.kept_call import KeptCall
from voicebot.quality.replaying.outside import come_from_outside
from voicebot.quality.replaying.past_call import END, PastCall, Row, Step, StepKind, asked_after
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.understanding.ports import Context, Reading, Understanding

TURN = timedelta(seconds=6)
"""Time that a turn takes which is not in the record."""
MOST_TURNS = 80
"""Steps after which a replay is given up as one that never ends."""


class Hear(StrEnum):
    """How words become acts again."""

    AGAIN = "again"
    """They are understood again."""
    RECORDED = "recorded"
    """As they were understood then."""
    AS_RECORDED_BY_MODEL = "as_recorded_by_model"
    """As then where a language model understood them, else again: no model is needed, and nothing is left to chance."""


@dataclass(frozen=True, slots=True)
class Done:
    """One step of a replay. said: the caller's words, or what came from outside in brackets. turn: the caller's, from 0.

    call: as it was after the step.
    """

    said: str
    kind: StepKind
    turn: int
    at: datetime
    call: Call
    decisions: tuple[Row, ...] = ()
    replies: tuple[tuple[str, str], ...] = ()
    """(phrase, text) of each sentence."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a call went under some instructions. stopped: nothing after the last step can be known: a human has it then."""

    record: CallRecord
    steps: tuple[Done, ...]
    unanswered: tuple[str, ...] = ()
    stopped: bool = False


async def replay_call(
    past: PastCall,
    instructions: Instructions,
    understanding: Understanding,
    house: HouseThen,
    hear: Hear = Hear.AS_RECORDED_BY_MODEL,
    *,
    limit_then_s: float | None = None,
) -> Way:
    """Puts a call's caller turns, and what came from outside, through the receptionist. Takes about 10 ms by rules.

    Args:
        limit_then_s: how long the call was allowed to last then; None means as long as now.
    """
    return await _Replay(past, instructions, understanding, house, hear, limit_then_s or instructions.limits.call_s).run()


@dataclass(slots=True)
class _Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class _AsThen:
    """Understanding that gives the acts of the record where there are some for the words that are read now."""

    again: Understanding
    reading: Reading | None = None

    async def read(self, words: str, context: Context) -> Reading:
        return self.reading or await self.again.read(words, context)


@dataclass(slots=True)
class _Replay:
    past: PastCall
    instructions: Instructions
    understanding: Understanding
    house: HouseThen
    hear: Hear
    limit_then_s: float
    done: list[Done] = field(default_factory=list)
    asked: str = ""
    ended: EndReason | None = None
    turns: int = 0
    _late: timedelta = timedelta(0)

    async def run(self) -> Way:
        call, book = self.past.call, KeptCall()
        clock, reader = _Clock(call.started_at), _AsThen(self.understanding)
        new = Call(
            call.id, call.client, call.instructions_version, call.caller_number, call.dialled_number, call.started_at,
            self.instructions.language, carrier=call.carrier, carrier_call_id=call.carrier_call_id,
            instructions_digest=call.instructions_digest, rehearsal=call.rehearsal,
        )  # fmt: skip
        journal = Journal(book, clock, lambda _call, _event: None)
        receptionist = Receptionist(new, self.instructions, reader, journal, clock, facilities=lambda: self._can(clock.now))
        self._note("", StepKind.PICKED_UP, receptionist, book, 0, await receptionist.pick_up())
        allowed_s = self.instructions.limits.call_s
        caller = CallerAgain(self.past, limit_raised=allowed_s > self.limit_then_s)
        stopped = False
        while not receptionist.ended and len(self.done) < MOST_TURNS:
            coming = caller.next(self.asked, receptionist.call)
            if coming.then in (Then.HANG_UP, Then.STOP):
                stopped = coming.then is Then.STOP
                if call.ended_at is not None:
                    clock.now = max(clock.now, call.ended_at + self._late)
                await receptionist.hang_up(self._reason(coming.reason))
                break
            await self._take(coming, receptionist, clock, reader, book)
        if not receptionist.ended:
            await receptionist.hang_up(self._reason(EndReason.CALLER_HUNG_UP))
        return Way(book.record, tuple(self.done), tuple(caller.unanswered), stopped)

    def _reason(self, otherwise: EndReason) -> EndReason:
        """As the receptionist took leave; where she took the same leave in the record, as that call ended."""
        if self.ended is None:
            return otherwise
        return (self.past.ended or self.ended) if self.past.decided_end == self.ended else self.ended

    def _can(self, now: datetime) -> Facilities:
        return self.house.at(now)

    async def _take(self, coming: Next, receptionist: Receptionist, clock: _Clock, reader: _AsThen, book: KeptCall) -> None:
        step, before = coming.step, len(book.events_saved)
        reply: Reply | None
        if coming.then is Then.STEP and step is not None:
            clock.now = max(clock.now, step.at + self._late)
        else:
            clock.now += TURN
            self._late += TURN if coming.then is Then.WORDS else timedelta(0)
        if receptionist.time_limit_s <= 0 and receptionist.instructions.limits.call_s < self.limit_then_s:
            # A shorter limit ends the call before this could be said.
            reply = await receptionist.reach_time_limit()
            self._note("[time limit]", StepKind.TIME_LIMIT, receptionist, book, before, reply)
            return
        if step is None or step.kind.callers:
            self.turns += 1
        if step is None:
            reader.reading = None
            reply = await receptionist.hear(Heard(coming.words))
            self._note(coming.words, StepKind.SAID, receptionist, book, before, reply)
            return
        reader.reading = self._reading(step)
        reply = await _do(step, receptionist, self.past)
        self._note(told(step), step.kind, receptionist, book, before, reply)

    def _note(
        self, said: str, kind: StepKind, receptionist: Receptionist, book: KeptCall, before: int, reply: Reply | None
    ) -> None:
        new = book.events_saved[before:]
        decisions = tuple(d for e in new if e.kind is EventKind.DECIDED for d in e.data["decisions"])
        says = tuple((e.data["phrase"], e.data["text"]) for e in new if e.kind is EventKind.RECEPTIONIST_SAYS)
        self.asked = asked_after(self.asked, decisions)
        if reply is not None and reply.ending is not None:
            self.ended = reply.ending
        elif self.asked != END:
            self.ended = None
        at = new[-1].at if new else receptionist.call.started_at
        self.done.append(Done(said, kind, self.turns, at, receptionist.call, decisions, says))

    def _reading(self, step: Step) -> Reading | None:
        recorded = self.hear is Hear.RECORDED or (self.hear is Hear.AS_RECORDED_BY_MODEL and step.by == "language_model")
        if not recorded or step.acts is None:
            return None
        acts = tuple(act for act in acts_json.validate_python(step.acts) if _known(act, self.instructions))
        language = step.data.get("language")
        return Reading(acts, by=step.by, language=Language(language) if language in set(Language) else None)


async def _do(step: Step, receptionist: Receptionist, past: PastCall) -> Reply | None:
    data = step.data
    match step.kind:
        case StepKind.SAID:
            return await receptionist.hear(
                Heard(
                    data["text"], data.get("confidence", 1.0), data.get("started_ms", 0), data.get("ended_ms", 0),
                    data.get("heard_by", "keyboard"), cut=data.get("cut", False),
                )
            )  # fmt: skip
        case StepKind.KEYS:
            reply = await receptionist.hear_keys(data["keys"])
            # A pause after the keys is in no event: there was one where something was decided that keys alone do not settle.
            return reply or (await receptionist.keys_paused() if step.decisions else None)
        case StepKind.SILENT:
            return await receptionist.hear_silence(data["silence_s"])
        case _:
            return await come_from_outside(step, receptionist, past)


def told(step: Step) -> str:
    """The step as one line: the caller's words, "(silence)", "(keys 1)", or what came from outside, in brackets."""
    match step.kind:
        case StepKind.SAID:
            return str(step.data["text"])
        case StepKind.KEYS:
            return f"(keys {step.data['keys']})"
        case StepKind.SILENT:
            return "(silence)"
        case StepKind.HINT | StepKind.BETWEEN:
            return f"[{step.kind}: {step.data['text']}]"
        case StepKind.PICKED_UP:
            return ""
        case _:
            return f"[{step.kind}]".replace("_", " ")


def _known(act: Act, instructions: Instructions) -> bool:
    """Does the changed file still have what a recorded act names?"""
    named = {
        "state_request": lambda: instructions.scenario(getattr(act, "scenario", "")) is not None,
        "ask_question": lambda: any(f.id == getattr(act, "faq", "") for f in instructions.faq),
        "give_detail": lambda: _is_detail(getattr(act, "detail", ""), instructions),
    }.get(act.kind)
    return named is None or named()


def _is_detail(detail: str, instructions: Instructions) -> bool:
    return detail in HOUSE_DETAILS or instructions.detail(detail) is not None


def first_difference(past: PastCall, way: Way) -> int | None:
    """Place of the first step at which a replay is not what is recorded; its length when only the end differs."""
    recorded = [(_plain(s.decisions), s.said) for s in past.steps]
    replayed = [(_plain(s.decisions), s.replies) for s in way.steps]
    for place, (then, now) in enumerate(zip(recorded, replayed, strict=False)):
        if then != now:
            return place
    if len(recorded) != len(replayed):
        return min(len(recorded), len(replayed))
    return len(recorded) if past.ended is not None and past.ended is not way.record.call.ended else None


def _plain(decisions: Iterable[Row]) -> list[tuple[str, str, str, str, dict[str, str]]]:
    return [
        (str(d["action"]), str(d["rule"]), str(d["because"]), str(d["subject"]), {k: str(v) for k, v in d["values"].items()})
        for d in decisions
    ]
