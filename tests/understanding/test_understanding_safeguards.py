"""What understanding must never do: keep a card number, take an invented quote, switch language on a word, mix clients."""

from __future__ import annotations

import pytest

from tests.understanding.acts_in_words import CLIENTS, context, in_words
from tests.understanding.test_understanding_utterances import ENGLISH, FRENCH
from voicebot.domain import acts
from voicebot.domain.language import Language
from voicebot.understanding.languages import FEWEST_TO_SWITCH, language_of
from voicebot.understanding.masking import MASK, mask_payment_numbers
from voicebot.understanding.model.evidence import find_quote
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.phonetics import sound
from voicebot.understanding.prepared import MOST_CLIENTS, prepared_for
from voicebot.understanding.rules import read_by_rules


@pytest.mark.parametrize(
    "words",
    [
        "ma carte c'est 4970 1234 5678 9012",
        "4970123456789012",
        "le numéro de ma carte bancaire c'est quatre mille neuf cent soixante-dix douze trente-quatre cinquante-six",
        "quarante-neuf soixante-dix douze trente-quatre cinquante-six soixante-dix-huit quatre-vingt-dix douze",
        "FR76 3000 6000 0112 3456 7890 189",
        "le cryptogramme c'est un deux trois",
        "my card number is four nine seven oh one two three four five six seven eight nine oh one two",
    ],
)
def test_card_and_account_numbers_are_masked(words: str) -> None:
    masked = mask_payment_numbers(words)
    assert MASK in masked
    assert not any(piece in masked for piece in ("5678", "0112", "cinquante-six", "un deux trois", "five six seven"))
    for asked in ("callback_number", "reason", "contract", "request"):
        found = read_by_rules(words, context(asked=asked)).acts
        assert not any(piece in str(found) for piece in ("5678", "0112", "cinquante-six", "five six seven"))


@pytest.mark.parametrize(
    "words",
    [
        "zéro six douze trente quatre cinquante six soixante dix huit",
        "06 12 34 56 78 je répète 06 12 34 56 78",
        "+33 6 12 34 56 78",
        "12 rue des Lilas 69003 Lyon code 4512",
        "j'ai perdu ma carte bancaire mon numéro c'est le 06 12 34 56 78",
    ],
)
def test_telephone_numbers_and_addresses_are_not_masked(words: str) -> None:
    assert mask_payment_numbers(words) == words


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("plus d'eau chaude", "plus d'eau chaude"),
        ("PLUS D'EAU CHAUDE", "plus d'eau chaude"),
        ("paul martins", "Paul Martin"),
        ("eau chaude depuis mardi", None),
        ("napoléon", None),
        ("", None),
        ("il y a le feu dans toute la maison et je suis blessé", None),
    ],
)
def test_quote_must_come_from_the_caller(quote: str, found: str | None) -> None:
    utterance = Utterance.of("Bonjour, Paul Martin, j'ai plus d'eau chaude")
    span = find_quote(quote, utterance)
    assert (utterance.quote(span) if span else None) == found


@pytest.mark.parametrize(
    "words", ["ok", "parking", "le parking", "cool", "ok super", "john smith", "m a r t i n", "week-end", "stop", "yes"]
)
def test_language_does_not_change_on_a_word(words: str) -> None:
    assert language_of(Utterance.of(words), FEWEST_TO_SWITCH) is None
    assert read_by_rules(words, context()).language is None


def test_language_is_told_by_a_whole_sentence() -> None:
    assert read_by_rules("i have a problem with my boiler", context()).language is Language.ENGLISH
    assert read_by_rules("j'ai un problème avec ma chaudière", context(language="en")).language is Language.FRENCH


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Renault", "Renaud"),
        ("Dupont", "Dupond"),
        ("ascenseur", "assenceur"),
        ("Lambert", "Lanbert"),
        ("Gautier", "Gauthier"),
        ("philippe", "filipe"),
    ],
)
def test_words_that_sound_alike_have_one_key(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("Martin", "Bernard"), ("gaz", "glace"), ("Roux", "Haddad"), ("Petit", "Paty")])
def test_words_that_sound_different_have_two(one: str, other: str) -> None:
    assert sound(one) != sound(other)


def test_no_client_ever_gets_ids_of_another() -> None:
    own = {
        name: {s.id for s in i.scenarios} | {f.id for f in i.faq} | {p.id for p in i.people} for name, i in CLIENTS.items()
    }
    for row in [*FRENCH, *ENGLISH]:
        for client, ids in own.items():
            for act in read_by_rules(row["say"], context(client)).acts:
                if isinstance(act, acts.StateRequest):
                    assert act.scenario in ids
                elif isinstance(act, acts.AskQuestion):
                    assert act.faq in ids
                elif isinstance(act, acts.AskForPerson):
                    assert act.person is None or act.person in ids


def test_prepared_clients_are_bounded_and_kept_by_identity() -> None:
    heating = CLIENTS["heating"]
    first = prepared_for(heating)
    assert prepared_for(heating) is first
    newer = heating.model_copy(update={"version": 9})
    assert prepared_for(newer).instructions is newer
    for version in range(MOST_CLIENTS + 1):
        prepared_for(heating.model_copy(update={"version": version + 10}))
    assert prepared_for(heating) is not first


@pytest.mark.parametrize("words", ["", "   ", "…", "euh", "?!", "😀"])
def test_nothing_said_is_unclear_or_nothing(words: str) -> None:
    assert [in_words(a) for a in read_by_rules(words, context()).acts] in ([], ["unclear"])
