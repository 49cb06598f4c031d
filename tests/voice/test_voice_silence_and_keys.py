"""Silence, keypad and time limit of whole calls, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.speaking import Reply, Then
from voicebot.voice.line import HowItEnded

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


async def test_silence_is_measured_from_the_end_of_the_voice(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("question"), silence_limit_s=4)
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["question"] = 3000
        await call.until(6800)
        assert receptionist.silences == []
        await call.until(7500)
        assert receptionist.silences == [pytest.approx(4, abs=0.2)]
        await call.until(7500 + 1000 + 4500)
        assert len(receptionist.silences) == 2


async def test_noise_does_not_put_silence_off_for_ever(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(silence_limit_s=5)
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        for _ in range(8):
            call.say("noise", 300)
            call.pause(1700)
        call.words.phrases.clear()
        await call.until(9500)
        assert receptionist.heard == []
        assert len(receptionist.silences) >= 1


async def test_keys_are_collected_and_answered(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("long greeting"))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["long greeting"] = 9000
        await call.until(1000)
        for key in "12#":
            call.line.press(key)
            await call.until(call.line.now_ms + 300)
        await call.until(4000)
        assert receptionist.keys == ["1", "2", "#"]
        assert ("2.0:keys taken", "all", 1000) in receptionist.played
        assert len(call.line.clears()) == 1


async def test_keys_pressed_at_once_keep_their_order_and_a_safety_script_is_still_said(phone: Phone) -> None:
    both = (*say("chat").sentences, *say("safety script", whole=True).sentences)
    receptionist = ScriptedReceptionist(greeting=Reply(both, Then.LISTEN, say().expectation), keys_wanted=5)
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of = {"chat": 5000, "safety script": 2000}
        await call.until(1000)
        for key in "06129":
            call.line.press(key)
        await call.until(6000)
        assert receptionist.keys == list("06129")
        assert [(i, p) for i, p, _ in receptionist.played] == [
            ("1.0:chat", "part"),
            ("1.1:safety script", "none"),
            ("1.1:safety script", "all"),
            ("2.0:keys taken", "all"),
        ]


async def test_keys_that_stop_are_read_after_a_pause(phone: Phone) -> None:
    async with phone() as call:
        await call.until(1500)
        call.line.press("4")
        await call.until(3500)
        assert len(call.receptionist.played) == 1
        await call.until(5500)
        assert ("2.0:keys paused", "all", 1000) in call.receptionist.played


async def test_time_limit_ends_the_call_even_while_the_caller_talks(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("greeting"))
    async with phone(receptionist=receptionist) as call:
        await call.until(2000)
        call.say("un monologue", 20_000)
        await call.until(4000)
        receptionist.time_limit_s = -0.1
        assert await call.ended(10) is HowItEnded.HUNG_UP
        assert any(i.endswith("time is up") and p == "all" for i, p, _ in receptionist.played)
