"""Who is calling: « je m'appelle », « à l'appareil », « madame Martin », a bare name when one was asked, a spelled name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from voicebot.understanding.normalise import TAKEN, Span, Utterance, plain_word
from voicebot.understanding.spelling import Spelled, find_hints, find_spelling, written_with
from voicebot.understanding.vocabulary import word_list, wordings

_TITLES = {
    "monsieur": "Monsieur",
    "mr": "Monsieur",
    "madame": "Madame",
    "mme": "Madame",
    "mademoiselle": "Madame",
    "mlle": "Madame",
    "docteur": "Docteur",
    "dr": "Docteur",
    "maitre": "Maître",
    "mister": "Mr",
    "mrs": "Mrs",
    "missus": "Mrs",
    "ms": "Ms",
    "miss": "Ms",
    "doctor": "Dr",
}
_DOUBLE_FIRST = frozenset(["jean", "marie", "anne", "pierre", "paul", "louis", "charles"])
_MOST_WORDS = 5
_LIKE = 55
"""Likeness (0-100) above which a word is the same part of a name, said better."""


@dataclass(frozen=True, slots=True)
class Name:
    """value: as on paper. spans: tokens used. spelled: letters were given, so it is certain."""

    value: str
    spans: tuple[Span, ...]
    spelled: bool = False


def find_name(utterance: Utterance, *, expected: bool, known: str = "") -> Name | None:
    """The caller's name. known: the name that the call already has; a spelling alone corrects it."""
    spelled = find_spelling(utterance, expected=expected)
    hints = find_hints(utterance)
    rest = utterance.take([*([spelled.span] if spelled else []), *(h.span for h in hints)])
    heard = _by_cue(rest, expected=expected) or (_bare(rest) if expected else _opening(rest))
    if spelled and (expected or heard or known or _says_spelling(utterance)):
        return _spelled_name(utterance, spelled, heard, known)
    base = heard.value if heard else known
    if hints and base:
        cues = utterance.find_all(wordings("names.spelling_cues"))
        spans = (*(heard.spans if heard else ()), *(h.span for h in hints), *cues)
        return Name(written_with(base, hints), spans, True)
    return heard


def _says_spelling(utterance: Utterance) -> bool:
    return wordings("names.spelling_cues").search(utterance.plain) is not None


def _by_cue(utterance: Utterance, *, expected: bool) -> Name | None:
    after = utterance.find(wordings("names.afterwards"))
    if after:
        name = _backwards(utterance, after)
        if name:
            return name
    for cue in utterance.find_all(wordings("names.strong")):
        name = _forwards(utterance, cue)
        if name:
            return name
    for cue in utterance.find_all(wordings("names.weak")):
        name = _forwards(utterance, cue)
        if name and (expected or _surely_a_name(utterance, name, cue)):
            return name
    return None


def _surely_a_name(utterance: Utterance, name: Name, cue: Span) -> bool:
    """After « c'est », « je suis » a name needs a title or a known first name: « je suis malade » has neither."""
    words = [utterance.tokens[i].plain for first, last in name.spans for i in range(first, last) if i >= cue[1]]
    titled = words[0] in _TITLES
    first = words[1:2] if titled else words[:1]
    known = word_list("first_names")
    return titled or (bool(first) and first[0] in known and len(words) >= 2)


def _forwards(utterance: Utterance, cue: Span) -> Name | None:
    at = cue[1]
    while at < len(utterance.tokens) and utterance.tokens[at].plain in (
        "c",
        "est",
        "monsieur",
        "madame",
        "le",
        "la",
        "docteur",
        "is",
        "s",
    ):
        if utterance.tokens[at].plain in _TITLES:
            break
        at += 1
    return _collect(utterance, at, cue[0])


def _collect(utterance: Utterance, at: int, begin: int) -> Name | None:
    """Takes the words of a name from token `at` on."""
    title, words, end = "", [], at
    tokens = utterance.tokens
    while at < len(tokens) and len(words) < _MOST_WORDS:
        word = tokens[at].plain
        if tokens[at].pause and words and words[-1].plain not in word_list("names.particles"):
            break
        if word in _TITLES and not words and not title:
            title = _TITLES[word]
        elif _name_word(utterance, at, begun=bool(words)):
            words.append(tokens[at])
            end = at + 1
        else:
            break
        at += 1
    while words and words[-1].plain in word_list("names.particles") and words[-1].plain not in ("saint", "san", "al"):
        words.pop()
        end -= 1
    if not words:
        return None
    return Name(_written([w.text for w in words], title), ((begin, end),))


def _name_word(utterance: Utterance, at: int, *, begun: bool) -> bool:
    word = utterance.tokens[at].plain
    if word == TAKEN or not word.isalpha():
        return False
    if word in word_list("names.particles"):
        # « de la Tour », « Ben Ali »: a particle counts when a name word follows.
        return (
            at + 1 < len(utterance.tokens)
            and (begun or word in ("de", "ben", "van", "el", "le", "d", "o", "mac", "saint", "da", "di"))
            and (utterance.tokens[at + 1].plain in word_list("names.particles") or _ordinary(utterance.tokens[at + 1].plain))
        )
    return _ordinary(word)


