"""voicebot users, as an operator types it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.console.open_console import CLIENTS
from voicebot.cli.app import app
from voicebot.domain.agent import Role, User
from voicebot.domain.language import Language
from voicebot.settings import settings
from voicebot.store.open_database import OpenDatabase
from voicebot.store.session_book import SessionBook
from voicebot.store.user_book import UserBook

PASSWORD = "une phrase facile à retenir"


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(CLIENTS))
    monkeypatch.setenv("VOICEBOT_PUBLIC_URL", "https://phone.example.org")
    monkeypatch.setenv("COLUMNS", "200")
    settings.cache_clear()
    yield
    settings.cache_clear()


def typed(*words: str, asked: str = "") -> Result:
    return CliRunner().invoke(app, ["users", *words], input=asked)


def on_the_rows(read: Callable[[OpenDatabase], Awaitable[Any]]) -> Any:
    async def opened() -> Any:
        database = await OpenDatabase.open(settings().database)
        try:
            return await read(database)
        finally:
            await database.close()

    return asyncio.run(opened())


def added(*more: str) -> Result:
    return typed("add", "claire.petit", "--name", "Claire Petit", "--role", "agent", *more)


def test_somebody_is_added_with_all_that_was_said():
    said = added(
        "--client", "syndic-horizon", "--client", "boutique-oliva", "--language", "fr", "--language", "en",
        "--phone", "06 39 98 12 34", "--email", "claire@example.org", "--pages-in", "en",
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    found = on_the_rows(lambda database: UserBook(database).user("claire.petit"))
    clients, languages = ("boutique-oliva", "syndic-horizon"), (Language.FRENCH, Language.ENGLISH)
    assert found == User(
        "claire.petit",
        "Claire Petit",
        Role.AGENT,
        "claire@example.org",
        clients,
        languages,
        "+33639981234",
        Language.ENGLISH,
    )


def test_the_link_signs_in_once():
    lines = added("--link").output.splitlines()
    assert lines[-1].startswith("https://phone.example.org/console/sign-in/link#")
    secret = lines[-1].partition("#")[2]
    assert on_the_rows(lambda database: SessionBook(database).use_link(secret)) == "claire.petit"
    again = typed("link", "claire.petit").output.splitlines()[-1]
    assert again != lines[-1]


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("add", "Claire Petit", "--name", "Claire", "--role", "agent"), "small letters"),
        (("add", "claire", "--name", " ", "--role", "agent"), "name"),
        (("add", "claire", "--name", "Claire", "--role", "agent", "--client", "nobody"), "clients list"),
        (("add", "claire", "--name", "Claire", "--role", "client_viewer"), "at least one client"),
        (("add", "claire", "--name", "Claire", "--role", "admin", "--client", "boutique-oliva"), "Leave the clients out"),
        (("add", "claire", "--name", "Claire", "--role", "agent", "--phone", "0899 12 34 56"), "+33 6"),
        (("add", "claire", "--name", "Claire", "--role", "agent", "--email", "claire"), "Correct it"),
        (("link", "nobody"), "users list"),
        (("off", "nobody"), "users list"),
        (("password", "nobody"), "users list"),
    ],
)
def test_what_cannot_be_is_said_with_its_remedy(words: tuple[str, ...], remedy: str):
    said = typed(*words, asked=f"{PASSWORD}\n{PASSWORD}\n")
    assert said.exit_code == 1
    assert remedy in said.output
    assert "Traceback" not in said.output


def test_the_same_id_twice_is_refused():
    assert added().exit_code == 0
    assert "already" in added().output


def test_a_password_is_asked_for_and_not_shown():
    added()
    said = typed("password", "claire.petit", asked=f"{PASSWORD}\n{PASSWORD}\n")
    assert said.exit_code == 0, said.output
    assert PASSWORD not in said.output
    assert on_the_rows(lambda database: UserBook(database).password_of("claire.petit")).startswith("$argon2id$")
    assert typed("password", "claire.petit", PASSWORD).exit_code == 2
    short = typed("password", "claire.petit", asked="court\ncourt\n")
    assert (short.exit_code, "12 to 256" in short.output) == (1, True)


def test_who_is_off_gets_no_link_until_they_are_on_again():
    added()
    assert typed("off", "claire.petit").exit_code == 0
    refused = typed("link", "claire.petit")
    assert (refused.exit_code, "voicebot users on claire.petit" in refused.output) == (1, True)
    assert "off" in typed("list").output
    assert typed("on", "claire.petit").exit_code == 0
    assert typed("link", "claire.petit").exit_code == 0


def test_the_last_admin_cannot_be_shut_out():
    typed("add", "ines", "--name", "Inès Roux", "--role", "admin")
    assert "only admin" in typed("off", "ines").output


def test_the_list_keeps_numbers_to_itself():
    assert "Nobody yet" in typed("list").output
    added("--phone", "+33639981234", "--client", "boutique-oliva")
    shown = typed("list").output
    assert "Claire Petit" in shown
    assert "boutique-oliva" in shown
    assert "639981234" not in shown
    assert "+33639981234" in typed("list", "--numbers").output
