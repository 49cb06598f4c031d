"""Coming in by password and by link, and going out: what is let in, what is refused, and what is noted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher

from tests.console.guarded_console import COOKIE, WEAK, GuardedConsole, guarded_console
from voicebot.domain.agent import Role, User
from voicebot.store.audit_book import AuditWanted

CLAIRE = User("claire.petit", "Claire Petit", Role.AGENT, "claire@example.org")
ADMIN = User("ines", "Inès Roux", Role.ADMIN)
PASSWORD = "une phrase facile à retenir"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def console(tmp_path: Path, clock: Clock) -> AsyncIterator[GuardedConsole]:
    async with guarded_console(tmp_path, (CLAIRE, ADMIN), clock=clock) as opened:
        await opened.door.users.set_password(CLAIRE.id, WEAK.hash(PASSWORD))
        yield opened


async def noted(console: GuardedConsole, deed: str) -> list[tuple[str, dict[str, str]]]:
    page = await console.audit.search(AuditWanted(deed=deed))
    return [(entry.user, entry.more) for entry in page.entries]


def typed(password: str = PASSWORD, user: str = CLAIRE.id, to: str = "") -> dict[str, str]:
    return {"user": user, "password": password, "next": to}


async def test_the_right_password_opens_the_page_that_was_asked_for(console: GuardedConsole):
    async with console.stranger(Accept="text/html") as client:
        sent_away = await client.get("/account?a=1")
        assert sent_away.headers["location"] == "/console/sign-in?next=/console/account%3Fa%3D1"
        answer = await client.post("/sign-in", data=typed(to="/console/account?a=1"))
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/account?a=1")
        given = answer.headers["set-cookie"]
        assert given.endswith("; HttpOnly; Path=/; SameSite=lax")
        assert (await client.get("/account")).status_code == 200
    assert await noted(console, "sign_in") == [(CLAIRE.id, {"way": "password"})]


@pytest.mark.parametrize(
    ("user", "password"),
    [(CLAIRE.id, "une autre phrase"), ("nobody", PASSWORD), (ADMIN.id, ""), (ADMIN.id, PASSWORD), ("", ""), (CLAIRE.id, "")],
)
async def test_wrong_pairs_are_told_apart_by_nobody(console: GuardedConsole, user: str, password: str):
    async with console.stranger() as client:
        answer = await client.post("/sign-in", data=typed(password, user))
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert "n’est pas bon" in answer.text
        assert (await client.get("/account")).status_code == 401
    known = user if user in (CLAIRE.id, ADMIN.id) else ""
    assert await noted(console, "sign_in_refused") == [(known, {"way": "password", "reason": "wrong"})]


async def test_nobody_costs_as_much_work_as_somebody(console: GuardedConsole, monkeypatch: pytest.MonkeyPatch):
    verified: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2-cffi's name
            verified.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(console.door.passwords, "_hasher", Counting(time_cost=1, memory_cost=8, parallelism=1))
    async with console.stranger() as client:
        for user in (CLAIRE.id, "nobody", ADMIN.id):
            await client.post("/sign-in", data=typed("une autre phrase", user))
    assert len(verified) == 3
    assert all(hashed.startswith("$argon2id$") for hashed in verified)


async def test_a_hash_with_old_parameters_is_made_anew_at_sign_in(console: GuardedConsole):
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    console.door.passwords._hasher = stronger
    async with console.stranger() as client:
        assert (await client.post("/sign-in", data=typed())).status_code == 303
        stored = await console.door.users.password_of(CLAIRE.id)
        assert not stronger.check_needs_rehash(stored)
        assert stronger.verify(stored, PASSWORD)
        assert (await client.get("/account")).status_code == 200


async def test_waits_grow_with_wrong_passwords_and_a_right_one_must_wait_too(console: GuardedConsole, clock: Clock):
    waits: list[int] = []
    async with console.stranger() as client:
        for _ in range(8):
            while (answer := await client.post("/sign-in", data=typed("une autre phrase"))).status_code == 403:
                clock.forward(seconds=1)
            assert answer.status_code == 429
            assert (await client.post("/sign-in", data=typed())).status_code == 429
            waits.append(int(answer.headers["retry-after"]))
            clock.forward(seconds=waits[-1] + 1)
    assert waits[0] <= 60
    assert max(waits) > 20 * 60
    assert waits.index(max(waits)) > 0


async def test_tries_at_once_are_counted_before_they_are_answered(console: GuardedConsole):
    async with console.stranger() as client:
        tries = [client.post("/sign-in", data=typed("une autre phrase")) for _ in range(20)]
        statuses = sorted([answer.status_code for answer in await asyncio.gather(*tries)])
    assert statuses == [403] * 5 + [429] * 15


async def test_a_floor_that_signs_in_from_one_address_is_not_held_up(console: GuardedConsole):
    for number in range(45):
        agent = User(f"agent{number}", f"Agent {number}", Role.AGENT)
        await console.door.users.add(agent, WEAK.hash(PASSWORD))
        async with console.stranger() as client:
            assert (await client.post("/sign-in", data=typed(user=agent.id))).status_code == 303


async def test_a_link_opens_once_even_for_two_who_race(console: GuardedConsole):
    secret = (await console.door.link_for(CLAIRE.id)).partition("#")[2]
    async with console.stranger() as one, console.stranger() as other:
        answers = await asyncio.gather(*(c.post("/sign-in/link", data={"token": secret}) for c in (one, other)))
        assert sorted(answer.status_code for answer in answers) == [303, 403]
        again = await one.post("/sign-in/link", data={"token": secret})
        assert again.status_code == 403
        assert "déjà servi" in again.text
    assert {more["reason"] for _, more in await noted(console, "sign_in_refused")} == {"used"}


async def test_a_link_is_over_after_fifteen_minutes_or_with_the_next_one(console: GuardedConsole, clock: Clock):
    first, second = [(await console.door.link_for(CLAIRE.id)).partition("#")[2] for _ in range(2)]
    clock.forward(minutes=15)
    async with console.stranger() as client:
        replaced = await client.post("/sign-in/link", data={"token": first})
        late = await client.post("/sign-in/link", data={"token": second})
        forged = await client.post("/sign-in/link", data={"token": "A" * 43})
    assert [answer.status_code for answer in (replaced, late, forged)] == [403] * 3
    assert "plus valable" in late.text
    assert (await noted(console, "sign_in_refused"))[1][1]["reason"] == "late"


async def test_secrets_are_not_in_the_rows(console: GuardedConsole, tmp_path: Path):
    link = (await console.door.link_for(CLAIRE.id)).partition("#")[2]
    async with console.browser(ADMIN.id) as client:
        cookie = client.cookies[COOKIE]
    kept = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("voicebot.db*"))
    assert link.encode() not in kept
    assert cookie.encode() not in kept
    assert PASSWORD.encode() not in kept


async def test_signing_in_changes_the_session_and_ends_the_one_before(console: GuardedConsole):
    async with console.stranger() as client:
        await client.post("/sign-in", data=typed())
        before = client.cookies[COOKIE]
        await client.post("/sign-in", data=typed())
        assert client.cookies[COOKIE] != before
        client.cookies.set(COOKIE, before, domain="127.0.0.1")
        assert await console.door.sessions.session(before) is None


async def test_a_planted_session_secret_is_never_taken_over(console: GuardedConsole):
    async with console.stranger() as client:
        client.cookies.set(COOKIE, "planted-by-somebody")
        answer = await client.post("/sign-in", data=typed())
        assert f"{COOKIE}=planted" not in answer.headers["set-cookie"]
        assert await console.door.sessions.session("planted-by-somebody") is None


async def test_signing_out_ends_the_session_on_our_side(console: GuardedConsole):
    async with console.browser(CLAIRE.id) as client:
        cookie = client.cookies[COOKIE]
        answer = await client.post("/sign-out", data={"csrf": client.headers.pop("X-CSRF-Token")})
        assert answer.headers["location"] == "/console/sign-in"
        kept = {"Cookie": f"{COOKIE}={cookie}"}
        assert (await client.get("/account", headers=kept)).status_code == 401
    assert [user for user, _ in await noted(console, "sign_out")] == [CLAIRE.id]


async def test_a_session_ends_after_an_hour_of_silence_but_not_while_it_lives(console: GuardedConsole, clock: Clock):
    async with console.browser(CLAIRE.id) as client:
        for _ in range(5):
            clock.forward(minutes=59)
            assert (await client.get("/account")).status_code == 200
        clock.forward(minutes=60)
        assert (await client.get("/account")).status_code == 401


async def test_a_session_ends_after_its_hours_however_busy(console: GuardedConsole, clock: Clock):
    async with console.browser(CLAIRE.id) as client:
        for _ in range(23):
            clock.forward(minutes=30)
            assert (await client.get("/account")).status_code == 200
        clock.forward(minutes=30)
        assert (await client.get("/account")).status_code == 401


async def test_who_is_made_inactive_is_out_at_once_and_stays_out(console: GuardedConsole):
    async with console.browser(CLAIRE.id) as client, console.stranger() as other:
        link = (await console.door.link_for(CLAIRE.id)).partition("#")[2]
        await console.door.users.change(replace(CLAIRE, active=False))
        assert (await client.get("/account")).status_code == 401
        assert (await other.post("/sign-in", data=typed())).status_code == 403
        assert (await other.post("/sign-in/link", data={"token": link})).status_code == 403
        await console.door.users.change(CLAIRE)
        assert (await client.get("/account")).status_code == 401


async def test_a_new_password_ends_every_other_session(console: GuardedConsole):
    async with console.browser(CLAIRE.id) as here, console.browser(CLAIRE.id) as elsewhere:
        new = {"current": PASSWORD, "new": "encore une autre phrase"}
        wrong = await here.post("/account/password", json=new | {"current": "une autre phrase"})
        assert (wrong.status_code, wrong.json()["reason"]) == (409, "wrong_password")
        short = await here.post("/account/password", json=new | {"new": "court"})
        assert (short.status_code, short.json()["reason"]) == (409, "bad_password")
        assert (await here.post("/account/password", json=new)).status_code == 204
        assert (await here.get("/account")).status_code == 200
        assert (await elsewhere.get("/account")).status_code == 401
    async with console.stranger() as client:
        assert (await client.post("/sign-in", data=typed())).status_code == 403
        assert (await client.post("/sign-in", data=typed("encore une autre phrase"))).status_code == 303


async def test_only_a_first_run_has_a_first_link(tmp_path: Path):
    async with guarded_console(tmp_path) as console:
        first = await console.door.first_link("http://127.0.0.1:8080")
        again = await console.door.first_link("http://127.0.0.1:8080")
        assert first is not None
        assert again is not None
        assert again != first
        assert again.startswith("http://127.0.0.1:8080/console/sign-in/link#")
        async with console.stranger() as client:
            answer = await client.post("/sign-in/link", data={"token": again.partition("#")[2]})
            assert answer.status_code == 303
            assert (await client.get("/agents")).status_code == 200
        assert await console.door.first_link("http://127.0.0.1:8080") is None


async def test_where_people_are_known_there_is_no_first_link(console: GuardedConsole):
    assert await console.door.first_link() is None


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example.org/console/",
        "//evil.example.org/console/",
        "/\\evil.example.org",
        "/console\\..\\..\\evil",
        "/console/../../elsewhere",
        "javascript:alert(1)",
        "/elsewhere",
        "/console/sign-out",
        "/console/\r\nSet-Cookie: a=b",
    ],
)
async def test_nobody_is_led_elsewhere_after_signing_in(console: GuardedConsole, to: str):
    async with console.stranger() as client:
        answer = await client.post("/sign-in", data=typed(to=to))
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
