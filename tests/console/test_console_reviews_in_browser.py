"""Reviews in headless Chromium: a call judged and settled by keys alone, the draft that is kept, axe, pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.archive_samples import MOREL, NOW, rich_call, short_call
from tests.console.console_browser import axe_violations, browser_of, needs_browser, picture, until
from tests.console.open_console import OpenConsole, open_console, user
from voicebot.clients.scorecards import scorecard_for
from voicebot.console.pages import calls, reviews
from voicebot.domain.agent import Role
from voicebot.domain.language import Language
from voicebot.domain.review import Draw, Only, Review
from voicebot.domain.scorecard import ItemKind
from voicebot.store.review_book import ReviewBook
from voicebot.store.user_book import UserBook

pytestmark = needs_browser
PEOPLE = [
    user("ana", Role.QA, language=Language.ENGLISH),
    user("bo", Role.QA),
    user("chris", Role.SUPERVISOR),
    user("emma", Role.SUPERVISOR, language=Language.ENGLISH),
]
SAVED = "document.getElementById('saved').textContent === 'Brouillon gardé'"
READY = "document.getElementById('card')?.hasAttribute('data-ready')"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[OpenConsole]:
    async with open_console(tmp_path, [reviews.routes, calls.routes], PEOPLE, clock=lambda: NOW) as opened:
        for one in PEOPLE:
            await UserBook(opened.house.book.database).add(one)
        yield opened


async def dealt(console: OpenConsole) -> tuple[ReviewBook, str, str]:
    """Two calls dealt to ana and bo, chris to settle."""
    whole, short = (await rich_call(console.house)).id, short_call(3)
    await console.house.book.save(short, [])
    book, card = (
        ReviewBook(console.house.book.database, console.house.clock),
        scorecard_for(MOREL, console.house.settings.scorecards_dir),
    )
    draw = Draw("draw-1", MOREL, NOW, NOW, 2, 2, 4711, Only.ALL, card.digest, "chris", NOW)
    made = [
        Review(id_, MOREL, "draw-1", f"t{n}", card.digest, "ana", "bo", "chris", NOW)
        for n, id_ in enumerate((whole, short.id))
    ]
    await book.add(draw, card.scorecard, made)
    return book, whole, short.id


def answers(console: OpenConsole, tone: str) -> dict[str, str]:
    card = scorecard_for(MOREL, console.house.settings.scorecards_dir).scorecard
    usual = {ItemKind.SCALE: tone, ItemKind.CHOICE: "p3", ItemKind.TEXT: "Zoé Lefebvre"}
    return {item.id: usual.get(item.kind, item.good) for item in card.items}


async def test_a_call_is_judged_by_keys_alone_and_the_next_one_follows(console: OpenConsole) -> None:
    book, whole, short = await dealt(console)
    async with browser_of(console, "bo") as page:
        await page.goto(f"{console.address}/reviews/{whole}")
        await until(page, READY)
        for key in ("o", "o", "n", "o", "4"):
            await page.keyboard.press(key)
        # A French keyboard's 2, without shift.
        await page.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'é', bubbles: true}))")
        await until(page, SAVED)
        await page.goto(f"{console.address}/reviews/{whole}")
        await until(page, READY)
        assert await page.evaluate("document.getElementById('answered').textContent") == "6 sur 12"
        kept = (await book.own_of(whole, "bo")).labels.answers
        assert (kept["tone"], kept["clarity"], kept["no_repeats"]) == ("4", "2", "no")
        await page.keyboard.press("s")
        await until(page, "document.querySelectorAll('.open-item').length === 6")
        for key in ("o", "n", "n", "n", "4", "c"):
            await page.keyboard.press(key)
        await page.keyboard.press("s")
        await until(page, f"location.pathname.endsWith('{short}') && {READY}")
        assert page.wrong == []
    mine = (await book.own_of(whole, "bo")).labels
    assert mine.submitted_at is not None
    assert mine.answers["caller_name"] == "Zoé Lefebvre"
    assert mine.answers["urgency"] == "p3"


async def test_an_arbiter_settles_by_keys(console: OpenConsole) -> None:
    book, whole, _ = await dealt(console)
    await book.submit(whole, "ana", answers(console, "2"), "sec")
    await book.submit(whole, "bo", answers(console, "5"), "chaleureux")
    async with browser_of(console, "chris") as page:
        await page.goto(f"{console.address}/reviews")
        await page.keyboard.press("x")
        await until(page, READY)
        for key in ("a", "b", "s"):
            await page.keyboard.press(key)
        await until(page, "location.pathname.endsWith('/reviews')")
        assert page.wrong == []
    card = await book.scorecard((await book.finished_of(whole)).review.scorecard)
    settled = (await book.finished_of(whole)).settled(card)
    assert (settled["tone"], settled["clarity"]) == ("2", "5")


@pytest.mark.parametrize(("reviewer", "lead"), [("bo", "chris"), ("ana", "emma")])
async def test_pages_look_right_and_axe_finds_nothing(
    console: OpenConsole, tmp_path: Path, reviewer: str, lead: str
) -> None:
    language = "fr" if reviewer == "bo" else "en"
    book, whole, short = await dealt(console)
    found: dict[str, list[str]] = {}

    async def look(page: object, path: str, name: str, ready: str = "true") -> None:
        await page.goto(console.address + path)  # type: ignore[attr-defined]
        await until(page, ready)
        await picture(page, tmp_path, f"reviews-{name}-{language}")
        found[name] = await axe_violations(page)

    drawn = "document.getElementById('player').hasAttribute('data-ready')"
    async with browser_of(console, reviewer) as page:
        await look(page, "/reviews", "queue")
        await book.save(whole, reviewer, {"understood": "yes", "tone": "4"}, "")
        await look(page, f"/reviews/{whole}", "label", drawn)
        assert page.wrong == []
    for call in (whole, short):
        await book.submit(call, "ana", answers(console, "2"), "sec")
        critical = {"danger_missed": "yes"} if call == short else {}
        await book.submit(call, "bo", answers(console, "4") | critical, "")
    await book.save_ruling(short, "chris", {"tone": "3", "clarity": "3", "danger_missed": "yes"}, "", final=True)
    async with browser_of(console, lead) as page:
        await look(page, "/reviews/draw", "draw")
        await look(page, "/reviews/agreement", "agreement")
        await look(page, f"/reviews/{whole}", "arbitrate", drawn)
        await page.goto(f"{console.address}/reviews/draw")
        await page.select_option("#client", MOREL)
        await page.click("#draw button.primary")
        await until(page, "!document.getElementById('wrong').hidden")
        assert [told for told in page.wrong if "409" not in told] == []
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
