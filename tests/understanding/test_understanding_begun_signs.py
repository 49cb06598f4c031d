"""Partial e-mail addresses and references: begun ones keep the turn open, whole ones end it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.understanding.acts_in_words import CLIENTS, NOW
from voicebot.domain.acts import GiveDetail
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import Detail, DetailKind
from voicebot.domain.language import Language
from voicebot.domain.scenario import ClientDetail
from voicebot.understanding.completeness import completeness
from voicebot.understanding.ports import Context
from voicebot.understanding.rules import read_by_rules

LIFT = ClientDetail(id="lift", kind=DetailKind.REFERENCE, ask={Language.FRENCH: "Le numéro ?"}, pattern=r"V\d{5}")
CLIENT = CLIENTS["heating"].model_copy(update={"details": (*CLIENTS["heating"].details, LIFT)})


def _asked(detail: str, known: Detail | None = None) -> Context:
    details = {detail: known} if known else {}
    return Context(CLIENT, Language.FRENCH, Expectation(Awaited.DETAIL, detail), None, details, NOW)


@pytest.mark.parametrize(
    ("words", "asked", "verdict"),
    [
        ("jean point", "email", "incomplete"),
        ("jean point martin", "email", "incomplete"),
        ("jean point martin arobase", "email", "incomplete"),
        ("jean point martin arobase free", "email", "likely"),
        ("jean point martin arobase free point fr", "email", "complete"),
        ("contact arobase tison chauffage point fr", "email", "likely"),
        ("v douze", "lift", "incomplete"),
        ("v douze trois", "lift", "incomplete"),
        ("v douze trois quarante cinq", "lift", "complete"),
    ],
)
def test_signs_end_the_turn_when_they_are_whole(words: str, asked: str, verdict: str) -> None:
    assert completeness(words, _asked(asked)).value == verdict


def _lift(words: str, known: Detail | None = None) -> GiveDetail | None:
    acts = [a for a in read_by_rules(words, _asked("lift", known)).acts if isinstance(a, GiveDetail)]
    return next((a for a in acts if a.detail == "lift"), None)


@pytest.mark.parametrize(
    ("words", "value", "sure"),
    [
        ("v comme victor douze trois quarante-cinq", "V12345", True),
        ("V12345", "V12345", True),
        ("V 1 2 3 4 5", "V12345", True),
        ("vé zéro quatre sept un neuf", "V04719", True),
        ("v vingt-trois quatre cent dix-huit", "V23418", True),
        ("douze trois quarante-cinq", "V12345", False),
        ("b douze trois quarante-cinq", "V12345", False),
        ("v soixante-dix-huit non pardon soixante-dix-neuf deux cent quatre", "V79204", False),
    ],
)
def test_pattern_chooses_among_readings_and_guesses_are_doubted(words: str, value: str, sure: bool) -> None:
    act = _lift(words)
    assert act is not None
    assert (act.value, act.complete, act.confidence == "sure") == (value, True, sure)


def test_reference_goes_on_after_a_breath() -> None:
    first = _lift("v douze trois")
    assert first is not None
    assert not first.complete
    second = _lift("quarante-cinq", Detail(first.value, first.words, first.confidence, complete=False))
    assert second is not None
    assert (second.value, second.complete) == ("V12345", True)


@pytest.mark.parametrize("words", ["c'est effacé je peux pas lire", "celui de droite", "il y a deux ascenseurs"])
def test_words_are_no_reference(words: str) -> None:
    act = _lift(words)
    assert act is None or act.confidence == "unsure" or not act.complete


def test_phone_number_is_no_reference_of_a_pattern() -> None:
    asked = replace(_asked("callback_number"))
    acts = read_by_rules("zéro six douze trois quarante-cinq douze trente-quatre", asked).acts
    assert all(a.detail != "lift" for a in acts if isinstance(a, GiveDetail))
