"""Desk and Live calls in headless Chromium: by keyboard alone, two agents at once, in every state, in both languages."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from tests.console.console_browser import CHROMIUM, FLAGS, LAPTOP, axe_violations, needs_browser, picture, until
from tests.console.open_console import AS_USER, user
from tests.fakes.agents_at_desk import AMAL, AgentsAtDesk, agents_at_desk
from voicebot.console.pages import desk, live
from voicebot.domain.agent import Role
from voicebot.domain.call import Call
from voicebot.domain.details import ADDRESS
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import HandoffStatus, Taker, TaskKind
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel

pytestmark = needs_browser
SOFTPHONE = Path(__file__).parents[2] / "voicebot" / "telephony" / "softphone" / "static"
MICROPHONE = [
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
CLAIRE = replace(user("claire"), name="Claire Petit", phone="+33639980111")
MARC = replace(user("marc", language=Language.ENGLISH), name="Marc Adler", languages=(Language.FRENCH, Language.ENGLISH))
SYLVIE = replace(user("sylvie", Role.SUPERVISOR), name="Sylvie Garance")
TONE = "f0a0" * 80
"""A frame of µ-law that is no silence."""


@dataclass
class Browsers:
    """pages: by user. lines: what each headset's websocket was told, by user."""

    at: AgentsAtDesk
    driver: Any
    lines: dict[str, list[dict[str, Any]]]

    async def page(self, who: str, path: str = "/desk") -> Any:
        context = await self.driver.new_context(
            viewport=LAPTOP, extra_http_headers={AS_USER: who}, timezone_id="Europe/Paris", permissions=["microphone"]
        )
        page = await context.new_page()
        page.wrong = []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        heard = self.lines[who] = []
        await page.route_web_socket("**/media", lambda line: _headset(line, heard))
        await page.goto(f"{self.at.console.address}{path}")
        return page

    async def ready(self, who: str) -> Any:
        """A page on which the agent has become available by its key, headset open."""
        page = await self.page(who)
        await until(page, "document.querySelector('[data-deed=available]')")
        await page.keyboard.press("o")
        await until(page, "document.querySelector('#me-state .good')")
        return page


def _serve_headset(app: FastAPI) -> None:
    app.mount("/headset/static", StaticFiles(directory=SOFTPHONE))


def _headset(line: Any, heard: list[dict[str, Any]]) -> None:
    """The other end of a headset: it hears what is sent, and the caller speaks at once."""

    def receive(message: str | bytes) -> None:
        told = json.loads(message)
        heard.append(told)
        if told["event"] == "start":
            payload = base64.b64encode(bytes.fromhex(TONE)).decode()
            line.send(json.dumps({"event": "media", "streamSid": told["streamSid"], "media": {"payload": payload}}))

    line.on_message(receive)


@pytest.fixture
async def browsers(tmp_path: Path) -> AsyncIterator[Browsers]:
    playwright = pytest.importorskip("playwright.async_api")
    async with AsyncExitStack() as stack:
        at = await stack.enter_async_context(
            agents_at_desk(tmp_path, [desk.routes, live.routes], CLAIRE, MARC, SYLVIE, beside=_serve_headset)
        )
        driver = await stack.enter_async_context(playwright.async_playwright())
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *MICROPHONE])
        stack.push_async_callback(browser.close)
        yield Browsers(at, browser, {})


@asynccontextmanager
async def within(limit_s: float) -> AsyncIterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < limit_s


async def told(page: Any, words: str) -> None:
    await until(page, f"document.getElementById('told').textContent.includes({json.dumps(words)})")


