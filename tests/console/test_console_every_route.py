"""Every route of the assembled console, with every role: who is let in, who may do it, and whose data shows.

Routes that are added later are asked too: PAGES is the one list of pages. A new path parameter, or a new page, fails here
until tests/console/every_route.py says what it stands for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.every_route import LIVE, OPEN, READS_BY_POST, Asked, every_route
from tests.console.guarded_console import GuardedConsole
from tests.console.two_clients import ADMIN, ALBA, BRUME, EVERYBODY, LIMITED, limited_users, two_clients
from voicebot.console.scope import RIGHTS, Deed
from voicebot.domain.agent import Role
from voicebot.store.quality_tables import metadata

STREAM_S = 0.4
"""How long a stream is listened to: it shows all that there is when it opens."""


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[GuardedConsole]:
    async with two_clients(tmp_path) as opened:
        yield opened


def routes_of(console: GuardedConsole) -> list[Asked]:
    return every_route(console.app.app)


def closed_routes(console: GuardedConsole) -> list[Asked]:
    return [asked for asked in routes_of(console) if asked.path not in OPEN]


async def ask(client: httpx.AsyncClient, asked: Asked, side: Any, query: Any = None) -> tuple[int, str]:
    """Status and what was shown: headers and body, of a stream what it begins with."""
    body = asked.body(side) if asked.changes else None
    shown = b""
    address = asked.required(side) | (query or {})
    async with client.stream(asked.method, asked.filled(side), params=address, json=body) as answer:
        parts = answer.aiter_raw() if "event-stream" in answer.headers.get("content-type", "") else answer.aiter_bytes()
        try:
            async with asyncio.timeout(STREAM_S if "event-stream" in answer.headers.get("content-type", "") else 20):
                async for part in parts:
                    shown += part
        except TimeoutError:
            assert "event-stream" in answer.headers["content-type"], f"{asked.method} {asked.path} does not end"
    return answer.status_code, f"{answer.headers}\n{shown.decode('utf-8', 'replace')}"


async def test_strangers_reach_nothing_but_the_sign_in(console: GuardedConsole):
    async with console.stranger() as client, console.stranger(Accept="text/html") as reader:
        for asked in closed_routes(console):
            status, shown = await ask(client, asked, ALBA)
            assert status == 401, f"{asked.method} {asked.path}: {status}"
            assert ALBA.mark not in shown
            if asked.method == "GET":
                led, shown = await ask(reader, asked, ALBA)
                assert led == 303, f"{asked.path}: {led}"
                assert "/console/sign-in" in shown


async def test_nothing_changes_without_token_and_own_origin(console: GuardedConsole):
    before = rows_of(console)
    for user in [ADMIN, *limited_users(ALBA)]:
        async with console.browser(user.id) as client:
            token = client.headers.pop("X-CSRF-Token")
            for asked in closed_routes(console):
                if not asked.changes:
                    continue
                for headers in (
                    {},
                    {"X-CSRF-Token": "x" * len(token)},
                    {"X-CSRF-Token": token, "Origin": "https://evil.example.org"},
                    {"X-CSRF-Token": token, "Origin": "null"},
                    {"X-CSRF-Token": token, "Sec-Fetch-Site": "cross-site"},
                ):
                    answer = await client.request(asked.method, asked.filled(ALBA), json=asked.body(ALBA), headers=headers)
                    assert answer.status_code == 403, (
                        f"{user.id} {asked.method} {asked.path} {headers}: {answer.status_code}"
                    )
            assert (await client.get("/account")).status_code == 200
    assert changed_since(console, before) == set()


async def test_a_role_without_the_right_is_told_that_nothing_is_there(console: GuardedConsole):
    asked_for = 0
    for user in [one for one in EVERYBODY if one.id.endswith(ALBA.key)]:
        async with console.browser(user.id) as client:
            for asked in closed_routes(console):
                kind = asked.kind()
                deed = Deed.CHANGE if asked.changes and asked.path not in READS_BY_POST else Deed.SEE
                if kind is None or deed in RIGHTS[user.role].get(kind, ()):
                    continue
                status, shown = await ask(client, asked, ALBA)
                assert status in (403, 404), f"{user.role} {asked.method} {asked.path}: {status} {shown[-200:]}"
                assert ALBA.mark not in shown
                asked_for += 1
    assert asked_for > 10


async def test_nothing_of_another_client_shows_or_changes(console: GuardedConsole):
    """The canary: every text of the other client's data carries its mark; no answer to anybody limited to one does."""
    before = rows_of(console, BRUME.mark, BRUME.client, BRUME.number)
    by_id = 0
    for user in limited_users(ALBA):
        async with console.browser(user.id) as client:
            for asked in closed_routes(console):
                if asked.path == "/sign-out":
                    continue
                status, shown = await ask(client, asked, BRUME)
                who = f"{user.role} {asked.method} {asked.path}"
                assert seen_of_brume(shown) == [], who
                if asked.names_ids:
                    by_id += 1
                    assert status in (403, 404), f"{who} with another client's ids: {status} {shown[-300:]}"
                if asked.changes:
                    continue
                for query in (asked.query(ALBA), asked.query(BRUME), {}):
                    _, shown = await ask(client, asked, ALBA, query)
                    assert seen_of_brume(shown, query) == [], f"{who} {query}"
    assert by_id > 10
    assert changed_since(console, before) == set()


