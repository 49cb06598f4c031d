"""Names of people and teams as a sentence takes them: « Le docteur » begins one, « le docteur » stands inside."""

from __future__ import annotations

import re

from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language

_ARTICLE = re.compile(r"^(?P<article>le |la |les |l['’]|un |une )(?P<rest>.+)$", re.IGNORECASE)
_TITLES = (
    "docteur", "docteure", "dr", "professeur", "professeure", "pr", "maître", "directeur", "directrice", "service",
)  # fmt: skip
"""Words after which « Le » is an article although they are written with a capital; « Le Goff » is a name."""

_ENGLISH_TITLES = {
    "docteur": "Doctor", "docteure": "Doctor", "dr": "Doctor", "professeur": "Professor", "professeure": "Professor",
    "pr": "Professor", "monsieur": "Mister", "m.": "Mister", "madame": "Ms", "mme": "Ms", "mademoiselle": "Miss",
}  # fmt: skip


def name_of(asked: str | None, instructions: Instructions, language: Language) -> str:
    """The person or team with this id as their name stands inside a sentence, "" when there is none."""
    person, team = instructions.person(asked), instructions.team(asked)
    if person:
        return inside_sentence(person.name, language)
    return inside_sentence(team.name[language], language) if team else ""


def inside_sentence(name: str, language: Language) -> str:
    """A name without the capital of an article: "Le docteur Roux" → "le docteur Roux", in English "Doctor Roux"."""
    found = _ARTICLE.match(name)
    rest = found["rest"] if found else name
    is_article = found is not None and (rest[:1].islower() or rest.split()[0].casefold() in _TITLES)
    if language is Language.FRENCH:
        return found["article"].lower() + rest if found and is_article else name
    bare = rest if is_article else name
    title, _, surname = bare.partition(" ")
    if surname and title.casefold() in _ENGLISH_TITLES:
        return f"{_ENGLISH_TITLES[title.casefold()]} {surname}"
    return f"the {rest}" if is_article else name


def begun(sentence: str) -> str:
    """A sentence with the capital it begins with."""
    return sentence[:1].upper() + sentence[1:]
