"""How things are said aloud: phone numbers in pairs, days and hours, short reasons."""

from __future__ import annotations

from datetime import datetime

import phonenumbers
from babel.dates import format_datetime
from num2words import num2words

from voicebot.domain.language import Language

_ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LONGEST_REASON_WORDS = 14


def spoken_number(value: str, language: Language) -> str:
    """A phone number as people say it: "zéro six, douze, trente-quatre …" or "zero six, one two, …".

    Args:
        value: E.164, or the digits heard so far ("0612").
    """
    digits = "".join(character for character in value if character.isdigit())
    prefix = ""
    if value.startswith("+33"):
        digits = "0" + digits[2:]
    elif value.startswith("+"):
        code = phonenumbers.parse(value).country_code or 0
        digits = digits[len(str(code)) :]
        prefix = f"plus {_group(str(code), language)}, "
    return prefix + spoken_digits(digits, language)


def spoken_digits(digits: str, language: Language) -> str:
    """Digits in pairs: "douze, trente-quatre", "one two, three four"."""
    pairs = [digits[start : start + 2] for start in range(0, len(digits), 2)]
    return ", ".join(_group(pair, language) for pair in pairs)


def _group(digits: str, language: Language) -> str:
    if language is Language.ENGLISH:
        return " ".join(_ENGLISH_DIGITS[int(digit)] for digit in digits)
    leading = len(digits) - len(digits.lstrip("0"))
    said = ["zéro"] * leading
    if rest := digits[leading:]:
        said.append(num2words(int(rest), lang="fr"))
    return " ".join(said)


def spoken_moment(moment: datetime, now: datetime, language: Language) -> str:
    """A moment to come as people say it: "demain à huit heures", "lundi 24 novembre à quatorze heures trente"."""
    days = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    if language is Language.ENGLISH:
        day = {0: "today", 1: "tomorrow"}.get(days) or "on " + format_datetime(
            moment, "EEEE d MMMM" if days > 6 else "EEEE", locale="en"
        )
        return f"{day} at {format_datetime(moment, 'h:mm a' if moment.minute else 'h a', locale='en').lower()}"
    day = {0: "aujourd'hui", 1: "demain"}.get(days) or format_datetime(
        moment, "EEEE d MMMM" if days > 6 else "EEEE", locale="fr"
    )
    hour = "une" if moment.hour == 1 else num2words(moment.hour, lang="fr")
    minutes = f" {num2words(moment.minute, lang='fr')}" if moment.minute else ""
    return f"{day} à {hour} heure{'s' if moment.hour > 1 else ''}{minutes}"


def spoken_reason(words: str) -> str:
    """The caller's reason, short enough to be read back."""
    said = words.split()
    return " ".join(said[:LONGEST_REASON_WORDS]) + (" …" if len(said) > LONGEST_REASON_WORDS else "")
