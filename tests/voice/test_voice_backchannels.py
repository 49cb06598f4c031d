"""Which words over the receptionist's voice ask for an answer."""

from __future__ import annotations

import pytest

from voicebot.voice.backchannels import first_sense_of, sense_of
from voicebot.voice.turn_signals import Sense


@pytest.mark.parametrize(
    "text",
    [
        "oui",
        "Oui.",
        "hmm",
        "Hmmm…",
        "mmm",
        "euuuh",
        "d'accord",
        "d’accord",
        "ah oui d'accord",
        "OK",
        "très bien",
        "yeah",
        "uh huh",
    ],
)
def test_backchannels(text: str) -> None:
    assert sense_of(text) is Sense.BACKCHANNEL


@pytest.mark.parametrize(
    "text",
    [
        "non",
        "stop",
        "attendez",
        "oui mais non",
        "merci",
        "un conseiller",
        "oui oui oui oui oui",
        "au secours",
        "wait",
        "bonjour madame",
    ],
)
def test_words_that_ask_for_an_answer(text: str) -> None:
    assert sense_of(text) is Sense.WORDS


def test_nothing() -> None:
    assert sense_of("") is Sense.NOTHING
    assert sense_of("… !") is Sense.NOTHING


def test_leave_taking_asks_for_no_answer_while_she_says_goodbye() -> None:
    assert sense_of("merci au revoir bonne soirée", closing=True) is Sense.BACKCHANNEL
    assert sense_of("merci encore une chose", closing=True) is Sense.WORDS


@pytest.mark.parametrize(
    ("text", "sense"),
    [
        ("oui", Sense.BACKCHANNEL),
        ("hmmm", Sense.BACKCHANNEL),
        ("à", Sense.NOTHING),
        ("bon", Sense.NOTHING),
        ("exact", Sense.NOTHING),
        ("", Sense.NOTHING),
        ("attendez", Sense.WORDS),
    ],
)
def test_first_moments_tell_only_what_cannot_become_another_word(text: str, sense: Sense) -> None:
    assert first_sense_of(text) is sense
