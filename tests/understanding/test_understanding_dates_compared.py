"""Traps of spoken dates: what the grammar makes of them, and what the library dateparser does (-s prints the table)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import dateparser
import pytest

from voicebot.domain.language import Language
from voicebot.understanding.dates.find import find_date
from voicebot.understanding.normalise import Utterance

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 10, 10, tzinfo=PARIS)
LIBRARY: Any = {"RELATIVE_BASE": NOW.replace(tzinfo=None), "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"}

TRAPS = [
    ("fr", "demain à 9 heures", "2026-11-24T09:00"),
    ("fr", "demain à trois heures", "2026-11-24T15:00"),
    ("fr", "à neuf heures", "2026-11-24T09:00"),
    ("fr", "vers 17 h 30", "2026-11-23T17:30"),
    ("fr", "demain 9h-11h", "2026-11-24T09:00/2026-11-24T11:00"),
    ("fr", "mardi en huit", "2026-12-01"),
    ("fr", "mardi prochain", "2026-11-24"),
    ("fr", "dans huit jours", "2026-11-30"),
    ("fr", "dans quinze jours", "2026-12-07"),
    ("fr", "ce soir", "2026-11-23T18:00/2026-11-23T21:00"),
    ("fr", "demain à midi et demi", "2026-11-24T12:30"),
    ("fr", "la semaine prochaine", "2026-11-30/2026-12-06"),
    ("fr", "le mois prochain", "2026-12-01/2026-12-31"),
    ("fr", "lundi de Pâques", "2027-03-29"),
    ("en", "tomorrow at ten", "2026-11-24T10:00"),
    ("en", "friday week", "2026-12-04"),
    ("en", "half nine tomorrow", "2026-11-24T09:30"),
]


def _by_library(language: str, words: str) -> str:
    found = dateparser.parse(words, languages=[language], settings=LIBRARY)
    return found.isoformat(timespec="minutes") if found else "nothing"


@pytest.mark.parametrize(("language", "words", "wanted"), TRAPS)
def test_grammar_is_right_where_the_library_is_a_trap(language: str, words: str, wanted: str) -> None:
    found = find_date(Utterance.of(words), Language(language), NOW, PARIS)
    print(f"| {words} | {found.value if found else 'nothing'} | {_by_library(language, words)} |")
    assert found is not None
    assert found.value == wanted


def test_library_alone_would_be_wrong_about_most_of_these() -> None:
    right = [words for language, words, wanted in TRAPS if _by_library(language, words) == wanted]
    assert len(right) < len(TRAPS) / 2
