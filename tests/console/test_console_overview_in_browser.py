"""The page Overview in headless Chromium: charts are drawn under our policy, in both languages, full and empty."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.console.console_browser import axe_violations, browser_of, needs_browser, picture
from tests.console.open_console import OpenConsole, open_console, user
from tests.store.made_calls import MadeCall, save_call
from voicebot.console.pages import overview
from voicebot.domain.agent import Role
from voicebot.domain.call import EndReason
from voicebot.domain.callback import CallbackStatus
from voicebot.domain.handoff import HandoffStatus, Why
from voicebot.domain.language import Language
from voicebot.domain.message import MessageState
from voicebot.domain.urgency import UrgencyLevel

pytestmark = needs_browser
NOW = datetime(2026, 11, 23, 17, 40, tzinfo=UTC)
FIGURES = 10


def _calls(count: int) -> list[MadeCall]:
    """Two weeks of calls in office hours, always the same ones."""
    dice = random.Random(5)
    kinds = (
        lambda: MadeCall(message=MessageState.COMPLETE, urgency=dice.choice(list(UrgencyLevel)), dispatched=(("read", ""),)),
        lambda: MadeCall(message=MessageState.COMPLETE, dispatched=(("delivered", ""), ("failed", "sent"))),
        lambda: MadeCall(message=MessageState.PARTIAL, missing=("address",), ended=EndReason.CALLER_HUNG_UP),
        lambda: MadeCall(ended=EndReason.HANDLED, handoff=HandoffStatus.DONE, wait_s=dice.expovariate(1 / 14)),
        lambda: MadeCall(handoff=HandoffStatus.RETURNED, why=Why.GIVEN_BACK, wait_s=dice.expovariate(1 / 20)),
        lambda: MadeCall(handoff=HandoffStatus.OVERFLOWED, why=Why.MAX_WAIT, callback=dice.choice(list(CallbackStatus))),
        lambda: MadeCall(
            message=MessageState.COMPLETE, urgency=UrgencyLevel.P1, ladder=True, acknowledged_s=dice.expovariate(1 / 240)
        ),
        lambda: MadeCall(gave_answer=True),
        lambda: MadeCall(ended=EndReason.CALLER_HUNG_UP),
    )
    made: list[MadeCall] = []
    for _ in range(count):
        kind = dice.choices(kinds, weights=(30, 12, 6, 16, 4, 5, 4, 15, 8))[0]()
        day, hour = dice.randrange(14), min(max(dice.gauss(11.5, 3), 6), 20)
        at = NOW.replace(hour=0, minute=0) - timedelta(days=day) + timedelta(hours=hour)
        client = dice.choice(("chauffage-morel", "cabinet-lilas", "syndic-horizon"))
        changes = {"at": at, "client": client, "first_sound_ms": int(dice.gammavariate(4, 90)) + 60}
        made.append(MadeCall(**{name: getattr(kind, name) for name in MadeCall.__slots__} | changes))
    return made


@asynccontextmanager
async def _console(
    tmp_path: Path, calls: list[MadeCall], language: Language = Language.FRENCH
) -> AsyncIterator[OpenConsole]:
    people = (
        user("claire", Role.SUPERVISOR, language=language),
        user("lilas", Role.CLIENT_VIEWER, "cabinet-lilas", language=language),
    )
    async with open_console(tmp_path, [overview.routes], people, clock=lambda: NOW) as console:
        for number, made in enumerate(calls):
            await save_call(console.house.book, f"call-{number}", made)
        yield console


@pytest.mark.parametrize("language", list(Language))
async def test_charts_are_drawn_and_axe_is_content(tmp_path: Path, language: Language) -> None:
    async with _console(tmp_path, _calls(240), language) as console, browser_of(console, "claire") as page:
        await page.goto(f"{console.address}/overview?days=7", wait_until="networkidle")
        drawn = await page.evaluate("[...document.querySelectorAll('img.chart')].map(i => i.complete && i.naturalWidth)")
        assert drawn == [620] * FIGURES
        await picture(page, tmp_path, f"overview-{language.value}", whole=True)
        assert await axe_violations(page) == []
        await page.locator("#wait-title").scroll_into_view_if_needed()
        for summary in await page.locator("section:has(#wait-title) summary").all():
            await summary.click()
        await picture(page, tmp_path, f"overview-definition-{language.value}")
        assert await axe_violations(page) == []
        assert page.wrong == []


async def test_an_empty_period_says_so(tmp_path: Path) -> None:
    async with _console(tmp_path, []) as console, browser_of(console, "lilas") as page:
        await page.goto(f"{console.address}/overview")
        assert await page.locator("img.chart").count() == 0
        assert await page.locator("select[name=client] option").count() == 2
        await picture(page, tmp_path, "overview-empty")
        assert await axe_violations(page) == []
        assert page.wrong == []


async def test_a_chart_runs_no_script_and_keeps_its_own_style(tmp_path: Path) -> None:
    async with _console(tmp_path, _calls(30)) as console, browser_of(console, "claire") as page:
        answer = await page.goto(f"{console.address}/overview/chart.svg?figure=outcomes&days=28")
        assert answer.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'"
        assert "<script" not in await answer.text()
        fills = await page.evaluate("[...document.querySelectorAll('.bar rect')].map((bar) => getComputedStyle(bar).fill)")
        # Of this period or the one before: whichever has bars.
        assert fills
        assert set(fills) <= {"rgb(27, 90, 143)", "rgb(185, 198, 210)"}
        assert page.wrong == []
