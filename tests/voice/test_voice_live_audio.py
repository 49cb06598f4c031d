"""Real time and real sound: espeak callers, Silero, the turn model; an event loop that stalls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import numpy as np
import pytest
from starlette.websockets import WebSocket

from tests.fakes.carrier_line import CarrierLine
from tests.fakes.coded_speech import CodedEars, ToneVoice, Words, loudness_models
from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.settings import Settings
from voicebot.speech.engines import SpeechEngines
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ, Pcm, Transcriber
from voicebot.telephony.twilio_media import TwilioMedia
from voicebot.voice.converse import converse
from voicebot.voice.line import HowItEnded, Line, Opening
from voicebot.voice.shared_models import SharedModels, shared_models

pytestmark = pytest.mark.audio


@asynccontextmanager
async def live_call(
    receptionist: ScriptedReceptionist, ears: Transcriber, voice: ToneVoice, models: SharedModels
) -> AsyncIterator[CarrierLine]:
    line = CarrierLine()
    line.begin()
    carrier = Line(cast(WebSocket, line), TwilioMedia("MZ1"), "MZ1")
    task = asyncio.create_task(
        converse(carrier, receptionist, ears, lambda _: voice, None, opening=Opening.PICK_UP, models=models)
    )
    try:
        yield line
        line.stop()
        async with asyncio.timeout(10):
            assert await task is HowItEnded.CALLER_HUNG_UP
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await line.end()


async def test_stalls_of_the_event_loop_are_not_heard() -> None:
    """Every 400 ms the loop is blocked for 200 ms: less than the audio that is kept ahead."""
    receptionist = ScriptedReceptionist(greeting=say("long greeting", "and more"))
    voice = ToneVoice(ms_of={"long greeting": 2500, "and more": 1500})
    async with live_call(receptionist, CodedEars(Words()), voice, loudness_models()) as line:
        for _ in range(10):
            await asyncio.sleep(0.2)
            time.sleep(0.2)  # noqa: ASYNC251
        await asyncio.sleep(0.6)
        (heard,) = line.heard
        assert heard[1] - heard[0] == pytest.approx(4000, abs=1)


async def test_synthetic_caller_is_heard_and_answered_by_real_models() -> None:
    engines = SpeechEngines(Settings())
    try:
        models = await shared_models()
        receptionist = ScriptedReceptionist(greeting=say("greeting"))
        caller = spoken("bonjour, je voudrais un rendez-vous")
        async with live_call(receptionist, engines.ears, ToneVoice(), models) as line:
            await asyncio.sleep(1.5)
            began_ms = line.now_ms
            line.speak(caller)
            await asyncio.sleep(len(caller) / RATE_HZ + 2.5)
            (text,) = receptionist.texts
            assert "rendez vous" in text
            answered = [start for start, _ in line.heard if start > began_ms]
            assert answered
            assert answered[0] >= began_ms + len(caller) * 1000 / RATE_HZ - 300
    finally:
        await engines.close()


@pytest.mark.parametrize("kind", ["noise", "dc", "clipped", "clicks"])
async def test_garbage_audio_is_survived_and_the_next_words_are_heard(kind: str) -> None:
    chance = np.random.default_rng(3)
    garbage: dict[str, Pcm] = {
        "noise": chance.normal(0, 9000, 2 * RATE_HZ).clip(-32768, 32767).astype(np.int16),
        "dc": np.full(2 * RATE_HZ, 20_000, dtype=np.int16),
        "clipped": (np.sign(np.sin(np.arange(2 * RATE_HZ) / 3)) * 32767).astype(np.int16),
        "clicks": (chance.random(2 * RATE_HZ) > 0.999).astype(np.int16) * 32767,
    }
    engines = SpeechEngines(Settings())
    try:
        receptionist = ScriptedReceptionist()
        async with live_call(receptionist, engines.ears, ToneVoice(), await shared_models()) as line:
            await asyncio.sleep(1.2)
            line.speak(garbage[kind])
            await asyncio.sleep(4.5)
            line.speak(spoken("je voudrais un rendez-vous"))
            await asyncio.sleep(4.0)
            assert any("rendez" in text for text in receptionist.texts)
            assert receptionist.troubles == []
    finally:
        await engines.close()


def spoken(text: str) -> Pcm:
    return EspeakVoice("fr+m3", 150).synthesise(text) // 2
