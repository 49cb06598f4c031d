"""How to get in: door code, name on the bell, floor and door, apart from the address and in normal written form."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.language import Language
from voicebot.understanding.details.dictation import MISHEARD, digits_of, is_number
from voicebot.understanding.details.letters import letter_at, letter_words
from voicebot.understanding.details.names import written_name
from voicebot.understanding.details.quantities import number_at
from voicebot.understanding.normalise import TAKEN, Span, Utterance
from voicebot.understanding.vocabulary import word_list, wordings

_KEYS = {"diese": "#", "hash": "#", "hashtag": "#", "etoile": "*", "asterisque": "*", "star": "*"}
_FEWEST, _MOST = 3, 10
"""Characters of a door code."""

_FLOOR_WORDS = frozenset(("au", "le", "la", "a", "sur", "c", "est", "et", "on", "and", "it", "s", "is", "the"))


@dataclass(frozen=True, slots=True)
class AccessCodes:
    """value: "45B12, interphone Martin, troisième droite". sure: every code was heard in one way."""

    value: str
    sure: bool
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    span: Span
    sure: bool = True


def find_access_codes(utterance: Utterance, language: Language, *, expected: bool) -> AccessCodes | None:
    """Everything said about getting in. expected: it was asked for, so a code without the word « code » counts too."""
    parts: list[_Part] = []
    rest = utterance
    for section, read in (("code", _code), ("bell", _bell), ("floor", _floor), ("door", _door)):
        if section == "door" and not expected:
            # A flat's number is part of the address that it is said with.
            continue
        for cue in list(rest.find_all(wordings(f"access_codes.{section}"))):
            part = read(rest, cue, language)
            if part and all(rest.tokens[i].plain != TAKEN for i in range(*part.span)):
                parts.append(part)
                rest = rest.take([part.span])
    if expected and not any(any(c.isdigit() for c in p.text) for p in parts):
        bare = _bare_code(rest, language)
        if bare:
            parts.append(bare)
    if not parts:
        return None
    parts.sort(key=lambda p: p.span)
    cut = any(True for _ in utterance.find_all(wordings("phone_numbers.cut")))
    return AccessCodes(
        ", ".join(p.text for p in parts), all(p.sure for p in parts) and not cut, tuple(p.span for p in parts)
    )


def _code(utterance: Utterance, cue: Span, language: Language) -> _Part | None:
    found = _characters(utterance, cue[1], language)
    if found is None:
        return None
    text, end, sure = found
    if not (_FEWEST <= len(text) <= _MOST and any(c.isdigit() for c in text)):
        return None
    noun = utterance.tokens[cue[1] - 1].plain
    written = f"{noun} {text}" if noun in ("code", "digicode", "keycode") else text
    return _Part(written, (cue[0], end), sure)


def _bare_code(utterance: Utterance, language: Language) -> _Part | None:
    at = 0
    while at < len(utterance.tokens):
        found = _characters(utterance, at, language)
        if found and _FEWEST <= len(found[0]) <= _MOST and sum(c.isdigit() for c in found[0]) >= 2:
            return _Part(found[0], (at, found[1]), found[2])
        at += 1
    return None


def _characters(utterance: Utterance, first: int, language: Language) -> tuple[str, int, bool] | None:
    """(letters, digits and keys from this token on, one past the last, sure)."""
    words = letter_words(utterance)
    text, at, end, sure = "", first, first, True
    while at < len(words) and words[at] != TAKEN:
        word = words[at]
        if text and word in _KEYS:
            text, at = text + _KEYS[word], at + 1
            end = at
            continue
        misheard = MISHEARD[language].get(word) if text[-1:].isdigit() and at + 1 < len(words) else None
        if misheard and is_number(words[at + 1], language):
            text, at, sure = text + digits_of((misheard,), language), at + 1, False
            end = at
            continue
        letter = letter_at(words, at, begun=bool(text))
        number = None if letter and letter.clear else number_at(utterance, at, language)
        if number:
            text, at, sure = text + number.digits, number.end, sure and number.sure
        elif letter and word not in ("à", "â"):
            text, at, sure = text + letter.text.upper(), letter.end, sure and not letter.doubtful
        elif text and word.rstrip("'") in word_list("references.between"):
            at += 1
            continue
        else:
            break
        end = at
    return (text, end, sure) if text else None


def _bell(utterance: Utterance, cue: Span, language: Language) -> _Part | None:
    noun = "bell" if language is Language.ENGLISH else "interphone"
    said = next((t.plain for t in utterance.tokens[slice(*cue)] if t.plain in ("sonnette", "buzzer", "intercom")), noun)
    found = written_name(utterance, cue[1])
    if found:
        value, (_, end) = found
        return _Part(f"{said} {value}", (cue[0], end))
    number = number_at(utterance, cue[1], language) if cue[1] < len(utterance.tokens) else None
    return _Part(f"{said} {number.digits}", (cue[0], number.end), number.sure) if number else None


def _floor(utterance: Utterance, cue: Span, language: Language) -> _Part | None:
    del language
    first, last = cue
    while first < last and utterance.tokens[first].plain in _FLOOR_WORDS:
        first += 1
    return _Part(utterance.quote((first, last)), cue)


def _door(utterance: Utterance, cue: Span, language: Language) -> _Part | None:
    words = [t.plain for t in utterance.tokens[slice(*cue)]]
    if words[-1] in ("droite", "gauche", "face", "fond", "milieu"):
        return _Part(utterance.quote((words.index("porte") + cue[0], cue[1])), cue)
    found = _characters(utterance, cue[1], language)
    if found is None or (len(found[0]) == 1 and not found[0].isdigit() and cue[1] + 1 < len(utterance.tokens)):
        return None
    if utterance.tokens[cue[1]].plain in ("un", "une", "a") and not is_number(
        utterance.tokens[min(cue[1] + 1, len(utterance.tokens) - 1)].plain, language
    ):
        return None
    noun = next(w for w in words if len(w) > 2 and w not in ("puis", "est", "mon"))
    return _Part(f"{noun} {found[0]}", (cue[0], found[1]), found[2])
