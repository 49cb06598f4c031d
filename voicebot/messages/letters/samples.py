"""Sample messages of any client, for the check of templates and for people who write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from voicebot.domain.acts import Confidence
from voicebot.domain.details import HOUSE_DETAILS, Detail, DetailKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import RED_FLAGS, Urgency, UrgencyLevel

AT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
_VALUES = {
    DetailKind.NAME: "Claire Durand",
    DetailKind.PHONE: "+33639981234",
    DetailKind.EMAIL: "claire.durand@example.org",
    DetailKind.ADDRESS: "12 rue des Lilas, 21000 Dijon",
    DetailKind.YES_NO: "no",
    DetailKind.NUMBER: "3",
    DetailKind.REFERENCE: "AB1234",
    DetailKind.DATE: "2026-11-24T14:00/2026-11-24T18:00",
    DetailKind.FREE_TEXT: "dans la cuisine <b>près</b> de l'évier & du placard",
}


def sample_messages(instructions: Instructions) -> Iterator[tuple[str, Message]]:
    """(what it shows, message): complete, partial, urgent, empty, foreign."""
    details = {name: _detail(name, instructions) for name in _detail_ids(instructions)}
    scenario = instructions.scenarios[0]
    whole = Message(
        id="sample-message",
        call="20261123-221504-1f9c2a",
        client=instructions.id,
        instructions_version=instructions.version,
        state=MessageState.COMPLETE,
        taken_at=AT,
        language=instructions.language,
        number_shown="+33199001234",
        scenario=scenario.id,
        scenario_title=scenario.title[instructions.language],
        urgency=Urgency(scenario.urgency, scenario.id),
        person_wanted=instructions.people[0].id if instructions.people else "Monsieur Martin",
        human_wanted=False,
        details=details,
        missing=(),
        verbatim=("bonjour, c'est madame Durand", "12 rue des Lilas, à Dijon"),
        callback_promised=scenario.promise.open[instructions.language] if scenario.promise else "",
        orientation=Orientation(scenario.outcome, scenario.transfer.to if scenario.transfer else ""),
    )
    yield "complete", whole
    sector = instructions.identity.sector
    flag = next(f for f in RED_FLAGS.values() if f.concerns(sector))
    urgent = Urgency(UrgencyLevel.P0, flag.id, "venez vite")
    yield "urgent", replace(whole, urgency=urgent, orientation=Orientation(Outcome.ON_CALL))
    unsure = Detail("durant", "durant", Confidence.UNSURE, complete=False)
    partial = replace(
        whole, state=MessageState.PARTIAL, details={"caller_name": unsure}, missing=("callback_number", "reason")
    )
    yield "partial", partial
    yield (
        "empty",
        replace(partial, details={}, number_shown="", scenario=None, scenario_title="", person_wanted=None, verbatim=()),
    )
    other = Language.ENGLISH if instructions.language is Language.FRENCH else Language.FRENCH
    yield "other language", replace(whole, language=other, person_wanted="Mister Nobody", human_wanted=True)


def _detail_ids(instructions: Instructions) -> list[str]:
    never = instructions.confidentiality.never_keep
    own = [detail.id for detail in instructions.details]
    return [name for name in dict.fromkeys((*HOUSE_DETAILS, *own)) if name not in never]


def _detail(name: str, instructions: Instructions) -> Detail:
    kind = instructions.detail_kind(name)
    people = instructions.people
    value = people[0].id if kind is DetailKind.PERSON and people else _VALUES.get(kind, "Claire Durand")
    return Detail(value, value, confirmed=kind is not DetailKind.ADDRESS)
