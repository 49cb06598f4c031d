"""A past call as its record tells it, step by step: what the caller did, what came from outside, what was decided then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from voicebot.domain.call import Call, EndReason
from voicebot.domain.decisions import Action
from voicebot.domain.events import CallEvent, EventKind
from voicebot.quality.call_receipts import CallRecord

Row = Mapping[str, Any]
"""A decision as the journal holds it: action, rule, because, subject, values."""
CONFIRMATION, ANYTHING_ELSE, WAITING, END, REQUEST = "confirmation", "anything_else", "waiting", "end", "request"


ANY = "*"
"""Asked before a step of a transcript that does not tell what was asked."""


class StepKind(StrEnum):
    """What led to a step. The first four are the caller's; the others come from outside."""

    SAID = "said"
    KEYS = "keys"
    SILENT = "silent"
    RESUMED = "resumed"
    PICKED_UP = "picked_up"
    TRANSFER_FAILED = "transfer_failed"
    NEWS = "news"
    NOT_CONNECTED = "not_connected"
    QUEUE = "queue"
    TAKEN = "taken"
    BACK = "back"
    HINT = "hint"
    BETWEEN = "between"
    """Something that caller and human said to each other."""
    LINE_LOST = "line_lost"
    TIME_LIMIT = "time_limit"
    UNKNOWN = "unknown"

    @property
    def callers(self) -> bool:
        return self in (StepKind.SAID, StepKind.KEYS, StepKind.SILENT)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. at: aware UTC. data: of the event behind it. asked: the question that stood open before it.

    acts, by: as understood then, None where nothing was. decisions, said: what the receptionist did. unable: of DECIDED.
    """

    kind: StepKind
    at: datetime
    data: Row = field(default_factory=dict)
    asked: str = ""
    acts: tuple[Row, ...] | None = None
    by: str = ""
    decisions: tuple[Row, ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    """(phrase, text) of each sentence."""
    unable: tuple[str, ...] = ()

    @property
    def gives(self) -> frozenset[str]:
        """Ids of the details that were understood in it."""
        return frozenset(str(a["detail"]) for a in self.acts or () if a["kind"] == "give_detail" and a.get("value"))

    @property
    def unasked(self) -> bool:
        """Does the caller bring up something of their own, which they would have said whatever was asked?"""
        return any(a["kind"] in _UNASKED for a in self.acts or ())


_UNASKED = frozenset(
    {
        "raise_red_flag", "ask_for_human", "ask_for_person", "ask_question", "ask_other_question", "ask_for_language",
        "refuse_recording", "state_request", "ask_whether_robot",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PastCall:
    """steps: the greeting first. asked_at_end: the question that stood open when the call ended. ended: how; None: open."""

    call: Call
    steps: tuple[Step, ...]
    asked_at_end: str
    ended: EndReason | None

    @property
    def caller_left(self) -> bool:
        return self.ended in (EndReason.CALLER_HUNG_UP, EndReason.LINE_LOST) and self.asked_at_end != END

    @property
    def decided_end(self) -> str:
        """The reason with which the receptionist took leave, "" when she did not. A caller may hang up before it is said."""
        decided = (d["subject"] for step in reversed(self.steps) for d in step.decisions if d["action"] == Action.END_CALL)
        return str(next(decided, ""))


def past_call(record: CallRecord) -> PastCall:
    """The steps of a record. What only the line tells (how much was played) is left out."""
    read = _Steps()
    for event in record.events:
        read.take(event)
    steps, asked = _with_questions(read.steps)
    return PastCall(record.call, steps, asked, record.call.ended)


def asked_after(asked: str, decisions: Iterable[Row]) -> str:
    """The question that stands open once these decisions are spoken. asked: the one before."""
    for decision in decisions:
        asked = _question_of(str(decision["action"]), str(decision["subject"])) or asked
    return asked


def _question_of(action: str, subject: str) -> str:
    if action in _ASKS_FOR_SUBJECT:
        return subject
    if action == Action.CONFIRM_REQUEST:
        return f"{CONFIRMATION}:{subject}"
    if action == Action.LET_STAY:
        return WAITING if subject == "yes" else ""
    return _QUESTIONS.get(action, "")


_ASKS_FOR_SUBJECT = frozenset({Action.ASK, Action.ASK_AGAIN, Action.ASK_BY_KEYPAD, Action.OFFER_KEYPAD})
_QUESTIONS: dict[str, str] = {
    Action.GREET: REQUEST,
    Action.ASK_REQUEST: REQUEST,
    Action.READ_BACK: CONFIRMATION,
    Action.ASK_WHAT_IS_WRONG: CONFIRMATION,
    Action.ASK_WHICH_PERSON: "person",
    Action.ASK_ANYTHING_ELSE: ANYTHING_ELSE,
    Action.ASK_TO_STAY: "stay",
    Action.OFFER_CALLBACK: "callback",
    Action.TRANSFER: WAITING,
    Action.CONNECT: WAITING,
    Action.ANNOUNCE_TAKER: WAITING,
    Action.END_CALL: END,
}


def _with_questions(steps: Iterable[Step]) -> tuple[tuple[Step, ...], str]:
    asked, told = "", list[Step]()
    for step in steps:
        told.append(replace(step, asked=asked))
        asked = asked_after(asked, step.decisions)
    return tuple(told), asked


class _Steps:
    """Reads events in order. A step waits for its decisions; decisions that no step waits for come from outside."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._waits = False

    def take(self, event: CallEvent) -> None:
        data = event.data
        if kind := _BEGINS.get(event.kind):
            self._begin(kind, event)
            return
        match event.kind:
            case EventKind.LINE_OPENED if data.get("resumed"):
                self._begin(StepKind.RESUMED, event)
            case EventKind.TAKEN_BACK:
                if self._waits and self.steps[-1].kind is StepKind.RESUMED:
                    self._change(data={**self.steps[-1].data, "returned": data})
                else:
                    self._begin(StepKind.BACK, event)
            case EventKind.ACTS_UNDERSTOOD if self.steps:
                self._change(acts=tuple(data["acts"]), by=data["by"])
            case EventKind.DECIDED:
                self._decided(event)
            case EventKind.RECEPTIONIST_SAYS if self.steps:
                self._change(said=(*self.steps[-1].said, (data["phrase"], data["text"])))
            case _:
                pass

    def _begin(self, kind: StepKind, event: CallEvent) -> None:
        self.steps.append(Step(kind, event.at, event.data))
        self._waits = kind not in (StepKind.BETWEEN, StepKind.LINE_LOST)

    def _decided(self, event: CallEvent) -> None:
        decisions, kind = tuple(event.data["decisions"]), _outside(event.data["decisions"])
        last = self.steps[-1] if self.steps else None
        keys_wait = last is not None and last.kind is StepKind.KEYS and last.acts is None
        not_its_own = last is not None and last.kind is StepKind.HINT and kind is not StepKind.UNKNOWN
        if not self._waits or keys_wait or not_its_own:
            self._begin(kind, event)
        self._waits = False
        self._change(decisions=decisions, unable=tuple(event.data.get("unable", ())))

    def _change(self, **changes: Any) -> None:
        self.steps[-1] = replace(self.steps[-1], **changes)


