"""An SMS of one to two segments: what matters least is cut first, and no sign doubles the cost without need."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from voicebot.channels.sms_length import SmsEncoding, in_gsm, sms_length
from voicebot.messages.letters.tellable import Tellable

MOST_SEGMENTS = 2
_LENGTHS = (140, 90, 60, 40, 25, 0)
"""Letters that each free text may keep, tried one after the other."""


def fit(tellable: Tellable, render: Callable[[Tellable], str]) -> str:
    """The longest text that fits, else the shortest there is: numbers and the link are never cut.

    Args:
        render: the text of a view, by the template.
    """
    text = tidy(render(tellable))
    for letters in _LENGTHS:
        if sms_length(text).segments <= MOST_SEGMENTS:
            break
        text = tidy(render(tellable.shortened(letters)))
    return text if sms_length(text).segments <= MOST_SEGMENTS else _without_marks(text)


def _without_marks(text: str) -> str:
    """Letters beyond GSM-7 without their accents, where they have any: "João" as "Joao"."""
    return "".join(
        sign if sms_length(sign).encoding is SmsEncoding.GSM_7 else unicodedata.normalize("NFKD", sign)[0] for sign in text
    )


def tidy(text: str) -> str:
    """One line in letters of the GSM alphabet, without doubled stops; a name that needs other letters keeps them."""
    line = " ".join(in_gsm(text).split()).replace(" .", ".").replace(" ,", ",")
    while ".." in line.replace("...", ""):
        line = line.replace("...", "\0").replace("..", ".").replace("\0", "...")
    return line.replace("....", "...")
