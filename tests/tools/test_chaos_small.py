"""The kill -9 campaign, small: whatever dies, what callers were told stays true. By hand it is run with 1,000 kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.postgres import running_postgres
from tools.chaos.__main__ import run
from tools.chaos.campaign import Asked

SPEED = 400.0
pytestmark = [pytest.mark.timeout(300), pytest.mark.alone]


async def test_ten_kills_lose_nothing_on_sqlite(tmp_path: Path) -> None:
    asked = Asked(kills=10, database="sqlite", seed=11, speed=SPEED, settle_s=90.0)
    verdict = await run(asked, tmp_path, f"sqlite:///{tmp_path / 'data' / 'voicebot.db'}")
    assert verdict.violations == []
    assert int(str(verdict.figures["processes killed"])) >= 10
    assert int(str(verdict.figures["dispatches"])) > 0


async def test_six_kills_lose_nothing_on_postgresql(tmp_path: Path) -> None:
    asked = Asked(kills=6, database="postgres", seed=12, speed=SPEED, settle_s=90.0)
    with running_postgres(tmp_path / "postgres") as database:
        verdict = await run(asked, tmp_path, database)
    assert verdict.violations == []
    assert int(str(verdict.figures["processes killed"])) >= 6
    assert int(str(verdict.figures["dispatches"])) > 0
