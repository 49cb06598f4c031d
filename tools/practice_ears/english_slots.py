"""Slots of the English templates: people, digits, dates, addresses."""

import random

from num2words import num2words

from tools.practice_ears.french_names import full_name, last_name
from tools.practice_ears.french_numbers import join_groups
from tools.practice_ears.templates import Slots
from tools.practice_ears.words import letters_of, word_list

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
STREETS = [
    "high street",
    "station road",
    "church lane",
    "victoria road",
    "green lane",
    "park avenue",
    "mill road",
    "london road",
    "kings road",
    "queen street",
    "rose gardens",
    "market square",
    "bridge street",
    "oak drive",
    "the crescent",
    "west street",
]
MAIL_DOMAINS = ("gmail", "yahoo", "hotmail", "outlook", "icloud")


def words(number: int) -> str:
    return num2words(number, lang="en").replace(",", "")


def digit_list(rng: random.Random, count: int) -> list[str]:
    """Digits one by one, with « oh », « double four » and « triple » now and then."""
    zero = rng.choice(("zero", "zero", "oh"))
    spoken: list[str] = []
    while count > 0:
        digit = zero if (value := rng.randint(0, 9)) == 0 else words(value)
        if count >= 2 and rng.random() < 0.06:
            spoken.append(f"double {digit}")
            count -= 2
        else:
            spoken.append(digit)
            count -= 1
    return spoken


def phone(rng: random.Random) -> str:
    """A whole number: digits in twos, threes or one by one; some with a country code; some as French pairs."""
    manner = rng.random()
    if manner < 0.15:
        pairs = [words(rng.randint(10, 99)) for _ in range(4)]
        return join_groups(rng, [f"zero {words(rng.choice((6, 7, 1, 4)))}", *pairs])
    if manner < 0.25:
        return join_groups(
            rng,
            [rng.choice(("plus thirty-three", "plus forty-four", "plus three three")), *digit_list(rng, 9)],
        )
    return join_groups(rng, [rng.choice(("zero", "oh")), *digit_list(rng, 9)])


def pair(rng: random.Random) -> str:
    return words(rng.randint(0, 99)) if rng.random() < 0.5 else " ".join(digit_list(rng, 2))


def person(rng: random.Random) -> str:
    return f"{rng.choice(('mister', 'missus', 'miss', 'doctor', 'master'))} {last_name(rng)}"


def day(rng: random.Random) -> str:
    return rng.choice([*DAYS, *DAYS, f"next {rng.choice(DAYS)}"])


def date(rng: random.Random) -> str:
    ordinal = num2words(rng.randint(1, 31), lang="en", to="ordinal")
    month = rng.choice(MONTHS)
    return f"the {ordinal} of {month}" if rng.random() < 0.6 else f"{month} the {ordinal}"


def hour(rng: random.Random) -> str:
    number = words(rng.randint(1, 12))
    return rng.choice(
        (
            f"{number} o'clock",
            f"half past {number}",
            f"quarter past {number}",
            f"{number} thirty",
            f"{number} p m",
            number,
        )
    )


def address(rng: random.Random) -> str:
    street = rng.choice(STREETS) if rng.random() < 0.7 else rng.choice(word_list("streets"))
    city = f" in {rng.choice(word_list('cities'))}" if rng.random() < 0.3 else ""
    return f"{words(rng.randint(1, 120))} {street}{city}"


def spelled_name(rng: random.Random) -> str:
    return join_groups(rng, list(letters_of(last_name(rng))))


def said_and_spelled(rng: random.Random) -> str:
    name = last_name(rng)
    return f"{name}, {join_groups(rng, list(letters_of(name)))}"


def email_address(rng: random.Random) -> str:
    local = rng.choice((" dot ", " ", " dash ", " underscore ")).join(
        letters_of(full_name(rng).replace(" ", "_")).split("_")
    )
    return f"{local} at {rng.choice(MAIL_DOMAINS)} dot {rng.choice(('com', 'com', 'fr', 'co dot uk'))}"


def since(rng: random.Random) -> str:
    return rng.choice(("yesterday", "this morning", "last night", "two days", *DAYS))


def caller(rng: random.Random) -> str:
    return rng.choice((full_name, person))(rng)


ENGLISH_SLOTS: Slots = {
    "address": address,
    "caller": caller,
    "company": lambda rng: rng.choice(word_list("companies")),
    "date": date,
    "day": day,
    "digit": lambda rng: digit_list(rng, 1)[0],
    "digits": lambda rng: join_groups(rng, digit_list(rng, rng.randint(3, 8))),
    "email": email_address,
    "hour": hour,
    "last": last_name,
    "name": full_name,
    "pair": pair,
    "person": person,
    "phone": phone,
    "since": since,
    "spelled": spelled_name,
    "said_and_spelled": said_and_spelled,
}
