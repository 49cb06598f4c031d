"""From a caller's browser to an agent's and back: real audio in two Chromiums, the whole house between them."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from tests.console.console_browser import LAPTOP, picture, until
from tests.telephony.test_softphone_in_browser import (
    CHROMIUM,
    FLAGS,
    MICROPHONE_RATE_HZ,
    pitch_and_level,
)
from voicebot.cli.serve import Served, listening_socket, serving
from voicebot.domain.agent import Role, User
from voicebot.domain.call import Call
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import Handoff, HandoffStatus, Why
from voicebot.domain.message_event import MessageEventKind
from voicebot.settings import Settings
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ

ROOT = Path(__file__).parents[2]
CALLER_HZ, AGENT_HZ = 600.0, 440.0
GREETING_S = 15.0
WISH = "bonjour je voudrais parler à quelqu'un s'il vous plaît"
TONE_AFTER_S = 5.0
AUDIBLE_DB = -50.0

# The ring and the headset of a desk have a loudspeaker each: the louder one is heard.
LISTEN_TO_THE_SPEAKERS = """
const connect = AudioNode.prototype.connect;
window.ears = [];
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode) {
    const ear = new AnalyserNode(this.context, { fftSize: 16384 });
    connect.call(this, ear);
    window.ears.push(ear);
  }
  return connect.call(this, to, ...rest);
};
window.hear = () => window.ears.map((ear) => {
  const samples = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(samples);
  return { rate: ear.context.sampleRate, samples: [...samples] };
});
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.audio,
    pytest.mark.timeout(240),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]


def _write(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as wav:
        wav.setparams((1, 2, MICROPHONE_RATE_HZ, 0, "NONE", ""))
        wav.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _tone(hz: float, seconds: float) -> np.ndarray:
    return 0.2 * np.sin(2 * np.pi * hz * np.arange(int(seconds * MICROPHONE_RATE_HZ)) / MICROPHONE_RATE_HZ)


def caller_microphone(path: Path) -> None:
    """Silence while the greeting plays, the wish for a human, silence, then a tone to the end."""
    said = EspeakVoice("fr+m3", 150).synthesise(WISH).astype(np.float32) / 32768
    loud = soxr.resample(said, RATE_HZ, MICROPHONE_RATE_HZ)
    quiet = np.zeros(int(GREETING_S * MICROPHONE_RATE_HZ))
    after = np.zeros(int(TONE_AFTER_S * MICROPHONE_RATE_HZ))
    _write(path, np.concatenate([quiet, loud, after, _tone(CALLER_HZ, 120)]))


@dataclass
class Floor:
    """The served house and the browsers in front of it."""

    served: Served
    folder: Path
    driver: Any
    stack: AsyncExitStack
    complaints: list[str] = field(default_factory=list)

    async def page(self, microphone: Path) -> Any:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}%noloop"]
        browser = await self.driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        self.stack.push_async_callback(browser.close)
        page = await browser.new_page(viewport=LAPTOP)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        await page.add_init_script(LISTEN_TO_THE_SPEAKERS)
        return page

    async def agent(self, name: str, role: Role = Role.AGENT) -> Any:
        """A page where `name` takes calls."""
        assert self.served.console is not None
        door = self.served.console.door
        await door.users.add(User(name.lower(), f"{name} Petit", role))
        microphone = self.folder / "agent.wav"
        if not microphone.exists():
            await asyncio.to_thread(_write, microphone, _tone(AGENT_HZ, 300))
        page = await self.page(microphone)
        await page.goto(await door.link_for(name.lower(), self.served.address))
        await page.get_by_role("button").first.click()
        await page.goto(f"{self.served.address}/console/desk")
        await page.keyboard.press("o")
        await until(page, "document.querySelector('#me-state').textContent.includes('isponible')")
        return page

    async def caller(self) -> Any:
        """Somebody who telephones and asks for a human."""
        microphone = self.folder / "caller.wav"
        if not microphone.exists():
            await asyncio.to_thread(caller_microphone, microphone)
        page = await self.page(microphone)
        await page.goto(f"{self.served.address}/phone")
        await page.get_by_text("Chauffage Morel").click()
        await page.get_by_role("button", name="Appeler").click()
        return page

    async def call(self) -> Call:
        return (await self.served.house.book.recent(1))[0]

    async def handoff(self, *, until_over: bool = False) -> Handoff:
        async with asyncio.timeout(20):
            while True:
                found = await self.served.handing.desk.of_call((await self.call()).id)
                if found and (found[-1].status.over or not until_over):
                    return found[-1]
                await asyncio.sleep(0.1)


@asynccontextmanager
async def open_floor(folder: Path) -> AsyncIterator[Floor]:
    playwright = pytest.importorskip("playwright.async_api")
    settings = Settings(
        data_dir=folder / "var",
        clients_dir=ROOT / "client_configs",
        port=0,
        ears_model="practice",
        voice_engine="practice",
    )
    listener = listening_socket("127.0.0.1", 0)
    async with serving(settings, listener) as served, playwright.async_playwright() as driver, AsyncExitStack() as stack:
        yield Floor(served, folder, driver, stack)


async def heard_from(page: Any) -> tuple[float, float]:
    """Pitch and level of the loudest loudspeaker."""
    ears = await page.evaluate("window.hear()")
    heard = [pitch_and_level(np.array(ear["samples"]), ear["rate"]) for ear in ears]
    return max(heard, key=lambda one: one[1], default=(0.0, -180.0))


