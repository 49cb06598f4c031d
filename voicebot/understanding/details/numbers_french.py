"""French number words as digits, in every reading: « quatre-vingt-douze », « septante », « double zéro », « huit cent »."""

from __future__ import annotations

from collections.abc import Sequence

UNITS = {
    "zero": 0,
    "zeros": 0,
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
}
TEENS = {"dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16}
TENS = {
    "vingt": 20,
    "vingts": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "septante": 70,
    "huitante": 80,
    "octante": 80,
    "nonante": 90,
}
_TIMES = {"deux": 2, "trois": 3, "quatre": 4, "cinq": 5}
MULTIPLES = {"double": 2, "doubles": 2, "triple": 3}
NUMBER_WORDS = frozenset((*UNITS, *TEENS, *TENS, *MULTIPLES, "cent", "cents"))

_CLEAR = {
    "zero": "zeraux zerot zerro zeros zeron",
    "six": "sis cis siss sise sixe",
    "sept": "set sette cept",
    "huit": "huite uit wit huitt",
    "neuf": "neufs noeuf neuff",
    "quatre": "catre quattre quatres cattre katre quatr",
    "cinq": "sank cinque sinq cinqu sink",
    "vingt": "vint vinght vein",
    "trente": "trante trent",
    "quarante": "carante quarente carente karante",
    "cinquante": "cinqante sinquante cinquente sinkante",
    "soixante": "soisante soissante soixente swassante soissente",
    "dix": "diz diss",
    "onze": "onz onse",
    "douze": "douse douz",
    "treize": "treze trese treise",
    "quatorze": "catorze quatorse katorze",
    "quinze": "quinz quinse kinze",
    "seize": "seises saize seze",
}
_ORDINARY = {
    "zero": "heros rots zorro",
    "six": "si ci scie",
    "sept": "cet cette ces sait",
    "neuf": "neuve nef",
    "deux": "de d",
    "trois": "trop toi troie",
    "cinq": "saint sans ceint",
    "vingt": "vin vain vins",
    "dix": "dis dit dise",
    "onze": "ont",
    "treize": "tresse",
    "seize": "ses",
}
MISHEARD_CLEAR = {heard: number for number, forms in _CLEAR.items() for heard in forms.split() if heard != number}
"""What ears write for a number word and no other word of the language; taken for it anywhere, never with certainty."""

MISHEARD = MISHEARD_CLEAR | {heard: number for number, forms in _ORDINARY.items() for heard in forms.split()}
"""The same with ordinary words, which are taken for a number only between two number words."""

OPEN = "+"
"""Ends a number that ears tied by hyphens and that the next word may still add to: "80+" before « douze »."""

Chunk = tuple[int, str]
"""Index one past the last word, and the digits."""


def chunks(words: Sequence[str], at: int) -> list[Chunk]:
    """Every number that begins at this word, longest first: « soixante dix huit » → 78, 70, 60."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word.endswith(OPEN):
        return [(end, str(value)) for end, value in _extended(words, at)]
    found: list[Chunk] = []
    if word in MULTIPLES and following in UNITS:
        found.append((at + 2, str(UNITS[following]) * MULTIPLES[word]))
    if following == "fois" and (word in _TIMES or word in "2345"):
        found += _times(words, at)
    found += _hundreds(words, at)
    found += [(end, str(value)) for end, value in below_hundred(words, at)]
    return sorted(found, key=lambda c: -c[0])


def _times(words: Sequence[str], at: int) -> list[Chunk]:
    """« trois fois le deux », « quatre fois vingt et un »."""
    count = _TIMES.get(words[at]) or int(words[at])
    step = at + 2
    step += step + 1 < len(words) and words[step] in ("le", "la", "les")
    if step >= len(words):
        return []
    if words[step].isdecimal():
        return [(step + 1, words[step] * count)]
    return [(end, str(value) * count) for end, value in below_hundred(words, step)]


def tied(words: Sequence[str], following: str) -> str | None:
    """Number words that ears tied by hyphens as one: ("quatre", "vingt"), "douze" → "80+"; None when they make none."""
    value = next((value for end, value in below_hundred(words, 0) if end == len(words)), None)
    if value is None:
        return None
    grows = (value == 80 and (UNITS.get(following, 0) > 0 or following in TEENS)) or (
        value in (70, 90) and following in ("sept", "huit", "neuf")
    )
    return f"{value}{OPEN}" if grows else str(value)


def _extended(words: Sequence[str], at: int) -> list[tuple[int, int]]:
    value = int(words[at].rstrip(OPEN))
    if value == 80:
        added = _added(words, at + 1, value, teens=True)
    else:
        added = [(at + 2, value + UNITS[words[at + 1]])] if _says(words, at + 1, "sept", "huit", "neuf") else []
    return [*added, (at + 1, value)]


def _hundreds(words: Sequence[str], at: int) -> list[Chunk]:
    first, end = 1, at
    if UNITS.get(words[at], 0) >= 2 and at + 1 < len(words):
        first, end = UNITS[words[at]], at + 1
    if words[end] not in ("cent", "cents"):
        return []
    found = [(end + 1, f"{first}00")]
    if end + 1 < len(words):
        found += [(stop, f"{first}{value:02d}") for stop, value in below_hundred(words, end + 1)]
    return found


def below_hundred(words: Sequence[str], at: int) -> list[tuple[int, int]]:
    """Every number 0-99 that people may mean from this word on: (index past it, value).

    « trente quatre » is 34 and never 30 4 unless another digit follows; « soixante dix » is 70 or 60 10,
    « quatre vingt douze » is 92, 80 12 or 4 20 12.
    """
    word = words[at]
    if word.endswith(OPEN):
        return _extended(words, at)
    if word.isdecimal():
        # « cent quatre-vingt-dix »: ears tied the second number with hyphens.
        return [(at + 1, int(word))] if len(word) == 2 else []
    if word in TEENS:
        joined = _ten_and_unit(words, at)
        return joined if joined and _settled(words, at + 1) else [*joined, (at + 1, TEENS[word])]
    found: list[tuple[int, int]] = []
    if word == "quatre" and _says(words, at + 1, "vingt", "vingts"):
        added = _added(words, at + 2, 80, teens=True)
        found += added if _settled(words, at + 2) and added else [*added, (at + 2, 80)]
    if word in TENS:
        added = _added(words, at + 1, TENS[word], teens=word == "soixante")
        found += added if _settled(words, at + 1) and added else [*added, (at + 1, TENS[word])]
    if word in UNITS:
        found.append((at + 1, UNITS[word]))
    return found


def _says(words: Sequence[str], at: int, *wanted: str) -> bool:
    return at < len(words) and words[at] in wanted


def _settled(words: Sequence[str], at: int) -> bool:
    """Does a unit follow that belongs to the tens before it alone? In « vingt deux trois » it may belong to 23."""
    at += _says(words, at, "et")
    unit = at < len(words) and UNITS.get(words[at], 0) > 0
    return unit and not _says(words, at + 1, "vingt", "vingts", "cent", "cents", "fois", *UNITS)


def _added(words: Sequence[str], at: int, ten: int, *, teens: bool) -> list[tuple[int, int]]:
    linked = _says(words, at, "et")
    at += linked
    if at >= len(words):
        return []
    word = words[at]
    if UNITS.get(word, 0) == 1 or (not linked and UNITS.get(word, 0) > 0):
        return [(at + 1, ten + UNITS[word])]
    if teens and word in TEENS and (not linked or word == "onze"):
        joined = [(end, ten + value) for end, value in _ten_and_unit(words, at)]
        return joined if joined and _settled(words, at + 1) else [*joined, (at + 1, ten + TEENS[word])]
    return []


def _ten_and_unit(words: Sequence[str], at: int) -> list[tuple[int, int]]:
    if words[at] == "dix" and _says(words, at + 1, "sept", "huit", "neuf"):
        return [(at + 2, 10 + UNITS[words[at + 1]])]
    return []
