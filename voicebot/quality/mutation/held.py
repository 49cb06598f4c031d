"""One scenario call held and judged, with what is needed to tell two runs of it apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from voicebot.domain.decisions import Action
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import message_json
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.conversation_evals import HeldCall, hold_call
from voicebot.quality.conversation_file import WrittenConversation
from voicebot.quality.judging.judge import judge_transcript
from voicebot.quality.judging.verdict import Verdict
from voicebot.quality.records.our_calls import transcript_of
from voicebot.store.call_book import CallBook
from voicebot.understanding.ports import Understanding

_MEASURED = ("took_ms",)
"""Data of events that differ between equal runs."""
_TALK = (Action.ACKNOWLEDGE, Action.CONFIRM_CORRECTION, Action.WAIT, Action.REPEAT, Action.ASK_TO_REPHRASE)


@dataclass(frozen=True, slots=True)
class Failed:
    """One check that did not pass. subject: what it is told apart by from others of its name, "" when by nothing."""

    check: str
    expected: str
    found: str
    critical: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A call as it went. case: "heating.yaml/leak". record: all of it as text, equal for equal runs. lines: for readers.

    substance: what came of it: message, decisions that count, its end; two runs with one substance differ in talk alone.
    """

    case: str
    record: str
    substance: str
    lines: tuple[str, ...]
    failed: tuple[Failed, ...]

    @property
    def checks(self) -> frozenset[str]:
        return frozenset(f.check for f in self.failed)


def case_of(written: WrittenConversation) -> str:
    return f"{written.file}/{written.conversation.name}"


async def hold_and_judge(
    written: WrittenConversation,
    instructions: Instructions,
    understanding: Understanding,
    book: CallBook,
    number: int,
) -> Held:
    """Args: number: makes the call's id unique in `book`. Raises: StoreError."""
    return judged(written, instructions, await hold_call(written, instructions, understanding, book, number))


def judged(written: WrittenConversation, instructions: Instructions, held: HeldCall) -> Held:
    """A call that is over, by judges of whom no fault may be in force: those of instructions are in every reader of them."""
    record = held.record
    transcript = transcript_of(
        record,
        name=written.conversation.name,
        source=written.file,
        expect=written.conversation.expect,
        unheard=held.unheard,
    )
    failed = (_failed(v) for v in judge_transcript(transcript, instructions).verdicts if not v.passed)
    return Held(
        case_of(written),
        _text(record),
        _substance(record),
        tuple(_lines(record.events)),
        tuple(failed),
    )


def _failed(verdict: Verdict) -> Failed:
    return Failed(verdict.check, verdict.expected, verdict.found, verdict.critical)


def _text(record: CallRecord) -> str:
    events = [[e.kind, {k: v for k, v in e.data.items() if k not in _MEASURED}] for e in record.events]
    message = message_json.dump_python(record.message, mode="json") if record.message else None
    after = [[e.kind, e.data] for e in record.after_call]
    whole = [events, message, after, sorted(record.work)]
    return json.dumps(whole, default=str, sort_keys=True).replace(record.call.id, "call")


def _substance(record: CallRecord) -> str:
    m = record.message
    decided = [
        (d["action"], d["subject"])
        for e in record.events
        if e.kind is EventKind.DECIDED
        for d in e.data["decisions"]
        if d["action"] not in _TALK
    ]
    kept = m and (
        m.state, m.scenario, m.urgency.level, m.urgency.criterion, m.orientation, m.person_wanted, m.caller_kind, m.missing,
        {i: d.value.casefold() for i, d in m.details.items() if i != "reason"},
    )  # fmt: skip
    return json.dumps([kept, decided, record.call.ended], default=str, sort_keys=True).replace(record.call.id, "call")


def _lines(events: tuple[CallEvent, ...]) -> Iterator[str]:
    for e in events:
        match e.kind:
            case EventKind.CALLER_SAID:
                yield f"caller: {e.data['text']}"
            case EventKind.CALLER_SILENT:
                yield "caller: (silence)"
            case EventKind.KEYS_PRESSED:
                yield f"caller: (keys {e.data['keys']})"
            case EventKind.RECEPTIONIST_SAYS:
                yield f"receptionist: {e.data['text']}"
            case EventKind.CALL_ENDED:
                yield f"(ended: {e.data['reason']})"
            case _:
                pass


def first_difference(right: Held, faulty: Held) -> str:
    """The first line of the faulty call that the right one has not there; "" when both were said alike."""
    for place, line in enumerate(faulty.lines):
        if place >= len(right.lines) or right.lines[place] != line:
            return line
    return "(the call stops here)" if len(right.lines) > len(faulty.lines) else ""