async def until_heard(page: Any, hz: float, limit_s: float = 12.0) -> None:
    """Until the page's loudspeaker plays a tone of this pitch."""
    heard: tuple[float, float] = (0.0, -99.0)
    for _ in range(int(limit_s / 0.2)):
        heard = await heard_from(page)
        if heard[0] == pytest.approx(hz, abs=8) and heard[1] > AUDIBLE_DB:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{hz} Hz is not heard: strongest partial {heard[0]:.0f} Hz at {heard[1]:.0f} dB")


async def until_silent_of(page: Any, hz: float, limit_s: float = 10.0) -> None:
    for _ in range(int(limit_s / 0.2)):
        pitch, level_db = await heard_from(page)
        if pitch != pytest.approx(hz, abs=8) or level_db < AUDIBLE_DB:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{hz} Hz is still heard")


async def until_rings(agent: Any, limit_s: float = 60.0) -> None:
    await agent.locator("#offer").wait_for(state="visible", timeout=limit_s * 1000)


async def test_both_hear_each_other_and_the_receptionist_goes_on_with_the_task(tmp_path: Path) -> None:
    async with open_floor(tmp_path) as floor:
        agent = await floor.agent("Claire")
        caller = await floor.caller()
        await until_rings(agent)
        await picture(agent, tmp_path, "handoff-rings")
        await agent.keyboard.press("Enter")
        await until_heard(caller, AGENT_HZ)
        await until_heard(agent, CALLER_HZ)
        await picture(agent, tmp_path, "handoff-talks")
        await caller.get_by_text("Claire Petit", exact=False).first.wait_for(timeout=10_000)
        assert (await floor.handoff()).status is HandoffStatus.TALKING

        await agent.keyboard.press("h")
        await until_silent_of(caller, AGENT_HZ)
        await agent.keyboard.press("h")
        await until_heard(caller, AGENT_HZ)

        await agent.keyboard.press("b")
        await agent.locator("#back-words").fill("prenez son nom")
        await agent.keyboard.press("Enter")
        await caller.get_by_text("votre nom", exact=False).first.wait_for(timeout=15_000)
        await until_silent_of(caller, AGENT_HZ)
        over = await floor.handoff(until_over=True)
        assert (over.status, over.why) == (HandoffStatus.RETURNED, Why.GIVEN_BACK)
        assert over.task is not None
        assert over.task.detail == "caller_name"

        await caller.get_by_role("button", name="Raccrocher").click()
        call = await floor.call()
        kinds = [event.kind for event in await floor.served.house.book.events(call.id)]
        assert kinds.index(EventKind.HANDED_OVER) < kinds.index(EventKind.TAKEN_BACK)
        told = [event.kind for event in await floor.served.house.book.after_call(call.id)]
        assert MessageEventKind.HANDOFF_TALKING in told
        assert floor.complaints == []


async def test_the_caller_is_not_alone_when_the_agents_browser_dies(tmp_path: Path) -> None:
    async with open_floor(tmp_path) as floor:
        agent = await floor.agent("Claire")
        caller = await floor.caller()
        await until_rings(agent)
        await agent.keyboard.press("a")
        await until_heard(caller, AGENT_HZ)
        await agent.context.browser.close()
        await caller.get_by_text("de nouveau avec vous", exact=False).first.wait_for(timeout=10_000)
        call = await floor.call()
        first = (await floor.served.handing.desk.of_call(call.id))[0]
        assert (first.status, first.why) == (HandoffStatus.RETURNED, Why.AGENT_LOST)
        # Somebody else is looked for, and nobody is there: a message is offered.
        async with asyncio.timeout(30):
            while (last := (await floor.handoff(until_over=True))).id == first.id:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert (last.status, last.why) == (HandoffStatus.OVERFLOWED, Why.NOBODY)
        call = await floor.call()
        assert call.ended is None
        assert call.handover.with_taker is None


async def test_hanging_up_stops_the_ringing_and_one_of_two_has_the_next_call(tmp_path: Path) -> None:
    async with open_floor(tmp_path) as floor:
        agent = await floor.agent("Claire")
        caller = await floor.caller()
        await until_rings(agent)
        await caller.get_by_role("button", name="Raccrocher").click()
        await agent.locator("#offer").wait_for(state="hidden", timeout=3_000)
        over = await floor.handoff(until_over=True)
        assert (over.status, over.why) == (HandoffStatus.ABANDONED, Why.CALLER_HUNG_UP)
        await caller.context.browser.close()

        other = await floor.agent("Denis", Role.SUPERVISOR)
        caller = await floor.caller()
        async with asyncio.timeout(60):
            while not any([await page.locator("#offer").is_visible() for page in (agent, other)]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        handoff = await floor.handoff()
        answers = await asyncio.gather(*(_accept(page, handoff.id) for page in (agent, other)))
        assert sorted(answers) == [200, 409]
        taker = (await floor.handoff()).taker
        assert taker is not None
        assert taker.id == ("claire" if answers[0] == 200 else "denis")
        await caller.get_by_role("button", name="Raccrocher").click()
        await floor.handoff(until_over=True)


async def _accept(page: Any, handoff_id: str) -> int:
    """The status of the answer: both pages ask in the same moment, whoever is being rung."""
    return await page.evaluate(
        """async (id) => {
          const { csrf, root } = document.body.dataset;
          const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json", Accept: "application/json" };
          return (await fetch(`${root}/desk/handoffs/${id}/accept`, { method: "POST", headers, body: "{}" })).status;
        }""",
        handoff_id,
    )
