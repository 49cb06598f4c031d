"""Reviews in headless Chromium: a call judged and settled by keys alone, the draft that is kept, axe, pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.console.archive_samples import LILAS, MOREL, NOW, rich_call, short_call
from tests.console.console_browser import axe_violations, browser_of, needs_browser, picture, until
from tests.console.open_console import OpenConsole, open_console, user
from voicebot.cli.app import app
from voicebot.clients.scorecards import scorecard_for
from voicebot.console.pages import calls, reviews
from voicebot.domain.agent import Role
from voicebot.domain.language import Language
from voicebot.domain.review import Draw, Only, Review
from voicebot.domain.scorecard import ItemKind
from voicebot.quality.facts import Facts
from voicebot.quality.records.transcript import Speaker, Transcript, Turn, transcript_json
from voicebot.settings import settings, shipped
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
TOLD = "document.getElementById('result-told').textContent"
LONG_AGO = datetime(2026, 1, 4, 9, tzinfo=UTC)
READY = "document.getElementById('card')?.hasAttribute('data-ready')"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[OpenConsole]:
    async with open_console(tmp_path, [reviews.routes, calls.routes], PEOPLE, clock=lambda: NOW) as opened:
        for one in PEOPLE:
            await UserBook(opened.house.book.database).add(one)
        yield opened


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `voicebot eval run` writes of three calls: one right, one of the same client and one of another wrong."""
    folder = tmp_path_factory.mktemp("run")
    calls = (
        heard("call-00010", MOREL, "fermés"),
        heard("call-00011", MOREL, "ouverts"),
        heard("call-00012", LILAS, "ouverts"),
    )
    lines = b"".join(transcript_json.dump_json(one) + b"\n" for one in calls)
    (folder / "calls.jsonl").write_bytes(lines)
    (folder / "suite.yaml").write_text("name: past\ncases: {transcripts: calls.jsonl}\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEBOT_DATA_DIR", str(folder / "var"))
        settings.cache_clear()
        given = [str(folder / "suite.yaml"), "--jobs", "1", "--no-cache", "--out", str(folder / "out")]
        assert CliRunner().invoke(app, ["eval", "run", *given]).exit_code == 0
    settings.cache_clear()
    return folder / "out" / "result.json"


def heard(call: str, client: str, expected: str) -> Transcript:
    greeting = "Bonjour, je suis une intelligence artificielle, pas une personne. Que puis-je faire pour vous ?"
    said = ((Speaker.RECEPTIONIST, greeting), (Speaker.CALLER, "Vous êtes ouverts le samedi ?"))
    turns = [*said, (Speaker.RECEPTIONIST, "Nous sommes fermés le samedi.")]
    spoken = tuple(Turn(number, who, text) for number, (who, text) in enumerate(turns, 1))
    return Transcript(call, client, spoken, started_at=LONG_AGO, expect=Facts(says=(f"{expected} le samedi",)))


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
    console: OpenConsole, tmp_path: Path, reviewer: str, lead: str, result: Path
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
        given = {"ana": answers(console, "2"), "bo": answers(console, "4") | {"danger_missed": "yes"}}
        await book.submit(short, reviewer, given[reviewer], "")
        await look(page, f"/reviews/{short}", "submitted")
        assert page.wrong == []
    other = {"ana": "bo", "bo": "ana"}[reviewer]
    await book.submit(short, other, given[other], "")
    await book.submit(whole, "ana", given["ana"], "sec")
    await book.submit(whole, "bo", given["bo"] | {"danger_missed": "no"}, "")
    await book.save_ruling(short, "chris", {"tone": "3", "clarity": "3", "danger_missed": "yes"}, "", final=True)
    async with browser_of(console, lead) as page:
        await look(page, "/reviews/draw", "draw")
        await look(page, "/reviews/agreement", "agreement")
        await look(page, f"/reviews/{whole}", "arbitrate", drawn)
        await look(page, f"/reviews/{short}", "settled")
        for name in ("agreement", "draw"):
            await page.goto(f"{console.address}/reviews/{name}")
            await until(page, "true")
            await page.keyboard.press("?")
            assert await page.locator("#keys dl.keys >> nth=0 >> dt").all_inner_texts() == [
                "/" if name == "agreement" else "n"
            ]
            found[f"{name}-keys"] = await axe_violations(page)
            await page.keyboard.press("Escape")
            await page.keyboard.press("/" if name == "agreement" else "n")
            assert await page.evaluate("document.activeElement.id") == "client"
        await failed_calls_are_drawn(console, page, result)
        await picture(page, tmp_path, f"reviews-draw-result-{language}")
        found["draw-result"] = await axe_violations(page)
        await page.click("#draw button.primary")
        await until(page, "!document.getElementById('wrong').hidden")
        assert [told for told in page.wrong if "409" not in told] == []
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


async def failed_calls_are_drawn(console: OpenConsole, page: Any, result: Path) -> None:
    """On the page of drawing: files that are no result are refused in words; the failed call of a result is drawn."""
    wrong, told = page.locator("#result-told.wrong"), page.locator("#result-told")
    for number in (10, 11):
        call = short_call(number, started_at=LONG_AGO, ended_at=LONG_AGO + timedelta(minutes=1))
        await console.house.book.save(call, [])
    await page.select_option("#only", "listed")
    for file in (shipped("evals") / "scorecards" / "default.yaml", shipped("evals") / "baselines" / "smoke.json"):
        await page.set_input_files("#result", [])
        await until(page, f"{TOLD} === ''")
        await page.set_input_files("#result", file)
        await until(page, f"{TOLD} !== ''")
        assert "voicebot eval run" in await wrong.inner_text()
        assert await page.input_value("#listed") == ""
    played = (await asyncio.to_thread(result.read_text, "utf-8")).replace("calls.jsonl/", "calls.yaml/")
    await page.set_input_files("#result", {"name": "played.json", "mimeType": "application/json", "buffer": played.encode()})
    await until(page, f"{TOLD}.match(/sc[eé]narios/)")
    await page.select_option("#client", LILAS)
    await page.set_input_files("#result", result)
    await until(page, f"{TOLD}.match(/3/)")
    assert (await wrong.count(), await page.input_value("#listed")) == (0, "call-00012")
    await page.select_option("#client", MOREL)
    assert await page.input_value("#listed") == "call-00011"
    assert ": 1 " in (await told.inner_text()).replace("\xa0", " ")
    # The days asked for are widened to those of the calls: this one began months before.
    assert await page.input_value("#first") == "2026-01-03"
    async with page.expect_navigation():
        await page.click("#draw button.primary")
    await until(page, "document.querySelectorAll('tbody tr').length === 2")
    # Both draws are of one moment of the test's clock: either may come first.
    assert await page.locator("tbody tr", has_text="1 / 1").count() == 1
    mine = [
        one.call for who in ("ana", "bo", "chris", "emma") for one in await ReviewBook(console.house.book.database).own(who)
    ]
    assert (mine.count("call-00011"), mine.count("call-00010")) == (2, 0)
    await page.select_option("#client", MOREL)
    await page.select_option("#only", "listed")
    await page.set_input_files("#result", result)
    await until(page, f"{TOLD} !== ''")
