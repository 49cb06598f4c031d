"""Phone numbers and digits as people say them aloud: in pairs."""

from __future__ import annotations

import phonenumbers
from num2words import num2words

from voicebot.domain.language import Language

_ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


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
