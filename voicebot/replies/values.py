"""Details read back: each kind the way people say it, so that the caller can hear a mistake."""

from __future__ import annotations

from datetime import datetime

from voicebot.domain.acts import Confidence
from voicebot.domain.call import Call
from voicebot.domain.details import ADDRESS, CALLBACK_NUMBER, CALLER_NAME, COMPANY, HOUSE_DETAILS, REASON, DetailKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.replies.names import inside_sentence
from voicebot.replies.phrasebook import Phrasebook
from voicebot.replies.spelled import spoken_email, spoken_reference
from voicebot.replies.spoken import spoken_reason
from voicebot.replies.spoken_dates import spoken_date

READ_BACK_ORDER = (CALLER_NAME, COMPANY, CALLBACK_NUMBER, ADDRESS)


def in_order(names: list[str]) -> list[str]:
    """Who, where to call back, where; then the rest; the reason last."""
    first = [n for n in READ_BACK_ORDER if n in names]
    last = [n for n in names if n == REASON]
    return [*first, *(n for n in names if n not in (*READ_BACK_ORDER, REASON)), *last]


def read_back_part(detail: str, value: str, call: Call, instructions: Instructions, now: datetime, book: Phrasebook) -> str:
    """One detail as it is read back: « à rappeler au zéro six, … »."""
    kind = instructions.detail_kind(detail)
    pattern = detail if detail in HOUSE_DETAILS else kind.value
    return book.pattern(pattern).format(value=spoken_value(detail, value, call, instructions, now))


def spoken_value(detail: str, value: str, call: Call, instructions: Instructions, now: datetime) -> str:
    """The value as it is said aloud, in the call's language."""
    language, known = call.language, call.details.get(detail)
    if detail == REASON:
        scenario = instructions.scenario(call.scenario)
        return scenario.title[language] if scenario else spoken_reason(value)
    match instructions.detail_kind(detail):
        case DetailKind.PHONE:
            return spoken_number(value, language)
        case DetailKind.EMAIL:
            doubtful = call.read_backs > 1 or (known is not None and known.confidence is Confidence.UNSURE)
            return spoken_email(value, language, letter_by_letter=doubtful)
        case DetailKind.REFERENCE:
            return spoken_reference(value, language)
        case DetailKind.DATE:
            return spoken_date(value, language, now.astimezone(instructions.identity.zone))
        case DetailKind.PERSON:
            person = instructions.person(value)
            return inside_sentence(person.name, language) if person else value
        case _:
            return value
