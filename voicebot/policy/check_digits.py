"""Check digits: the last characters of a reference prove the others, so that a misheard one is noticed."""

from __future__ import annotations

from voicebot.domain.scenario import CheckDigit

_CORSICA = (("2A", "19"), ("2B", "18"))
"""Departments 2A and 2B count as 19 and 18 in a social security number (INSEE)."""


def proves(check: CheckDigit, reference: str) -> bool:
    """Do the last characters of `reference` fit the others?

    Args:
        reference: capitals and digits without blanks.
    """
    match check:
        case CheckDigit.LUHN:
            return luhn(reference)
        case CheckDigit.MOD97:
            return mod97(reference)
        case CheckDigit.ISO7064_MOD11_2:
            return iso7064_mod11_2(reference)


def luhn(reference: str) -> bool:
    """ISO/IEC 7812-1, annex B: every second digit from the right is doubled; the sum of all digits ends with 0."""
    if not _digits(reference) or len(reference) < 2:
        return False
    total = 0
    for place, digit in enumerate(reversed(reference)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mod97(reference: str) -> bool:
    """Last two digits: 97 minus the rest of the others divided by 97, as the key of a French social security number."""
    body, key = reference[:-2], reference[-2:]
    for department, digits in _CORSICA:
        if body[5:7] == department:
            body = body[:5] + digits + body[7:]
    return _digits(body) and _digits(key) and int(key) == 97 - int(body) % 97


def iso7064_mod11_2(reference: str) -> bool:
    """ISO/IEC 7064, MOD 11-2: last character 0-9 or X, as on ISNI and ORCID."""
    body, check = reference[:-1], reference[-1:]
    if not _digits(body):
        return False
    total = 0
    for digit in body:
        total = (total + int(digit)) * 2
    return check == "0123456789X"[(12 - total % 11) % 11]


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
