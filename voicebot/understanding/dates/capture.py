"""The date that was asked for, or that corrects the one just read back, as a GiveDetail act."""

from __future__ import annotations

import re
from dataclasses import replace

from voicebot.domain.acts import Confidence, GiveDetail
from voicebot.domain.call import Awaited
from voicebot.domain.details import Detail, DetailKind
from voicebot.domain.language import Language
from voicebot.understanding.dates.find import completeness_of_date, find_date, known_day
from voicebot.understanding.details.captures import Capture, expects, kind_of, phone
from voicebot.understanding.normalise import Utterance, plain
from voicebot.understanding.ports import Completeness, Context

_BIRTH = re.compile(r"\b(?:birth|birthday|born|naissance|nee?s?|dob)\b")


def date(utterance: Utterance, context: Context, language: Language) -> Capture | None:
    """Its value is ISO 8601; None when time was spoken of and no day can be told: the words themselves are kept then."""
    detail = expects(context, DetailKind.DATE) or _read_back(context)
    if detail is None:
        return None
    known = context.details.get(detail)
    asked = expects(context, DetailKind.DATE) is not None
    number = phone(utterance, context, language)
    if number and number.act.complete:
        utterance = utterance.take(number.spans)
    instructions = context.instructions
    found = find_date(
        utterance,
        language,
        context.now,
        instructions.identity.zone,
        past=asks_for_birth(context, detail),
        known=known.value if known else "",
    )
    if found is None or not found.value or not (asked or found.plain):
        return None
    words = utterance.quote((found.spans[0][0], found.spans[-1][1]))
    act = GiveDetail(detail, found.value, words, Confidence.SURE if found.sure else Confidence.UNSURE)
    if not asked and known:
        act = _with_known_hour(act, known, timed=found.timed)
        if act.value == known.value:
            # « Oui, mardi. »
            return None
    return Capture(act, found.spans)


def completeness_of(words: str, context: Context) -> Completeness:
    """Is the date that was asked for whole in these words? UNKNOWN when no date is expected or none was begun."""
    detail = expects(context, DetailKind.DATE)
    if detail is None:
        return Completeness.UNKNOWN
    zone = context.instructions.identity.zone
    past = asks_for_birth(context, detail)
    return completeness_of_date(Utterance.of(words), context.language, context.now, zone, past=past)


def asks_for_birth(context: Context, detail: str) -> bool:
    """Does the detail ask for a date of birth, by its id or by its question?"""
    own = context.instructions.detail(detail)
    asked = " ".join(own.ask.values()) if own else ""
    return _BIRTH.search(f"{detail.replace('_', ' ')} {plain(asked)}") is not None


def _read_back(context: Context) -> str | None:
    """The only date of the call, while it is read back: « non, mercredi »."""
    if context.expectation.awaited is not Awaited.CONFIRMATION:
        return None
    dates = [name for name in context.details if kind_of(context, name) is DetailKind.DATE]
    return dates[0] if len(dates) == 1 else None


def _with_known_hour(act: GiveDetail, known: Detail, *, timed: bool) -> GiveDetail:
    """« non, mercredi » after « mardi à neuf heures » was read back: the hour stays, and is asked again."""
    hours = [part[10:] for part in known.value.split("/")]
    day = known_day(act.value)
    if timed or day is None or known_day(known.value) is None or not all(h.startswith("T") for h in hours):
        return act
    return replace(act, value="/".join(f"{day}{h}" for h in hours), confidence=Confidence.UNSURE)
