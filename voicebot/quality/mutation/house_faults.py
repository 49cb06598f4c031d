"""Faults around the rules: another client's file, wrong hours, a message or its events that are not kept as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from typing import Any

from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER, REASON
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.filters import Filter
from voicebot.domain.hours import Hours, Slot
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message, MessageState
from voicebot.domain.orientation import Facilities
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.domain.work import Work, WorkKind
from voicebot.quality.judging.verdict import Area
from voicebot.quality.mutation.fault import Change, Fault, Scene, Seam, Severity
from voicebot.quality.mutation.hearing_faults import swapped_digits

_CRITICAL, _SERIOUS, _MINOR = Severity.CRITICAL, Severity.SERIOUS, Severity.MINOR
_DAY_MINUTES = 1440

# Instructions


def _with(value: Instructions, **changes: Any) -> Instructions:
    """A copy that does not share what the original keeps by day."""
    copy = value.model_copy(update=changes)
    vars(copy).pop("held_by_day", None)
    return copy


def _file(change: Callable[[Instructions], dict[str, Any]]) -> Change:
    def instructions(value: Instructions, _scene: Scene) -> Instructions:
        changes = change(value)
        return value if all(getattr(value, k) == v for k, v in changes.items()) else _with(value, **changes)

    return instructions


def _another_file(value: Instructions, scene: Scene) -> Instructions:
    same = [o for o in scene.others if o.language is value.language]
    return same[0] if same else value


def _an_hour_later(slot: Slot) -> Slot:
    opens = min(slot.opens_minute + 60, _DAY_MINUTES - 2)
    closes = min(slot.closes_minute + 60, _DAY_MINUTES)
    return slot.model_copy(update={"opens": time(opens // 60, opens % 60), "closes_minute": closes})


def _shifted(hours: Hours) -> Hours:
    weekly = {day: tuple(_an_hour_later(s) for s in slots) for day, slots in hours.weekly.items()}
    return hours.model_copy(update={"weekly": weekly})


def _scenarios(**changes: Any) -> Change:
    return _file(lambda value: {"scenarios": tuple(s.model_copy(update=changes) for s in value.scenarios)})


def _without_detail(detail: str) -> Change:
    """The scenario's list of mandatory details has lost one."""

    def scenarios(value: Instructions) -> dict[str, Any]:
        kept = (
            s.model_copy(update={"details": tuple(d for d in s.details if d != detail)}) if len(s.details) > 1 else s
            for s in value.scenarios
        )
        return {"scenarios": tuple(kept)}

    return _file(scenarios)


def _refused(f: Filter) -> Filter:
    answer = f.answer or {"fr": "Nous ne donnons pas suite.", "en": "We cannot help you."}
    return f.model_copy(update={"outcome": Outcome.REFUSAL, "answer": answer})


def _vips_refused(value: Instructions) -> dict[str, Any]:
    return {"filters": tuple(_refused(f) if f.numbers or f.names else f for f in value.filters)}


def _everybody_there(value: Instructions) -> dict[str, Any]:
    people = (p.model_copy(update={"away": (), "takes_calls": True, "hours": None}) for p in value.people)
    return {"people": tuple(people)}


def _confidentiality_off(value: Instructions) -> dict[str, Any]:
    return {"confidentiality": value.confidentiality.model_copy(update={"profile": "standard", "never_keep": ()})}


# The message and what is written


def _message(change: Callable[[Message], Message | None]) -> Change:
    def message(value: Message | None, _scene: Scene) -> Message | None:
        return change(value) if value else None

    return message


def _less_one(message: Message, detail: str) -> Message:
    return replace(message, details={i: d for i, d in message.details.items() if i != detail})


def _other_number(message: Message) -> Message:
    known = message.details.get(CALLBACK_NUMBER)
    if known is None:
        return message
    return replace(message, details={**message.details, CALLBACK_NUMBER: replace(known, value=swapped_digits(known.value))})


def _ordinary(message: Message) -> Message:
    return replace(message, urgency=Urgency(UrgencyLevel.P3, message.urgency.criterion))


def _to_nobody(message: Message) -> Message:
    led = message.orientation
    return replace(message, orientation=replace(led, outcome=Outcome.MESSAGE, to="")) if led else message