async def test_desk_offer_is_taken_given_back_and_written_up_by_keyboard_alone(browsers: Browsers, tmp_path: Path) -> None:
    at, page = browsers.at, await browsers.ready("claire")
    await at.promise(await at.caller("earlier", told=False))
    call = await at.caller("call-1", level=UrgencyLevel.P1)
    await page.evaluate(
        "void (window.appeared = new Promise((done) => { const offer = document.getElementById('offer');"
        "new MutationObserver(() => { if (!offer.hidden) done(Date.now()); }).observe(offer, { attributes: true }); }))"
    )
    queued = time.time()
    handoff = await at.queue(call)
    appeared_ms = await page.evaluate("window.appeared") - queued * 1000
    print(f"queued → offer on the screen: {appeared_ms:.0f} ms")
    assert appeared_ms < 500
    await until(page, "document.querySelector('.card-line')")
    assert (await page.title()).startswith("☎")
    await picture(page, tmp_path, "desk-ringing-fr")
    assert await axe_violations(page) == []
    await page.keyboard.press("Enter")
    await until(page, "!document.getElementById('talk').hidden")
    await until(page, "document.getElementById('talk-sound').textContent")
    print("accept → first sound:", await page.text_content("#talk-sound"))
    await at.desk.talking(handoff.id, 200)
    call = await at.book.call("call-1")
    await at.says(call, EventKind.HANDED_OVER, handoff=handoff.id, taker="claire", name="Claire Petit", way="browser")
    await at.speaks(call, "Merci, c'est surtout pour le bébé.", 4)
    await until(page, "document.getElementById('said').textContent.includes('le bébé.')")
    await page.keyboard.press("m")
    await page.keyboard.press("4")
    await page.keyboard.press("h")
    await until(page, "document.getElementById('hold').getAttribute('aria-pressed') === 'true'")
    assert ("hold", ("call-1", True)) in at.console.floor.asked
    assert any(line["event"] == "dtmf" and line["dtmf"]["digit"] == "4" for line in browsers.lines["claire"])
    await picture(page, tmp_path, "desk-in-call-fr")
    assert await axe_violations(page) == []
    await page.keyboard.press("b")
    await page.keyboard.type("chantez")
    await page.keyboard.press("Enter")
    await until(page, "!document.getElementById('back-wrong').hidden")
    await picture(page, tmp_path, "desk-give-back-fr")
    assert await axe_violations(page) == []
    await page.keyboard.press("Control+A")
    await page.keyboard.type("prenez l'adresse")
    await page.keyboard.press("Enter")
    await until(page, "!document.getElementById('back').open")
    given = await at.desk.handoff(handoff.id)
    assert given.task is not None
    assert (given.status, given.task.kind, given.task.detail) == (HandoffStatus.RETURNED, TaskKind.TAKE_DETAIL, "address")
    await until(page, "document.querySelector('[data-deed=moment]')")
    assert await page.is_visible("#card .card")
    await picture(page, tmp_path, "desk-wrap-up-fr")
    assert await axe_violations(page) == []
    await page.click("[data-deed=moment]")
    await until(page, "document.getElementById('me-state').textContent.includes('En pause')")
    assert page.wrong == []


async def test_desk_offer_declined_rings_the_other_and_the_caller_who_hangs_up_stops_it(browsers: Browsers) -> None:
    at, claire = browsers.at, await browsers.ready("claire")
    call = await at.caller("call-1")
    await at.queue(call)
    await until(claire, "!document.getElementById('offer').hidden")
    marc = await browsers.ready("marc")
    await claire.keyboard.press("d")
    await until(marc, "!document.getElementById('offer').hidden")
    await until(claire, "document.getElementById('offer').hidden")
    async with within(2):
        await at.hangs_up(call)
        await until(marc, "document.getElementById('offer').hidden")
    assert not (await marc.title()).startswith("☎")
    await told(marc, "The caller hung up")
    assert claire.wrong + marc.wrong == []


async def test_desk_two_agents_race_and_one_is_told_who_has_it(browsers: Browsers) -> None:
    at, claire = browsers.at, await browsers.ready("claire")
    handoff = await at.queue(await at.caller("call-1"))
    await until(claire, "!document.getElementById('offer').hidden")
    await at.ready("marc")
    await at.desk.accept(handoff.id, Taker("marc", "Marc Adler"))
    await claire.keyboard.press("Enter")
    await told(claire, "Marc Adler a pris l’appel")
    await until(claire, "document.getElementById('offer').hidden && document.getElementById('talk').hidden")
    await until(claire, "document.getElementById('queue').textContent.includes('avec Marc Adler')")
    assert claire.wrong == []


async def test_desk_correction_is_made_in_place_and_says_who(browsers: Browsers) -> None:
    at, page = browsers.at, await browsers.ready("claire")
    await at.queue(await at.caller("call-1"))
    await until(page, "document.querySelector('[data-detail=address]')")
    await page.keyboard.press("Enter")
    await until(page, "!document.getElementById('talk').hidden")
    await page.click("[data-detail=address] .card-tools button:last-child")
    await page.keyboard.type("14 rue des Tanneurs, 69009 Lyon")
    await page.keyboard.press("Enter")
    await until(page, "document.querySelector('[data-detail=address]').textContent.includes('corrigé par Claire Petit')")
    assert await page.text_content("[data-detail=address] .card-value") == "14 rue des Tanneurs, 69009 Lyon"
    assert AMAL[ADDRESS].value not in str(await page.text_content("[data-detail=address] .card-value"))
    assert page.wrong == []


