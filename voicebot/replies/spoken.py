"""How things are said aloud: days and hours, short reasons."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_datetime
from num2words import num2words

from voicebot.domain.language import Language

LONGEST_REASON_WORDS = 14


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
