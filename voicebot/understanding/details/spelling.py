"""Spelled names: « M comme Marie », « deux L », « E accent aigu », « trait d'union », "M as in Mary"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.understanding.details.letters import letter_at, letter_words
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import word_list

_ACCENTS = {
    "aigu": ("e", "é"),
    "grave": ("aeu", "àèù"),
    "circonflexe": ("aeiou", "âêîôû"),
    "trema": ("eiou", "ëïöü"),
    "cedille": ("c", "ç"),
}
_MARKS = {
    "egu": "aigu",
    "aigue": "aigu",
    "aigus": "aigu",
    "circonflex": "circonflexe",
    "cedilla": "cedille",
    "acute": "aigu",
}
_JOINS = {
    ("trait", "d'", "union"): "-",
    ("trait", "d", "union"): "-",
    ("traits", "d'", "union"): "-",
    ("tiret",): "-",
    ("hyphen",): "-",
    ("dash",): "-",
    ("apostrophe",): "'",
    ("espace",): " ",
    ("plus", "loin"): " ",
    ("nouveau", "mot"): " ",
    ("deuxieme", "mot"): " ",
    ("space",): " ",
    ("new", "word"): " ",
}
_VOWELS = "aeiouyéèêëàâîïôöûü"
_FEWEST = 3
_COUNTS = {
    "deux": 2,
    "double": 2,
    "two": 2,
    "2": 2,
    "un": 1,
    "une": 1,
    "a": 1,
    "an": 1,
    "one": 1,
    "1": 1,
    "qu'un": 1,
    "seul": 1,
}
_WITH = frozenset(("avec", "with"))
_WITHOUT = frozenset(("sans", "without"))


@dataclass(frozen=True, slots=True)
class Spelled:
    """text: lower case with accents, hyphens and apostrophes. span: its tokens. explained: « M comme Marie » was used.

    doubtful: a letter can be read in two ways, as in « P E R deux R I N ».
    """

    text: str
    span: Span
    explained: bool
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Hint:
    """letters: one, the same twice, or the last ones of the name. last: they end it. without: the letter is not in it."""

    letters: str
    last: bool
    span: Span
    without: bool = False


def find_spelling(utterance: Utterance, *, expected: bool = False) -> Spelled | None:
    """The first spelled name. expected: a name was asked for, so two letters alone are a spelling too."""
    return next(iter(find_spellings(utterance, expected=expected)), None)


def find_spellings(utterance: Utterance, *, expected: bool = False) -> list[Spelled]:
    """Every spelled name of an utterance, in order."""
    words = letter_words(utterance)
    hinted = {i for hint in find_hints(utterance) for i in range(*hint.span)}
    found: list[Spelled] = []
    at = 0
    while at < len(words):
        spelled = _run(words, at, hinted) if at not in hinted else None
        if spelled and _enough(spelled, words, expected=expected):
            found.append(spelled)
        at = spelled.span[1] if spelled else at + 1
    return found


def _enough(spelled: Spelled, words: list[str], *, expected: bool) -> bool:
    letters = sum(c.isalpha() for c in spelled.text)
    said = spelled.span[1] - spelled.span[0]
    if len(set(spelled.text)) == 1 and said <= 2:
        # « Deux T » tells how a name is written, and is none itself.
        return False
    if letters >= _FEWEST or (spelled.explained and letters >= 2 and said > 2):
        return True
    return expected and letters == 2 and spelled.span == (0, len(words))


def _run(words: list[str], first: int, hinted: set[int]) -> Spelled | None:
    text, at, end, explained, doubtful, count = "", first, first, False, False, 0
    while at < len(words) and at not in hinted:
        accented = _accent(text, words, at) if text else None
        if accented:
            text, at = accented
            end = at
            continue
        join = _join(words, at) if text else None
        if join:
            text, at = text + join[0], join[1]
            continue
        letter = None if words[at] in ("à", "â") and not _goes_on(words, at + 1) else letter_at(words, at, begun=count >= 1)
        if letter is None:
            if text and words[at].rstrip("'") in word_list("spelling.between") and _goes_on(words, at + 1):
                at += 1
                continue
            break
        twice = len(letter.text) > 1 and text[-1:] == letter.text[0] and at == end
        if twice:
            # « P E R deux R I N »: the R may be said once more, with its number.
            text, doubtful = text[:-1], True
        text, at, end = text + letter.text.replace("à", "a"), letter.end, letter.end
        explained, doubtful, count = explained or letter.clear, doubtful or letter.doubtful, count + 1
    text = text.rstrip("-' ")
    return Spelled(text, (first, end), explained, doubtful) if text else None


def _goes_on(words: list[str], at: int) -> bool:
    return at < len(words) and letter_at(words, at, begun=False) is not None and words[at] != "à"


def _accent(text: str, words: list[str], at: int) -> tuple[str, int] | None:
    at += words[at] == "accent"
    if at >= len(words):
        return None
    mark = _MARKS.get(words[at], words[at])
    plain_letters, accented = _ACCENTS.get(mark, ("", ""))
    place = plain_letters.find(text[-1])
    return (text[:-1] + accented[place], at + 1) if place >= 0 else None


def _join(words: list[str], at: int) -> tuple[str, int] | None:
    for sign, character in _JOINS.items():
        stop = at + len(sign)
        if tuple(words[at:stop]) == sign and stop < len(words):
            return character, stop
    return None


def join_at(words: Sequence[str], at: int) -> tuple[str, int] | None:
    """« trait d'union », « apostrophe » between two words: (the sign, index past it)."""
    joined = _join(list(words), at)
    return joined if joined and joined[0] != " " else None


