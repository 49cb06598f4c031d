"""An e-mail address as it is said, piece by piece: words, letters, digits and signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from voicebot.domain.language import Language
from voicebot.understanding.details.dictation import is_number
from voicebot.understanding.details.letters import letter_at, letter_words
from voicebot.understanding.details.quantities import number_at
from voicebot.understanding.details.spelling import find_hints, written_with
from voicebot.understanding.normalise import TAKEN, Utterance
from voicebot.understanding.vocabulary import heard_forms, wordings

_LONGEST_SIGN = 4
"""Words of a sign, as « tiret en bas »."""

Kind = Literal["sign", "word", "letters", "digits", "joined", "stop"]


@dataclass(frozen=True, slots=True)
class Piece:
    """kind: what it is. text: as it is written. first, end: its tokens. sure: it can be heard in one way only."""

    kind: Kind
    text: str
    first: int
    end: int
    sure: bool = True
    pause: bool = False


@lru_cache(maxsize=1)
def signs() -> dict[str, str]:
    return {form: sign for sign, forms in heard_forms("email_signs") for form in forms}


def pieces_of(utterance: Utterance, language: Language) -> list[Piece]:
    words = letter_words(utterance)
    hints = {hint.span[0]: hint for hint in find_hints(utterance)}
    talk = dict(utterance.find_all(wordings("emails.talk")))
    found: list[Piece] = []
    at = 0
    while at < len(words):
        hint = hints.get(at)
        if hint and any(p.text == "@" for p in found):
            at = hint.span[1]
            continue
        if hint and found and found[-1].kind == "word":
            said, at = found.pop(), hint.span[1]
            found.append(Piece("word", written_with(said.text, [hint]), said.first, at, pause=said.pause))
            continue
        found += _written_sign(utterance, at)
        if at in talk:
            at = talk[at]
            continue
        piece = _piece(utterance, words, at, found, language)
        said_again = piece.kind == "word" and bool(found) and found[-1].kind == "word" and found[-1].text == piece.text
        if said_again:
            found[-1] = replace(found[-1], end=piece.end)
        else:
            found.append(piece)
        at = piece.end
    return found


def _written_sign(utterance: Utterance, at: int) -> list[Piece]:
    """A sign that the ears wrote between two words, as in "jean.martin@free.fr"."""
    if at == 0:
        return []
    gap = utterance.words[utterance.tokens[at - 1].end : utterance.tokens[at].start]
    bare = gap.strip()
    if "@" in bare:
        return [Piece("sign", "@", at, at)]
    if gap in (".", "_", "+", " . ", " _ ", " + ", " - "):
        return [Piece("sign", bare, at, at)]
    if gap == "-":
        number_word = not utterance.tokens[at].plain.isdigit() and is_number(utterance.tokens[at].plain, Language.FRENCH)
        return [] if number_word else [Piece("sign", "-", at, at, "@" in utterance.words)]
    return []


def _piece(utterance: Utterance, words: Sequence[str], at: int, before: list[Piece], language: Language) -> Piece:
    token = utterance.tokens[at]
    if token.plain == TAKEN:
        return Piece("stop", "", at, at + 1)
    for size in range(min(_LONGEST_SIGN, len(words) - at), 0, -1):
        sign = signs().get(" ".join(t.plain for t in utterance.tokens[at : at + size]))
        if sign:
            return Piece("joined" if sign == "joined" else "sign", sign, at, at + size, pause=token.pause)
    letter = letter_at(words, at, begun=bool(before) and before[-1].kind == "letters")
    if letter and not (is_number(token.plain, language) and len(letter.text) == 1 and len(token.plain) > 1):
        return Piece("letters", letter.text, at, letter.end, not letter.doubtful, token.pause)
    number = number_at(utterance, at, language)
    if number:
        return Piece("digits", number.digits, at, number.end, number.sure, token.pause)
    return Piece("word", token.plain.lstrip("+"), at, at + 1, pause=token.pause)
