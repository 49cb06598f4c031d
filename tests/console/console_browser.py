"""Headless Chromium on a console under test: pages as a chosen user sees them, their accessibility, their pictures."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.console.open_console import AS_USER, OpenConsole

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
LAPTOP: Any = {"width": 1366, "height": 768}


@asynccontextmanager
async def browser_of(console: OpenConsole, user_id: str) -> AsyncIterator[Any]:
    """A page of a laptop's size. What goes wrong in its scripts is in `page.wrong`; the test looks at it."""
    playwright = pytest.importorskip("playwright.async_api")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        headers = {AS_USER: user_id}
        context = await browser.new_context(viewport=LAPTOP, extra_http_headers=headers, timezone_id="Europe/Paris")
        page = await context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        page.wrong = wrong
        try:
            yield page
        finally:
            await browser.close()


async def until(page: Any, condition: str, limit_s: float = 30) -> None:
    """Waits for a condition in JavaScript, on a page whose scripts have run: a page that is still being
    loaded shows what it holds before it listens to keys. Not Playwright's wait_for_function: our pages
    let nobody eval."""
    async with asyncio.timeout(limit_s):
        while not await _holds(page, condition):  # noqa: ASYNC110 - the browser's page tells nobody
            await asyncio.sleep(0.03)


async def _holds(page: Any, condition: str) -> bool:
    try:
        return bool(await page.evaluate(f"document.readyState === 'complete' && Boolean({condition})"))
    except playwright_error() as gone:
        # The page is just being left for another one.
        if "Execution context was destroyed" in str(gone):
            return False
        raise


def playwright_error() -> type[Exception]:
    return pytest.importorskip("playwright.async_api").Error


async def axe_violations(page: Any) -> list[str]:
    """What axe finds on the page as it is shown now: rule and first element."""
    from axe_playwright_python.async_playwright import Axe

    found = await Axe().run(page)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found.response["violations"]]


async def picture(page: Any, folder: Path, name: str, *, whole: bool = False) -> None:
    """Keeps a screenshot: where VOICEBOT_SCREENSHOTS says, else in the test's folder."""
    chosen = Path(os.environ.get("VOICEBOT_SCREENSHOTS", str(folder)))
    await asyncio.to_thread(chosen.mkdir, parents=True, exist_ok=True)
    await page.screenshot(path=str(chosen / f"{name}.png"), full_page=whole)
