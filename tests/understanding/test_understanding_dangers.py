"""Duty of care: dangers are heard in their many wordings, and hardly ever where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.understanding.acts_in_words import context
from voicebot.domain.acts import RaiseRedFlag
from voicebot.domain.call import Awaited
from voicebot.domain.urgency import RED_FLAGS
from voicebot.understanding.dangers.red_flags import find_red_flags
from voicebot.understanding.normalise import Utterance
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


NO_DANGER_AS_TOLD = {
    "denied": ["il n'y a pas de fumée", "ce n'est pas le gaz", "personne n'est coincé dans l'ascenseur", "nobody is hurt"],
    "past": ["j'ai eu une fuite de gaz l'an dernier", "j'avais fait un malaise en juin", "I had a stroke five years ago"],
    "settled": [
        "ma voisine est tombée dans l'escalier hier mais ça va",
        "le feu est éteint, c'est fini",
        "it's fixed now, no gas",
    ],
    "supposed": ["que faire si ça sent le gaz", "au cas où il y aurait un incendie", "what should I do if there is a fire"],
    "asked": ["qui a tué le président kennedy", "what are the symptoms of a stroke"],
    "figurative": [
        "je meurs de faim",
        "ça va exploser la facture",
        "il m'a tué de rire",
        "I'm dying to try it",
        "my phone died",
    ],
    "trade": [
        "un devis pour un détecteur de monoxyde",
        "l'assurance incendie",
        "the fire door",
        "the smoke detector battery",
    ],
    "other meaning": ["j'ai le feu vert de mon patron", "c'est Monsieur Boucher", "du gaz hilarant chez le dentiste"],
    "machine": ["ma chaudière ne répond plus", "mon ordinateur va mourir", "my boiler isn't responding"],
}
DANGER_AS_TOLD = [
    "je n'arrive pas à respirer",
    "il ne respire plus",
    "elle n'a pas de pouls",
    "il est tombé de l'échelle il y a dix minutes et ne se réveille pas",
    "il a été opéré la semaine dernière et il ne respire plus",
    "on croyait que c'était réparé mais ça sent encore le gaz",
    "une personne inconsciente devant la gare",
    "c'est une question de vie ou de mort",
    "appelez les pompiers",
    "envoyez une ambulance",
    "appelez la police",
    "emergency, send an ambulance",
]


@pytest.mark.parametrize("words", [words for told in NO_DANGER_AS_TOLD.values() for words in told])
def test_what_is_denied_past_supposed_or_figurative_raises_nothing(words: str) -> None:
    assert _found(words) == set()


@pytest.mark.parametrize("words", DANGER_AS_TOLD)
def test_danger_is_heard_through_negations_and_dates(words: str) -> None:
    assert _found(words)


@pytest.mark.parametrize(
    ("heard", "flag"),
    [
        ("sa pu le gaz dans lescalier", "gas_smell"),
        ("jariv pas a respirer", "breathing_trouble"),
        ("on et coincer dans lassenceur", "trapped_in_lift"),
        ("il a avaler des médicamens de la javelle", "poisoning"),
        ("hes unconcious and wont wake up", "unconscious"),
        ("shes having a siezure", "seizure"),
    ],
)
def test_misheard_words_are_understood(heard: str, flag: str) -> None:
    assert flag in _found(heard)


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        ("mon chien ne respire plus", "animal_accident"),
        ("mon chat fait des convulsions", "animal_convulsions"),
        ("il a mangé de la mort aux rats", "animal_poisoning"),
        ("my dog is having a seizure", "animal_convulsions"),
    ],
)
def test_an_animal_in_danger_is_an_urgency_of_the_vet_and_of_nobody_else(words: str, flag: str) -> None:
    found = _found(words, "veterinary")
    assert flag in found
    assert all(RED_FLAGS[f].sectors for f in found)
    if "mon" in words or "my" in words:
        assert _found(words, "medical") == set()


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        ("je n'arrive plus à respirer", "breathing_trouble"),
        ("un chien a mordu ma fille au visage elle saigne beaucoup", "heavy_bleeding"),
        ("mon mari est inconscient dans votre salle d'attente", "unconscious"),
    ],
)
def test_a_person_in_danger_at_the_vets_is_a_danger_of_life(words: str, flag: str) -> None:
    assert flag in _found(words, "veterinary")


@pytest.mark.parametrize("flag", sorted(f for f in SAID if RED_FLAGS[f].sectors))
def test_sector_flags_are_heard_in_their_sectors_only(flag: str) -> None:
    for words in SAID[flag]:
        assert flag not in _found(words, "general")


def test_a_cry_of_few_words_is_a_danger_only_once_the_turn_is_over() -> None:
    cry = Utterance.of("le feu")
    assert [flag.red_flag for flag in find_red_flags(cry)] == ["fire"]
    assert find_red_flags(cry, ended=False) == []
    assert _found("j'ai le feu vert de mon patron") == set()
    assert find_red_flags(Utterance.of("ça sent le gaz"), ended=False)


LASTS_HOWEVER_WELL_SOMEBODY_IS = [
    ("la maison brûle mais je vais bien", "fire"),
    ("there was an explosion, everyone's okay", "fire"),
    ("ça sent le gaz mais ça va", "gas_smell"),
    ("la chaudière a été réparée hier et là ça sent le gaz", "gas_smell"),
    ("we're stuck in the lift but everyone's fine", "trapped_in_lift"),
    ("mon mari me frappe mais ça va", "violence"),
    ("there's a burglar downstairs, I'm fine", "violence"),
    ("mon mari est inconscient, moi je vais bien", "unconscious"),
    ("j'ai mal à la poitrine, c'est sûrement rien", "chest_pain"),
]


@pytest.mark.parametrize(("words", "flag"), LASTS_HOWEVER_WELL_SOMEBODY_IS)
def test_being_well_settles_only_ones_own_symptoms(words: str, flag: str) -> None:
    assert flag in _found(words)


@pytest.mark.parametrize(
    ("words", "sector"),
    [
        ("l'audience de demain est renvoyée", "legal"),
        ("the hearing tomorrow has been postponed", "legal"),
        ("je me suis trompée d'adresse de livraison", "e_commerce"),
        ("je me suis trompée de rue en passant ma commande", "e_commerce"),
        ("I put the wrong delivery address on my order", "e_commerce"),
        ("les radiateurs sont froids dans tout l'immeuble", "heating"),
        ("my radiators are freezing", "heating"),
        ("la semaine dernière des gens sont restés bloqués dans l'ascenseur", "property"),
        ("hier des gens sont restés coincés dans l'ascenseur, il faudrait le faire vérifier", "property"),
    ],
)
def test_ordinary_business_of_a_sector_is_no_urgency(words: str, sector: str) -> None:
    assert _found(words, sector) == set()
