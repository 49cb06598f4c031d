"""Whole calls through the real pipeline, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.speaking import Then
from voicebot.voice.line import HowItEnded

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


async def test_greeting_is_heard_at_once_and_the_caller_is_answered(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("answer one")])
    async with phone(receptionist=receptionist) as call:
        await call.until(1500)
        assert call.line.heard[0][0] < 60
        call.say("bonjour une fuite", 800)
        await call.until(4500)
        assert receptionist.texts == ["bonjour une fuite"]
        started = next(start for start, _ in call.line.heard if start > 1000)
        assert 2300 < started < 2300 + 400
        assert receptionist.played[:2] == [("1.0:greeting", "all", 1000), ("2.0:answer one", "all", 1000)]
        assert receptionist.turns[0]["wait_ms"] > 0
    assert call.how is HowItEnded.CALLER_HUNG_UP
    assert receptionist.ended == ["caller_hung_up"]


async def test_goodbye_is_played_to_its_end_before_we_hang_up(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("goodbye", then=Then.HANG_UP)])
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["goodbye"] = 2000
        await call.until(1300)
        call.say("merci au revoir tout", 600)
        assert await call.ended() is HowItEnded.HUNG_UP
        assert ("2.0:goodbye", "all", 2000) in receptionist.played
        start, end = call.line.heard[-1]
        assert end - start == pytest.approx(2000, abs=1)
        assert call.line.closed_ms >= end
    assert receptionist.ended == ["goodbye"]
