"""Who is calling: « je m'appelle », « à l'appareil », « madame Martin », a bare name when one was asked, a spelled name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from voicebot.understanding.details.said_names import LIKE, SaidName, said_name
from voicebot.understanding.details.spelling import find_spelling, written_with
from voicebot.understanding.normalise import TAKEN, Span, Utterance, plain_word
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
_MOST_COMPANY_WORDS = 6


@dataclass(frozen=True, slots=True)
class Name:
    """value: as on paper. spans: tokens used. spelled: letters were given. sure: nothing was repaired or taken back."""

    value: str
    spans: tuple[Span, ...]
    spelled: bool = False
    sure: bool = True


def find_name(utterance: Utterance, *, expected: bool, known: str = "") -> Name | None:
    """The caller's name. known: the name that the call already has; a spelling alone corrects it."""
    said = said_name(utterance, expected=expected)
    heard = _labelled(said.utterance) or _in_parts(said.utterance, expected=expected)
    if heard is None:
        return _spelled_alone(utterance, said, known, expected=expected)
    first, last = min(s[0] for s in heard.spans), max(s[1] for s in heard.spans)
    spelled = any(first <= i < last for i in said.spelled)
    value = heard.value
    if said.hints and not spelled:
        value, spelled = written_with(value, list(said.hints)), True
    if spelled and known and not said.doubtful:
        value = merged(known, value)
    spans = (*(said.origin(span) for span in heard.spans), *(h.span for h in said.hints))
    cues = tuple(utterance.find_all(wordings("names.spelling_cues"))) if spelled else ()
    return Name(value, (*spans, *cues), spelled, heard.sure and not said.doubtful)


def _spelled_alone(utterance: Utterance, said: SaidName, known: str, *, expected: bool) -> Name | None:
    """Letters, or how a known name is written, without a name that was heard."""
    cues = tuple(utterance.find_all(wordings("names.spelling_cues")))
    if said.spelled and (expected or known or cues):
        parts = [said.utterance.tokens[i].text for i in sorted(said.spelled)]
        written = " ".join(capitalised(w) for part in parts for w in part.split())
        spans = (*(said.origins[i] for i in sorted(said.spelled)), *cues)
        return Name(merged(known, written) if known else written, spans, True, not said.doubtful)
    if said.hints and known:
        return Name(written_with(known, list(said.hints)), (*(h.span for h in said.hints), *cues), True)
    return None


def _labelled(utterance: Utterance) -> Name | None:
    """« nom Garnier, prénom Sylvie », « Haddouche, prénom Nadia »."""
    given = utterance.find(wordings("names.given"))
    if given is None:
        return None
    first = _collect(utterance, given[1], given[0])
    rest = utterance.take([(given[0], first.spans[0][1])]) if first else utterance
    family = rest.find(wordings("names.family"))
    last = _collect(rest, family[1], family[0]) if family else _bare(rest)
    if not first or not last:
        return None
    return Name(f"{first.value} {last.value}", (first.spans[0], last.spans[0]))


def _in_parts(utterance: Utterance, *, expected: bool) -> Name | None:
    """The name, put right when the caller takes it back: « Lemoine, enfin Lemaire »."""
    cuts = list(utterance.find_all(wordings("names.cut"))) if expected else []
    if cuts and cuts[0][0] == 0:
        utterance = utterance.take([cuts.pop(0)])
    for cut in reversed(cuts):
        before = _one(utterance.take([(cut[0], len(utterance.tokens))]), expected=True)
        after = _one(utterance.take([(0, cut[1])]), expected=True) or _collect(utterance, cut[1], cut[1])
        if before and after:
            spans = (*before.spans, cut, *after.spans)
            return Name(merged(before.value, after.value), spans, sure=False)
    return _one(utterance, expected=expected)


def _one(utterance: Utterance, *, expected: bool) -> Name | None:
    return _by_cue(utterance, expected=expected) or (_bare(utterance) if expected else _opening(utterance))


def _by_cue(utterance: Utterance, *, expected: bool) -> Name | None:
    after = utterance.find(wordings("names.afterwards"))
    if after:
        name = _backwards(utterance, after)
        if name:
            return name
    if expected:
        rest = utterance.take(utterance.find_all(wordings("names.polite")))
        first = next((i for i, t in enumerate(rest.tokens) if t.plain != TAKEN), None)
        titled = first is not None and rest.tokens[first].plain in _TITLES and _collect(rest, first, first)
        if titled:
            return titled
    for cue in utterance.find_all(wordings("names.strong")):
        name = _forwards(utterance, cue)
        if name:
            return name
    for cue in utterance.find_all(wordings("names.third_person")) if expected else ():
        # « La personne s'appelle … » answers the question; unasked it is somebody else's name, or an animal's.
        if name := _forwards(utterance, cue):
            return name
    for cue in utterance.find_all(wordings("names.weak")):
        if wordings("names.relation").match(" ".join(t.plain for t in utterance.tokens[cue[1] : cue[1] + 4])):
            continue
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
    if titled or (bool(first) and first[0] in known and len(words) >= 2):
        return True
    return len(words) >= 2 and _with_capitals(utterance, (name.spans[-1][1] - len(words), name.spans[-1][1]))


def _with_capitals(utterance: Utterance, span: Span) -> bool:
    """Did the ears write every word with a capital? A turn all in capitals says nothing of its words."""
    return not utterance.words.isupper() and all(
        utterance.words[t.start : t.start + 1].isupper() for t in utterance.tokens[slice(*span)]
    )


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
    name = _collect(utterance, at, cue[0])
    soon = range(at + 1, min(at + 4, len(utterance.tokens)))
    titled = next((i for i in soon if utterance.tokens[i].plain in _TITLES), None)
    return name or (_collect(utterance, titled, cue[0]) if titled else None)


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
        elif _name_word(utterance, at, begun=bool(words)) or (title and not words and _after_title(word)):
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


