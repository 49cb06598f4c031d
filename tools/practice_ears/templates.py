"""Sentence templates: `(a|b|)` picks one of several wordings, `{slot}` is filled by a function of the trade's words."""

import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

Slots = Mapping[str, Callable[[random.Random], str]]

SENTENCES = Path(__file__).with_name("sentences")
PAUSE = " / "  # a silence of the caller inside a sentence; make_data puts 300-900 ms there

_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")


def read_sections(file_name: str) -> dict[str, list[str]]:
    """Lines of a file of `sentences/` by `[section]`; `#` lines are comments. Lines before a section go under ""."""
    sections: dict[str, list[str]] = {}
    section = ""
    for line in (SENTENCES / file_name).read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
            continue
        sections.setdefault(section, []).append(line)
    return sections


def is_fixed(template: str) -> bool:
    """True for a sentence said as it stands: it is always trained on and never in a held-out set."""
    return not _CHOICE.search(template) and not _SLOT.search(template)


def expand(template: str, rng: random.Random, slots: Slots) -> str:
    """One sentence of a template. Raises KeyError for an unknown slot."""
    while match := _CHOICE.search(template):
        template = template[: match.start()] + rng.choice(match.group(1).split("|")) + template[match.end() :]
    while match := _SLOT.search(template):
        template = template[: match.start()] + slots[match.group(1)](rng) + template[match.end() :]
    return re.sub(r"\s+", " ", template).replace(" ,", ",").strip(" ,")


def normalise(sentence: str) -> str:
    """The training target: lower case, no punctuation, hyphens and pauses as blanks, apostrophes kept."""
    sentence = sentence.lower().replace("’", "'").replace("-", " ")
    sentence = re.sub(r"[^a-zàâäçéèêëîïôöùûüÿœæñ' ]", " ", sentence)
    return re.sub(" +", " ", sentence).strip()
