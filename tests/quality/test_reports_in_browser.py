"""The HTML report in headless Chromium, opened from disk: its policy holds, filters filter, nothing runs."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.console.console_browser import CHROMIUM, FLAGS, LAPTOP, axe_violations, needs_browser, picture, until
from tests.quality.reports_samples import good_and_faulty, made_case, made_run, made_transcript, verdict
from voicebot.domain.language import Language
from voicebot.quality.comparing.compare import compare
from voicebot.quality.judging.verdict import Evidence
from voicebot.quality.reports.html import html_report
from voicebot.quality.running.result import RunResult

pytestmark = needs_browser
Runs = tuple[RunResult, RunResult]
HOSTILE = (
    '</script><script>window.hacked=1</script><img src=x onerror="window.hacked=2">" onload="window.hacked=3 {{7*7}} <!--'
)
SHOWN = "[...document.querySelectorAll('.call')].filter(c => !c.hidden)"


@pytest.fixture(scope="module")
def runs() -> Runs:
    return good_and_faulty()


@asynccontextmanager
async def _opened(folder: Path, html: str, name: str = "report.html", hash_: str = "") -> AsyncIterator[Any]:
    """The page from disk; `page.wrong`: errors of scripts and breaches of the policy; `page.asked`: all but the file."""
    playwright = pytest.importorskip("playwright.async_api")
    file = folder / name
    file.write_text(html, encoding="utf-8")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport=LAPTOP)
        page.wrong, page.asked = [], []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("console", lambda told: page.wrong.append(told.text) if told.type == "error" else None)
        page.on("request", lambda request: page.asked.append(request.url))
        try:
            await page.goto(file.as_uri() + hash_)
            await until(page, "document.getElementById('count')?.textContent")
            yield page
        finally:
            await browser.close()


def _sound() -> bytes:
    """Ten seconds of silence."""
    written = BytesIO()
    with wave.open(written, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(8000)
        wav.writeframes(bytes(160_000))
    return written.getvalue()


async def test_report_of_a_bad_change_tells_stop_and_shows_the_evidence(tmp_path: Path, runs: Runs) -> None:
    html = html_report(runs[1], compare(*runs))
    async with _opened(tmp_path, html) as page:
        assert (await page.inner_text("#decision")).startswith("Arrêter")
        await picture(page, tmp_path, "eval_report")
        assert await axe_violations(page) == []
        await page.locator(".decision button[data-call]").first.click()
        await page.locator(".call[open] .evidence button").first.click()
        assert await page.evaluate("document.querySelectorAll('.call[open] .here').length") == 1
        assert await page.evaluate("document.activeElement.classList.contains('turn')")
        assert await axe_violations(page) == []
        await picture(page, tmp_path, "eval_report_call")
        await page.click("#language")
        assert (await page.inner_text("#decision")).startswith("Stop")
        assert await page.evaluate("document.documentElement.lang") == "en"
        assert await axe_violations(page) == []
        assert page.wrong == []
        assert [url for url in page.asked if not url.startswith("file:")] == []
        assert len(page.asked) == 1


async def test_filters_count_and_live_in_the_address(tmp_path: Path, runs: Runs) -> None:
    run = runs[1]
    failed = sum(not case.passed for case in run.cases)
    html = html_report(run, compare(*runs), language=Language.ENGLISH)
    async with _opened(tmp_path, html) as page:
        assert await page.evaluate(f"{SHOWN}.length") == len(run.cases)
        await page.select_option("[name=state]", "failed")
        assert await page.evaluate(f"{SHOWN}.length") == failed
        assert await page.inner_text("#count") == f"{failed} calls of {len(run.cases)}"
        await page.check("[name=critical]")
        assert 0 < await page.evaluate(f"{SHOWN}.length") < failed
        address = await page.evaluate("location.hash")
        await page.click("button[type=reset]")
        await until(page, f"{SHOWN}.length === {len(run.cases)}")
        await page.fill("[name=text]", "ibuprofène comprimé")
        assert await page.evaluate(f"{SHOWN}.length") == 1
        await page.fill("[name=text]", "nobody says this")
        assert await page.is_visible("#none")
    async with _opened(tmp_path, html, hash_=address) as page:
        assert await page.is_checked("[name=critical]")
        assert 0 < await page.evaluate(f"{SHOWN}.length") < failed
    async with _opened(tmp_path, html) as page:
        await page.locator("#checks button[data-check]").first.focus()
        await page.keyboard.press("Enter")
        assert await page.input_value("[name=state]") == "failed"
        await page.locator(".call:not([hidden]) summary").first.focus()
        await page.keyboard.press("Enter")
        await until(page, "document.querySelector('.call[open] .turns')")
        assert page.wrong == []


async def test_hostile_words_stay_words(tmp_path: Path) -> None:
    evidence = (Evidence(2, 0, 6, HOSTILE),)
    wrong = verdict(f"message.{HOSTILE}", False, critical=True, evidence=evidence)
    case = made_case(HOSTILE, wrong, client=HOSTILE, scenario=HOSTILE, tags={HOSTILE: HOSTILE})
    case_with_words = made_case("spoken", wrong, transcript=made_transcript("c", "Bonjour.", HOSTILE), trouble=HOSTILE)
    run = made_run(case, case_with_words, clients={HOSTILE: HOSTILE}, code=HOSTILE)
    async with _opened(tmp_path, html_report(run, compare(made_run(), run))) as page:
        for row in await page.locator(".call summary").all():
            await row.click()
        assert HOSTILE in (await page.locator(".turns").first.text_content() or "")
        await page.click("#language")
        assert await page.evaluate("window.hacked") is None
        assert await page.evaluate("document.querySelectorAll('img, script[src]').length") == 0
        assert await page.locator("mark").first.text_content() == HOSTILE[:6]
        assert page.wrong == []


async def test_sound_plays_from_the_turn_that_is_clicked(tmp_path: Path) -> None:
    heard = made_transcript("c", "Bonjour.", "🙂 allô", audio="c.wav")
    bad = verdict("message.details.caller_name", False, evidence=(Evidence(2, 2, 6),))
    run = made_run(made_case("heard", bad, transcript=heard), made_case("silent", transcript=heard))
    async with _opened(tmp_path, html_report(run, audio=lambda name: _sound() if name == "c.wav" else None)) as page:
        await page.locator(".call summary").first.click()
        assert await page.locator("mark").first.text_content() == "allô"
        assert await page.evaluate("document.querySelector('audio').getAttribute('src').slice(0, 15)") == "data:audio/wav;"
        await page.evaluate("document.querySelector('audio').load()")
        await until(page, "document.querySelector('audio').duration === 10")
        await page.locator(".turn button").nth(1).click()
        await until(page, "document.querySelector('audio').currentTime >= 4")
        assert await page.locator("audio").count() == 1
        assert page.wrong == []


async def test_two_thousand_calls_open_and_filter(tmp_path: Path) -> None:
    lines = ("Bonjour, cabinet des Lilas.", "je voudrais un rendez-vous", "À quel nom ?", "paul martin") * 4
    cases = [
        made_case(
            f"call-{n}", verdict("message.details.caller_name", n % 40 != 0), transcript=made_transcript(f"c{n}", *lines)
        )
        for n in range(2000)
    ]
    html = html_report(made_run(*cases))
    assert len(html.encode()) < 15_000_000
    async with _opened(tmp_path, html) as page:
        assert await page.evaluate(f"{SHOWN}.length") == 2000
        await page.select_option("[name=state]", "failed")
        assert await page.evaluate(f"{SHOWN}.length") == 50
        await page.emulate_media(media="print")
        await picture(page, tmp_path, "eval_report_print", whole=False)
        assert not await page.is_visible("#filters")