def _after_title(word: str) -> bool:
    """« Madame Dimanche »: after a title an ordinary word is a name too."""
    return len(word) >= 4 and word.isalpha() and word not in word_list("names.never")


def _name_word(utterance: Utterance, at: int, *, begun: bool) -> bool:
    word = utterance.tokens[at].plain
    if word == TAKEN or not word.replace("-", "").replace("'", "").isalpha():
        return False
    if word in ("d", "l", "o") and _elided(utterance, at):
        return at + 1 < len(utterance.tokens) and _ordinary(utterance.tokens[at + 1].plain) and (begun or word != "l")
    if word in word_list("names.particles"):
        # « de la Tour », « Ben Ali »: a particle counts when a name word follows.
        return (
            at + 1 < len(utterance.tokens)
            and (begun or word in ("de", "ben", "van", "el", "le", "d", "o", "mac", "saint", "da", "di"))
            and (utterance.tokens[at + 1].plain in word_list("names.particles") or _ordinary(utterance.tokens[at + 1].plain))
        )
    return _ordinary(word)


def _elided(utterance: Utterance, at: int) -> bool:
    end = utterance.tokens[at].end
    return utterance.words[end : end + 1] in ("'", "’")


def _ordinary(word: str) -> bool:
    return len(word) >= 2 and word.replace("-", "").replace("'", "").isalpha() and word not in word_list("not_names")


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
        # « Will Young »: ordinary words that the ears wrote as a name.
        free = rest.free
        whole = (
            2 <= len(free) <= 3 and first + len(free) == len(rest.tokens) and _with_capitals(rest, (first, len(rest.tokens)))
        )
        return Name(_written([t.text for t in free], ""), ((first, len(rest.tokens)),), sure=False) if whole else None
    left = [t for t in rest.take(name.spans).free if t.plain not in _TITLES]
    known = plain_word(name.value.split(" ")[0]) in word_list("first_names")
    return name if not left or known else None


def _opening(utterance: Utterance) -> Name | None:
    """« Bonjour, Paul Martin, j'ai… »: a known first name and one more word, first thing said."""
    rest = utterance.take(utterance.find_all(wordings("names.polite")))
    first = next((i for i, t in enumerate(rest.tokens) if t.plain != TAKEN), None)
    if first is None:
        return None
    name = _collect(rest, first, first)
    if not name or " " not in name.value:
        return None
    return name if rest.tokens[first].plain in word_list("first_names") or _with_capitals(rest, name.spans[0]) else None


def _written(words: list[str], title: str) -> str:
    parts: list[str] = []
    for i, word in enumerate(w for said in words for w in said.split()):
        bare = plain_word(word)
        if bare in ("d", "l", "o") and i + 1 < len(words):
            parts.append(word.upper() + "'" if bare in ("o", "l") else word + "'")
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


def merged(base: str, part: str) -> str:
    """A name with one part said again: ("Paul Martin", "Martinez") → "Paul Martinez"; a whole name replaces it."""
    parts = base.split(" ")
    if " " in part or not base:
        return part
    titled = parts[0] in _TITLES.values()
    own = range(1 if titled else 0, len(parts))
    likeness = {i: fuzz.ratio(plain_word(parts[i]), plain_word(part)) for i in own}
    best = max(likeness, key=likeness.__getitem__, default=None)
    if best is not None and likeness[best] >= LIKE:
        parts[best] = part
        return " ".join(parts)
    if len(own) == 1 and plain_word(parts[-1]) in word_list("first_names"):
        return f"{base} {part}"
    return part


def find_company(utterance: Utterance, *, expected: bool) -> Name | None:
    """The company that the caller speaks for: « société Dupuis », « de la mairie de Rezé », "calling from Acme"."""
    for cue in utterance.find_all(wordings("names.company")):
        name = _company_words(utterance, cue[1], cue[0])
        if name:
            return name
    if not expected:
        return None
    lead = utterance.find(wordings("names.company_lead"))
    return _company_words(utterance, lead[1] if lead and lead[0] == 0 else 0, 0)


def _company_words(utterance: Utterance, at: int, begin: int) -> Name | None:
    """The words of a company's name from token `at` on: « Mercadier et Fils », « Garage du Pont »."""
    words: list[str] = []
    end = at
    for i in range(at, min(at + _MOST_COMPANY_WORDS, len(utterance.tokens))):
        token = utterance.tokens[i]
        small = token.plain in word_list("names.company_small")
        if token.plain == TAKEN or not token.plain.isalnum() or (token.pause and words):
            break
        if token.plain in word_list("names.company_never") or (small and not words):
            break
        words.append(token.text if small else capitalised(token.text))
        end = end if small else i + 1
    words = words[: end - at]
    if not words or all(w.isdigit() for w in words):
        return None
    written = " ".join(f"{w}'" if w in ("l", "d") else w for w in words).replace("' ", "'")
    return Name(written, ((begin, end),))


def name_spans(names: Iterable[Name | None]) -> list[Span]:
    return [span for name in names if name for span in name.spans]


def written_name(utterance: Utterance, at: int) -> tuple[str, Span] | None:
    """A name that begins at this token, spelled or heard: (as on paper, tokens)."""
    spelled = find_spelling(utterance)
    if spelled and spelled.span[0] in (at, at + 1):
        return " ".join(capitalised(w) for w in spelled.text.split()), (at, spelled.span[1])
    name = _collect(utterance, at, at) if at < len(utterance.tokens) else None
    return (name.value, name.spans[0]) if name else None
