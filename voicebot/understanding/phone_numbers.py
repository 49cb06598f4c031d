"""Telephone numbers as callers dictate them: in pairs, digit by digit, cut, corrected, begun again, continued."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voicebot.domain.language import Language
from voicebot.understanding import numbering_plan
from voicebot.understanding.dictation import MISHEARD, Dictation, is_number
from voicebot.understanding.normalise import Span, Utterance, phrases

LENGTH = 10
"""Digits of a French number."""

_CONNECTORS = frozenset(
    ["et", "puis", "ensuite", "alors", "donc", "apres", "attendez", "voila", "le", "la", "c", "est", "tiret", "point", "espace", "virgule", "ok", "oui", "suivi", "dash", "and", "then", "it", "s", "is", "plus", "les", "chiffres", "d", "abord", "enfin"]
)
_CUT = phrases(
    "non", "pardon", "excusez moi", "je me (suis )?trompe", "plutôt", "rectification", "erreur", "ou plutôt",
    "no", "sorry", "i mean", "correction", "my mistake", "wait no",
)  # fmt: skip
_RESTART = phrases(
    "je (reprends|recommence|r[ée]p[èe]te|redis|vous (le )?(redis|r[ée]p[èe]te)|refais)", "on (reprend|recommence)", "donc je redis",
    "let me (start|begin) (again|over)", "start(ing)? (again|over)", "i ll (repeat|start again|say it again)", "again",
    "je reprends (depuis le|au) d[ée]but", "depuis le d[ée]but",
)  # fmt: skip
_NOT_DIALLED = frozenset(
    ["seconde", "secondes", "minute", "minutes", "heure", "heures", "h", "jour", "jours", "semaine", "semaines", "mois", "an", "ans", "annee", "annees", "euro", "euros", "etage", "etages", "personne", "personnes", "fois", "degre", "degres", "bis", "ter", "rue", "avenue", "boulevard", "place", "allee", "chemin", "impasse", "quai", "route", "cours", "square", "enfant", "enfants", "second", "seconds", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year", "years", "people", "degrees", "street", "road", "floor", "pm", "am", "o", "clock", "times", "pieces", "chambre", "chambres", "radiateur", "radiateurs", "litres", "metres", "kilos", "pour", "cent", "pourcent"]
)
_ARTICLES = frozenset(("un", "une", "o", "oh", "one"))
_LONGEST_GAP = 7


@dataclass(frozen=True, slots=True)
class Dictated:
    """A stretch of the utterance in which digits are dictated: parts are corrections of what came before.

    span: its tokens. parts: dictations between « non, pardon » cuts, after the last « je reprends ».
    international: « plus trente-trois » or "+33". restarted: the caller began again.
    """

    span: Span
    parts: tuple[Dictation, ...]
    international: bool = False
    restarted: bool = False

    @property
    def shortest(self) -> str:
        return "".join("".join(part.shortest()) for part in self.parts)

    @property
    def guessed(self) -> bool:
        return any(part.guessed for part in self.parts)


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """value: E.164 when complete, else the digits so far. sure: one reading only, and the numbering plan has it."""

    value: str
    complete: bool
    sure: bool
    span: Span


def dictated(utterance: Utterance, language: Language) -> list[Dictated]:
    """The stretches of digits of an utterance, in order."""
    found: list[Dictated] = []
    at = 0
    while at < len(utterance.tokens):
        if _begins(utterance, at, language):
            stretch = _stretch(utterance, at, language)
            found.append(stretch)
            at = max(stretch.span[1], at + 1)
        else:
            at += 1
    return found


def _word(utterance: Utterance, at: int) -> str:
    return utterance.tokens[at].plain if 0 <= at < len(utterance.tokens) else ""


def _begins(utterance: Utterance, at: int, language: Language) -> bool:
    return is_number(_word(utterance, at), language)


def _stretch(utterance: Utterance, first: int, language: Language) -> Dictated:
    """Reads on from the first number word until words come that have nothing to do with digits."""
    international = _word(utterance, first).startswith("+") or _word(utterance, first - 1) in ("plus", "indicatif")
    parts: list[Dictation] = []
    words: list[str] = []
    guessed = restarted = False
    at, end = first, first
    while at < len(utterance.tokens):
        if is_number(_word(utterance, at), language):
            if _counts_something(utterance, at, language):
                break
            words.append(_word(utterance, at))
            at = end = at + 1
            continue
        gap = _gap(utterance, at, language)
        if gap is None:
            break
        kind, stop, heard = gap
        if kind in ("cut", "restart"):
            parts.append(Dictation(tuple(words), language, guessed))
            words, guessed = [], False
        else:
            words += heard
            guessed = guessed or any(is_number(w, language) for w in heard)
        if kind == "restart":
            parts, restarted = [], True
        at = stop
        if not at < len(utterance.tokens):
            end = stop
    parts.append(Dictation(tuple(words), language, guessed))
    first -= _word(utterance, first - 1) in ("plus", "indicatif")
    return Dictated((first, end), tuple(p for p in parts if p.words), international, restarted)


def _counts_something(utterance: Utterance, at: int, language: Language) -> bool:
    """« deux secondes », « douze rue »: the last number word before a unit counts that unit."""
    following = _word(utterance, at + 1)
    return following in _NOT_DIALLED and not (following == "cent" or is_number(following, language))


def _gap(utterance: Utterance, at: int, language: Language) -> tuple[str, int, list[str]] | None:
    """What lies between two number words: (kind, index of the next number word, words to keep), or None: the run ends."""
    stop = at
    while stop < len(utterance.tokens) and stop - at <= _LONGEST_GAP and not is_number(_word(utterance, stop), language):
        stop += 1
    gap = [_word(utterance, i) for i in range(at, stop)]
    text = " ".join(gap)
    ended = stop >= len(utterance.tokens)
    if _RESTART.search(text):
        return "restart", stop, []
    if ended or stop - at > _LONGEST_GAP:
        return None
    if _CUT.search(text):
        return "cut", stop, []
    if all(w in _CONNECTORS for w in gap):
        return "on", stop, ["et"] if gap == ["et"] else []
    if gap == ["fois"] or (gap[:1] == ["fois"] and len(gap) == 2):
        return "on", stop, gap
    heard = [MISHEARD[language].get(w, w) for w in gap]
    if len(gap) == 1 and is_number(heard[0], language):
        return "on", stop, heard
    return None


def interpret(stretch: Dictated, prior: Dictation | None = None) -> PhoneNumber | None:
    """The number that a stretch gives, continued from `prior` when that makes it whole; None when it makes none."""
    corrected = len(stretch.parts) > 1
    whole = _whole(stretch.parts[-1], stretch.international and not corrected)
    if whole:
        value, sure = whole
        return PhoneNumber(value, True, sure, stretch.span)
    run = _corrected(stretch.parts)
    if corrected:
        whole = _whole(run, stretch.international)
        if whole:
            return PhoneNumber(whole[0], True, False, stretch.span)
    if prior and not stretch.restarted:
        return _continued(prior, run, stretch)
    return _begun("".join(run.shortest()), stretch)


def _continued(prior: Dictation, run: Dictation, stretch: Dictated) -> PhoneNumber | None:
    joined = prior + run
    # A chunk may not reach over the breath: « soixante » … « dix » was said in two.
    both = [(a, b) for a in _lengths(prior) for b in _lengths(run)]
    digits, before = "".join(run.shortest()), "".join(prior.shortest())
    whole = _whole(joined, before.startswith("33") or before.startswith("00"))
    if whole and both:
        return PhoneNumber(whole[0], True, whole[1] and len(before + digits) in (LENGTH, 11), stretch.span)
    if digits[:1] == "0" and len(digits) >= 2 and (digits[:2] == before[:2] or len(before + digits) > LENGTH):
        return _begun(digits, stretch)
    return _begun(before + digits, stretch)


def _lengths(run: Dictation) -> list[int]:
    return [len("".join(run.shortest()))]


def _begun(digits: str, stretch: Dictated) -> PhoneNumber | None:
    limit = 15 if stretch.international else LENGTH
    if not digits or len(digits) >= limit:
        return None
    return PhoneNumber(digits, False, not stretch.guessed, stretch.span)


def _corrected(parts: tuple[Dictation, ...]) -> Dictation:
    """« … cinquante-six, non, pardon, trente-cinq »: the first group after the cut replaces the last one before it."""
    run = parts[0]
    for correction in parts[1:]:
        groups, first = list(run.shortest()), correction.shortest()
        opening = "".join(first)
        if len(opening) >= 4 and opening[0] == "0":
            run = correction
            continue
        wanted = len(first[0]) if first else 0
        while groups and wanted > 0:
            wanted -= len(groups.pop())
        run = Dictation(tuple(groups), run.language, True) + correction
    return run


def _whole(run: Dictation, international: bool) -> tuple[str, bool] | None:
    """(E.164, sure) when the run makes a whole number in some reading."""
    least = len("".join(run.shortest()))
    opening = "".join(run.shortest())[:4]
    if international or opening.startswith("00"):
        return _whole_international(run, least)
    if least > LENGTH:
        return _said_twice(run) or _british(run)
    readings = ["".join(r) for r in run.of_length(LENGTH, "0")]
    listed = [n for n in map(numbering_plan.national, readings) if n]
    if listed:
        return listed[0], len(listed) == 1 and least == LENGTH and not run.guessed
    unlisted = [n for n in map(numbering_plan.unlisted, readings) if n]
    if unlisted and least == LENGTH:
        return unlisted[0], False
    return _without_zero(run, least)


def _without_zero(run: Dictation, least: int) -> tuple[str, bool] | None:
    if least != LENGTH - 1:
        return None
    number = numbering_plan.national("0" + "".join(run.shortest()))
    return (number, False) if number and number[3] in "67" else None


def _whole_international(run: Dictation, least: int) -> tuple[str, bool] | None:
    found: dict[str, int] = {}
    for length in range(8, 16):
        for reading in run.of_length(length):
            number = numbering_plan.international("".join(reading).removeprefix("00"))
            if number:
                found.setdefault(number, length)
    if not found:
        return None
    number = min(found, key=lambda n: found[n])
    return number, len(found) == 1 and found[number] == least and not run.guessed


def _said_twice(run: Dictation) -> tuple[str, bool] | None:
    digits = "".join(run.shortest())
    half, odd = divmod(len(digits), 2)
    if odd or half != LENGTH or digits[:half] != digits[half:]:
        return None
    number = numbering_plan.national(digits[:half])
    return (number, not run.guessed) if number else None


def _british(run: Dictation) -> tuple[str, bool] | None:
    digits = "".join(run.shortest())
    if run.language is not Language.ENGLISH or len(digits) != 11 or digits[0] != "0":
        return None
    number = numbering_plan.international("44" + digits[1:])
    return (number, False) if number else None


def articles_only(utterance: Utterance, span: Span) -> bool:
    """« un », « une » alone are articles, not digits."""
    return all(_word(utterance, i) in _ARTICLES for i in range(*span))


def stretches_worth_reading(utterance: Utterance, language: Language) -> Iterator[Dictated]:
    for stretch in dictated(utterance, language):
        if stretch.parts and not articles_only(utterance, stretch.span):
            yield stretch
