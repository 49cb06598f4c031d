"""The clients that are shipped: nothing in them needs correcting, and each of their examples ends as its client expects."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.clients.check.instructions import findings_in
from voicebot.clients.client_file import read_client
from voicebot.quality.client_examples import play_examples
from voicebot.quality.client_wordings import misheard_wordings
from voicebot.quality.example_account import account_of
from voicebot.understanding.rules import Rules

FILES = sorted((Path(__file__).parents[2] / "client_configs").glob("*.yaml"))
WRITTEN = datetime(2026, 11, 23, 9, tzinfo=UTC)
"""A day on which the shipped files and their rosters hold."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_examples_of_a_shipped_client_hold(path: Path) -> None:
    file = read_client(path)
    played = await play_examples(file, Rules())
    assert len(played) >= 15
    failed = ["\n".join(account_of(one, file)) for one in played if one.unmet]
    assert not failed, "\n\n".join(failed)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_client_has_nothing_to_correct(path: Path) -> None:
    file = read_client(path)
    found = [*findings_in(file.instructions, WRITTEN), *misheard_wordings(file.instructions)]
    assert [(f.path, f.what) for f in found] == []
