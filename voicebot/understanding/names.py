"""Who is calling: « je m'appelle », « à l'appareil », « madame Martin », a bare name when one was asked, a spelled name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from voicebot.understanding.normalise import TAKEN, Span, Utterance, phrases, plain_word
from voicebot.understanding.spelling import Spelled, find_spelling
from voicebot.understanding.vocabulary import word_list

_TITLES = {
    "monsieur": "Monsieur", "madame": "Madame", "mademoiselle": "Madame", "docteur": "Docteur", "maitre": "Maître", "mme": "Madame", "mlle": "Madame",
    "mr": "Monsieur", "dr": "Docteur", "mister": "Mr", "mrs": "Mrs", "missus": "Mrs", "ms": "Ms", "miss": "Ms", "doctor": "Dr",
}  # fmt: skip
_TITLE = "(?:" + "|".join(_TITLES) + ")"
_STRONG = phrases(
    r"je m'appel+e?", r"je me (?:nomme|prénomme)", r"j m'appelle", r"(?:mon|le|son) (?:nom|prénom)(?: de famille)?(?: à moi)? (?:est|c'est|ce sera|sera)",
    r"mon nom", r"nom de famille", r"(?:c'est )?au nom de", r"de la part de", r"m'appelle",
    r"my (?:last |first |full |family )?name(?: is|'s| will be)", r"the (?:last )?name(?: is|'s)", r"i(?:'m| am) called", r"name(?: is|'s)",
)  # fmt: skip
_WEAK = phrases(
    r"moi c'est", r"c'est", r"je suis", r"ici", r"vous avez", r"voilà c'est",
    r"this is", r"i am", r"i'm", r"it is", r"it's", r"you're speaking (?:to|with)",
)  # fmt: skip
_AFTERWARDS = phrases(
    r"à l'appareil",
    r"au (?:téléphone|bout du fil)",
    r"à votre appareil",
    r"speaking",
    r"on the (?:line|phone)",
    r"calling here",
)
_NOT_THE_CALLER = phrases(
    r"(?:parler|passer|joindre|voir|message|avec|pour|speak|talk|with|for|to|chez)(?: à| au| avec| pour| to| with)?"
)
_SPELLING_CUES = phrases(
    r"(?:ça |cela |qui )?s'écrit", r"je (?:vous )?l'épelle", r"je (?:vous )?(?:épelle|l'épelle)", r"j'épelle", r"(?:it's |that's )?spel(?:led|t)", r"i'll spell it",
    r"(?:en|attaché) un (?:seul )?mot",
)  # fmt: skip
_COMPANY = phrases(
    r"(?:de )?(?:la|une) (?:société|sarl|compagnie)", r"(?:de )?l'entreprise", r"(?:je suis|j'appelle) de chez", r"ma société (?:est|c'est|s'appelle)",
    r"mon entreprise (?:est|c'est|s'appelle)", r"société", r"(?:i'm |i am )?calling from", r"the company(?: is)?", r"my company is",
)  # fmt: skip
_PARTICLES = frozenset(["de", "du", "des", "d", "la", "le", "van", "von", "der", "den", "ben", "el", "al", "da", "dos", "das", "di", "del", "o", "mac", "mc", "san", "saint", "sainte"])
_LOW = frozenset(["de", "du", "des", "d", "van", "von", "der", "da", "dos", "das", "di", "del"])
_POLITE = phrases(
    r"oui", r"bonjour", r"bonsoir", r"allô", r"alors", r"voilà", r"donc", r"s'il vous plaît", r"merci", r"bien sûr", r"d'accord", r"ok", r"okay",
    r"yes", r"hello", r"hi", r"sure", r"please", r"thank you", r"of course", r"monsieur dame", r"attendez", r"so", r"well",
)  # fmt: skip
_DOUBLE_FIRST = frozenset(["jean", "marie", "anne", "pierre", "paul", "louis", "charles"])
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Name:
    """value: as on paper. spans: tokens used. spelled: letters were given, so it is certain."""

    value: str
    spans: tuple[Span, ...]
    spelled: bool = False


def find_name(utterance: Utterance, *, expected: bool, known: str = "") -> Name | None:
    """The caller's name. known: the name that the call already has; a spelling alone corrects it."""
    spelled = find_spelling(utterance, expected=expected)
    rest = utterance.take([spelled.span]) if spelled else utterance
    heard = _by_cue(rest, expected=expected) or (_bare(rest) if expected else _opening(rest))
    if spelled and (expected or heard or known or _says_spelling(utterance)):
        return _spelled_name(utterance, spelled, heard, known)
    return heard