def find_hints(utterance: Utterance) -> list[Hint]:
    """« Avec deux R », « avec un D à la fin », « sans H », "with a K": how a name that was heard is written."""
    words = [t.plain for t in utterance.tokens]
    pauses = {i for i, t in enumerate(utterance.tokens) if t.pause}
    found: list[Hint] = []
    at = 0
    while at < len(words):
        hint = _hint(words, at, pauses, after=bool(found) and found[-1].span[1] == at)
        if hint:
            found.append(hint)
            at = hint.span[1]
        else:
            at += 1
    return found


def _hint(words: list[str], first: int, pauses: set[int], *, after: bool) -> Hint | None:
    word = words[first]
    without = word in _WITHOUT
    led = word in _WITH or without or (after and word in ("et", "and"))
    at = first + led
    counted = at < len(words) and words[at] in _COUNTS
    ending = counted and word in ("deux", "double", "two", "un") and not led
    if not (led or ending) or at >= len(words):
        return None
    count = _COUNTS[words[at]] if counted else 1
    at += counted
    at += at < len(words) and words[at] == "seul"
    letters, end = _letters_of_hint(words, at, many=count == 1 and counted and not without)
    if not letters or not (counted or without):
        return None
    last = tuple(words[end : end + 3]) in (("a", "la", "fin"), ("at", "the", "end"))
    if ending and not last:
        return None
    if len(letters) > 2 and not last:
        # « with an A, A L L A N »: a spelling of its own follows; « avec un K H O U R Y » is one.
        if at + 1 not in pauses:
            return None
        letters, end = letters[0], at + 1
    if len(letters) == 2 and count == 1 and not last:
        # « with a P H » only tells apart two ways to write what was heard.
        without = True
    end = _past_word(words, end, letters) if not last else end + 3
    return Hint(letters * count, last, (first, end), without)


def _letters_of_hint(words: list[str], at: int, *, many: bool) -> tuple[str, int]:
    letters = ""
    while at < len(words) and words[at] != "|" and (not letters or many):
        word = words[at]
        if len(word) == 2 and word[1] == "s" and not letters:
            word = word[0]
        if len(word) != 1 or not word.isalpha() or (letters and tuple(words[at : at + 2]) == ("a", "la")):
            break
        letters += word
        at += 1
    return letters, at


def _past_word(words: list[str], at: int, letters: str) -> int:
    """« avec un C comme Caroline »."""
    follows = at + 1 < len(words) and words[at] in ("comme", "for", "like") and words[at + 1][:1] == letters[0]
    return at + 2 if follows else at


def written_with(name: str, hints: list[Hint]) -> str:
    """The last word of a name as the hints say: « Perin », « deux R » is Perrin; « Dupont », « un D à la fin » is Dupond."""
    for hint in sorted(hints, key=lambda h: len(h.letters)):
        letter = hint.letters[0]
        if hint.without:
            continue
        if hint.last and len(hint.letters) > 1:
            name = _with_ending(name, hint.letters)
        elif len(hint.letters) == 2:
            name = _with_double(name, letter)
        elif letter not in name.lower() and name[:1].lower() in "ck" and letter in "ck":
            name = (letter.upper() if name[0].isupper() else letter) + name[1:]
        elif (hint.last or name[-1:] in "dts") and not name.lower().endswith(letter) and letter in "dtsxz":
            name = (name[:-1] if name[-1:] in "dtsxz" else name) + letter
        elif hint.last and not name.lower().endswith(letter):
            name += letter
    return name


def _with_ending(name: str, letters: str) -> str:
    """« Renaud », « avec un A U L T à la fin » is Renault; « Charlot », « deux T à la fin » is Charlott."""
    at = name.lower().rfind(letters[0])
    return name[:at] + letters if at > 0 else name + letters


def _with_double(name: str, letter: str) -> str:
    """Doubles the letter between two vowels, else where it stands last."""
    bare = name.lower()
    if letter * 2 in bare:
        return name
    places = [i for i, c in enumerate(bare) if c == letter and i > 0]
    inside = [i for i in places if bare[i - 1] in _VOWELS and bare[i + 1 : i + 2] in _VOWELS and i + 1 < len(bare)]
    at = (inside or places[-1:] or [-1])[0]
    return name[: at + 1] + letter + name[at + 1 :] if at > 0 else name
