"""What a human hears before taking a call: short, in the language of the client's people, private only after a key."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.instructions import heating_engineer, medical_practice
from voicebot.domain.card import Card, CardLine, Standing
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.handoff.briefing import briefing_of

CARD = Card(
    call="c1",
    client="chauffage-tison",
    client_name="Chauffage Tison",
    language=Language.FRENCH,
    number="+33639980050",
    who="Anne Durand, Boulangerie Durand",
    what="demande de devis : pompe à chaleur",
    why="demande une personne",
    urgency=UrgencyLevel.P3,
    urgency_words="",
    promised=(),
    missing=(),
    lines=(),
    said=(),
    wanted="",
    dangers=(),
    started_at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    turns=3,
    rehearsal=False,
)
ADDRESS = CardLine("address", "adresse", "", Standing.MISSING)


def said(card: Card = CARD, instructions: Instructions | None = None, **changes: Any) -> tuple[str, ...]:
    return briefing_of(replace(card, **changes), instructions or heating_engineer()).sentences


def in_english() -> Instructions:
    french = heating_engineer()
    identity = french.identity.model_copy(update={"languages": (Language.ENGLISH, Language.FRENCH)})
    return french.model_copy(update={"identity": identity})


def test_who_and_what_and_nothing_else_where_there_is_nothing_else():
    assert said() == (
        "Anne Durand, Boulangerie Durand est en ligne.",
        "Motif : demande de devis : pompe à chaleur.",
    )


@pytest.mark.parametrize(
    ("who", "number", "sentence"),
    [
        ("06 39 98 00 50", "+33639980050", "L'appelant n'a pas donné son nom ; il appelle du zéro six, trente-neuf"),
        ("", "", "L'appelant n'a donné ni nom ni numéro."),
    ],
)
def test_who_gave_no_name(who: str, number: str, sentence: str):
    assert said(who=who, number=number)[0].startswith(sentence)


@pytest.mark.parametrize(
    ("level", "begins"),
    [(UrgencyLevel.P0, "Urgence, danger signalé. "), (UrgencyLevel.P1, "Appel urgent. "), (UrgencyLevel.P2, "Anne Durand")],
)
def test_urgency_comes_first_and_is_not_invented(level: UrgencyLevel, begins: str):
    sentences = said(urgency=level, urgency_words="ça sent le gaz")
    assert sentences[0].startswith(begins)
    assert ("ça sent le gaz" in sentences[1]) is (level is not UrgencyLevel.P2)


def test_the_last_promise_and_what_is_missing_by_its_label():
    sentences = said(promised=("Un technicien passe.", "On vous rappelle."), missing=("address",), lines=(ADDRESS,))
    assert sentences[2] == "Déjà promis : On vous rappelle. Il manque : adresse."


def test_long_words_are_cut_short():
    (_, what) = said(what="mot " * 60)
    assert what.count("mot") == 25


def test_a_secret_client_reminds_and_keeps_its_opening_empty_of_the_caller():
    practice = medical_practice()
    assert practice.confidentiality.secret
    briefing = briefing_of(CARD, practice)
    assert "Durand" not in briefing.opening
    assert "devis" not in briefing.opening
    assert briefing.sentences[-1] == "Ne confirmez à personne que quelqu'un est suivi ou connu ici."


def test_a_rehearsal_and_another_language_are_told():
    assert said(rehearsal=True, language=Language.ENGLISH)[-1] == "Ceci est un essai. L'appelant parle anglais."


def test_all_of_it_is_english_for_english_people():
    briefing = briefing_of(replace(CARD, urgency=UrgencyLevel.P1), in_english())
    assert briefing.language is Language.ENGLISH
    assert briefing.opening.startswith("Hello, this is the automatic reception. A call for Chauffage Tison.")
    assert briefing.sentences[0] == "Urgent call. Anne Durand, Boulangerie Durand is on the line."
    assert briefing.sentences[-1] == "The caller speaks French."
    assert briefing.choices == "Press 1 to take the call, 2 to decline, 3 to hear this again."


@pytest.mark.parametrize("instructions", [heating_engineer(), in_english(), medical_practice()])
def test_a_briefing_is_never_more_than_four_sentences_long(instructions: Instructions):
    whole = replace(
        CARD,
        urgency=UrgencyLevel.P0,
        urgency_words="ça déborde",
        promised=("On vous rappelle.",),
        missing=("address",),
        lines=(ADDRESS,),
        rehearsal=True,
        language=Language.ENGLISH,
    )
    assert len(briefing_of(whole, instructions).sentences) <= 4