async def test_desk_callbacks_are_taken_and_done(browsers: Browsers, tmp_path: Path) -> None:
    at = browsers.at
    for number, (name, level) in enumerate((("Amal Rivoire", UrgencyLevel.P1), ("Noé Tissot", UrgencyLevel.P3))):
        await at.promise(await at.caller(f"call-{number}", told=False), name=name, urgency=level)
    page = await browsers.page("marc")
    await until(page, "document.querySelector('[data-deed$=assigned]')")
    assert await axe_violations(page) == []
    await picture(page, tmp_path, "desk-idle-en")
    await page.click("[data-deed$=assigned]")
    await until(page, "document.querySelector('[data-deed$=unreached]')")
    await picture(page, tmp_path, "desk-callbacks-en")
    await page.click("[data-deed$=done]")
    await until(page, "document.getElementById('callbacks').textContent.includes('done by Marc Adler')")
    assert await page.text_content("#callbacks-count") == "1"
    assert page.wrong == []


async def test_desk_window_that_closes_takes_no_more_calls(browsers: Browsers) -> None:
    at, page = browsers.at, await browsers.ready("claire")
    await page.close(run_before_unload=True)
    async with asyncio.timeout(5):
        while (await at.desk.presence("claire")).state.value != "offline":  # type: ignore[union-attr]  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def a_busy_house(at: AgentsAtDesk) -> list[Call]:
    levels = [UrgencyLevel.P3, UrgencyLevel.P2, UrgencyLevel.P3, UrgencyLevel.P1, UrgencyLevel.P2, UrgencyLevel.P3]
    clients = ["chauffage-morel", "cabinet-lilas", "syndic-horizon", "boutique-oliva"]
    calls = []
    for number in range(12):
        more: dict[str, Any] = {"silences": number % 3, "unclear": number % 4, "human_asked": number % 2 == 0}
        if clients[number % 4] != "chauffage-morel":
            more |= {"told": False, "scenario": None}
        call = await at.caller(
            f"call-{number}", client=clients[number % 4], level=levels[number % 6], waited_s=30 + 19 * number, **more
        )
        if number % 4:
            await at.speaks(call, "Bonjour, je voudrais parler à quelqu'un, s'il vous plaît.", 1)
        calls.append(call)
    return calls


async def test_live_calls_are_watched_hinted_and_taken_over_by_keyboard(browsers: Browsers, tmp_path: Path) -> None:
    at = browsers.at
    await at.ready("sylvie")
    await a_busy_house(at)
    page = await browsers.page("sylvie", "/live")
    await until(page, "document.querySelectorAll('#calls [data-call]').length === 12")
    await page.keyboard.press("ArrowDown")
    await until(page, "document.querySelector('#card .card')")
    chosen = await page.get_attribute("#calls li:first-child", "data-call")
    await picture(page, tmp_path, "live-fr")
    assert await axe_violations(page) == []
    await page.keyboard.press("w")
    await page.keyboard.type("proposez un rappel")
    await page.keyboard.press("Enter")
    await told(page, "La réceptionniste en tient compte")
    await page.keyboard.press("Escape")
    await page.keyboard.press("l")
    await until(page, "document.getElementById('listen').getAttribute('aria-pressed') === 'true'")
    assert ("sylvie", "listened") in [entry[:2] for entry in at.console.audit.entries]
    await page.keyboard.press("t")
    await until(page, "!document.getElementById('talk').hidden && document.getElementById('talk-sound').textContent")
    print("take over → first sound:", await page.text_content("#talk-sound"))
    taken = await at.desk.of_call(str(chosen))
    assert [one.taker.id for one in taken if one.taker] == ["sylvie"]
    await picture(page, tmp_path, "live-taken-over-fr")
    assert page.wrong == []


async def test_live_calls_and_a_ringing_desk_in_english(browsers: Browsers, tmp_path: Path) -> None:
    at = browsers.at
    at.console.users["sylvie"] = replace(SYLVIE, language=Language.ENGLISH)
    await a_busy_house(at)
    page = await browsers.page("sylvie", "/live")
    await until(page, "document.querySelectorAll('#calls [data-call]').length === 12")
    await page.click("#calls li:first-child button")
    await until(page, "document.querySelector('#card .card')")
    await picture(page, tmp_path, "live-en")
    assert await axe_violations(page) == []
    marc = await browsers.ready("marc")
    await at.queue(await at.caller("rings", level=UrgencyLevel.P0))
    for number in range(3):
        await at.queue(await at.book.call(f"call-{number}"), queued_at=at.console.house.clock() - timedelta(seconds=70))
    await until(marc, "!document.getElementById('offer').hidden && document.querySelector('.card-line')")
    await picture(marc, tmp_path, "desk-ringing-en")
    assert await axe_violations(marc) == []
    assert page.wrong + marc.wrong == []
