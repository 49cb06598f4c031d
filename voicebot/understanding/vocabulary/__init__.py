"""Word lists, wordings and danger patterns as files that non-programmers can review."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from voicebot.understanding.normalise import Span, Utterance, phrases, plain, plain_word


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=128)
def word_list(name: str) -> frozenset[str]:
    """Plain words: "room.list" is a section of vocabulary/word_lists.txt, "list" is the file vocabulary/<list>.txt."""
    lines = _sections("word_lists.txt")[name] if "." in name else _text(f"{name}.txt").splitlines()
    return frozenset(plain_word(w) for line in lines for w in line.partition("#")[0].split())


@lru_cache(maxsize=2)
def _sections(file: str = "wordings.txt") -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    name = ""
    rooms = ("", "details_", "callers_") if file == "wordings.txt" else ("", "details_")
    for line in "\n".join(_text(room + file) for room in rooms).splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("["):
            name = line.strip("[] ")
            sections.setdefault(name, [])
        else:
            sections[name].append(line)
    return sections


@lru_cache(maxsize=16)
def heard_forms(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Lines "written: form, form" of vocabulary/<name>.txt, forms in plain words: (("gmail.com", ("jimel", …)), …)."""
    rows: list[tuple[str, tuple[str, ...]]] = []
    for line in _text(f"{name}.txt").splitlines():
        written, colon, forms = line.partition(": ")
        if colon and not line.startswith("#"):
            rows.append((written, tuple(plain(form) for form in forms.split(",") if form.strip())))
    return tuple(rows)


@lru_cache(maxsize=16)
def listed(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Lines "left: form, form" of vocabulary/<name>.txt as they are written: (("left", ("form", …)), …)."""
    rows: list[tuple[str, tuple[str, ...]]] = []
    for line in _text(f"{name}.txt").splitlines():
        left, colon, forms = line.partition(": ")
        if colon and not line.startswith("#"):
            rows.append((left.strip(), tuple(f.strip() for f in forms.split(",") if f.strip())))
    return tuple(rows)


@lru_cache(maxsize=256)
def wordings(name: str) -> re.Pattern[str]:
    """A pattern that finds any wording of a section of vocabulary/wordings.txt. Raises: KeyError for an unknown section."""
    return phrases(*(_expanded(line, name) for line in _sections()[name]))


_PREFIX = 4


def find_wording(utterance: Utterance, name: str) -> Span | None:
    """Tokens of the first wording of a section, as utterance.find; see find_wordings."""
    return utterance.find(wordings(name)) if _may_hold(name, utterance.plain) else None


def find_wordings(utterance: Utterance, name: str) -> Iterator[Span]:
    """Tokens of every wording of a section.

    Only for long sections of which every wording has a word of meaning: they are not searched where none of those was begun.
    """
    return utterance.find_all(wordings(name)) if _may_hold(name, utterance.plain) else iter(())


def _may_hold(name: str, plain_words: str) -> bool:
    return not _beginnings(name).isdisjoint(_begun(plain_words))


@lru_cache(maxsize=64)
def _begun(plain_words: str) -> frozenset[str]:
    return frozenset(word[:_PREFIX] for word in plain_words.split())


@lru_cache(maxsize=256)
def _beginnings(name: str) -> frozenset[str]:
    small = {w for code in ("fr", "en") for w in word_list(f"small_words_{code}") if len(w) <= _PREFIX + 1}
    said = re.findall(r"[a-z]{3,}", re.sub(r"\\[a-z]", " ", wordings(name).pattern))
    return frozenset(w[:_PREFIX] for w in said if w not in small)


_ELIDED = re.compile(r"\b([cjldmnst]|qu|jusqu|quelqu)['’](?=[\w(])")
"""Ears write « c'est » and "cest": after an elided letter the break may be missing."""


def _expanded(line: str, section: str) -> str:
    room = section.partition(".")[0]
    whole = re.sub(r"<(\w+)>", lambda m: "(" + "|".join(_sections()[f"{room}.{m.group(1)}"]) + ")", line)
    return re.sub(r"\((?!\?)", "(?:", _ELIDED.sub(r"\1 ?", whole))


def warm_wordings() -> None:
    """Compiles every section, so that no turn waits for it."""
    for name in _sections():
        wordings(name)
        _beginnings(name)
    for name in (*_sections("word_lists.txt"), "first_names", "not_names"):
        word_list(name)
