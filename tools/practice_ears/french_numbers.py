"""French number words as callers say them: forms of France, Belgium and Switzerland, pairs, phone numbers with breaths."""

import random
from typing import Literal

from num2words import num2words

from tools.practice_ears.templates import PAUSE

Form = Literal["fr", "fr_BE", "fr_CH"]


def number_words(number: int, form: Form = "fr") -> str:
    """Words of a whole number, hyphenated as num2words writes them."""
    return num2words(number, lang=form)


def pair_words(value: int, form: Form = "fr") -> str:
    """A two-digit group of a dictated number; 0-9 keep their zero."""
    if value == 0:
        return "zéro zéro"
    return ("zéro " if value < 10 else "") + number_words(value, form)


def draw_form(rng: random.Random) -> Form:
    """Mostly soixante-dix, now and then septante and nonante."""
    return rng.choices(("fr", "fr_BE", "fr_CH"), (94, 4, 2))[0]


def draw_pair(rng: random.Random) -> int:
    """A pair 0-99; 60-99 more often, since these are the ones that ears confuse."""
    return rng.randint(60, 99) if rng.random() < 0.3 else rng.randint(0, 99)


def spoken_pair(rng: random.Random, form: Form = "fr") -> str:
    """A drawn pair in words, with « double zéro » for some 00."""
    value = draw_pair(rng)
    if rng.random() < 0.03:
        value = 0
    if value == 0 and rng.random() < 0.6:
        return "double zéro"
    return pair_words(value, form)


def spoken_digits(rng: random.Random, count: int) -> list[str]:
    """`count` digits one by one."""
    return [number_words(rng.randint(0, 9)) for _ in range(count)]


def join_groups(rng: random.Random, groups: list[str]) -> str:
    """Groups of a dictation: fluent, with breaths, or with « euh » between them."""
    manner = rng.random()
    pause_rate = 0.0 if manner < 0.55 else rng.uniform(0.3, 1.0)
    spoken = groups[0]
    for group in groups[1:]:
        link = PAUSE if rng.random() < pause_rate else rng.choice((" ", " ", ", "))
        if rng.random() < 0.015:
            link = rng.choice((PAUSE, " ")) + "euh" + rng.choice((PAUSE, " "))
        spoken += link + group
    return spoken


def french_phone(rng: random.Random) -> str:
    """A whole ten-digit French number: pairs mostly, else digit by digit or with the country code."""
    form = draw_form(rng)
    first = rng.choice((6, 6, 6, 7, 7, 1, 2, 3, 4, 5, 8, 9))
    manner = rng.random()
    if manner < 0.08:
        return join_groups(rng, ["zéro", number_words(first), *spoken_digits(rng, 8)])
    pairs = [spoken_pair(rng, form) for _ in range(4)]
    if manner > 0.85:  # numbers kept for fiction: 06 39 98 and 01 99 00
        first, kept = rng.choice(((6, (39, 98)), (1, (99, 0))))
        pairs[:2] = [pair_words(value, form) for value in kept]
    if manner < 0.14:
        prefix = rng.choice(("plus trente-trois", "zéro zéro trente-trois", "indicatif trente-trois"))
        return join_groups(rng, [f"{prefix} {number_words(first)}", *pairs])
    return join_groups(rng, [f"zéro {number_words(first)}", *pairs])


def partial_phone(rng: random.Random) -> str:
    """A part of a number, as said before or after a breath: one to four pairs, with or without its beginning."""
    form = draw_form(rng)
    pairs = [spoken_pair(rng, form) for _ in range(rng.choice((1, 1, 2, 2, 2, 3, 3, 4)))]
    if rng.random() < 0.45:
        pairs.insert(0, f"zéro {number_words(rng.choice((6, 7, 1, 2, 3, 4, 5, 9)))}")
    return join_groups(rng, pairs)


def belgian_phone(rng: random.Random) -> str:
    """A Belgian mobile number: « zéro quatre cent septante-huit douze trente-quatre cinquante-six »."""
    head = "zéro " + number_words(rng.randint(450, 499), "fr_BE")
    return join_groups(rng, [head, *[pair_words(draw_pair(rng), "fr_BE") for _ in range(3)]])


def spoken_reference(rng: random.Random) -> str:
    """An order, file or lift number of two to eight digits."""
    if rng.random() < 0.4:
        return join_groups(rng, spoken_digits(rng, rng.randint(3, 8)))
    return join_groups(rng, [spoken_pair(rng) for _ in range(rng.randint(2, 4))])