def _whole(message: Message) -> Message:
    return replace(message, state=MessageState.COMPLETE, missing=())


def _written(which: Callable[[CallEvent], bool]) -> Change:
    def events(value: tuple[CallEvent, ...], _scene: Scene) -> tuple[CallEvent, ...]:
        return tuple(e for e in value if not which(e))

    return events


def _undecided(*actions: Action) -> Change:
    """The journal does not say that it was decided, and what was said of it has nothing behind it."""

    def event(e: CallEvent) -> CallEvent:
        rows = e.data.get("decisions", ()) if e.kind is EventKind.DECIDED else ()
        kept = [d for d in rows if d["action"] not in actions]
        return e if len(kept) == len(rows) else replace(e, data={**e.data, "decisions": kept})

    return lambda value, _scene: tuple(event(e) for e in value)


def _unexplained(value: tuple[CallEvent, ...], _scene: Scene) -> tuple[CallEvent, ...]:
    def event(e: CallEvent) -> CallEvent:
        if e.kind is not EventKind.DECIDED:
            return e
        return replace(e, data={**e.data, "decisions": [{**d, "because": ""} for d in e.data["decisions"]]})

    return tuple(event(e) for e in value)


def _undone(kind: WorkKind) -> Change:
    def work(value: tuple[Work, ...], _scene: Scene) -> tuple[Work, ...]:
        return tuple(w for w in value if w.kind is not kind)

    return work


def _nobody_queued(value: tuple[Any, ...], _scene: Scene) -> tuple[Any, ...]:
    return () if value else value


def _no_facilities(value: Facilities, _scene: Scene) -> Facilities:
    return replace(value, transfer=False, on_call=False, connect=False)


def _fault(seam: Seam, name: str, harm: str, severity: Severity, area: Area, change: Change) -> Fault:
    return Fault(name, harm, severity, area, {seam: change})


