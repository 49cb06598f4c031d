"""What reports say, in French and English: words.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from voicebot.domain.language import Language
from voicebot.quality.reports.decision import Decision


@cache
def words() -> Mapping[Language, Mapping[str, str]]:
    """Key → words, by language; every key in both."""
    read = YAML(typ="safe").load((files("voicebot.quality.reports") / "words.yaml").read_text("utf-8"))
    return {language: {key: said[language.value] for key, said in read.items()} for language in Language}


def said(key: str, language: Language, parts: Mapping[str, str]) -> str:
    """The words of a key; a count of one takes the words of "<key>.one" where there are such."""
    known = words()[language]
    chosen = f"{key}.one" if parts.get("n") == "1" and f"{key}.one" in known else key
    return known[chosen].format(**parts)


def sentence(decision: Decision, language: Language) -> str:
    """The decision in one sentence, its reasons joined."""
    space = " " if language is Language.FRENCH else ""
    reasons = f"{space}; ".join(said(f"decision.{reason.code}", language, reason.values) for reason in decision.reasons)
    return f"{words()[language][f'decision.{decision.verdict}']}{space}: {reasons}."
