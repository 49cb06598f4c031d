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
MULTIPLES = {"double": 2, "doubles": 2, "triple": 3}
NUMBER_WORDS = frozenset((*UNITS, *TEENS, *TENS, *MULTIPLES, "cent", "cents"))

MISHEARD = {
    "zeraux": "zero",
    "zerot": "zero",
    "sis": "six",
    "cis": "six",
    "cet": "sept",
    "cette": "sept",
    "set": "sept",
    "sette": "sept",
    "huite": "huit",
    "uit": "huit",
    "neuve": "neuf",
    "neufs": "neuf",
    "nef": "neuf",
    "de": "deux",
    "d": "deux",
    "trop": "trois",
    "toi": "trois",
    "troie": "trois",
    "catre": "quatre",
    "quattre": "quatre",
    "quatres": "quatre",
    "sank": "cinq",
    "saint": "cinq",
    "cinque": "cinq",
    "vin": "vingt",
    "vint": "vingt",
    "vain": "vingt",
    "trante": "trente",
    "carante": "quarante",
    "dis": "dix",
    "dit": "dix",
    "dise": "dix",
    "ont": "onze",
    "onz": "onze",
    "douse": "douze",
    "tresse": "treize",
    "quinz": "quinze",
    "ses": "seize",
    "seises": "seize",
    "cinqante": "cinquante",
    "sinquante": "cinquante",
    "soisante": "soixante",
    "soissante": "soixante",
}
"""What ears write for a number word; taken for it only between number words, and never with certainty."""

OPEN = "+"
"""Ends a number that ears tied by hyphens and that the next word may still add to: "80+" before « douze »."""

Chunk = tuple[int, str]
"""Index one past the last word, and the digits."""


def chunks(words: Sequence[str], at: int) -> list[Chunk]:
    """Every number that begins at this word, longest first: « soixante dix huit » → 78, 70, 60."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word.endswith(OPEN):
        return _extended(words, at)
    found: list[Chunk] = []
    if word in MULTIPLES and following in UNITS:
        found.append((at + 2, str(UNITS[following]) * MULTIPLES[word]))
    if word in ("deux", "trois") and following == "fois" and at + 2 < len(words):
        step = 3 if words[at + 2] in ("le", "un") and at + 3 < len(words) else 2
        if words[at + step] in UNITS:
            found.append((at + step + 1, str(UNITS[words[at + step]]) * UNITS[word]))
    found += _hundreds(words, at)
    found += [(end, str(value)) for end, value in below_hundred(words, at)]
    return sorted(found, key=lambda c: -c[0])


def tied(words: Sequence[str], following: str) -> str | None:
    """Number words that ears tied by hyphens as one: ("quatre", "vingt"), "douze" → "80+"; None when they make none."""
    value = next((value for end, value in below_hundred(words, 0) if end == len(words)), None)
    if value is None:
        return None
    grows = (value == 80 and (UNITS.get(following, 0) > 0 or following in TEENS)) or (
        value in (70, 90) and following in ("sept", "huit", "neuf")
    )
    return f"{value}{OPEN}" if grows else str(value)


def _extended(words: Sequence[str], at: int) -> list[Chunk]:
    value = int(words[at].rstrip(OPEN))
    found = _added(words, at + 1, value, teens=value == 80)
    return [(end, str(total)) for end, total in found] + [(at + 1, str(value))]


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
