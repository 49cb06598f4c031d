"""The corpus of the practice ears: deterministic, split cleanly, and right about French numbers."""

import random
from itertools import islice

import pytest

from tools.practice_ears import french_numbers
from tools.practice_ears.corpus import Split, fixed_sentences, hand_written_sentences, sentences, split_of
from tools.practice_ears.french_names import spelling
from tools.practice_ears.templates import PAUSE, expand, normalise, read_sections
from tools.practice_ears.voices import HELD_OUT_SPEEDS, HELD_OUT_VARIANTS, draw_caller

RECEPTION = frozenset({"dictionary"})
"""Random dictionary words need Debian's word lists, which a machine of CI has not."""

UNITS_OF_TEN = "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf"
UNITS = "un deux trois quatre cinq six sept huit neuf"


def drawn(seed: int, split: Split, count: int) -> list[str]:
    return [sentence.spoken for sentence in islice(sentences(seed, split, RECEPTION), count)]


@pytest.mark.parametrize("split", ["train", "held_out"])
def test_sentences_are_the_same_for_a_seed(split: Split) -> None:
    assert drawn(5, split, 300) == drawn(5, split, 300)
    assert drawn(5, split, 300) != drawn(6, split, 300)


def test_held_out_sentences_share_none_with_training() -> None:
    training = {sentence.text for sentence in islice(sentences(1, "train", RECEPTION), 20_000)}
    held_out = [sentence.text for sentence in islice(sentences(2, "held_out", RECEPTION), 500)]

    assert training.isdisjoint(held_out)
    assert len(set(held_out)) == len(held_out)
    assert training.isdisjoint(normalise(line) for _, line in hand_written_sentences())


@pytest.mark.parametrize(
    "said",
    [
        "bonjour je suis locataire au douze rue des lilas, je n'ai plus d'eau chaude depuis ce matin",
        "la chaudière affiche un code erreur",
        "le radiateur fuit",
        "ça sent le gaz dans ma cuisine",
        "il y a une forte odeur de gaz",
        "je sens le gaz chez moi",
        "j'ai mal à la tête et le détecteur de monoxyde sonne",
        "je suis coincé dans l'ascenseur",
        "nous sommes trois bloqués dans l'ascenseur",
        "je veux parler à quelqu'un",
        "passez-moi un conseiller",
        "je voudrais parler à une vraie personne",
        "je préfère parler à un humain",
        "je n'arrive plus à respirer",
        "mon mari fait un malaise",
        "il a perdu connaissance",
        "dites-lui de me rappeler",
        "pouvez-vous lui demander de me rappeler",
        "non pardon c'est trente-cinq",
        "non pas quarante, cinquante",
        "vous êtes un robot",
        "je refuse l'enregistrement",
        "parlez plus lentement",
        "oui",
        "non",
    ],
)
def test_sentences_that_must_be_heard_are_trained_on(said: str) -> None:
    assert normalise(said) in fixed_sentences()
    assert split_of(normalise(said)) == "train"


def test_pairs_70_to_99_are_said_as_in_france() -> None:
    teens, units = UNITS_OF_TEN.split(), UNITS.split()
    seventies = [f"soixante-{teen}" if teen != "onze" else "soixante et onze" for teen in teens]
    eighties = ["quatre-vingts", *(f"quatre-vingt-{unit}" for unit in units)]
    nineties = [f"quatre-vingt-{teen}" for teen in teens]

    assert [french_numbers.pair_words(value) for value in range(70, 100)] == seventies + eighties + nineties


def test_pairs_70_and_90_are_said_as_in_belgium_and_switzerland() -> None:
    assert french_numbers.pair_words(75, "fr_BE") == "septante-cinq"
    assert french_numbers.pair_words(98, "fr_CH") == "nonante-huit"


def test_pairs_below_ten_keep_their_zero() -> None:
    assert french_numbers.pair_words(7) == "zéro sept"
    assert french_numbers.pair_words(0) == "zéro zéro"


def test_phone_numbers_have_pauses_now_and_then() -> None:
    rng = random.Random(3)
    numbers = [french_numbers.french_phone(rng) for _ in range(400)]

    assert 0.2 < sum(PAUSE in number for number in numbers) / len(numbers) < 0.8
    assert any("double zéro" in number for number in numbers)
    assert any("plus trente-trois" in number for number in numbers)
    assert all(normalise(number) for number in numbers)


def test_spelling_says_every_letter() -> None:
    plain = {normalise(spelling(random.Random(seed), "martin")) for seed in range(30)}

    assert "m a r t i n" in plain
    assert any("comme" in spelled for spelled in plain)


def test_templates_have_only_known_slots() -> None:
    assert len({sentence.kind for sentence in islice(sentences(4, "train", RECEPTION), 5_000)}) == 11


def test_choices_and_slots_are_filled() -> None:
    said = expand("(oui|oui), c'est {name} ( |)", random.Random(0), {"name": lambda _: "paul"})

    assert said == "oui, c'est paul"


def test_normalise_keeps_words_only() -> None:
    assert normalise("Oui, c’est « Jean-Marc » / au 06 !") == "oui c'est jean marc au"


def test_held_out_voices_and_speeds_are_not_trained_on() -> None:
    rng = random.Random(1)
    training = [draw_caller(rng, language, "train") for language in ("fr", "en") for _ in range(2_000)]
    held_out = [draw_caller(rng, language, "held_out") for language in ("fr", "en") for _ in range(50)]

    assert not {caller.voice.partition("+")[2] for caller in training} & set(HELD_OUT_VARIANTS)
    assert not {caller.words_per_minute for caller in training} & set(HELD_OUT_SPEEDS)
    assert {caller.voice.partition("+")[2] for caller in held_out} <= set(HELD_OUT_VARIANTS)


def test_no_template_is_written_twice_in_a_section() -> None:
    for name in ("french.txt", "french_short.txt", "english.txt", "english_short.txt", "held_out.txt"):
        for section, lines in read_sections(name).items():
            assert len(lines) == len(set(lines)), (name, section)
