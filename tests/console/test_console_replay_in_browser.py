"""The publish dialog in headless Chromium: calls that flip, side by side, and a tick before anything worse is published."""

from __future__ import annotations

from pathlib import Path

from tests.console.console_browser import axe_violations, browser_of, needs_browser, picture, until
from tests.console.test_console_replay import OTHER, WORSE, ReplayThatWaits, opened, report_of

pytestmark = needs_browser
EDITED = ("activity: Installation", "activity: Pose")


async def test_flips_are_read_and_ticked_before_the_button_publishes(tmp_path: Path) -> None:
    replay = ReplayThatWaits(report_of(WORSE, OTHER))
    async with opened(tmp_path, replay) as (console, _), browser_of(console, "claire") as page:
        await page.goto(f"{console.address}/clients/chauffage-morel")
        await until(page, "document.querySelector('#form details') && document.querySelector('#summary .badge')")
        await page.fill("#yaml", (await page.input_value("#yaml")).replace(*EDITED))
        await page.wait_for_selector("#draft-state:not([hidden])")
        await page.click("#publish")
        await until(page, "document.querySelector('#replay progress')?.value === 5")
        assert await page.is_disabled("#dialog-go")
        replay.go.set()
        await page.wait_for_selector("#replay-seen")
        await picture(page, tmp_path, "clients-replay")
        assert await axe_violations(page) == []
        assert await page.is_disabled("#dialog-go")
        assert await page.locator("#replay .flipped").count() == 2
        assert "Moins sûr" in await page.inner_text("#replay")
        assert await page.locator("#replay a[href$='/calls/call-1']").count() == 1
        await page.check("#replay-seen")
        assert not await page.is_disabled("#dialog-go")
        await page.click("#dialog-go")
        await until(page, "document.body.dataset.version === '3'", 60)
        assert page.wrong == []


async def test_nobody_has_to_wait_for_it(tmp_path: Path) -> None:
    replay = ReplayThatWaits()
    async with opened(tmp_path, replay) as (console, _), browser_of(console, "claire") as page:
        await page.goto(f"{console.address}/clients/chauffage-morel")
        await until(page, "document.querySelector('#form details') && document.querySelector('#summary .badge')")
        await page.click("#publish")
        await until(page, "document.querySelector('#replay progress')?.value === 5")
        await page.click("#replay button")
        assert not await page.is_disabled("#dialog-go")
        await until(page, "!document.querySelector('#replay progress')")
        assert page.wrong == []
