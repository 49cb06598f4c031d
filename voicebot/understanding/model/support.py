"""Whether a caller's own words bear what a language model claims of them: by word lists and the client's own examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from voicebot.domain.instructions import Instructions
from voicebot.domain.scenario import Scenario
from voicebot.domain.written import LocalisedWords
from voicebot.understanding.normalise import plain
from voicebot.understanding.phonetics import sound
from voicebot.understanding.vocabulary import heard_forms, word_list

_ROOT = 5
"""Letters that two forms of one word have in common: « chaudière », « chaudières »."""
_WHOLE = 4
"""Shorter words must be said whole."""
_FEWEST_LETTERS = 3


@lru_cache(maxsize=1)
def _claim_words() -> dict[str, tuple[str, ...]]:
    return dict(heard_forms("claim_words"))


def bears(words: str, claim: str) -> bool:
    """Do the words hold any of the words without which this claim counts for nothing? Raises: KeyError for a claim
    that vocabulary/claim_words.txt does not have."""
    said = f" {plain(words)} "
    return any(_holds(said, form) for form in _claim_words()[claim])


def _holds(said: str, form: str) -> bool:
    return f" {form}" in said if len(form) >= _WHOLE else f" {form} " in said


def roots(text: str) -> set[str]:
    """First letters of the words that carry meaning."""
    return {w[:_ROOT] for w in plain(text).split() if len(w) >= _FEWEST_LETTERS and w not in _small() and not w.isdigit()}


@lru_cache(maxsize=1)
def _small() -> frozenset[str]:
    return frozenset(_claim_words()["small"])


def _all_roots(texts: Iterable[str]) -> set[str]:
    return {root for text in texts for root in roots(text)}


def shows_scenario(words: str, scenario: Scenario, client: Instructions) -> bool:
    """Has the quote a word of this scenario that most others do not have?"""
    shared = Counter(root for s in client.scenarios for root in _of_scenario(s))
    own = {root for root in _of_scenario(scenario) if shared[root] <= max(1, len(client.scenarios) // 3)}
    return bool(roots(words) & own)


def _of_scenario(scenario: Scenario) -> set[str]:
    return _all_roots((*_texts(scenario.callers_say), *scenario.title.values()))


def _texts(callers_say: LocalisedWords) -> Iterable[str]:
    return (text for texts in callers_say.values() for text in texts)


def denies_scenario(words: str, scenario: Scenario) -> bool:
    """Does the caller say one of the words that show that it is not this scenario?"""
    said = f" {plain(words)} "
    return any(f" {plain(u)} " in said for texts in scenario.unless.values() for u in texts)


def shows_examples(words: str, callers_say: LocalisedWords) -> bool:
    return bool(roots(words) & _all_roots(_texts(callers_say)))


def named(words: str, client: Instructions) -> tuple[str, ...]:
    """Ids of the people and teams whose name, alias, role or sound is among the words, in the order of the file."""
    said = [w for w in plain(words).split() if w not in word_list("directory.titles")]
    sounds = {sound(w) for w in said if len(w) >= _WHOLE}
    written = {p.id: (p.name, p.role, *p.aliases, *p.sounds_like) for p in client.people}
    written |= {t.id: (*t.name.values(), *t.aliases) for t in client.teams}
    return tuple(who for who, names in written.items() if _names(said, sounds, names))


def _names(said: list[str], sounds: set[str], written: Iterable[str]) -> bool:
    small = _small() | word_list("directory.titles")
    for text in written:
        words = [w for w in plain(text).split() if w not in small and len(w) >= _FEWEST_LETTERS]
        if any(w in said or (len(w) >= _WHOLE and sound(w) in sounds) for w in words):
            return True
    # « le docteur » is an alias of titles alone.
    whole = " ".join(said)
    return any(plain(text) == whole for text in written if text)


def looks_like_a_name(words: str) -> bool:
    """A first name or a title is among the words."""
    said = plain(words).split()
    titles = word_list("directory.titles") - {"le", "la", "l", "les", "a", "au", "the", "de", "du"}
    return any(w in word_list("first_names") or w in titles for w in said)
