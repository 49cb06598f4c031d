"""The softphone in headless Chromium: a fake microphone's tone reaches the desk, the desk's tone reaches the speaker."""

from __future__ import annotations

import asyncio
import shutil
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.telephony.loopback import phone_of
from tests.telephony.stub_desk import StubDesk, Talk, event, tone
from voicebot.domain.events import EventKind
from voicebot.speech.ulaw import decode_ulaw
from voicebot.telephony.ports import LineStatus
from voicebot.voice.line import Opening

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
playwright = pytest.importorskip("playwright.async_api")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.audio,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]

FLAGS = [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SPOKEN_HZ, ANSWERED_HZ = 600.0, 440.0
MICROPHONE_RATE_HZ = 48_000

LISTEN_TO_THE_SPEAKER = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    window.ear = new AnalyserNode(this.context, { fftSize: 16384 });
    connect.call(this, window.ear);
  }
  return connect.call(this, to, ...rest);
};
window.hear = () => {
  const samples = new Float32Array(window.ear.fftSize);
  window.ear.getFloatTimeDomainData(samples);
  return { rate: window.ear.context.sampleRate, samples: [...samples] };
};
"""


def write_microphone(path: Path) -> None:
    """A steady tone, 48 kHz, a quarter of full scale."""
    at = np.arange(MICROPHONE_RATE_HZ * 4)
    samples = 8192 * np.sin(2 * np.pi * SPOKEN_HZ * at / MICROPHONE_RATE_HZ)
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 2, MICROPHONE_RATE_HZ, 0, "NONE", ""))
        wav.writeframes(samples.astype("<i2").tobytes())


def pitch_and_level(samples: np.ndarray, rate_hz: float) -> tuple[float, float]:
    """Frequency of the strongest partial, and the level in dB under full scale (a full-scale sine is -3)."""
    floats = samples.astype(np.float64)
    spectrum = np.abs(np.fft.rfft(floats * np.hanning(len(floats))))
    level = float(np.sqrt(np.mean(floats**2)))
    return float(np.argmax(spectrum) * rate_hz / len(floats)), 20 * np.log10(level + 1e-9)


@asynccontextmanager
async def browsing(microphone: Path) -> AsyncIterator[Any]:
    """A page, and in page.complaints what its console said."""
    async with playwright.async_playwright() as driver:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            page = await browser.new_page(viewport={"width": 1080, "height": 860})
            page.complaints = []
            page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: page.complaints.append(str(error)))
            await page.add_init_script(LISTEN_TO_THE_SPEAKER)
            yield page
        finally:
            await browser.close()


async def until(condition: Any, limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def heard_from(page: Any) -> tuple[float, float]:
    heard = await page.evaluate("window.hear()")
    return pitch_and_level(np.array(heard["samples"]), heard["rate"])


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    path = tmp_path / "microphone.wav"
    write_microphone(path)
    return path


async def test_sound_marks_keys_and_words_in_both_directions(microphone: Path, tmp_path: Path):
    talks: asyncio.Queue[Talk] = asyncio.Queue()
    sent_at: dict[str, float] = {}

    async def play_and_listen(talk: Talk) -> None:
        await talks.put(talk)
        sent_at["greeting"] = time.perf_counter()
        await talk.say(tone(ANSWERED_HZ, 2500), "greeting")
        await talk.listen_until(lambda: bool(talk.marks))
        sent_at["played"] = time.perf_counter()
        await talk.listen_until(lambda: talk.stopped)

    desk = ConversingDesk(play_and_listen)
    async with phone_of(desk) as address, browsing(microphone) as page:
        await page.goto(f"{address}/phone")
        assert await page.locator(".practice").is_visible()
        assert await page.locator("html").get_attribute("lang") == "fr"
        await page.get_by_text("Cabinet des Lilas").click()
        await page.get_by_role("button", name="Appeler").click()
        talk = await asyncio.wait_for(talks.get(), 15)
        assert desk.rung[0].client == "cabinet-des-lilas"
        await asyncio.sleep(1.5)

        # The speaker: the desk's tone at the desk's level.
        hz, level_db = await heard_from(page)
        assert hz == pytest.approx(ANSWERED_HZ, abs=5)
        assert level_db == pytest.approx(20 * np.log10(8000 / 32768 / np.sqrt(2)), abs=1.0)
        assert float(await page.locator("#level-in").get_attribute("aria-valuenow")) == pytest.approx(level_db, abs=3)

        # The mark comes back when the sound was played, not when it was received.
        await until(lambda: "played" in sent_at)
        assert sent_at["played"] - sent_at["greeting"] > 2.3

        # The microphone: its tone, in 20 ms frames, at its pitch (a wrong rate would change it) and loud enough.
        before = len(talk.heard)
        await until(lambda: len(talk.heard) > before + 100)
        assert {len(frame) for frame in talk.heard} == {160}
        hz, level_db = pitch_and_level(np.concatenate(talk.heard[-100:]) / 32768, 8000)
        assert hz == pytest.approx(SPOKEN_HZ, abs=8)
        assert -30 < level_db < -3

        await page.get_by_role("button", name="5", exact=True).click()
        await page.keyboard.press("7")
        await until(lambda: talk.keys == "57")

        bubbles = page.locator("#transcript li")
        await page.locator("#transcript .caller").wait_for()
        assert "chaudière" in await bubbles.nth(1).inner_text()
        assert "renseignement" in await bubbles.nth(1).inner_text()
        await page.screenshot(path=tmp_path / "softphone.png")
        await page.emulate_media(color_scheme="dark")
        await page.get_by_role("button", name="English").click()
        assert await page.get_by_role("button", name="Hang up").is_visible()
        await page.screenshot(path=tmp_path / "softphone_dark.png")

        await page.get_by_role("button", name="Hang up").click()
        await until(lambda: talk.stopped)
        await page.get_by_role("button", name="Call", exact=True).wait_for()
        assert page.complaints == []


async def test_clear_silences_the_speaker_and_gives_the_mark_back(microphone: Path):
    talks: asyncio.Queue[Talk] = asyncio.Queue()

    async def play_too_much(talk: Talk) -> None:
        await talk.say(tone(ANSWERED_HZ, 8000), "long")
        await talk.listen_until(lambda: len(talk.heard) > 50)
        await talks.put(talk)
        await talk.listen_until(lambda: talk.stopped)

    desk = StubDesk(play_too_much)
    async with phone_of(desk) as address, browsing(microphone) as page:
        await page.goto(f"{address}/phone")
        await page.get_by_role("button", name="Appeler").click()
        talk = await asyncio.wait_for(talks.get(), 15)
        assert (await heard_from(page))[1] > -30
        assert not talk.marks
        await talk.clear()
        await until(lambda: talk.marks == ["long"])
        await asyncio.sleep(0.6)
        assert (await heard_from(page))[1] < -70


async def test_a_broken_line_comes_back_by_itself_and_an_ended_call_ends(microphone: Path):
    async def faint_once(talk: Talk) -> None:
        await talk.listen_until(lambda: len(talk.heard) > 10)
        if talk.opening is Opening.RESUME:
            desk.over.add(talk.call_id.removeprefix("call-of-"))
        await talk.line.websocket.close(1011)

    desk = StubDesk(faint_once)
    async with phone_of(desk) as address, browsing(microphone) as page:
        await page.goto(f"{address}/phone")
        await page.get_by_role("button", name="Appeler").click()
        await page.get_by_text("Appel terminé").wait_for()
        assert [talk.opening for talk in desk.talks] == [Opening.PICK_UP, Opening.RESUME]
        assert await page.get_by_role("button", name="Appeler").is_enabled()


async def test_a_page_that_is_left_ends_the_call(microphone: Path):
    desk = StubDesk()
    async with phone_of(desk) as address, browsing(microphone) as page:
        await page.goto(f"{address}/phone")
        await page.get_by_role("button", name="Appeler").click()
        await until(lambda: len(desk.talks) == 1 and len(desk.talks[0].heard) > 5)
        await page.goto("about:blank")
        await until(lambda: bool(desk.statuses))
        assert desk.statuses[0][1] is LineStatus.CALL_ENDED


async def test_the_pages_ulaw_is_the_houses(microphone: Path):
    async with phone_of(StubDesk()) as address, browsing(microphone) as page:
        await page.goto(f"{address}/phone")
        encoded = await page.evaluate(
            """async () => {
                const { encode } = await import("/phone/static/ulaw.js");
                return encode(Int16Array.from({ length: 65536 }, (_, i) => i - 32768));
            }"""
        )
        decoded = await page.evaluate(
            """async () => {
                const { decode } = await import("/phone/static/ulaw.js");
                return [...decode(btoa(String.fromCharCode(...Array(256).keys())))];
            }"""
        )
    import base64

    from voicebot.speech.ulaw import encode_ulaw

    assert base64.b64decode(encoded) == encode_ulaw(np.arange(-32768, 32768).astype(np.int16))
    assert np.array_equal(np.array(decoded) * 32768, decode_ulaw(bytes(range(256))))


class ConversingDesk(StubDesk):
    """A StubDesk whose every call has the events of a short conversation."""

    async def follow(self, call_id: str) -> AsyncIterator[Any]:
        conversation = [
            (EventKind.CALL_OPENED, {}),
            (
                EventKind.RECEPTIONIST_SAYS,
                {
                    "sentence": "s1",
                    "text": "Bonjour, vous êtes bien chez Chauffage Lambert. Je suis une réceptionniste "
                    "automatique. Que puis-je faire pour vous ?",
                    "language": "fr",
                },
            ),
            (EventKind.SENTENCE_PLAYED, {"sentence": "s1", "played": "all"}),
            (
                EventKind.CALLER_SAID,
                {"turn": 1, "text": "bonjour ma chaudière est en panne c'est monsieur Martin", "language": "fr"},
            ),
            (
                EventKind.ACTS_UNDERSTOOD,
                {
                    "turn": 1,
                    "acts": [
                        {"kind": "state_request", "scenario": "panne-chauffage"},
                        {"kind": "give_detail", "detail": "caller_name", "value": "Martin"},
                    ],
                },
            ),
            (
                EventKind.RECEPTIONIST_SAYS,
                {"sentence": "s2", "text": "À quel numéro peut-on vous rappeler ?", "language": "fr"},
            ),
            (EventKind.TURN_ANSWERED, {"turn": 1, "wait_ms": 612.4}),
        ]
        for number, (kind, data) in enumerate(conversation, start=1):
            yield event(number, kind, **data)
        await asyncio.sleep(30)
