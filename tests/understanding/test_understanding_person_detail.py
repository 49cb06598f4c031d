"""A detail that is someone of the directory: by name, by sound, by part; ties and strangers are read back."""

from __future__ import annotations

import pytest

from tests.understanding.acts_in_words import CLIENTS, NOW
from voicebot.domain.acts import GiveDetail
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import DetailKind
from voicebot.domain.language import Language
from voicebot.domain.people import Person
from voicebot.domain.scenario import ClientDetail
from voicebot.understanding.ports import Context
from voicebot.understanding.rules import read_by_rules

ADVISER = ClientDetail(id="adviser", kind=DetailKind.PERSON, ask={Language.FRENCH: "Qui vous suit ?"})
NGUYEN = Person(id="nguyen", name="Thi Nguyen", sounds_like=("nouyenne", "gouyen"))
HEATING = CLIENTS["heating"]
CLIENT = HEATING.model_copy(update={"details": (*HEATING.details, ADVISER), "people": (*HEATING.people, NGUYEN)})
ASKED = Context(CLIENT, Language.FRENCH, Expectation(Awaited.DETAIL, "adviser"), None, {}, NOW)


@pytest.mark.parametrize(
    ("words", "value", "confidence"),
    [
        ("Sophie Lambert", "lambert", "sure"),
        ("c'est madame lambert", "lambert", "sure"),
        ("madame lembert", "lambert", "sure"),
        ("madame nouyenne", "nguyen", "sure"),
        ("Renaud Dupont", "dupont", "sure"),
        ("monsieur dupon", "Monsieur Dupon", "unsure"),
        ("madame Ferrari", "Madame Ferrari", "unsure"),
    ],
)
def test_person_is_an_id_of_the_directory_or_read_back(words: str, value: str, confidence: str) -> None:
    given = {a.detail: a for a in read_by_rules(words, ASKED).acts if isinstance(a, GiveDetail)}
    assert (given["adviser"].value, given["adviser"].confidence) == (value, confidence)
