"""Dates read back: day, date and hour as people say them."""

from __future__ import annotations

from datetime import datetime

import pytest

from voicebot.domain.language import Language
from voicebot.replies.spoken_dates import spoken_date

NOW = datetime(2026, 11, 23, 10, 10)  # noqa: DTZ001 - the client's own clock


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [
        ("2026-11-23", "aujourd'hui", "today"),
        ("2026-11-24T09:00", "demain à neuf heures", "tomorrow at nine in the morning"),
        ("2026-12-01", "mardi 1er décembre", "Tuesday the 1st of December"),
        ("2027-11-24", "mercredi 24 novembre 2027", "Wednesday the 24th of November 2027"),
        ("1978-05-12", "12 mai 1978", "the 12th of May 1978"),
        (
            "2026-11-25T14:00/2026-11-25T18:00",
            "mercredi 25 novembre après-midi, entre quatorze et dix-huit heures",
            "Wednesday the 25th of November afternoon, between two in the afternoon and six in the evening",
        ),
        ("2026-11-30/2026-12-06", "la semaine du 30 novembre", "the week of the 30th of November"),
        ("2026-11-28/2026-11-29", "le week-end du 28 novembre", "the weekend of the 28th of November"),
        ("2026-12-01/2026-12-31", "en décembre", "in December"),
        (
            "2026-11-25/2026-11-27",
            "du mercredi 25 au vendredi 27 novembre",
            "from Wednesday the 25th of November to Friday the 27th of November",
        ),
        ("2026-11-25T12:00", "mercredi 25 novembre à midi", "Wednesday the 25th of November at noon"),
        (
            "2026-11-25T21:21",
            "mercredi 25 novembre à vingt et une heures vingt et une",
            "Wednesday the 25th of November at nine twenty-one in the evening",
        ),
        ("dès que possible", "dès que possible", "dès que possible"),
    ],
)
def test_date_is_said_as_people_say_it(value: str, french: str, english: str) -> None:
    assert spoken_date(value, Language.FRENCH, NOW) == french
    assert spoken_date(value, Language.ENGLISH, NOW) == english
