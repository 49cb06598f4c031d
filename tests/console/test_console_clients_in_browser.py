"""The page Clients in headless Chromium: form and text tell the same, drafts survive, pictures are drawn, axe is content."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.console.console_browser import axe_violations, browser_of, needs_browser, picture, until
from tests.console.open_console import CLIENTS, OpenConsole, open_console, user
from voicebot.console.pages import clients
from voicebot.domain.agent import Role
from voicebot.domain.language import Language

pytestmark = needs_browser
NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
WEBHOOK = "  - {id: crm, channel: webhook, address: https://crm.example.org/in/s3cret}\n"


@asynccontextmanager
async def _console(tmp_path: Path, language: Language = Language.FRENCH) -> AsyncIterator[OpenConsole]:
    folder = tmp_path / "clients"
    shutil.copytree(CLIENTS, folder)
    people = (user("claire", Role.SUPERVISOR, language=language), user("paul", Role.AGENT, language=language))
    async with open_console(tmp_path, [clients.routes], people, clock=lambda: NOW, clients_dir=folder) as console:
        for file in console.house.clients().files.values():
            console.house.archive.keep(file, NOW)
        yield console


async def _settled(page: Any) -> None:
    await until(page, "document.querySelector('#form details') && document.querySelector('#summary .badge')")


async def _text(page: Any) -> str:
    return await page.input_value("#yaml")


async def _open_part(page: Any, at: str) -> None:
    await page.evaluate("at => { document.querySelector(`details[data-at='${at}']`).open = true; }", at)


@pytest.mark.parametrize("language", list(Language))
async def test_pages_are_shown_in_both_languages_and_axe_is_content(tmp_path: Path, language: Language) -> None:
    async with _console(tmp_path, language) as console, browser_of(console, "claire") as page:
        await page.goto(f"{console.address}/clients")
        await picture(page, tmp_path, f"clients-list-{language.value}")
        assert await axe_violations(page) == []
        await page.goto(f"{console.address}/clients/chauffage-morel")
        await _settled(page)
        await picture(page, tmp_path, f"clients-form-{language.value}")
        assert await axe_violations(page) == []
        await _open_part(page, "s-hours")
        await _open_part(page, "s-on_call")
        await page.locator("#week").scroll_into_view_if_needed()
        await picture(page, tmp_path, f"clients-week-{language.value}")
        assert await axe_violations(page) == []
        assert page.wrong == []


async def test_an_edit_of_the_form_changes_one_line_of_the_text(tmp_path: Path) -> None:
    async with _console(tmp_path) as console, browser_of(console, "claire") as page:
        await page.goto(f"{console.address}/clients/chauffage-morel")
        await _settled(page)
        before = await _text(page)
        await page.fill("#f-identity-name", "Chauffage Morel et fils")
        await page.press("#f-identity-name", "Tab")
        await until(page, "document.getElementById('yaml').value.includes('Morel et fils')")
        after = await _text(page)
        changed = [(a, b) for a, b in zip(before.splitlines(), after.splitlines(), strict=True) if a != b]
        assert changed == [("  name: Chauffage Morel", "  name: Chauffage Morel et fils")]
        assert not await page.is_hidden("#draft-state")
        await page.fill("#yaml", after.replace("Morel et fils", "Morel et filles"))
        await until(page, "document.getElementById('f-identity-name').value === 'Chauffage Morel et filles'")
        assert page.wrong == []


async def test_a_hole_a_finding_and_what_changes_are_shown(tmp_path: Path) -> None:
    async with _console(tmp_path) as console, browser_of(console, "claire") as page:
        await page.goto(f"{console.address}/clients/chauffage-morel")
        await _settled(page)
        text = await _text(page)
        holed = text.replace('to: "2026-12-07 08:00", contacts', 'to: "2026-12-04 20:00", contacts', 1)
        await page.fill("#yaml", holed)
        await page.wait_for_selector("#roster .nobody", state="attached")
        await page.wait_for_selector("#results .badge.warn")
        await _open_part(page, "s-on_call")
        await page.locator("#roster").scroll_into_view_if_needed()
        await picture(page, tmp_path, "clients-roster-hole")
        assert await page.locator("#roster .nobody").count() >= 3
        await page.click("#compare")
        await page.wait_for_selector("#dialog del")
        await picture(page, tmp_path, "clients-diff")
        assert await axe_violations(page) == []
        await page.keyboard.press("Escape")
        await page.fill("#yaml", holed.replace("sector: heating", "sector: heeting").replace("tries: 2", "tries: 9"))
        await page.wait_for_selector("#numbers .error")
        await picture(page, tmp_path, "clients-findings")
        assert await page.locator("#results .badge.danger").count() == 2
        await page.fill("#yaml", holed.replace("identity:", "identity: ["))
        await until(page, "document.getElementById('form').inert")
        assert not await page.is_hidden("#form-off")
        assert page.wrong == []


async def test_keys_check_the_draft_and_the_editor_can_be_left(tmp_path: Path) -> None:
    async with _console(tmp_path) as console, browser_of(console, "claire") as page:
        await page.goto(f"{console.address}/clients/chauffage-morel")
        await _settled(page)
        before = await _text(page)
        await page.focus("#yaml")
        await page.keyboard.press("Control+Home")
        await page.keyboard.press("Tab")
        assert await _text(page) == "  " + before
        await page.keyboard.press("Control+z")
        assert await _text(page) == before
        await page.keyboard.press("Control+s")
        await page.wait_for_selector("#summary .badge.good", timeout=60_000)
        assert "29" in await page.inner_text("#summary")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.id") != "yaml"
        assert page.wrong == []


async def test_a_draft_survives_and_a_publication_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    async with _console(tmp_path) as console, browser_of(console, "claire") as page:
        await page.goto(f"{console.address}/clients/chauffage-morel")
        await _settled(page)
        await page.fill("#yaml", (await _text(page)).replace("activity: Installation", "activity: Pose"))
        await page.wait_for_selector("#draft-state:not([hidden])")
        await page.reload()
        await _settled(page)
        assert "activity: Pose" in await _text(page)
        path = console.house.clients_dir / "chauffage-morel.yaml"
        path.write_text(path.read_text("utf-8").replace("version: 2", "version: 3"), "utf-8")
        await console.house.read_clients_again()
        await page.reload()
        await page.wait_for_selector("#conflict:not([hidden])")
        await picture(page, tmp_path, "clients-conflict")
        assert "activity: Pose" in await _text(page)
        assert await axe_violations(page) == []
        await page.click("#conflict-keep")
        await page.click("#publish")
        await page.wait_for_selector("#dialog-go")
        await picture(page, tmp_path, "clients-publish")
        await page.click("#dialog-go")
        await until(page, "document.body.dataset.version === '4'", 60)
        assert "activity: Pose" in path.read_text("utf-8")
        await page.goto(f"{console.address}/clients/chauffage-morel/history")
        await page.click(".pager button")
        await page.wait_for_selector("#compared ins")
        await picture(page, tmp_path, "clients-history", whole=True)
        assert await axe_violations(page) == []
        await page.click(".roll-back")
        await page.click("#dialog-yes")
        for _ in range(300):
            if "version: 5" in path.read_text("utf-8"):
                break
            await asyncio.sleep(0.1)
        assert "activity: Installation" in path.read_text("utf-8")
        assert page.wrong == []


async def test_an_agent_reads_without_technical_addresses(tmp_path: Path) -> None:
    async with _console(tmp_path) as console, browser_of(console, "paul") as page:
        path = console.house.clients_dir / "chauffage-morel.yaml"
        path.write_text(path.read_text("utf-8").replace("\nfaq:\n", WEBHOOK + "\nfaq:\n", 1), "utf-8")
        await console.house.read_clients_again()
        await page.goto(f"{console.address}/clients/chauffage-morel")
        text = await _text(page)
        assert "https://crm.example.org/…" in text
        assert "s3cret" not in await page.content()
        assert await page.locator("#publish").count() == 0
        await picture(page, tmp_path, "clients-read-only")
        assert await axe_violations(page) == []
        assert page.wrong == []