HOUSE_FAULTS: tuple[Fault, ...] = (
    _fault(Seam.INSTRUCTIONS, "file_of_another_client", "Callers are met by the rules of another business.", _CRITICAL,
           Area.FORBIDDEN, _another_file),
    _fault(Seam.INSTRUCTIONS, "hours_an_hour_off", "Callers at nine are told that the office is closed.", _SERIOUS,
           Area.INSTRUCTIONS, _file(lambda v: {"hours": _shifted(v.hours)})),
    _fault(Seam.INSTRUCTIONS, "holidays_ignored", "On a public holiday callers are put through to empty desks.", _SERIOUS,
           Area.INSTRUCTIONS, _file(lambda v: {"hours": v.hours.model_copy(update={"open_on_holidays": True})})),
    _fault(Seam.INSTRUCTIONS, "closures_ignored", "Callers are promised a call back on a day when nobody works.", _SERIOUS,
           Area.INSTRUCTIONS, _file(lambda v: {"hours": v.hours.model_copy(update={"closures": (), "overrides": ()})})),
    _fault(Seam.INSTRUCTIONS, "outside_hours_ignored", "At night calls are led as if it were day.", _CRITICAL, Area.HANDOFF,
           _scenarios(outside_hours=None)),
    _fault(Seam.INSTRUCTIONS, "criterion_ignored", "The answer that makes a leak an emergency changes nothing.", _CRITICAL,
           Area.URGENCY, _scenarios(escalations=())),
    _fault(Seam.INSTRUCTIONS, "number_not_mandatory", "Messages are closed without a number to call back.", _CRITICAL,
           Area.MESSAGE, _without_detail(CALLBACK_NUMBER)),
    _fault(Seam.INSTRUCTIONS, "name_not_mandatory", "Messages are closed without a name.", _SERIOUS, Area.MESSAGE,
           _without_detail("caller_name")),
    _fault(Seam.INSTRUCTIONS, "address_not_mandatory", "The technician does not know where to go.", _CRITICAL, Area.MESSAGE,
           _without_detail("address")),
    _fault(Seam.INSTRUCTIONS, "filters_ignored", "The client's list of whom to refuse and whom to put through is not read.",
           _SERIOUS, Area.FILTER, _file(lambda _v: {"filters": ()})),
    _fault(Seam.INSTRUCTIONS, "vip_refused", "The client's best customer is refused.", _CRITICAL, Area.FILTER,
           _file(_vips_refused)),
    _fault(Seam.INSTRUCTIONS, "absences_ignored", "Calls are put through to somebody on leave.", _SERIOUS, Area.HANDOFF,
           _file(_everybody_there)),
    _fault(Seam.INSTRUCTIONS, "confidentiality_off", "What must never be kept is written into the message.", _CRITICAL,
           Area.FORBIDDEN, _file(_confidentiality_off)),
    _fault(Seam.INSTRUCTIONS, "red_flags_unlisted", "The client's own rules for emergencies are not read.", _CRITICAL,
           Area.URGENCY, _file(lambda _v: {"red_flags": ()})),
    _fault(Seam.FACILITIES, "nobody_reachable", "Calls that should be put through, or wake somebody, become messages.",
           _CRITICAL, Area.HANDOFF, _no_facilities),
    _fault(Seam.MESSAGE, "message_lost", "The message that was said to be recorded is not there.", _CRITICAL,
           Area.MESSAGE, _message(lambda _m: None)),
    _fault(Seam.MESSAGE, "message_number_altered", "The message says another number than the one that was read back.",
           _CRITICAL, Area.MESSAGE, _message(_other_number)),
    _fault(Seam.MESSAGE, "message_without_verbatim", "Nobody can check the message against the caller's words.", _SERIOUS,
           Area.MESSAGE, _message(lambda m: replace(m, verbatim=()))),
    _fault(Seam.MESSAGE, "message_without_reason", "The message does not say why the caller called.", _SERIOUS, Area.MESSAGE,
           _message(lambda m: _less_one(m, REASON))),
    _fault(Seam.MESSAGE, "message_without_urgency", "The urgent message lies among the ordinary ones.", _CRITICAL,
           Area.URGENCY, _message(_ordinary)),
    _fault(Seam.MESSAGE, "message_without_person", "The message does not say for whom it is.", _SERIOUS, Area.MESSAGE,
           _message(lambda m: replace(m, person_wanted=None))),
    _fault(Seam.MESSAGE, "message_without_orientation", "Whoever delivers the message does not know what it asks of them.",
           _CRITICAL, Area.HANDOFF, _message(_to_nobody)),
    _fault(Seam.MESSAGE, "message_without_promise", "The client does not know what the caller was promised.", _SERIOUS,
           Area.PROMISES, _message(lambda m: replace(m, callback_promised=""))),
    _fault(Seam.MESSAGE, "partial_called_complete", "A half message passes for a whole one.", _SERIOUS, Area.MESSAGE,
           _message(_whole)),
    _fault(Seam.MESSAGE, "wish_for_a_human_lost", "The client does not see that the caller wanted a person.", _SERIOUS,
           Area.HANDOFF, _message(lambda m: replace(m, human_wanted=False))),
    _fault(Seam.WRITTEN, "message_not_recorded", "The message is said to be recorded without any trace of it.", _CRITICAL,
           Area.PROMISES, _written(lambda e: e.kind is EventKind.MESSAGE_RECORDED)),
    _fault(Seam.WRITTEN, "transfer_said_not_decided", "The caller holds the line, and nobody is rung.", _CRITICAL,
           Area.PROMISES, _undecided(Action.TRANSFER)),
    _fault(Seam.WRITTEN, "recording_goes_on", "« L'enregistrement est effacé », and it is not.", _CRITICAL, Area.PROMISES,
           _written(lambda e: e.kind is EventKind.RECORDING_STOPPED)),
    _fault(Seam.WRITTEN, "decisions_unexplained", "Nobody can tell which line of the instructions was obeyed.", _SERIOUS,
           Area.INSTRUCTIONS, _unexplained),
    _fault(Seam.WORK, "message_never_sent", "The message stays in the house.", _CRITICAL, Area.PROMISES,
           _undone(WorkKind.DELIVER)),
    _fault(Seam.WORK, "ladder_never_begun", "« J'essaie de joindre la personne d'astreinte », and no telephone rings.",
           _CRITICAL, Area.PROMISES, _undone(WorkKind.WAKE)),
    _fault(Seam.QUEUED, "handoff_not_queued", "The caller holds the line for a queue in which they are not.", _CRITICAL,
           Area.PROMISES, _nobody_queued),
)  # fmt: skip
