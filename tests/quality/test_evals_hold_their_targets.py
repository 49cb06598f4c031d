"""The house's targets on the labelled utterances that come with it, by the built-in rules."""

from __future__ import annotations

from pathlib import Path

from voicebot.clients.directory import load_clients
from voicebot.domain.language import Language
from voicebot.quality.labelled_utterances import read_labelled
from voicebot.quality.targets import missed_targets
from voicebot.quality.understanding_evals import judge
from voicebot.understanding.rules import Rules

ROOT = Path(__file__).parents[2]


async def test_every_target_is_met() -> None:
    rows = read_labelled([ROOT / "evals" / "understanding"])
    french = sum(row.label.language is Language.FRENCH for row in rows)
    assert french >= 1500
    assert len(rows) - french >= 400
    report = await judge(rows, load_clients(ROOT / "client_configs"), Rules())
    assert missed_targets(report) == []