def _says_spelling(utterance: Utterance) -> bool:
    return _SPELLING_CUES.search(utterance.plain) is not None


def _by_cue(utterance: Utterance, *, expected: bool) -> Name | None:
    after = utterance.find(_AFTERWARDS)
    if after:
        name = _backwards(utterance, after)
        if name:
            return name
    for cue in utterance.find_all(_STRONG):
        name = _forwards(utterance, cue)
        if name:
            return name
    for cue in utterance.find_all(_WEAK):
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
        if tokens[at].pause and words and words[-1].plain not in _PARTICLES:
            break
        if word in _TITLES and not words and not title:
            title = _TITLES[word]
        elif _name_word(utterance, at, begun=bool(words)):
            words.append(tokens[at])
            end = at + 1
        else:
            break
        at += 1
    while words and words[-1].plain in _PARTICLES and words[-1].plain not in ("saint", "san", "al"):
        words.pop()
        end -= 1
    if not words:
        return None
    return Name(_written(utterance, [w.text for w in words], title), ((begin, end),))


def _name_word(utterance: Utterance, at: int, *, begun: bool) -> bool:
    word = utterance.tokens[at].plain
    if word == TAKEN or not word.isalpha():
        return False
    if word in _PARTICLES:
        # « de la Tour », « Ben Ali »: a particle counts when a name word follows.
        return (
            at + 1 < len(utterance.tokens)
            and (begun or word in ("de", "ben", "van", "el", "le", "d", "o", "mac", "saint", "da", "di"))
            and (utterance.tokens[at + 1].plain in _PARTICLES or _ordinary(utterance.tokens[at + 1].plain))
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
    rest = utterance.take([*utterance.find_all(_POLITE), *utterance.find_all(_SPELLING_CUES)])
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
    rest = utterance.take(utterance.find_all(_POLITE))
    first = next((i for i, t in enumerate(rest.tokens) if t.plain != TAKEN), None)
    if first is None or rest.tokens[first].plain not in word_list("first_names"):
        return None
    name = _collect(rest, first, first)
    return name if name and " " in name.value else None


def _written(utterance: Utterance, words: list[str], title: str) -> str:
    parts: list[str] = []
    for i, word in enumerate(words):
        bare = plain_word(word)
        if bare in ("d", "l", "o") and i + 1 < len(words):
            parts.append(word.upper() + "'" if bare == "o" else word + "'")
        else:
            parts.append(word if bare in _LOW and i > 0 else capitalised(word))
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
    base = heard.value if heard else known
    cues = tuple(utterance.find_all(_SPELLING_CUES))
    spans = (*(heard.spans if heard else ()), spelled.span, *cues)
    if not base:
        return Name(written, spans, True)
    parts = base.split(" ")
    titled = parts[0] in _TITLES.values()
    likeness = [
        fuzz.ratio(plain_word(p), plain_word(written)) if not (titled and i == 0) else -1 for i, p in enumerate(parts)
    ]
    best = max(range(len(parts)), key=likeness.__getitem__)
    if likeness[best] < 45 and len(parts) - titled == 1:
        if heard and plain_word(parts[-1]) in word_list("first_names"):
            return Name(f"{base} {written}", spans, True)
        return Name(written, spans, True)
    if likeness[best] < 45:
        best = len(parts) - 1
    parts[best] = written
    return Name(" ".join(parts), spans, True)


def find_company(utterance: Utterance, *, expected: bool) -> Name | None:
    """The company that the caller speaks for: « société Dupuis », "calling from Acme"."""
    for cue in utterance.find_all(_COMPANY):
        name = _collect(utterance, cue[1], cue[0])
        if name:
            return name
    return _bare(utterance) if expected else None


def name_spans(names: Iterable[Name | None]) -> list[Span]:
    return [span for name in names if name for span in name.spans]