def seen_of_brume(shown: str, query: Any = None) -> list[str]:
    """Where its mark, its number or one of its ids shows, but for what was asked in the address itself."""
    said = [BRUME.mark, BRUME.number.removeprefix("+33"), BRUME.client, BRUME.id("agent"), BRUME.id("call")]
    asked = str(query or {})
    return [shown[max(0, at - 150) : at + 100] for one in said if one not in asked and (at := shown.find(one)) >= 0]


async def test_the_marks_do_show_to_those_who_may_see_them(console: GuardedConsole):
    """Without this the canary could be mute: each kind of page shows its own client's mark, and an admin sees both."""
    for user, marks in ((ADMIN, (ALBA, BRUME)), *((one, (ALBA,)) for one in limited_users(ALBA))):
        async with console.browser(user.id) as client:
            for side in marks:
                seen: dict[Any, bool] = {}
                for asked in closed_routes(console):
                    kind = asked.kind()
                    if asked.changes or kind is None or not RIGHTS[user.role].get(kind):
                        continue
                    status, shown = await ask(client, asked, side)
                    assert status < 400 or (status, asked.path.rpartition("/")[2]) in SILENT, (
                        f"{user.role} {asked.path}: {status}"
                    )
                    seen[kind] = seen.get(kind, False) or side.mark in shown or side.client in shown
                assert all(seen.values()), f"{user.role}: nothing of {side.client} in {seen}"


SILENT = {(404, "recording"), (404, "clip"), (404, "peaks"), (404, "timeline.svg"), (422, "clip"), (409, "clip")} | {
    (404, "replay")
}
"""The calls of these tests left no sound; only who may publish replays calls, and sees that there is such a thing."""


def rows_of(console: GuardedConsole, *marks: str) -> dict[str, set[str]]:
    """Every row of what people change, of all tables but sessions and audit; with marks, only rows that hold one."""
    engine = console.house.book.database.engine
    tables = [
        table for table in metadata.sorted_tables if table.name not in ("sessions", "audit", "sign_in_links", "presences")
    ]
    with engine.connect() as connection:
        rows = {table.name: {str(row) for row in connection.execute(table.select())} for table in tables}
    if not marks:
        return rows
    return {name: {row for row in found if any(mark in row for mark in marks)} for name, found in rows.items()}


def changed_since(console: GuardedConsole, before: dict[str, set[str]]) -> set[str]:
    """Rows that are gone or other now."""
    now = rows_of(console)
    return {f"{name}: {row}"[:300] for name, rows in before.items() for row in rows - now[name]}


async def test_every_page_is_served(console: GuardedConsole):
    paths = {asked.path for asked in routes_of(console)}
    assert {"/sign-in", "/sign-out", "/account", "/agents", "/agents/audit", "/static/{name}"} <= paths
    assert all(asked.kind() or True for asked in closed_routes(console))
    assert set(LIMITED) | {Role.ADMIN} == set(Role)
    assert LIVE.startswith("/")
