"""The work that goes on after calls is begun again, whatever stops it: messages and people on call wait for nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from voicebot.errors import StoreError
from voicebot.settings import Settings
from voicebot.wiring import after_call
from voicebot.wiring.house import open_house

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("stopped_by", [StoreError("The database went away."), RuntimeError("a bug")])
async def test_work_that_was_stopped_is_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped_by: Exception
) -> None:
    monkeypatch.setattr(after_call, "AGAIN_S", 0.05)
    stops = [stopped_by]
    begun = asyncio.Event()
    settings = Settings(_env_file=None, data_dir=tmp_path, clients_dir=ROOT / "client_configs")  # type: ignore[call-arg]

    def begins() -> None:
        if stops:
            raise stops.pop()
        begun.set()

    async with open_house(settings) as house, after_call.open_after_call(house) as after, after.at_work(begun=begins):
        async with asyncio.timeout(30):
            await begun.wait()

    assert stops == []
