"""A whole conversation in the browser: a voice in Chromium's fake microphone, the real house, words on the page."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest
import soxr

from tests.telephony.test_softphone_in_browser import CHROMIUM, MICROPHONE_RATE_HZ, browsing, heard_from
from voicebot.cli.serve import listening_socket, serving
from voicebot.domain.message import MessageState
from voicebot.settings import Settings
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ

ROOT = Path(__file__).parents[2]
QUIET_FOR_THE_GREETING_S = 19.0
QUIET_BETWEEN_S = 5.0

pytestmark = [
    pytest.mark.browser,
    pytest.mark.audio,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]


def write_microphone(path: Path, *lines: str) -> None:
    """The lines with silence before each, at the microphone's rate."""
    voice = EspeakVoice("fr+m3", 150)
    quiet = QUIET_FOR_THE_GREETING_S
    pieces: list[np.ndarray] = []
    for line in lines:
        pieces += [np.zeros(int(quiet * RATE_HZ), np.int16), voice.synthesise(line)]
        quiet = QUIET_BETWEEN_S
    pieces.append(np.zeros(60 * RATE_HZ, np.int16))
    loud = soxr.resample(np.concatenate(pieces).astype(np.float32) / 32768, RATE_HZ, MICROPHONE_RATE_HZ)
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 2, MICROPHONE_RATE_HZ, 0, "NONE", ""))
        wav.writeframes((np.clip(loud, -1, 1) * 32767).astype("<i2").tobytes())


async def test_caller_in_the_browser_is_greeted_heard_and_answered(tmp_path: Path) -> None:
    microphone = tmp_path / "microphone.wav"
    write_microphone(microphone, "bonjour je n'ai plus d'eau chaude depuis ce matin", "je m'appelle paul martin")
    current = Settings(
        data_dir=tmp_path / "var",
        clients_dir=ROOT / "client_configs",
        port=0,
        ears_model="practice",
        voice_engine="practice",
    )
    listener = listening_socket("127.0.0.1", 0)
    async with serving(current, listener) as served, browsing(microphone) as page:
        await page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/phone")
        await page.get_by_text("Chauffage Morel").click()
        await page.get_by_role("button", name="Appeler").click()
        await page.get_by_text("Je suis une intelligence artificielle").first.wait_for(timeout=20_000)
        await asyncio.sleep(2)
        _, level_db = await heard_from(page)
        assert level_db > -45, "the receptionist is not audible in the browser"
        await page.get_by_text("je n'ai plus", exact=False).first.wait_for(timeout=45_000)
        await page.get_by_text("Quel est votre nom", exact=False).first.wait_for(timeout=15_000)
        await page.get_by_text("À quel numéro", exact=False).first.wait_for(timeout=25_000)
        await page.screenshot(path=tmp_path / "softphone.png")
        await page.get_by_role("button", name="Raccrocher").click()
        (call,) = await served.house.book.recent(1)
        for _ in range(100):
            if call.ended is not None:
                break
            await asyncio.sleep(0.1)
            call = await served.house.book.call(call.id)
        message = await served.house.book.message(call.id)
        assert call.ended == "caller_hung_up"
        assert call.scenario == "no-heating"
        assert message is not None
        assert message.state is MessageState.PARTIAL
        assert "caller_name" in message.details
        assert page.complaints == []
