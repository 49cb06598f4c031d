"""Users, sessions, links and the audit as rows: what is kept, what ends with what, and what stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.postgres import running_postgres
from voicebot.domain.agent import Role, User
from voicebot.domain.language import Language
from voicebot.errors import SignInRefused, UnknownUser, UserRefused
from voicebot.store.audit_book import AuditBook, AuditWanted
from voicebot.store.open_database import OpenDatabase
from voicebot.store.session_book import SessionBook, SignInWay, secret_id
from voicebot.store.user_book import UserBook

CLAIRE = User(
    "claire.petit", "Claire Petit", Role.AGENT, "Claire@example.org", ("a", "b"), (Language.FRENCH, Language.ENGLISH),
    "+33639981234", Language.ENGLISH,
)  # fmt: skip
INES = User("ines", "Inès Roux", Role.ADMIN)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'voicebot.db'}"
    else:
        with running_postgres(tmp_path) as running:
            yield running


@pytest.fixture
async def database(url: str) -> AsyncIterator[OpenDatabase]:
    opened = await OpenDatabase.open(url, reserve_bytes=0)
    yield opened
    await opened.close()


async def test_users_and_what_ends_with_them(database: OpenDatabase):
    clock = Clock()
    users, sessions = UserBook(database, clock), SessionBook(database, clock)
    await users.add(CLAIRE)
    await users.add(INES, "a hash")
    assert await users.user("claire.petit") == CLAIRE
    assert await users.all() == [CLAIRE, INES]
    assert await users.by_email("  CLAIRE@example.org ") == CLAIRE
    assert await users.by_email("") is None
    assert (await users.password_of("ines"), await users.password_of("nobody")) == ("a hash", "")
    for wrong, reason in ((CLAIRE, "email_taken"), (replace(INES, name="Autre"), "taken")):
        with pytest.raises(UserRefused) as refused:
            await users.add(replace(wrong, id="autre") if reason == "email_taken" else wrong)
        assert refused.value.reason == reason
    with pytest.raises(UserRefused) as refused:
        await users.change(replace(INES, role=Role.AGENT))
    assert refused.value.reason == "last_admin"
    assert (await users.user("ines")).role is Role.ADMIN

    secret, link = (
        await sessions.begin("claire.petit", SignInWay.LINK, "b" * 500),
        await sessions.new_link("claire.petit", timedelta(1)),
    )
    session = await sessions.session(secret)
    assert session is not None
    assert (session.id, session.user, session.way, len(session.browser)) == (secret_id(secret), CLAIRE, SignInWay.LINK, 200)
    await users.change(replace(CLAIRE, active=False))
    assert await sessions.session(secret) is None
    with pytest.raises(SignInRefused):
        await sessions.use_link(link)
    assert await users.by_email("claire@example.org") is None
    assert [one.id for one in await users.all()] == ["ines", "claire.petit"]
    for unknown in (users.user("x"), users.change(replace(CLAIRE, id="x", email="")), users.set_password("x", "h")):
        with pytest.raises(UnknownUser):
            await unknown


async def test_a_link_is_used_once_by_one_of_many(database: OpenDatabase):
    clock = Clock()
    users, sessions = UserBook(database, clock), SessionBook(database, clock)
    await users.add(CLAIRE)
    link = await sessions.new_link(CLAIRE.id, timedelta(minutes=15))
    tries = await asyncio.gather(*(sessions.use_link(link) for _ in range(12)), return_exceptions=True)
    assert [one for one in tries if not isinstance(one, Exception)] == [CLAIRE.id]
    assert {one.reason for one in tries if isinstance(one, SignInRefused)} == {"used"}
    late = await sessions.new_link(CLAIRE.id, timedelta(minutes=15))
    clock.now += timedelta(minutes=15)
    with pytest.raises(SignInRefused) as refused:
        await sessions.use_link(late)
    assert refused.value.reason == "late"
    await sessions.use_state("state", CLAIRE.id, timedelta(minutes=10))
    with pytest.raises(SignInRefused):
        await sessions.use_state("state", CLAIRE.id, timedelta(minutes=10))


async def test_sessions_of_one_user_are_so_many(database: OpenDatabase):
    clock = Clock()
    users, sessions = UserBook(database, clock), SessionBook(database, clock)
    await users.add(CLAIRE)
    secrets = []
    for _ in range(23):
        clock.now += timedelta(seconds=1)
        secrets.append(await sessions.begin(CLAIRE.id, SignInWay.PASSWORD))
    alive = [await sessions.session(secret) is not None for secret in secrets]
    assert alive == [False] * 3 + [True] * 20
    await sessions.forget_over(clock.now - timedelta(seconds=5), clock.now - timedelta(hours=1))
    assert sum([await sessions.session(secret) is not None for secret in secrets]) == 6


async def test_the_audit_is_searched_by_pages_and_kept_so_long(database: OpenDatabase):
    clock = Clock()
    audit = AuditBook(database, timedelta(days=30), clock)
    for number in range(120):
        clock.now += timedelta(minutes=1)
        client, user = ("a", "claire") if number % 2 else ("b", "ines")
        await audit.note_of(
            user, "192.0.2.7", "listened" if number % 3 else "sign_in", "audio", f"call-{number}", client=client
        )
    page = await audit.search(AuditWanted(), 2)
    assert (page.total, page.number, page.pages, len(page.entries)) == (120, 2, 3, 50)
    assert [entry.subject for entry in page.entries] == [f"call-{number}" for number in range(69, 19, -1)]
    assert (await audit.search(AuditWanted(), 99)).number == 3
    only = await audit.search(
        AuditWanted(user="claire", deed="listened", clients=("a",), since=clock.now - timedelta(minutes=9))
    )
    assert [entry.subject for entry in only.entries] == ["call-119", "call-115", "call-113"]
    assert (await audit.search(AuditWanted(client="a", clients=("b",)))).total == 0
    assert await audit.deeds() == ["listened", "sign_in"]
    assert set(await audit.last_sign_ins()) == {"claire", "ines"}
    clock.now += timedelta(days=31)
    await audit.note_of("claire", "", "listened", "audio", "call-new", seconds=3)
    left = await audit.search(AuditWanted())
    assert [(entry.subject, entry.more) for entry in left.entries] == [("call-new", {"seconds": 3})]
