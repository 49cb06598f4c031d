"""Messages and Calls in headless Chromium: keys, deeds, real sound and the sentence that is heard, axe, pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.archive_samples import (
    MOREL,
    NOW,
    a_dispatch,
    many_messages,
    messages_desk,
    put_dispatches,
    rich_call,
    silent_call,
    spoken_moments,
)
from tests.console.console_browser import axe_violations, browser_of, needs_browser, picture, until
from tests.console.open_console import OpenConsole, open_console, shipped_clients, user
from voicebot.console.pages import calls, messages
from voicebot.domain.agent import Role
from voicebot.domain.call import RecordingState
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.language import Language
from voicebot.store.call_book import CallBook
from voicebot.store.user_book import UserBook

pytestmark = needs_browser
PEOPLE = [
    user("claire", Role.SUPERVISOR),
    user("emma", Role.SUPERVISOR, language=Language.ENGLISH),
    user("viewer", Role.CLIENT_VIEWER, MOREL),
]
IN_VIEW = """(() => {
  const line = document.querySelector(".line[aria-current]").getBoundingClientRect();
  const room = document.getElementById("transcript").getBoundingClientRect();
  return line.top >= room.top && line.bottom <= room.bottom;
})()"""
SEEK = "(ms) => { const at = document.getElementById('position'); at.value = ms; at.dispatchEvent(new Event('input')); }"
HEARD = "document.querySelector('.line[aria-current] .line-text')?.textContent"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[OpenConsole]:
    clients = shipped_clients()

    def desk(book: CallBook) -> Any:
        return messages_desk(book, clients.of)

    pages = [messages.routes, calls.routes]
    async with open_console(tmp_path, pages, PEOPLE, messages=desk, clock=lambda: NOW) as opened:
        for one in PEOPLE:
            await UserBook(opened.house.book.database).add(one)
        yield opened


async def fill(console: OpenConsole) -> str:
    made = await many_messages(console.house, 60)
    statuses = list(DispatchStatus)
    await put_dispatches(console.house, *(a_dispatch(c.id, "mail", statuses[n % 5]) for n, c in enumerate(made[:55])))
    return (await rich_call(console.house)).id


async def opened(page: Any, console: OpenConsole, path: str) -> None:
    await page.goto(console.address + path)


async def focused(page: Any) -> str:
    return await page.evaluate("document.activeElement.closest('[data-call]')?.dataset.call ?? ''")


async def test_the_inbox_is_walked_and_worked_by_keys(console: OpenConsole) -> None:
    made = await many_messages(console.house, 4)
    newest, second = made[-1].id, made[-2].id
    async with browser_of(console, "claire") as page:
        await opened(page, console, "/messages")
        await page.keyboard.press("j")
        assert await focused(page) == newest
        await page.keyboard.press("ArrowDown")
        assert await focused(page) == second
        await page.keyboard.press("Enter")
        await until(page, "document.getElementById('one') && !document.getElementById('one').hasAttribute('data-unread')")
        assert page.url.partition("?")[0].endswith(f"/messages/{second}")
        await page.keyboard.press("a")
        await until(page, "document.getElementById('assign')?.value === 'claire'")
        await page.keyboard.press("e")
        await until(
            page,
            f"document.querySelector('#one[data-done]') && !document.querySelector('li[data-call=\"{second}\"]')",
        )
        await page.keyboard.press("e")
        await until(page, f"document.querySelector('li[data-call=\"{second}\"]')")
        await page.keyboard.press("u")
        await until(
            page, f"!document.getElementById('one') && document.querySelector('li[data-call=\"{second}\"][data-unread]')"
        )
        await page.keyboard.press("/")
        assert await page.evaluate("document.activeElement.id") == "search"
        await page.keyboard.type("dupont")
        await page.keyboard.press("Enter")
        await until(page, "document.querySelectorAll('.message-row').length === 1")
        assert page.wrong == []


async def test_many_messages_are_finished_at_once(console: OpenConsole) -> None:
    await many_messages(console.house, 5)
    async with browser_of(console, "claire") as page:
        await opened(page, console, "/messages")
        await page.check("#all")
        await page.click("[data-bulk=done]")
        await until(page, "document.querySelectorAll('.message-row').length === 0")
        await opened(page, console, "/messages?state=done")
        await until(page, "document.querySelectorAll('.message-row').length === 5")
        assert page.wrong == []


async def test_a_delivery_is_sent_again_after_a_question(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    async with browser_of(console, "claire") as page:
        await opened(page, console, f"/messages/{call.id}")
        await page.click(f'[data-resend="{call.id}-final-sms"]')
        await page.click("#resending-yes")
        await until(page, "document.getElementById('told').textContent.includes('1')")
        assert page.wrong == []
    assert [d for _, d, _, s, _ in console.audit.entries if s == call.id and d == "resent"] == ["resent"]


async def test_the_sentence_that_is_heard_is_the_one_that_is_marked(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    async with browser_of(console, "claire") as page:
        await opened(page, console, f"/calls/{call.id}")
        await until(page, "document.getElementById('player').hasAttribute('data-ready')")
        assert not [entry for entry in console.audit.entries if entry[1] == "listened"], "nobody has pressed play"
        for at_ms, words in spoken_moments():
            line = f".line:has(.line-text:text('{words.replace(chr(39), chr(92) + chr(39))}'))"
            assert await page.locator(line).count() >= 1
            await page.evaluate(
                SEEK,
                at_ms,
            )
            await until(page, f"({HEARD} ?? '').includes({words!r})")
        # A click on a sentence plays it: the sound really runs, and the mark stays with it.
        await page.locator(".line", has_text="Zéro six, douze").locator(".hear").click()
        await until(page, "!document.getElementById('sound').paused && document.getElementById('sound').currentTime > 16.2")
        assert "Zéro six, douze" in await page.evaluate(HEARD)
        await until(page, IN_VIEW)
        began = await page.evaluate("document.getElementById('sound').currentTime")
        assert 16.0 < began < 21.5
        await page.evaluate("document.activeElement.blur()")
        await page.keyboard.press(" ")
        await until(page, "document.getElementById('sound').paused")
        await page.keyboard.press("ArrowLeft")
        await until(page, f"document.getElementById('sound').currentTime < {began} - 3")
        await page.keyboard.press(">")
        assert await page.evaluate("document.getElementById('sound').playbackRate") == 1.25
        before = await page.evaluate("document.getElementById('sound').currentTime")
        await page.keyboard.press("ArrowDown")
        await until(page, f"document.getElementById('sound').currentTime > {before}")
        assert page.wrong == []
    assert [entry[:2] for entry in console.audit.entries if entry[1] == "listened"] == [("claire", "listened")]


async def test_the_mark_moves_on_while_the_call_plays(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    async with browser_of(console, "claire") as page:
        await opened(page, console, f"/calls/{call.id}")
        await page.select_option("#speed", "2")
        await page.locator(".line", has_text="Oui.").first.locator(".hear").click()
        await until(page, f"({HEARD} ?? '').includes('Votre message est enregistré')")
        at = await page.evaluate("document.getElementById('sound').currentTime")
        assert 24.4 < at < 27.5
        assert page.wrong == []


@pytest.mark.parametrize("who", ["claire", "emma"])
async def test_pages_look_right_and_axe_finds_nothing(console: OpenConsole, tmp_path: Path, who: str) -> None:
    language = "fr" if who == "claire" else "en"
    found: dict[str, list[str]] = {}
    async with browser_of(console, who) as page:

        async def look(path: str, name: str, ready: str = "true") -> None:
            await opened(page, console, path)
            await until(page, ready)
            await picture(page, tmp_path, f"{name}-{language}")
            found[name] = await axe_violations(page)

        drawn = "document.getElementById('player').hasAttribute('data-ready')"
        await look("/messages", "messages-empty")
        await look("/calls", "calls-empty")
        call = await fill(console)
        refused = await silent_call(console.house, 90_001, RecordingState.REFUSED)
        read = "!document.getElementById('one').hasAttribute('data-unread')"
        await look("/messages", "messages-list")
        await look(f"/messages/{call}?client={MOREL}", "messages-one", read)
        await look("/calls", "calls-list")
        await look(f"/calls/{refused.id}", "calls-refused", drawn)
        await look(f"/calls/{call}", "calls-one", drawn)
        await page.click("#why-all")
        await page.locator(".line", has_text="Zéro six, douze").locator(".hear").click()
        await until(page, f"({HEARD} ?? '').includes('Zéro six')")
        await until(page, IN_VIEW)
        await picture(page, tmp_path, f"calls-playing-{language}")
        found["calls-playing"] = await axe_violations(page)
        assert page.wrong == []
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


async def test_a_clients_viewer_sees_pages_without_deeds(console: OpenConsole, tmp_path: Path) -> None:
    call = await rich_call(console.house)
    async with browser_of(console, "viewer") as page:
        for path, name in ((f"/messages/{call.id}", "messages-viewer"), (f"/calls/{call.id}", "calls-viewer")):
            await opened(page, console, path)
            await picture(page, tmp_path, name)
            assert await axe_violations(page) == []
        assert await page.locator("audio").count() == 0
        assert page.wrong == []
