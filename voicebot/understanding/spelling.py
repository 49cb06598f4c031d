"""Spelled names: « M comme Marie », « deux L », « E accent aigu », « trait d'union », "M as in Mary"."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.understanding.normalise import TAKEN, Span, Utterance
from voicebot.understanding.vocabulary import word_list

_LETTER_SAID = {
    "b": "be bee",
    "c": "ce cee",
    "d": "de dee",
    "f": "effe ef",
    "g": "ge gee",
    "h": "ache aitch",
    "j": "ji jay",
    "k": "ka kay",
    "l": "elle el",
    "m": "emme eme em",
    "n": "enne ene en",
    "p": "pe pee",
    "q": "qu ku cu cue",
    "r": "erre err ere ar",
    "s": "esse es ess",
    "t": "te tee",
    "v": "ve vee",
    "x": "ixe ix ex",
    "y": "igrec why",
    "z": "zed zede zee",
}
_LETTER_NAMES = {said: letter for letter, names in _LETTER_SAID.items() for said in names.split()}
_ACCENTS = {
    "aigu": ("e", "é"),
    "grave": ("aeu", "àèù"),
    "circonflexe": ("aeiou", "âêîôû"),
    "trema": ("eiou", "ëïöü"),
    "cedille": ("c", "ç"),
}
_JOINS = {
    ("trait", "d", "union"): "-",
    ("tiret",): "-",
    ("hyphen",): "-",
    ("dash",): "-",
    ("apostrophe",): "'",
    ("espace",): " ",
    ("plus", "loin"): " ",
    ("nouveau", "mot"): " ",
    ("space",): " ",
    ("new", "word"): " ",
}
_LINKS = (("comme",), ("pour",), ("as", "in"), ("for",), ("like",))
_VOWELS = "aeiouyéèêëàâîïôöûü"
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Spelled:
    """text: lower case with accents, hyphens and apostrophes. span: its tokens. explained: « M comme Marie » was used."""

    text: str
    span: Span
    explained: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """letters: one, or the same twice. last: it ends the name."""

    letters: str
    last: bool
    span: Span


@dataclass(frozen=True, slots=True)
class _Item:
    letters: str
    end: int
    clear: bool
    """Cannot be an ordinary word: « M comme Marie », « deux L »."""


def find_spelling(utterance: Utterance, *, expected: bool = False) -> Spelled | None:
    """The first spelled name. expected: a name was asked for, so two letters alone are a spelling too."""
    words = [t.text if len(t.text) == 1 and t.plain != TAKEN else t.plain for t in utterance.tokens]
    at = 0
    while at < len(words):
        spelled = _run(words, at)
        if spelled and _enough(spelled, words, expected=expected):
            return spelled
        at = spelled.span[1] if spelled else at + 1
    return None


def _enough(spelled: Spelled, words: list[str], *, expected: bool) -> bool:
    letters = sum(c.isalpha() for c in spelled.text)
    if spelled.span[0] and words[spelled.span[0] - 1] in ("avec", "with", "sans") and letters <= _FEWEST:
        # « Avec deux R » tells how a name is written, and is none itself.
        return False
    if letters >= _FEWEST or (spelled.explained and letters >= 2):
        return True
    return expected and letters == 2 and spelled.span == (0, len(words))


def _run(words: list[str], first: int) -> Spelled | None:
    text, at, end, explained, count = "", first, first, False, 0
    while at < len(words):
        if text and _accent(text, words, at):
            text, at = _accent(text, words, at) or (text, at)
            end = at
            continue
        join = _join(words, at) if text else None
        if join:
            text, at = text + join[0], join[1]
            continue
        item = _item(words, at, begun=count >= 2)
        if item is None:
            if (
                text
                and words[at] in word_list("spelling.between")
                and at + 1 < len(words)
                and _item(words, at + 1, begun=False)
            ):
                at += 1
                continue
            break
        text, at, end = text + item.letters, item.end, item.end
        explained, count = explained or item.clear, count + 1
    text = text.rstrip("-' ")
    return Spelled(text, (first, end), explained) if text else None


def _item(words: list[str], at: int, *, begun: bool) -> _Item | None:
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word in ("deux", "double", "2") and len(following) == 1 and following.isalpha():
        return _doubled(words, at, word, following)
    if word == "double" and following in ("ve", "vee", "you"):
        return _Item("w", at + 2, True)
    if word == "i" and following in ("grec", "grecque"):
        return _Item("y", at + 2, True)
    single = len(word) == 1 and word.isalpha()
    letter = word if single else _LETTER_NAMES.get(word, "")
    if not letter:
        return None
    explained = _explained(words, at + 1)
    if explained:
        return _Item(explained[0], explained[1], True)
    return _Item(letter, at + 1, False) if single or begun else None


def _doubled(words: list[str], at: int, word: str, letter: str) -> _Item:
    if word == "double" and letter in "vu":
        return _Item("w", at + 2, True)
    explained = _explained(words, at + 2)
    if explained:
        return _Item(explained[0] * 2, explained[1], True)
    return _Item(letter * 2, at + 2, True)


def _explained(words: list[str], at: int) -> tuple[str, int] | None:
    """The letter by the initial of the word after « comme », which is heard better than the letter."""
    for link in _LINKS:
        stop = at + len(link)
        if tuple(words[at:stop]) == link and stop < len(words):
            word = words[stop]
            if word in ("le", "la", "l", "les", "a", "the") and stop + 1 < len(words) and len(words[stop + 1]) > 2:
                stop, word = stop + 1, words[stop + 1]
            if len(word) >= 2 and word.isalpha():
                return word[0], stop + 1
    return None


def _accent(text: str, words: list[str], at: int) -> tuple[str, int] | None:
    at += words[at] == "accent"
    if at >= len(words):
        return None
    mark = "aigu" if words[at] in ("aigu", "egu", "aigue") else words[at]
    plain_letters, accented = _ACCENTS.get(mark, ("", ""))
    place = plain_letters.find(text[-1])
    return (text[:-1] + accented[place], at + 1) if place >= 0 else None


def _join(words: list[str], at: int) -> tuple[str, int] | None:
    for sign, character in _JOINS.items():
        stop = at + len(sign)
        if tuple(words[at:stop]) == sign and stop < len(words):
            return character, stop
    return None


def find_hints(utterance: Utterance) -> list[Hint]:
    """« Avec deux R », « avec un D à la fin », "with a K": how a name that was heard is written."""
    words = [t.plain for t in utterance.tokens]
    found: list[Hint] = []
    for at, word in enumerate(words[:-2]):
        linked = word in ("avec", "with") or (word in ("et", "and") and found and found[-1].span[1] == at)
        letter = words[at + 2]
        if not linked or len(letter) != 1 or not letter.isalpha():
            continue
        end = at + 3
        last = tuple(words[end : end + 3]) in (("a", "la", "fin"), ("at", "the", "end"))
        if words[at + 1] in ("deux", "double", "two"):
            found.append(Hint(letter * 2, False, (at, end)))
        elif words[at + 1] in ("un", "une", "a", "an", "one"):
            found.append(Hint(letter, last, (at, end + 3 if last else end)))
    return found


def written_with(name: str, hints: list[Hint]) -> str:
    """The last word of a name as the hints say: « Perin », « deux R » is Perrin; « Dupont », « un D à la fin » is Dupond."""
    for hint in sorted(hints, key=lambda h: len(h.letters)):
        letter = hint.letters[0]
        if len(hint.letters) == 2:
            name = _with_double(name, letter)
        elif (hint.last or name[-1:] in "dts") and not name.lower().endswith(letter):
            name = (name[:-1] if name[-1:] in "dtsxz" else name) + letter
    return name


def _with_double(name: str, letter: str) -> str:
    """Doubles the letter between two vowels, else where it stands last."""
    bare = name.lower()
    if letter * 2 in bare:
        return name
    places = [i for i, c in enumerate(bare) if c == letter and i > 0]
    inside = [i for i in places if bare[i - 1] in _VOWELS and bare[i + 1 : i + 2] in _VOWELS and i + 1 < len(bare)]
    at = (inside or places[-1:] or [-1])[0]
    return name[: at + 1] + letter + name[at + 1 :] if at > 0 else name
