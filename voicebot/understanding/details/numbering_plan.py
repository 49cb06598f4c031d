"""French and foreign telephone numbers as E.164, checked against the numbering plans of mainland France and overseas."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

from voicebot.domain.telephone_numbers import FICTION

REGIONS = ("FR", "GP", "RE", "MQ", "GF", "YT")
"""0590, 0690 and 0262 are not valid under "FR": the overseas regions are tried next."""

_OVERSEAS = ("0262", "0263", "0269", "0590", "0594", "0596", "0690", "0691", "0692", "0693", "0694", "0696", "0697")
"""Kept for the regions overseas by the French numbering plan (ARCEP decision 2018-0881), though "FR" takes some of them."""

_NATIONAL = re.compile(r"0[1-9]\d{8}")


@lru_cache(maxsize=4096)
def national(digits: str) -> str | None:
    """E.164 of a French number of ten digits, or None when no numbering plan has it."""
    if not _NATIONAL.fullmatch(digits):
        return None
    if digits.startswith(FICTION):
        return "+33" + digits[1:]
    for region in REGIONS[1:] if digits.startswith(_OVERSEAS) else REGIONS:
        number = phonenumbers.parse(digits, region)
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


@lru_cache(maxsize=1024)
def international(digits: str) -> str | None:
    """E.164 of a number with its country code, without "+"; None when it is not valid."""
    if digits.startswith("33"):
        return national("0" + digits[2:].removeprefix("0"))
    if not 8 <= len(digits) <= 15:
        return None
    try:
        number = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        return None
    valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else None


def unlisted(digits: str) -> str | None:
    """A ten-digit number of French shape that no plan lists: kept, but it must be read back."""
    return "+33" + digits[1:] if _NATIONAL.fullmatch(digits) else None


def as_dialled(number: str) -> str:
    """National digits of a French E.164 number, else the number itself: "+33612345678" → "0612345678"."""
    return "0" + number[3:] if number.startswith("+33") else number
