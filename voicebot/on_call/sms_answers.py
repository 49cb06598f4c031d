"""What a contact's SMS means: « OK 4821 », « 2 4821 », « ok, 20 min ». What is not clear is never an acknowledgement."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    TAKE = "take"
    PASS = "pass"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class SmsAnswer:
    """code: four digits, "" when none is written. minutes: until they act, None when not told."""

    wish: Wish
    code: str = ""
    minutes: int | None = None


_MINUTES = re.compile(r"(?<!\d)(\d{1,3})\s*(?:minutes?|mins?|mn|')(?![a-z])")
_CODE = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_TAKE = frozenset(("1", "ok", "okay", "oui", "yes", "prends", "accord", "d'accord", "daccord", "taken", "mine"))
_PASS = frozenset(("2", "non", "no", "passe", "pass", "suivant", "next"))
_NOT = frozenset(("pas", "ne", "peux", "impossible", "not", "cannot", "can't", "plus", "jamais", "never", "stop"))


def sms_answer(body: str) -> SmsAnswer:
    """Reads an SMS of a contact, in either language."""
    text = _bare(body)
    told = _MINUTES.search(text)
    text = _MINUTES.sub(" ", text)
    found = _CODE.search(text)
    words = set(_WORD.findall(_CODE.sub(" ", text)))
    return SmsAnswer(_wish(words, bool(found)), found.group(1) if found else "", int(told.group(1)) if told else None)


def _wish(words: set[str], coded: bool) -> Wish:
    takes, passes = bool(words & _TAKE), bool(words & _PASS)
    if passes and not takes:
        return Wish.PASS
    if takes and not passes and not words & _NOT:
        return Wish.TAKE
    # The code alone is what an « OK » with it would be; other words are not.
    return Wish.TAKE if coded and not words else Wish.UNCLEAR


def _bare(body: str) -> str:
    text = unicodedata.normalize("NFKD", body.replace("’", "'")).casefold()
    return "".join(sign for sign in text if not unicodedata.combining(sign))
