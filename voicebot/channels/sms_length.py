"""What an SMS costs: its encoding and its segments. Source: 3GPP TS 23.038 (GSM 7-bit alphabet), TS 23.040 (segments)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Each of these takes two places."""

_PLAIN = str.maketrans(
    {
        "ç": "c",
        "ê": "e",
        "ë": "e",
        "â": "a",
        "î": "i",
        "ï": "i",
        "ô": "o",
        "û": "u",
        "ÿ": "y",
        "œ": "oe",
        "Œ": "OE",
        "À": "A",
        "Â": "A",
        "È": "E",
        "Ê": "E",
        "Ë": "E",
        "Î": "I",
        "Ï": "I",
        "Ô": "O",
        "Ù": "U",
        "Û": "U",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "•": "-",
    }
)


class SmsEncoding(StrEnum):
    GSM_7 = "gsm-7"
    UCS_2 = "ucs-2"


@dataclass(frozen=True, slots=True)
class SmsLength:
    """units: septets of GSM-7, 16-bit units of UCS-2. segments: what the carrier charges for; 0 for an empty text."""

    encoding: SmsEncoding
    units: int
    segments: int


def sms_length(text: str) -> SmsLength:
    """What text costs as it is."""
    if all(sign in GSM_BASIC or sign in GSM_EXTENDED for sign in text):
        widths = [2 if sign in GSM_EXTENDED else 1 for sign in text]
        return SmsLength(SmsEncoding.GSM_7, sum(widths), _segments(widths, 160, 153))
    widths = [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    return SmsLength(SmsEncoding.UCS_2, sum(widths), _segments(widths, 70, 67))


def in_gsm(text: str) -> str:
    """text with French letters and typography that GSM-7 lacks written plainly: "ç" as "c", "’" as "'".

    One such letter makes the whole SMS cost more than twice as much; a sign without a plain form is left as it is.
    """
    return text.translate(_PLAIN)


def _segments(widths: list[int], alone: int, each: int) -> int:
    """A sign of two units is never cut in half."""
    total = sum(widths)
    if total <= alone:
        return 1 if total else 0
    segments, used = 1, 0
    for width in widths:
        if used + width > each:
            segments, used = segments + 1, 0
        used += width
    return segments
