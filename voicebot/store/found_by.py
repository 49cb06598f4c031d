"""What calls and messages are found by: their words and numbers in one spelling, written with them, asked for by code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import phonenumbers
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from voicebot.domain.call import Call
from voicebot.domain.message import Message
from voicebot.store.tables import found_by, messages

MOST_TERMS = 8
"""Words of a query that count; nobody types more to find one call."""
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": " ", "'": " "})
_E164 = re.compile(r"\+[1-9]\d{3,14}")
_NUMBER = re.compile(r"\+?\d(?:[\s./()-]*\d)*")
_TRUNK = re.compile(r"\(\s*0\s*\)")
_SHORTEST_NUMBER = 4
"""Fewer digits are a street number or a floor, not a piece of a telephone number."""


def fold(text: str) -> str:
    """Lower case without accents, words apart by one blank: « L'Œuvre, à Évry » is "l oeuvre a evry"."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    kept = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return " ".join(kept.split())


@lru_cache(maxsize=4096)
def number_text(number: str) -> str:
    """A number as it is looked for: E.164 as "00…" and as it is dialled at home; the digits of anything else."""
    digits = "".join(filter(str.isdigit, number))
    if not _E164.fullmatch(number):
        return digits
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return f"00{digits}"
    at_home = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return f"00{digits} {''.join(filter(str.isdigit, at_home))}"


def search_text(call: Mapping[str, Any], message: Mapping[str, Any] | None) -> str:
    """Everything that a call and its message are found by. call, message: their rows' JSON."""
    left = message or {}
    values = [str(detail["value"]) for detail in (call.get("details") or {}).values()]
    values += [str(detail["value"]) for detail in (left.get("details") or {}).values()]
    numbers = [str(call.get("caller_number") or ""), *(value for value in values if _E164.fullmatch(value))]
    words = [value for value in values if not _E164.fullmatch(value)]
    titles = (left.get("scenario_title"), left.get("person_wanted"), left.get("callback_promised"), call.get("promise"))
    words += [str(title or "") for title in titles]
    words += [str(turn) for turn in call.get("verbatim") or left.get("verbatim") or ()]
    found = [*map(number_text, numbers), *map(fold, words), *map(_digits_of, words), fold(str(call["id"]))]
    return " ".join(dict.fromkeys(filter(None, found)))


def put_found_by(connection: Connection, call: Call, message: Message | None) -> None:
    """Writes what the call is found by from now on; message: None takes the one that is recorded, if any."""
    left = _parts(message) if message is not None else _recorded(connection, call.id)
    state = {
        "id": call.id,
        "caller_number": call.caller_number,
        "details": {name: {"value": detail.value} for name, detail in call.details.items()},
        "promise": call.promise,
        "verbatim": call.verbatim,
    }
    row = found_by_row(
        search_text(state, left),
        call=call.id,
        client=call.client,
        started_at=call.started_at,
        ended=None if call.ended is None else call.ended.value,
        urgency=call.urgency.level.value if call.urgency else "",
        language=call.language.value,
    )
    connection.execute(_put(connection.dialect.name), row)


# Built once: building a statement costs more than running it.
@cache
def _put(dialect: str) -> sa.Insert:
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(found_by)
    new = {column.name: column for column in insert.excluded if column.name != "call"}
    return insert.on_conflict_do_update(index_elements=[found_by.c.call], set_=new)


def found_by_row(
    text: str, *, call: str, client: str, started_at: datetime, ended: str | None, urgency: str, language: str
) -> dict[str, Any]:
    return {
        "call": call,
        "client": client,
        "started_at": started_at,
        "ended": ended,
        "urgency": urgency,
        "language": language,
        "text": text,
    }


def holds(query: str) -> list[sa.ColumnElement[bool]]:
    """Conditions on found_by under which a call is what somebody typed: every word, every number in any spelling.

    A number is found by any four digits or more of it that follow each other: « +33 (0)6 39 98 01 02 », « 06.39.98 ».
    """
    conditions: list[sa.ColumnElement[bool]] = []
    rest = query[:200]
    for number in _numbers_in(rest):
        # As one number, or as it stands in the caller's words: « appartement 12 34 ».
        conditions.append(sa.or_(_has(_dialled(number)), _has(fold(number))))
        rest = rest.replace(number, " ", 1)
    conditions += [_has(word) for word in dict.fromkeys(fold(rest).split())]
    return conditions[:MOST_TERMS]


def _numbers_in(query: str) -> list[str]:
    whole = (match.group() for match in _NUMBER.finditer(query))
    return [number for number in whole if sum(map(str.isdigit, number)) >= _SHORTEST_NUMBER]


def _dialled(number: str) -> str:
    digits = "".join(filter(str.isdigit, _TRUNK.sub("", number)))
    return f"00{digits}" if number.startswith("+") else digits


def _digits_of(words: str) -> str:
    """Long numbers inside words, without the blanks that people put between their digits."""
    return " ".join("".join(filter(str.isdigit, number)) for number in _numbers_in(words))


def _has(part: str) -> sa.ColumnElement[bool]:
    return found_by.c.text.contains(part, autoescape=True)


def _parts(message: Message) -> dict[str, Any]:
    return {
        "scenario_title": message.scenario_title,
        "person_wanted": message.person_wanted,
        "callback_promised": message.callback_promised,
        "details": {name: {"value": detail.value} for name, detail in message.details.items()},
        "verbatim": message.verbatim,
    }


def _recorded(connection: Connection, call: str) -> Mapping[str, Any] | None:
    return connection.execute(sa.select(messages.c.content).where(messages.c.call == call)).scalar_one_or_none()


def fill(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Adds rows of calls that were saved before they could be searched."""
    added = list(rows)
    if added:
        connection.execute(sa.insert(found_by), added)
