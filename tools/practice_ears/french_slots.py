"""Slots of the French templates: people, dates, addresses, letters, e-mail addresses, amounts."""

import random

from tools.practice_ears.french_names import (
    email_address,
    first_name,
    full_name,
    last_name,
    said_and_spelled,
    spelled_name,
)
from tools.practice_ears.french_numbers import (
    french_phone,
    join_groups,
    number_words,
    spoken_digits,
    spoken_pair,
    spoken_reference,
)
from tools.practice_ears.templates import Slots
from tools.practice_ears.words import word_list

DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def doctor(rng: random.Random) -> str:
    return f"le docteur {last_name(rng)}"


def person(rng: random.Random) -> str:
    title = rng.choice(("monsieur", "monsieur", "madame", "madame", "le docteur", "maître", "mademoiselle"))
    return f"{title} {last_name(rng)}"


def caller(rng: random.Random) -> str:
    return rng.choice((full_name, full_name, person, lambda drawn: drawn.choice(word_list("companies"))))(rng)


def day(rng: random.Random) -> str:
    return rng.choice([*DAYS, *DAYS, "demain", "aujourd'hui", "après-demain", f"{rng.choice(DAYS)} prochain"])


def date(rng: random.Random) -> str:
    number = rng.randint(1, 31)
    words = "premier" if number == 1 else number_words(number)
    return f"{words} {rng.choice(MONTHS)}"


def full_date(rng: random.Random) -> str:
    year = rng.choice((rng.randint(1935, 1999), rng.randint(2000, 2030)))
    words = number_words(year)
    if year < 2000 and rng.random() < 0.4:
        words = "dix-neuf cent " + number_words(year - 1900)
    return f"{date(rng)} {words}"


def hour(rng: random.Random) -> str:
    number = rng.randint(7, 20)
    if rng.random() < 0.08:
        return rng.choice(("midi", "midi et demi", "midi et quart"))
    tail = rng.choice(
        (
            "",
            "",
            " trente",
            " quinze",
            " et quart",
            " et demie",
            " moins le quart",
            " " + number_words(rng.randint(1, 59)),
        )
    )
    return f"{number_words(number)} heures{tail}"


def part_of_day(rng: random.Random) -> str:
    return rng.choice(("matin", "après-midi", "soir", "en fin de journée", "dans la matinée", "en début d'après-midi"))


def since(rng: random.Random) -> str:
    return rng.choice(
        (
            *("hier", "ce matin", "cette nuit", "hier soir", "trois jours", "deux jours", "une heure", "une semaine"),
            "tout à l'heure",
            f"{number_words(rng.randint(2, 12))} heures",
            rng.choice(DAYS),
            f"{number_words(rng.randint(2, 50))} minutes",
        )
    )


def small_number(rng: random.Random) -> str:
    return number_words(rng.choice((rng.randint(1, 12), rng.randint(1, 60), rng.randint(1, 200))))


def street(rng: random.Random) -> str:
    if rng.random() < 0.15:
        return f"{rng.choice(('rue', 'avenue', 'boulevard', 'place', 'impasse'))} {full_name(rng)}"
    return rng.choice(word_list("streets"))


def city(rng: random.Random) -> str:
    return rng.choice(word_list("cities"))


def address(rng: random.Random) -> str:
    spoken = number_words(rng.choice((rng.randint(1, 30), rng.randint(1, 150))))
    spoken += rng.choice(("", "", "", "", "", " bis", " ter")) + " " + street(rng)
    if rng.random() < 0.35:
        spoken += rng.choice((" à ", ", ", " ")) + city(rng)
    return spoken


def postcode(rng: random.Random) -> str:
    department = number_words(rng.randint(10, 95))
    tail = rng.choice((0, 100, 200, 300, 400, 500, 1, 2, 3, 4, 5, 6, 7, 8, 9))
    if tail == 0:
        return f"{department} mille"
    return (
        f"{department} mille {number_words(tail)}"
        if rng.random() < 0.6
        else f"{department} {join_groups(rng, spoken_digits(rng, 3))}"
    )


def letter(rng: random.Random) -> str:
    return rng.choice("abcdefghijklmnopqrstuvwxyz")


def amount(rng: random.Random) -> str:
    cents = rng.choice(("", "", " " + number_words(rng.randint(1, 99))))
    return f"{number_words(rng.choice((rng.randint(2, 99), rng.randint(100, 3000))))} euros{cents}"


def plate(rng: random.Random) -> str:
    groups = [
        f"{letter(rng)} {letter(rng)}",
        number_words(rng.randint(1, 999)),
        f"{letter(rng)} {letter(rng)}",
    ]
    return join_groups(rng, groups)


def door_code(rng: random.Random) -> str:
    groups = [*spoken_digits(rng, 2), *spoken_digits(rng, 2)] if rng.random() < 0.5 else [spoken_pair(rng), spoken_pair(rng)]
    groups.insert(rng.choice((0, len(groups))), letter(rng))
    return join_groups(rng, groups)


FRENCH_SLOTS: Slots = {
    "address": address,
    "amount": amount,
    "caller": caller,
    "city": city,
    "code": door_code,
    "date": date,
    "day": day,
    "digit": lambda rng: number_words(rng.randint(0, 9)),
    "digits": spoken_reference,
    "doctor": doctor,
    "first": first_name,
    "floor": lambda rng: rng.choice(("premier", "deuxième", "troisième", "quatrième", "cinquième", "sixième", "septième")),
    "full_date": full_date,
    "hour": hour,
    "last": last_name,
    "letter": letter,
    "minutes": lambda rng: number_words(rng.choice((5, 10, 15, 20, 25, 30, 40, 45))),
    "name": full_name,
    "pair": spoken_pair,
    "part": part_of_day,
    "person": person,
    "phone": french_phone,
    "plate": plate,
    "road": lambda rng: f"a {number_words(rng.randint(1, 89))}",
    "service": lambda rng: rng.choice(word_list("services")),
    "since": since,
    "small": small_number,
    "spelled": spelled_name,
    "said_and_spelled": said_and_spelled,
    "street": street,
    "email": email_address,
    "company": lambda rng: rng.choice(word_list("companies")),
    "postcode": postcode,
}
