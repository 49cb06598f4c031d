"""One letter as callers say it: « M comme Marie », « deux L », « double vé », « hache », "M as in Mary", "Tango"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from voicebot.domain.language import Language
from voicebot.understanding.details.dictation import is_number
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.vocabulary import heard_forms, word_list

_TIMES = {"deux": 2, "double": 2, "2": 2, "two": 2, "trois": 3, "triple": 3, "3": 3}
_LINKS = (("comme",), ("pour",), ("as", "in"), ("for",), ("like",), ("de",))
_ARTICLES = frozenset(("le", "la", "l", "les", "un", "une", "dans", "a", "the", "in"))
_ELIDED = frozenset("cdijlmnostyaz")
_LONGEST_LETTER = 6
"""Characters of a misheard letter before « comme »: « aime comme Marie »."""


@dataclass(frozen=True, slots=True)
class Letter:
    """text: lower case, twice for « deux L ». end: index past its last word.

    clear: cannot be an ordinary word, as « M comme Marie ». doubtful: the letter heard is not the initial of its word.
    """

    text: str
    end: int
    clear: bool = False
    doubtful: bool = False


@lru_cache(maxsize=2)
def _names(*, alone: bool) -> dict[str, str]:
    """Spoken letter → letter. alone: only those that are no everyday words."""
    rows = heard_forms("letters")
    wanted = [(letter, forms) for letter, forms in rows if letter.endswith("?") is not alone]
    return {form: letter[0] for letter, said in wanted for form in said[0].split()}


def letter_words(utterance: Utterance) -> list[str]:
    """The words as letters are looked for in them: accents stay on single letters, « l' », « c'est » are no letters."""
    words: list[str] = []
    tokens = utterance.tokens
    for i, token in enumerate(tokens):
        word = token.text if len(token.text) == 1 and len(token.plain) == 1 and token.plain != "|" else token.plain
        following = tokens[i + 1].plain if i + 1 < len(tokens) else ""
        before = tokens[i - 1].plain if i else ""
        elided = word in _ELIDED and (
            utterance.words[token.end : token.end + 1] in ("'", "’")
            or (word in "sdmt" and utterance.words[max(0, token.start - 1) : token.start] in ("'", "’"))
            or (word in "cj" and following in ("est", "ai", "etais", "etait"))
            or (word == "y" and following == "a" and before in ("il", "") and not _single(utterance, i + 2))
            or (word == "a" and (before in ("il", "elle", "ca") or words[-1:] == ["y'"]))
        )
        words.append(f"{word}'" if elided else word)
    return words


def _single(utterance: Utterance, at: int) -> bool:
    return at < len(utterance.tokens) and len(utterance.tokens[at].plain) == 1


def letter_at(words: Sequence[str], at: int, *, begun: bool) -> Letter | None:
    """The letter that is said from this word on, or None. begun: other letters came just before."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in _TIMES and following:
        repeated = _repeated(words, at, begun=begun)
        if repeated:
            return repeated
    if word in ("i", "y", "hi") and following in ("grec", "grecque", "grecs"):
        return _with_word("y", words, at + 2, clear=True)
    letter = word if len(word) == 1 and word.isalpha() else _names(alone=True).get(word, "")
    inside = letter or _names(alone=False).get(word, "")
    explained = _explained(words, at + 1, inside)
    if explained and (inside or (begun and len(word) <= _LONGEST_LETTER and word.isalpha())):
        return explained
    if letter and len(word) > 1:
        return Letter(letter, at + 1) if begun or _begins_letters(words, at + 1) or _before_number(words, at + 1) else None
    if letter:
        return Letter(letter, _past_its_word(words, at + 1, letter))
    return Letter(inside, at + 1) if inside and begun and _stands_inside(words, at) else None


def _stands_inside(words: Sequence[str], at: int) -> bool:
    """An everyday word is a letter only when letters go on after it: « d u p o n t de Lyon » has one D."""
    if at + 1 >= len(words):
        return words[at] not in word_list("not_names")
    said = words[at + 1]
    return (len(said) == 1 and said.isalpha()) or said in _names(alone=True) or said in _TIMES


def _repeated(words: Sequence[str], at: int, *, begun: bool) -> Letter | None:
    """« deux L », « double T », « deux ailes » inside a spelling, « double vé »."""
    times, said = words[at], words[at + 1]
    if times == "double" and said in ("v", "u", "ve", "vee", "vez", "vee", "you"):
        return _with_word("w", words, at + 2, clear=True)
    letter = said if len(said) == 1 and said.isalpha() else ""
    if not letter and begun:
        letter = _names(alone=True).get(said, "") or _names(alone=False).get(said, "")
    if not letter:
        return None
    explained = _explained(words, at + 2, letter)
    text, end, doubtful = (explained.text, explained.end, explained.doubtful) if explained else (letter, at + 2, False)
    return Letter(text * _TIMES[times], end, True, doubtful)


def _with_word(letter: str, words: Sequence[str], at: int, *, clear: bool) -> Letter:
    explained = _explained(words, at, letter)
    return Letter(letter, explained.end if explained and explained.text == letter else at, clear)


def _explained(words: Sequence[str], at: int, letter: str) -> Letter | None:
    """The letter by the initial of the word after « comme », which is heard better than the letter."""
    for link in _LINKS:
        stop = at + len(link)
        if tuple(words[at:stop]) != link or stop >= len(words):
            continue
        while words[stop].rstrip("'") in _ARTICLES and stop + 1 < len(words) and len(words[stop + 1]) > 2:
            stop += 1
        word = words[stop]
        if len(word) < 2 or not word.isalpha() or (link == ("de",) and word[0] != letter):
            return None
        return Letter(word[0], stop + 1, True, bool(letter) and word[0] != letter)
    return None


def _past_its_word(words: Sequence[str], at: int, letter: str) -> int:
    """« M Marie », "T Tango": the alphabet's word after its own letter."""
    said = words[at] if at < len(words) else ""
    spelled = len(said) > 3 and (_names(alone=True).get(said) or _names(alone=False).get(said)) == letter
    return at + 1 if spelled else at


def _before_number(words: Sequence[str], at: int) -> bool:
    """« vé zéro quatre »."""
    return at < len(words) and any(is_number(words[at], language) for language in Language)


def _begins_letters(words: Sequence[str], at: int) -> bool:
    """Are the next two words letters, so that « hache » before them is one too?"""
    said = [len(w) == 1 and w.isalpha() for w in words[at : at + 2]]
    named = [one or w in _names(alone=True) or w in _TIMES for one, w in zip(said, words[at : at + 2], strict=True)]
    ordinary = len(named) == 2 and said[0] and words[at + 1] in _names(alone=False)
    return all(named) if named and not ordinary else ordinary