def _ordinary(word: str) -> bool:
    return len(word) >= 2 and word.isalpha() and word not in word_list("not_names")


def _backwards(utterance: Utterance, after: Span) -> Name | None:
    """« Paul Martin à l'appareil »."""
    first = after[0]
    while first > 0 and after[0] - first < _MOST_WORDS:
        word = utterance.tokens[first - 1].plain
        if word in _TITLES or _name_word(utterance, first - 1, begun=True):
            first -= 1
        else:
            break
    name = _collect(utterance, first, first)
    return Name(name.value, ((first, after[1]),)) if name else None


def _bare(utterance: Utterance) -> Name | None:
    """A name alone, politeness around it taken away, when a name was asked for."""
    rest = utterance.take(
        [*utterance.find_all(wordings("names.polite")), *utterance.find_all(wordings("names.spelling_cues"))]
    )
    first = next((i for i, t in enumerate(rest.tokens) if t.plain != TAKEN), None)
    if first is None:
        return None
    name = _collect(rest, first, first)
    if not name:
        return None
    left = [t for t in rest.take(name.spans).free if t.plain not in _TITLES]
    known = plain_word(name.value.split(" ")[0]) in word_list("first_names")
    return name if not left or known else None


def _opening(utterance: Utterance) -> Name | None:
    """« Bonjour, Paul Martin, j'ai… »: a known first name and one more word, first thing said."""
    rest = utterance.take(utterance.find_all(wordings("names.polite")))
    first = next((i for i, t in enumerate(rest.tokens) if t.plain != TAKEN), None)
    if first is None or rest.tokens[first].plain not in word_list("first_names"):
        return None
    name = _collect(rest, first, first)
    return name if name and " " in name.value else None


def _written(words: list[str], title: str) -> str:
    parts: list[str] = []
    for i, word in enumerate(words):
        bare = plain_word(word)
        if bare in ("d", "l", "o") and i + 1 < len(words):
            parts.append(word.upper() + "'" if bare == "o" else word + "'")
        else:
            parts.append(word if bare in word_list("names.low") and i > 0 else capitalised(word))
    if len(words) > 2 and plain_word(words[0]) in _DOUBLE_FIRST and plain_word(words[1]) in word_list("first_names"):
        parts[:2] = [f"{parts[0]}-{parts[1]}"]
    written = " ".join(parts).replace("' ", "'")
    return f"{title} {written}" if title and len(words) == 1 else written


def capitalised(word: str) -> str:
    """« jean-marie » → « Jean-Marie », « d'arc » → « D'Arc »."""
    out, up = "", True
    for character in word:
        out += character.upper() if up else character
        up = not character.isalpha()
    return out


def _spelled_name(utterance: Utterance, spelled: Spelled, heard: Name | None, known: str) -> Name:
    """The spelling replaces the part of the heard or known name that it sounds like."""
    written = " ".join(capitalised(w) for w in spelled.text.split())
    cues = tuple(utterance.find_all(wordings("names.spelling_cues")))
    spans = (*(heard.spans if heard else ()), spelled.span, *cues)
    base = merged(known, heard.value) if heard else known
    return Name(merged(base, written) if base else written, spans, True)


def merged(base: str, part: str) -> str:
    """A name with one part said again: ("Paul Martin", "Martinez") → "Paul Martinez"; a whole name replaces it."""
    parts = base.split(" ")
    if " " in part or not base:
        return part
    titled = parts[0] in _TITLES.values()
    own = range(1 if titled else 0, len(parts))
    likeness = {i: fuzz.ratio(plain_word(parts[i]), plain_word(part)) for i in own}
    best = max(likeness, key=likeness.__getitem__, default=None)
    if best is not None and likeness[best] >= _LIKE:
        parts[best] = part
        return " ".join(parts)
    if len(own) == 1 and plain_word(parts[-1]) in word_list("first_names"):
        return f"{base} {part}"
    return part


def find_company(utterance: Utterance, *, expected: bool) -> Name | None:
    """The company that the caller speaks for: « société Dupuis », "calling from Acme"."""
    for cue in utterance.find_all(wordings("names.company")):
        name = _collect(utterance, cue[1], cue[0])
        if name:
            return name
    return _bare(utterance) if expected else None


def name_spans(names: Iterable[Name | None]) -> list[Span]:
    return [span for name in names if name for span in name.spans]


def written_name(utterance: Utterance, at: int) -> tuple[str, Span] | None:
    """A name that begins at this token, spelled or heard: (as on paper, tokens)."""
    spelled = find_spelling(utterance)
    if spelled and spelled.span[0] in (at, at + 1):
        return " ".join(capitalised(w) for w in spelled.text.split()), (at, spelled.span[1])
    name = _collect(utterance, at, at) if at < len(utterance.tokens) else None
    return (name.value, name.spans[0]) if name else None
