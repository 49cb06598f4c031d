"""What a telephone number is for those who would dial it: an ordinary one, one that costs or connects elsewhere, or none."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

FICTION = ("019900", "026191", "035301", "046571", "053649", "063998")
"""Kept for stories and films by the French regulator (ARCEP decision 2018-0881): no library lists them, demonstrations
and tests may be heard with them and nobody's telephone rings."""

_FRENCH_SHAPE = re.compile(r"\+33[1-79]\d{8}")
_ORDINARY = frozenset(
    (
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    )
)
_NO_COUNTRY = "001"
"""phonenumbers' region of satellite telephones and international networks."""


class Dialling(StrEnum):
    ORDINARY = "ordinary"
    """A fixed line, a mobile, an internet line."""
    UNLISTED = "unlisted"
    """Has the shape of a French geographic, mobile or internet number, but no numbering plan lists it (yet)."""
    SPECIAL = "special"
    """Premium, shared cost, free call, personal, company-wide or satellite: never dialled by us."""
    NO_NUMBER = "no_number"
    """Short, of an emergency service, or of no numbering plan: never dialled by us."""


MAY_BE_RUNG = (Dialling.ORDINARY, Dialling.UNLISTED)


@lru_cache(maxsize=4096)
def dialling(number: str) -> Dialling:
    """The kind of an E.164 number. Source of the types: phonenumbers; French numbers +33 8 … are special by plan."""
    if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        return Dialling.NO_NUMBER
    if _of_fiction(number):
        return Dialling.ORDINARY
    if number.startswith("+338"):
        return Dialling.SPECIAL
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return Dialling.NO_NUMBER
    if phonenumbers.is_valid_number(parsed):
        abroad = phonenumbers.region_code_for_number(parsed) == _NO_COUNTRY
        return Dialling.ORDINARY if phonenumbers.number_type(parsed) in _ORDINARY and not abroad else Dialling.SPECIAL
    return Dialling.UNLISTED if _FRENCH_SHAPE.fullmatch(number) else Dialling.NO_NUMBER


def may_be_rung(number: str) -> bool:
    """May the house dial this number of a client's file by itself?"""
    return dialling(number) in MAY_BE_RUNG


@lru_cache(maxsize=4096)
def takes_sms(number: str) -> bool:
    """A mobile, or a number of a country where mobiles look like fixed lines."""
    if not may_be_rung(number):
        return False
    if number.startswith("+33"):
        return number.startswith(("+336", "+337"))
    kind = phonenumbers.number_type(phonenumbers.parse(number, None))
    return kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def number_ends(number: str) -> str:
    """The last two digits, as logs, events and screens show a number: "…51"; "" for none."""
    return f"…{number[-2:]}" if number else ""


def _of_fiction(number: str) -> bool:
    return number.startswith("+33") and len(number) == 12 and ("0" + number[3:]).startswith(FICTION)
