"""Words of time as signs: « mardi vingt-quatre novembre à 14h30 » becomes "w1 n24 m11 a n14 h n30", which grammars read."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files

from ruamel.yaml import YAML

from voicebot.domain.language import Language
from voicebot.understanding.dates.corrections import corrected
from voicebot.understanding.dates.hearing import WordsOfTime, as_meant, lexicon_of
from voicebot.understanding.details import numbers_english, numbers_french
from voicebot.understanding.normalise import Span, Token, Utterance, plain
from voicebot.understanding.vocabulary import word_list

_SEPARATORS = frozenset("/:.-")
_LISTS = {Language.FRENCH: "french", Language.ENGLISH: "english"}
_FRENCH_ENDINGS = frozenset(("er", "ere", "e", "eme", "ieme", "re"))
_ENGLISH_ENDINGS = frozenset(("st", "nd", "rd", "th"))
_NAMES_A_DAY = re.compile(r"[wWmdfe]-?\d|week$|we$")
_PLAIN_TIME = re.compile(r"[wmd]-?\d+$|p(?:am|pm|ev)$|next$|h$|week$|noon$|midnight$")
"""Signs whose words are told even when they are misspelt."""
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "forth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip

Lexeme = tuple[str, int]
"""Signs separated by blanks, and the index one past their last token."""


@dataclass(frozen=True, slots=True)
class Lexemes:
    """Signs of one utterance.

    text: every sign followed by one blank, so that patterns may be joined. spans: the tokens of each sign.
    doubtful: a word was taken for another, or a number was corrected.
    """

    text: str
    starts: tuple[int, ...]
    spans: tuple[Span, ...]
    doubtful: bool

    @classmethod
    def of(cls, utterance: Utterance, language: Language) -> Lexemes:
        signs: list[str] = []
        spans: list[Span] = []
        meant = as_meant([t.plain for t in utterance.tokens], language, _words_of_time(language))
        if meant:
            tokens = tuple(replace(t, plain=meant.get(i, t.plain)) for i, t in enumerate(utterance.tokens))
            utterance = replace(utterance, tokens=tokens)
        at = 0
        while at < len(utterance.tokens):
            said, end = _lexeme(utterance, at, language)
            if signs and said == signs[-1] and said[0] not in "no":
                # « mardi mardi »: ears and callers double words.
                spans[-1] = (spans[-1][0], end)
                at = end
                continue
            for i, sign in enumerate(said.split()):
                signs.append(sign)
                spans.append((at, end) if i == 0 else (end, end))
            separator = _separator(utterance, end)
            if separator:
                signs.append(separator)
                spans.append((end, end))
            at = end
        again = corrected(signs, spans)
        starts: list[int] = []
        length = 0
        for sign in signs:
            starts.append(length)
            length += len(sign) + 1
        return cls("".join(f"{sign} " for sign in signs), tuple(starts), tuple(spans), bool(meant) or again)

    def tokens(self, begin: int, end: int) -> Span:
        """Tokens of the signs between two places of the text."""
        first, last = self.index(begin), self.index(end - 1)
        return self.spans[first][0], max(span[1] for span in self.spans[first : last + 1])

    def index(self, place: int) -> int:
        return bisect_right(self.starts, place) - 1


def _lexeme(utterance: Utterance, at: int, language: Language) -> Lexeme:
    tokens = utterance.tokens
    for length, sign in _signs(language).get(tokens[at].plain, {}).items():
        words = tokens[at : at + len(length)]
        if tuple(t.plain for t in words) == length:
            return sign, at + len(length)
    if tokens[at].plain[-1:].isdigit():
        return _digits(tokens, at, language)
    number = _french_number(tokens, at) if language is Language.FRENCH else _english_number(tokens, at)
    return number or (tokens[at].plain, at + 1)


def _separator(utterance: Utterance, at: int) -> str:
    """What stands between two numbers written in digits: "24/12", "14:30", "9h-11h"."""
    tokens = utterance.tokens
    if not 0 < at < len(tokens) or not tokens[at].plain.isdigit():
        return ""
    between = utterance.words[tokens[at - 1].end : tokens[at].start].strip().replace("–", "-")
    after_number = tokens[at - 1].plain.isdigit() or between == "-"
    return between if after_number and between in _SEPARATORS else ""


def _digits(tokens: tuple[Token, ...], at: int, language: Language) -> Lexeme:
    digits = tokens[at].plain.lstrip("+")
    ending = tokens[at + 1].plain if at + 1 < len(tokens) and tokens[at + 1].start == tokens[at].end else ""
    if language is Language.FRENCH and ending in _FRENCH_ENDINGS:
        return (f"o{digits}" if ending in ("er", "ere", "re") else f"n{digits}"), at + 2
    if language is Language.ENGLISH and ending in _ENGLISH_ENDINGS:
        return f"o{digits}", at + 2
    return f"n{digits}", at + 1


def _uncut(tokens: tuple[Token, ...], at: int, most: int = 8) -> list[str]:
    """Plain words from here on, up to a comma: « vingt, huit heures » is not 28."""
    words = [tokens[at].plain]
    for token in tokens[at + 1 : at + most]:
        if token.pause:
            break
        words.append(token.plain)
    return words


def _french_number(tokens: tuple[Token, ...], at: int) -> Lexeme | None:
    words = _uncut(tokens, at)
    if words[0] in ("zero", "zeros"):
        unit = numbers_french.UNITS.get(words[1]) if len(words) > 1 else None
        return ("n0", at + 1) if unit is None else (f"n0{unit}", at + 2)
    year = _french_year(words)
    if year:
        return f"n{year[0]}", at + year[1]
    found = numbers_french.below_hundred(words, 0)
    if not found:
        return None
    end, value = max(found)
    # « le vingt huit heures trente »: no hour is 28, so the 20th at 8:30.
    if value > 24 and words[0] == "vingt" and words[end : end + 1] in (["heure"], ["heures"]):
        end, value = 1, 20
    return f"n{value}", at + end


def _french_year(words: list[str]) -> tuple[int, int] | None:
    """« mille neuf cent soixante-dix-huit », « dix-neuf cent deux », « deux mille vingt-six »."""
    for opening, base in ((["mille", "neuf", "cent"], 1900), (["dix", "neuf", "cent"], 1900), (["deux", "mille"], 2000)):
        size = len(opening)
        if [w.rstrip("s") if w == "cents" else w for w in words[:size]] == opening:
            rest = numbers_french.below_hundred(words, size) if len(words) > size else []
            end, value = max(rest) if rest else (size, 0)
            return base + value, end
    return None


def _english_number(tokens: tuple[Token, ...], at: int) -> Lexeme | None:
    words = _uncut(tokens, at)
    if words[0] in _ORDINALS:
        return f"o{_ORDINALS[words[0]]}", at + 1
    if words[:2] == ["two", "thousand"]:
        start = 3 if words[2:3] == ["and"] else 2
        rest = numbers_english.below_hundred(words, start) if len(words) > start else []
        return (f"n{2000 + rest[0][1]}", at + rest[0][0]) if rest else ("n2000", at + 2)
    if words[0] in ("oh", "o", "zero") and len(words) > 1 and numbers_english.UNITS.get(words[1]):
        return f"n0{numbers_english.UNITS[words[1]]}", at + 2
    if words[0] in ("twenty", "thirty") and len(words) > 1 and _ORDINALS.get(words[1], 10) < 10:
        return f"o{numbers_english.TENS[words[0]] + _ORDINALS[words[1]]}", at + 2
    found = numbers_english.below_hundred(words, 0) if words[0] != "o" else []
    return (f"n{found[0][1]}", at + found[0][0]) if found else None


@lru_cache(maxsize=4)
def _signs(language: Language) -> dict[str, dict[tuple[str, ...], str]]:
    """Wordings by their first word, the longest first, each with its signs."""
    name = f"dates_{language.value}.yaml"
    text = files("voicebot.understanding.vocabulary").joinpath(name).read_text(encoding="utf-8")
    book: dict[str, list[str]] = YAML(typ="safe").load(text)
    wordings = sorted(
        ((tuple(plain(w).split()), sign) for sign, said in book.items() for w in said), key=lambda x: -len(x[0])
    )
    signs: dict[str, dict[tuple[str, ...], str]] = {}
    for words, sign in wordings:
        signs.setdefault(words[0], {}).setdefault(words, sign)
    return signs


@lru_cache(maxsize=4)
def _words_of_time(language: Language) -> WordsOfTime:
    signs = [(words, sign) for said in _signs(language).values() for words, sign in said.items()]
    known = frozenset(w for words, _ in signs for w in words) | frozenset(_ORDINALS)
    single = {words[0]: sign for words, sign in signs if len(words) == 1}
    plain_ = lexicon_of(frozenset(w for w, sign in single.items() if _PLAIN_TIME.match(sign)), language)
    return WordsOfTime(known, plain_, frozenset(w for w, sign in single.items() if re.match(r"m\d", sign)))


@lru_cache(maxsize=4)
def day_words(language: Language) -> frozenset[str]:
    """Words of wordings that name a day: a sentence without any of them need not be read for days."""
    named = (words for said in _signs(language).values() for words, sign in said.items() if _NAMES_A_DAY.match(sign))
    return frozenset(w for words in named for w in words if len(w) > 2) - word_list(f"languages.{_LISTS[language]}")
