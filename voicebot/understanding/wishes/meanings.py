"""What words mean: « en panne », "out of order" and « marche plus » are one meaning, by lists in two languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from voicebot.domain.language import Language
from voicebot.understanding.normalise import TAKEN, Token, Utterance, plain_word
from voicebot.understanding.phonetics import sound
from voicebot.understanding.vocabulary import listed, word_list

BROADER = 0.75
"""Strength of a broader meaning: dog and cat agree by "animal", less than dog and dog."""

_ARTICLES = {
    Language.FRENCH: frozenset(("le", "la", "les", "l", "un", "une", "des", "du", "de", "d")),
    Language.ENGLISH: frozenset(("the", "a", "an")),
}
"""Never part of a wording, neither in the lists nor in what was said."""

_MOST_SKIPPED = 3
"""Small words that may stand inside a listed wording: « marche toujours vraiment plus »."""

_ENDINGS = re.compile(
    r"(?:issements?|issons|issez|issent|ations?|itions?|ements?|ances?|eurs?|euses?|aient|erais?|erait|ions|antes?|ants?|ables?|ees|eront|era|ings?|ers|ons|ent|ait|ais|ees?|er|ez|es|ed|e|s|x)$"
)


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word without its ending: « chaudières », « chaudière » → "chaudier"."""
    if len(word) <= 4:
        return word.rstrip("s") if len(word) > 3 else word
    bare = _ENDINGS.sub("", word)
    return bare if len(bare) >= 4 else word[:4]


@dataclass(frozen=True, slots=True)
class Unit:
    """One word or wording that was said. features: its meanings and its stem, with their strengths.

    light: it says little by itself. listed: it stands in the lists of meanings. span: its tokens.
    """

    features: tuple[tuple[str, float], ...]
    span: tuple[int, int]
    light: bool = False
    listed: bool = True


@dataclass(slots=True)
class _Node:
    further: dict[str, _Node]
    meanings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of the stream: its stem, its place, and whether it is small ("" as stem: already used)."""

    stem: str
    place: int
    small: bool


class Meanings:
    """The lists of one language, prepared once per process."""

    def __init__(self, language: Language) -> None:
        code = language.value
        self._articles = _ARTICLES[language]
        self._small = word_list(f"small_words_{code}")
        self._binding = word_list("binding_words")
        self._lemmas: dict[tuple[str, ...], str] = {}
        self._longest_lemma = 1
        for word, forms in listed(f"lemmas_{code}"):
            whole = "".join(_spelled(t) for t in Utterance.read(word).tokens)
            for form in (word, *forms):
                said = tuple(_spelled(t) for t in Utterance.read(form).tokens)
                self._lemmas[said] = whole
                self._longest_lemma = max(self._longest_lemma, len(said))
        self._first_of_lemma = frozenset(said[0] for said in self._lemmas)
        self._root = _Node({})
        self._broader: dict[str, tuple[str, ...]] = {}
        self._light: set[str] = set()
        self._by_sound: dict[str, str] = {}
        for left, forms in listed(f"meanings_{code}"):
            self._add(left, forms)

    def _add(self, left: str, forms: tuple[str, ...]) -> None:
        name, _, broader = (part.strip() for part in left.partition("<"))
        if name.startswith("~"):
            name = name[1:].strip()
            self._light.add(name)
        self._broader[name] = tuple(broader.split())
        for form in forms:
            said = Utterance.read(form).tokens
            words = self._words(said)
            node = self._root
            for word in words:
                node = node.further.setdefault(word.stem, _Node({}))
            if words and name not in node.meanings:
                node.meanings = (*node.meanings, name)
            if len(words) == 1 and len(said) == 1 and len(said[0].plain) >= 5:
                self._by_sound.setdefault(sound(said[0].plain), words[0].stem)

    def _words(self, tokens: tuple[Token, ...]) -> list[_Word]:
        words: list[_Word] = []
        i = 0
        while i < len(tokens):
            said, size, known = self._lemma(tokens, i)
            if said == TAKEN:
                words.append(_Word("", i, False))
            elif said not in self._articles:
                small = plain_word(said) in self._small or (len(said) == 1 and not said.isdigit())
                words.append(_Word(said if known else stem(said), i, small))
            i += size
        return words

    def _lemma(self, tokens: tuple[Token, ...], first: int) -> tuple[str, int, bool]:
        """(word, tokens that it took, whether the list of words has it)."""
        said = _spelled(tokens[first])
        if said in self._first_of_lemma:
            for size in range(min(self._longest_lemma, len(tokens) - first), 0, -1):
                found = self._lemmas.get(tuple(_spelled(t) for t in tokens[first : first + size]))
                if found:
                    return found, size, True
        return said, 1, False

    def units(self, utterance: Utterance) -> list[Unit]:
        """What was said, in order: the longest listed wordings first, else single words by their stem."""
        words = self._words(utterance.tokens)
        units: list[Unit] = []
        i = 0
        while i < len(words):
            size, stems, meanings = self._longest(words, i)
            last = words[max(i, i + size - 1)].place + 1
            if size:
                units.append(self._unit(meanings, stems, (words[i].place, last)))
            elif words[i].stem and not words[i].small:
                units.append(self._misheard(utterance.tokens[words[i].place], words[i]))
            i += max(size, 1)
        return units

    def stems(self, utterance: Utterance) -> list[str]:
        """Every word that was said but articles, by its stem."""
        return [w.stem for w in self._words(utterance.tokens)]

    def has_small(self, utterance: Utterance) -> bool:
        return any(w.small for w in self._words(utterance.tokens))

    def _longest(self, words: list[_Word], first: int) -> tuple[int, str, tuple[str, ...]]:
        """(words covered, stems that matched, meanings) of the longest listed wording that begins at `first`."""
        node, size, stems, meanings = self._root, 0, "", ()
        skipped, path = 0, ""
        for i in range(first, len(words)):
            further = node.further.get(words[i].stem)
            if further is None:
                skipped += 1
                if not words[i].small or words[i].stem in self._binding or i == first or skipped > _MOST_SKIPPED:
                    break
                continue
            node = further
            path = f"{path} {words[i].stem}" if path else words[i].stem
            if node.meanings:
                size, stems, meanings = i - first + 1, path, node.meanings
        return size, stems, meanings

    def _unit(self, meanings: tuple[str, ...], stems: str, span: tuple[int, int]) -> Unit:
        # A word of several meanings shows each of them less.
        share = len(meanings) ** -0.3
        features = {f"<{m}>": share for m in meanings}
        for meaning in meanings:
            for broad in self._broader.get(meaning, ()):
                features.setdefault(f"<{broad}>", BROADER * share)
        features[stems] = 1.0
        return Unit(tuple(features.items()), span, light=all(m in self._light for m in meanings))

    def _misheard(self, token: Token, word: _Word) -> Unit:
        span = (word.place, word.place + 1)
        alike = self._by_sound.get(sound(token.plain)) if len(token.plain) >= 5 else None
        node = self._root.further.get(alike) if alike else None
        if alike and node and node.meanings:
            return self._unit(node.meanings, alike, span)
        return Unit(((word.stem, 1.0),), span, listed=False)


def _spelled(token: Token) -> str:
    return token.text if token.text in ("où", "là") else token.plain


@lru_cache(maxsize=4)
def meanings_of(language: Language) -> Meanings:
    """The lists of a language; read at the first call (see warm_meanings)."""
    return Meanings(language)


def warm_meanings() -> None:
    """Reads the lists of both languages, so that no turn waits for them."""
    for language in Language:
        meanings_of(language)
