"""What callers say, what was asked, what is understood: tables of French and English utterances."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.understanding.acts_in_words import context, in_words, same
from voicebot.understanding.rules import Rules, read_by_rules

_FOLDER = Path(__file__).parent


def _rows(name: str) -> list[dict[str, Any]]:
    groups = YAML(typ="safe").load((_FOLDER / name).read_text(encoding="utf-8"))
    return [{**row, "group": group} for group, rows in groups.items() for row in rows]


FRENCH, ENGLISH = _rows("utterances_fr.yaml"), _rows("utterances_en.yaml")


def test_tables_are_as_long_as_promised() -> None:
    assert len(FRENCH) >= 150
    assert len(ENGLISH) >= 60


@pytest.mark.parametrize("row", [*FRENCH, *ENGLISH], ids=lambda row: row["say"][:60])
def test_utterance_is_understood(row: dict[str, Any]) -> None:
    reading = read_by_rules(
        row["say"],
        context(
            row.get("client", "heating"),
            row.get("asked", "request"),
            row.get("call_language", "fr" if row in FRENCH else "en"),
            row.get("known"),
            row.get("scenario"),
        ),
    )
    assert same(reading.acts, row["acts"]), [in_words(a) for a in reading.acts]


async def test_rules_are_an_understanding() -> None:
    reading = await Rules().read("oui c'est ça merci", context(asked="confirmation"))
    assert [in_words(a) for a in reading.acts] == ["affirm", "thank"]
    assert reading.by == "rules"
    assert reading.fallback == ""
