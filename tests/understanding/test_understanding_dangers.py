"""Duty of care: dangers are heard in their many wordings, and hardly ever where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.understanding.acts_in_words import context
from voicebot.domain.acts import RaiseRedFlag
from voicebot.domain.call import Awaited
from voicebot.domain.urgency import RED_FLAGS
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.red_flags import find_red_flags
from voicebot.understanding.rules import read_by_rules

_FOLDER = Path(__file__).parent
SAID: dict[str, list[str]] = YAML(typ="safe").load((_FOLDER / "dangers_said.yaml").read_text(encoding="utf-8"))
HARMLESS: list[str] = YAML(typ="safe").load((_FOLDER / "no_danger_said.yaml").read_text(encoding="utf-8"))

LEAST_RECALL = 0.99
MOST_FALSE_ALARMS = 0.01


def _found(words: str, sector: str = "medical") -> set[str]:
    return {flag.red_flag for flag in find_red_flags(Utterance.of(words), sector)}


def _sector(flag: str) -> str:
    """A sector whose calls listen for the flag."""
    return next(iter(RED_FLAGS[flag].sectors), "medical")


def test_every_red_flag_of_the_house_has_wordings() -> None:
    assert set(SAID) == set(RED_FLAGS)
    assert sum(map(len, SAID.values())) >= 120
    assert len(HARMLESS) >= 80


def test_dangers_are_heard() -> None:
    said = [(flag, words) for flag, wordings in SAID.items() for words in wordings]
    missed = [(flag, words) for flag, words in said if flag not in _found(words, _sector(flag))]
    assert len(missed) <= (1 - LEAST_RECALL) * len(said), missed


def test_false_alarms_are_rare() -> None:
    alarms = [(words, _found(words)) for words in HARMLESS if _found(words)]
    assert len(alarms) <= MOST_FALSE_ALARMS * len(HARMLESS), alarms


@pytest.mark.parametrize("asked", ["request", "confirmation", "callback_number", "caller_name", "address", "anything_else"])
@pytest.mark.parametrize("flag", sorted(f for f in SAID if not RED_FLAGS[f].sectors))
def test_danger_is_raised_whatever_was_asked(flag: str, asked: str) -> None:
    for client in ("heating", "medical"):
        acts = read_by_rules(SAID[flag][0], context(client, asked)).acts
        assert flag in {a.red_flag for a in acts if isinstance(a, RaiseRedFlag)}


def test_danger_in_the_middle_of_a_long_turn_is_heard() -> None:
    words = "bonjour je m'appelle paul martin j'habite au douze rue des lilas et voilà ça sent le gaz dans l'entrée merci"
    assert _found(words) == {"gas_smell"}


def test_danger_is_quoted_in_the_callers_words() -> None:
    (flag,) = find_red_flags(Utterance.of("Bonjour, il y a une Fuite de gaz !"))
    assert flag.words == "Fuite de gaz"


def test_every_awaited_state_is_covered() -> None:
    assert {a.value for a in Awaited} >= {"request", "detail", "confirmation", "anything_else"}
