"""The five-second card: who calls, what for, how urgent, what was promised and what is missing, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from voicebot.domain.acts import Confidence
from voicebot.domain.call import Call, RecordingState
from voicebot.domain.card import Card, CardLine, Correction, Standing
from voicebot.domain.commitments import PROMISED, commitments_of
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, COMPANY, REASON, Detail, DetailSource
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.urgency import RED_FLAGS, UrgencyLevel
from voicebot.policy.call_back import PROMISED as CALLBACK_PROMISED
from voicebot.policy.card_words import label_of, say, written_number, written_value
from voicebot.policy.danger import raised_flags
from voicebot.policy.turn import Turn
from voicebot.policy.wanted import missing_at_end, optional_details, wanted_details

SAID = 6
"""Turns of the caller that a card shows."""
_LONGEST_LINE = 110
_FIRST = (CALLER_NAME, COMPANY, CALLBACK_NUMBER)


@dataclass(frozen=True, slots=True)
class _Heard:
    """The turn in which a detail was given."""

    words: str
    confidence: float | None
    started_ms: int | None
    ended_ms: int | None


def card_of(
    call: Call,
    events: Sequence[CallEvent],
    instructions: Instructions,
    now: datetime,
    corrections: Iterable[Correction] = (),
) -> Card:
    """The card of a call as it stands.

    Args:
        events: of the call, in order; those so far, for a call that goes on. now: aware; decides what is still missing.
        corrections: what agents wrote instead of details, in the order in which they did.
    """
    turn = Turn(call, (), instructions, now)
    lines = _lines(turn, events, tuple(corrections))
    values = {line.detail: line.value for line in lines if line.value}
    urgency = call.urgency
    return Card(
        call=call.id,
        client=call.client,
        client_name=instructions.identity.name,
        language=call.language,
        number=call.caller_number,
        who=_who(values, call),
        what=_what(turn, values),
        why=_why(turn),
        urgency=urgency.level if urgency else UrgencyLevel.P3,
        urgency_words=_one_line(urgency.words) if urgency else "",
        promised=_promised(events),
        missing=tuple(line.detail for line in lines if line.standing is Standing.MISSING),
        lines=lines,
        said=tuple(_one_line(words) for words in call.verbatim[-SAID:]),
        wanted=_wanted(turn),
        dangers=raised_flags(turn),
        started_at=call.started_at,
        turns=call.turns,
        rehearsal=call.rehearsal,
        notes=_notes(turn),
    )


def _who(values: dict[str, str], call: Call) -> str:
    named = ", ".join(values[detail] for detail in (CALLER_NAME, COMPANY) if detail in values)
    return named or written_number(call.caller_number)


def _what(turn: Turn, values: dict[str, str]) -> str:
    """Scenario and reason on one line."""
    scenario, language = turn.scenario, turn.instructions.language
    title, reason = scenario.title[language] if scenario else "", values.get(REASON, "")
    told = [part for part in (title, reason) if part]
    if title and reason and title.casefold() == reason.casefold():
        told = [title]
    return _one_line(" : ".join(told)) or say("nothing", language)


def _why(turn: Turn) -> str:
    """Why a human is due."""
    call, language = turn.call, turn.instructions.language
    led = call.orientation
    if turn.endangered and call.urgency:
        return say("danger", language, _flag(call.urgency.criterion))
    if wanted := _wanted_name(turn):
        return say("person", language, wanted)
    if call.human_asked:
        return say("human", language)
    if call.handover.to is None:
        return say("taken_over", language)
    return say("filter" if led and led.because.startswith("filters[") else "scenario", language)


def _flag(flag: str) -> str:
    return flag.replace("_", " ") if flag in RED_FLAGS else flag


def _wanted(turn: Turn) -> str:
    return turn.call.handover.to or turn.call.person_asked or ""


def _wanted_name(turn: Turn) -> str:
    asked = turn.call.person_asked
    person, team = turn.instructions.person(asked), turn.instructions.team(asked)
    return person.name if person else team.name[turn.instructions.language] if team else asked or ""


def _notes(turn: Turn) -> tuple[str, ...]:
    call, instructions, language = turn.call, turn.instructions, turn.instructions.language
    notes: list[str] = []
    if call.rehearsal:
        notes.append(say("rehearsal", language))
    if instructions.confidentiality.secret:
        notes.append(say("secret", language))
    if never := instructions.confidentiality.never_keep:
        notes.append(say("never_keep", language, ", ".join(label_of(d, instructions) for d in never)))
    if call.recording is RecordingState.REFUSED:
        notes.append(say("recording_refused", language))
    if call.language is not language:
        notes.append(say("language", language))
    if call.handover.talked_with:
        notes.append(say("given_back", language, ", ".join(dict.fromkeys(call.handover.talked_with))))
    if CALLBACK_PROMISED in call.told:
        notes.append(say("callback", language))
    return tuple(notes)


def _promised(events: Sequence[CallEvent]) -> tuple[str, ...]:
    """Sentences that were heard, at least in part, and bind the house; each once, as they were spoken."""
    unheard = {e.data["sentence"] for e in events if e.kind is EventKind.SENTENCE_PLAYED and e.data["played"] == "none"}
    said = (e.data for e in events if e.kind is EventKind.RECEPTIONIST_SAYS)
    bound = (d["text"] for d in said if d["sentence"] not in unheard and _binds(d["phrase"]))
    return tuple(dict.fromkeys(bound))


def _binds(phrase: str) -> bool:
    return bool(PROMISED & set(commitments_of(phrase) or ()))


# Details


def _lines(turn: Turn, events: Sequence[CallEvent], corrections: tuple[Correction, ...]) -> tuple[CardLine, ...]:
    """Who and where to call back, what is wanted, what else is known; the most needed first."""
    call, missing = turn.call, missing_at_end(turn)
    wanted = (*wanted_details(turn), *optional_details(turn))
    corrected = {c.detail: c for c in corrections}
    known = {*call.details, *corrected}
    order = dict.fromkeys((*(d for d in _FIRST if d in known or d in wanted), *wanted, *call.details, *corrected))
    heard = _evidence(events)
    lines = (_line(d, turn, heard, corrected.get(d)) for d in order if d in known or d in missing)
    return tuple(lines)


def _line(detail: str, turn: Turn, heard: dict[str, _Heard], corrected: Correction | None) -> CardLine:
    instructions, known = turn.instructions, turn.call.details.get(detail)
    line = CardLine(detail, label_of(detail, instructions), "", Standing.MISSING)
    if known is not None:
        line = _known(line, known, instructions, heard.get(detail))
    if corrected is not None:
        value = written_value(corrected.now, detail, instructions)
        line = replace(line, value=value, standing=Standing.CONFIRMED, corrected_by=corrected.user)
    return line


def _known(line: CardLine, known: Detail, instructions: Instructions, heard: _Heard | None) -> CardLine:
    from_line = known.source is DetailSource.LINE
    return replace(
        line,
        value=written_value(known.value, line.detail, instructions),
        standing=_standing(known),
        words=_one_line(heard.words if heard and not from_line else known.words),
        source=known.source,
        confidence=heard.confidence if heard else None,
        started_ms=heard.started_ms if heard else None,
        ended_ms=heard.ended_ms if heard else None,
    )


def _standing(known: Detail) -> Standing:
    if not known.complete:
        return Standing.PARTIAL
    if known.confirmed:
        return Standing.CONFIRMED
    return Standing.UNSURE if known.confidence is Confidence.UNSURE else Standing.SURE


def _evidence(events: Sequence[CallEvent]) -> dict[str, _Heard]:
    """By detail: the last turn in which it was given, with the ears' confidence and its place in the recording."""
    turns: dict[int, dict[str, Any]] = {}
    found: dict[str, _Heard] = {}
    for event in events:
        data = event.data
        if event.kind is EventKind.CALLER_SAID:
            turns[data["turn"]] = data
        elif event.kind is EventKind.ACTS_UNDERSTOOD:
            for act in data["acts"]:
                if detail := _given(act):
                    found[detail] = _heard(act, turns.get(data["turn"]))
    return found


def _given(act: dict[str, Any]) -> str:
    if act["kind"] == "state_request":
        return REASON if act["words"] else ""
    return act["detail"] if act["kind"] == "give_detail" else ""


def _heard(act: dict[str, Any], said: dict[str, Any] | None) -> _Heard:
    if said is None or said["heard_by"] == "keyboard":
        return _Heard(act["words"], None, None, None)
    return _Heard(act["words"], said["confidence"], said["started_ms"], said["ended_ms"])


def _one_line(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1].rstrip()}…"
