"""Ears, voice, receptionist and carrier that fail in the middle of a call, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.errors import SpeechBusy, SpeechError, SpeechTimedOut

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


async def test_busy_ears_are_asked_again_at_the_end_of_the_turn(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist) as call:
        call.ears.failures = [SpeechBusy("full")]
        await call.until(1200)
        call.say("bonjour", 600)
        await call.until(4000)
        assert receptionist.texts == ["bonjour"]
        assert receptionist.troubles == []


async def test_failing_ears_make_the_receptionist_ask_again(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("please repeat")])
    async with phone(receptionist=receptionist) as call:
        call.ears.failures = [SpeechBusy("full"), SpeechTimedOut("slow")]
        await call.until(1200)
        call.say("bonjour", 600)
        await call.until(5000)
        assert receptionist.texts == [""]
        assert receptionist.troubles == ["speech_timeout"]
        assert ("2.0:please repeat", "all", 1000) in receptionist.played


async def test_failing_voice_is_replaced_never_silent(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("answer")])
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        call.voice.failures = [SpeechError("broken"), SpeechError("broken")]
        call.say("bonjour", 600)
        await call.until(5000)
        assert receptionist.troubles == ["speech", "speech"]
        assert ("2.0:answer", "none", 0) in receptionist.played
        assert any(start > 1900 for start, _ in call.line.heard)
        call.say("bonjour", 600)
        await call.until(8000)
        assert receptionist.texts == ["bonjour", "bonjour"]


async def test_voice_that_fails_once_is_asked_again(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist) as call:
        call.voice.failures = [SpeechBusy("full")]
        await call.until(2000)
        assert receptionist.played == [("1.0:greeting", "all", 1000)]


@pytest.mark.parametrize("failing", ["pick_up", "answer", "hear_silence", "hear_keys"])
async def test_failing_receptionist_is_covered_by_a_kind_sentence(phone: Phone, failing: str) -> None:
    receptionist = ScriptedReceptionist(failing={failing}, silence_limit_s=3, keys_wanted=1)
    async with phone(receptionist=receptionist) as call:
        await call.until(1500)
        call.say("bonjour", 500)
        await call.until(4000)
        call.line.press("1")
        await call.until(12_000)
        assert "voicebot" in receptionist.troubles
        assert "Excusez-moi, pouvez-vous répéter, s'il vous plaît ?" in call.voice.said


GARBAGE = [
    "not json",
    "{}",
    '{"event": "media"}',
    '{"event": "media", "media": {"payload": "%%%"}}',
    '{"event": "media", "media": {"payload": ""}}',
    '{"event": "media", "media": {"payload": "AA"}}',
    '{"event": "media", "media": {"payload": "AAAA"}}',
    '{"event": "media", "media": {"payload": 7}}',
    '{"event": "dtmf", "dtmf": {"digit": "Z"}}',
    '{"event": "mark", "mark": {"name": "unknown"}}',
    "[]",
    "null",
]


async def test_garbage_messages_do_not_hurt_the_call(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        for message in GARBAGE:
            call.line.tell(message)
        call.say("bonjour", 600)
        await call.until(4000)
        assert receptionist.texts == ["bonjour"]
