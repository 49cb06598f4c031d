"""The clients that are shipped: every example of what callers say leads to its own scenario or answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.understanding.acts_in_words import context, in_words
from voicebot.clients.client_file import read_client_file
from voicebot.domain.language import Language
from voicebot.understanding.rules import read_by_rules

FILES = sorted((Path(__file__).parents[2] / "client_configs").glob("*.yaml"))
_HELLO = {Language.FRENCH: "bonjour madame", Language.ENGLISH: "hello"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_examples_of_a_client_are_understood(file: Path) -> None:
    instructions = read_client_file(file)
    wrong: list[tuple[str, str, list[str]]] = []
    said = [(f"scenario {s.id}", s.callers_say) for s in instructions.scenarios]
    said += [(f"faq {f.id}", f.callers_say) for f in instructions.faq]
    for wanted, callers_say in said:
        for language, examples in callers_say.items():
            where = replace(context(language=language.value), instructions=instructions)
            for example in examples:
                found = [in_words(a) for a in read_by_rules(f"{_HELLO[language]} {example}", where).acts]
                if wanted not in found:
                    wrong.append((wanted, example, found))
    assert not wrong