_BEGINS = {
    EventKind.CALL_OPENED: StepKind.PICKED_UP,
    EventKind.CALLER_SAID: StepKind.SAID,
    EventKind.KEYS_PRESSED: StepKind.KEYS,
    EventKind.CALLER_SILENT: StepKind.SILENT,
    EventKind.HANDED_OVER: StepKind.TAKEN,
    EventKind.HINTED: StepKind.HINT,
    EventKind.SAID_TO_EACH_OTHER: StepKind.BETWEEN,
    EventKind.LINE_LOST: StepKind.LINE_LOST,
}
_OUTSIDE = {
    "limits.call": StepKind.TIME_LIMIT,
    "on_call.acknowledged": StepKind.NEWS,
    "on_call.exhausted": StepKind.NEWS,
    "on_call.not_connected": StepKind.NOT_CONNECTED,
    "handover.failed": StepKind.TRANSFER_FAILED,
    "waiting.position": StepKind.QUEUE,
}


def _outside(decisions: Iterable[Row]) -> StepKind:
    """What happened outside, by the decisions that it led to."""
    return next(_kinds(decisions), StepKind.UNKNOWN)


def _kinds(decisions: Iterable[Row]) -> Iterator[StepKind]:
    for decision in decisions:
        if kind := _OUTSIDE.get(decision["rule"]):
            yield kind
        elif decision["action"] == Action.OFFER_CALLBACK:
            yield StepKind.QUEUE
