"""Names inside sentences: the article of « Le docteur Roux » is small there, and English callers hear English titles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.clients.client_file import read_client_file
from voicebot.domain.call import Call
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.language import Language
from voicebot.replies.compose import compose
from voicebot.replies.names import begun, inside_sentence

LILAS = read_client_file(Path(__file__).parents[2] / "client_configs" / "cabinet-lilas.yaml")
NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "french", "english"),
    [
        ("Le docteur Benali", "le docteur Benali", "Doctor Benali"),
        ("La Docteure Roux", "la Docteure Roux", "Doctor Roux"),
        ("Le service client", "le service client", "the service client"),
        ("L'équipe de pose", "l'équipe de pose", "the équipe de pose"),
        ("Monsieur Morel", "Monsieur Morel", "Mister Morel"),
        ("Maître Delmas", "Maître Delmas", "Maître Delmas"),
        ("Le Goff", "Le Goff", "Le Goff"),
        ("L'Hostis", "L'Hostis", "L'Hostis"),
        ("la comptabilité", "la comptabilité", "the comptabilité"),
        ("the office", "the office", "the office"),
        ("Martine Cadiou", "Martine Cadiou", "Martine Cadiou"),
    ],
)
def test_article_is_small_inside_a_sentence_and_a_surname_keeps_its_capital(name: str, french: str, english: str) -> None:
    assert inside_sentence(name, Language.FRENCH) == french
    assert inside_sentence(name, Language.ENGLISH) == english


def test_sentence_begins_with_a_capital() -> None:
    assert begun("le docteur Benali est en rendez-vous.") == "Le docteur Benali est en rendez-vous."


NOBODY = Decision(Action.SAY_NOBODY_AVAILABLE, "people.absent", "people[docteur-benali]", "docteur-benali")
BOTH = "docteur-benali,docteur-roux"


@pytest.mark.parametrize(
    ("decision", "french", "english"),
    [
        (
            replace(NOBODY, values={"why": "unreachable", "instead": "yes"}),
            "Je ne peux pas vous passer le docteur Benali en ce moment.",
            "I cannot put you through to Doctor Benali right now.",
        ),
        (
            replace(NOBODY, values={"why": "failed", "instead": "yes"}),
            "Je n'ai pas réussi à joindre le docteur Benali.",
            "I did not manage to reach Doctor Benali.",
        ),
        (
            Decision(Action.TRANSFER, "handover.put_through", "people[docteur-benali]", "docteur-benali"),
            "Je cherche à joindre le docteur Benali. Ne quittez pas, s'il vous plaît.",
            "I am trying to reach Doctor Benali. Please hold the line.",
        ),
        (
            Decision(Action.ASK_WHICH_PERSON, "people.which", "people[docteur-benali]", BOTH),
            "Est-ce le docteur Benali, médecin généraliste, ou le docteur Roux, médecin généraliste ?",
            "Is that Doctor Benali or Doctor Roux?",
        ),
        (
            Decision(Action.TAKE_MESSAGE, "leave.take_message", "house"),
            "Votre message pour le docteur Benali est enregistré.",
            "Your message for Doctor Benali is recorded.",
        ),
        (
            Decision(Action.TAKE_MESSAGE, "leave.take_message", "house", values={"callback": "yes"}),
            "Votre message pour le docteur Benali est enregistré, avec votre demande de rappel.",
            "Your message for Doctor Benali is recorded, with your request to be called back.",
        ),
        (
            Decision(Action.TAKE_MESSAGE, "leave.take_message", "house", values={"urgent": "yes"}),
            "Votre message est enregistré comme urgent.",
            "Your message is recorded as urgent.",
        ),
    ],
)
def test_every_phrase_that_names_somebody_reads_naturally(decision: Decision, french: str, english: str) -> None:
    for language, wanted in ((Language.FRENCH, french), (Language.ENGLISH, english)):
        call = Call("c", LILAS.id, 1, "", "", NOW, language, person_asked="docteur-benali")
        said = [s.text for s in compose([decision], call, LILAS, NOW, number=1)]
        assert said == [wanted]


def test_absence_sentence_begins_with_the_article_in_capitals() -> None:
    without_own = LILAS.model_copy(
        update={"people": tuple(p.model_copy(update={"absence": None, "name": p.name.lower()}) for p in LILAS.people)}
    )
    decision = replace(NOBODY, values={"why": "away", "instead": "yes"})
    call = Call("c", LILAS.id, 1, "", "", NOW, Language.FRENCH)
    said = [s.text for s in compose([decision], call, without_own, NOW, number=1)]
    assert said == ["Le docteur benali est en rendez-vous."]
