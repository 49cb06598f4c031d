"""French names, and how they are spelled out and turned into e-mail addresses."""

import random

from tools.practice_ears.french_numbers import join_groups, spoken_pair
from tools.practice_ears.words import letters_of, word_list


def last_name(rng: random.Random) -> str:
    return rng.choice(word_list("last_words"))


def first_name(rng: random.Random) -> str:
    return rng.choice(word_list("first_words"))


def full_name(rng: random.Random) -> str:
    first, last = first_name(rng), last_name(rng)
    if rng.random() < 0.06:
        first = rng.choice(("jean-", "marie-", "anne-")) + first
    return f"{last} {first}" if rng.random() < 0.12 else f"{first} {last}"


def spelled_name(rng: random.Random) -> str:
    """A name, or a few letters that are none, letter by letter."""
    name = last_name(rng) if rng.random() < 0.75 else first_name(rng)
    if rng.random() < 0.12:
        name = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(2, 5)))
    return spelling(rng, name)


def said_and_spelled(rng: random.Random) -> str:
    """« martin, m a r t i n »"""
    name = last_name(rng)
    return f"{name}{rng.choice((', ', ' / ', ' '))}{spelling(rng, name)}"


def spelling(rng: random.Random, name: str) -> str:
    """Letters of a name, with « deux l », « accent aigu » or « m comme marie » now and then."""
    doubles = rng.random() < 0.5
    as_in = rng.random() < 0.25
    groups: list[str] = []
    letters = letters_of(name)
    index = 0
    while index < len(letters):
        letter = letters[index]
        if doubles and index + 1 < len(letters) and letters[index + 1] == letter:
            groups.append(f"{rng.choice(('deux', 'deux', 'double'))} {letter}")
            index += 2
            continue
        if as_in and rng.random() < 0.6:
            alike = [word for word in word_list("spelling_words") if letters_of(word)[0] == letter]
            groups.append(f"{letter} comme {rng.choice(alike or ['zoé'])}")
        else:
            groups.append(letter + (" accent aigu" if name[: index + 1].endswith("é") and rng.random() < 0.4 else ""))
        index += 1
    return join_groups(rng, groups)


def email_address(rng: random.Random) -> str:
    names = [letters_of(first_name(rng)), letters_of(last_name(rng))]
    if rng.random() < 0.15:
        names[0] = names[0][0]
    local = rng.choice((" point ", " point ", " tiret ", " tiret bas ", " tiret du six ", " ", " underscore ")).join(names)
    if rng.random() < 0.25:
        local += " " + spoken_pair(rng)
    ending = rng.choice(("point fr", "point com", "point com", "point net", "point org", "point be"))
    return f"{local}{rng.choice((' arobase ', ' arobase ', ' / arobase '))}{rng.choice(word_list('mail_domains'))} {ending}"
