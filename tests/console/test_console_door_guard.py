"""What the guard asks of every request, whatever the page behind it does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, WebSocket
from starlette.responses import PlainTextResponse, StreamingResponse
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.console.guarded_console import COOKIE
from tests.console.open_console import OpenConsole, open_console
from voicebot.console.door import Door
from voicebot.console.door import guard as guard_module
from voicebot.console.door.own_address import OwnAddress, origin_of
from voicebot.console.door.rate import BoundedCounters, Rate, network_of
from voicebot.console.frame import HEADERS
from voicebot.console.house import ConsoleHouse
from voicebot.domain.agent import Role, User
from voicebot.settings import Settings
from voicebot.store.audit_book import AuditBook
from voicebot.store.session_book import SignInWay

CLAIRE = User("claire", "Claire Petit", Role.AGENT)


def careless_page(reached: list[str]) -> FastAPI:
    """Pages that ask nobody anything: what the guard lets through, they do."""
    app = FastAPI()

    @app.api_route("/thing", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def thing(request: Request) -> PlainTextResponse:
        reached.append(f"{request.method} {(await request.body()).decode()}")
        return PlainTextResponse("done", headers={"Cache-Control": "private"})

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def ticks() -> AsyncIterator[str]:
            try:
                while True:
                    yield ": tick\n\n"
                    await asyncio.sleep(0.02)
            finally:
                reached.append("stream over")

        return StreamingResponse(ticks(), media_type="text/event-stream")

    @app.websocket("/socket")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(await socket.receive_text())

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a page is broken")

    return app


class Guarded:
    def __init__(self, console: OpenConsole, door: Door, secret: str, token: str, reached: list[str]) -> None:
        self.address, self.origin = console.address, console.address.removesuffix("/console")
        self.door, self.secret, self.token, self.reached = door, secret, token, reached

    @asynccontextmanager
    async def client(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """With the cookie of the session and nothing else."""
        cookie = {"Cookie": f"{COOKIE}={self.secret}"}
        async with httpx.AsyncClient(base_url=self.address, headers=cookie | headers, trust_env=False) as client:
            yield client


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    reached: list[str] = []
    made: dict[str, Any] = {}

    def mount(house: ConsoleHouse) -> Any:
        audit = AuditBook(house.book.database, timedelta(days=365))
        made["door"] = door = Door(house.settings, house.book.database, audit, house.clock)
        return door.guard(careless_page(reached), look_s=0.05)

    async with open_console(tmp_path, (), (), mount=mount) as console:
        door: Door = made["door"]
        await door.users.add(CLAIRE)
        secret = await door.sessions.begin(CLAIRE.id, SignInWay.LINK)
        session = await door.sessions.session(secret)
        assert session is not None
        yield Guarded(console, door, secret, session.csrf, reached)


async def test_nothing_is_reached_without_a_session(guarded: Guarded):
    own = {"Origin": guarded.origin, "X-CSRF-Token": guarded.token, "Cookie": ""}
    async with guarded.client(**own) as client:
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            for path in ("/thing", "/stream", "/nowhere", "/sign-inside", "/static", "//thing", "/%2e%2e/thing"):
                assert (await client.request(method, path)).status_code == 401
        led = await client.get("/thing", headers={"Accept": "text/html,*/*"})
        assert (led.status_code, led.headers["location"]) == (303, "/console/sign-in?next=/console/thing")
        for cookie in ("", "x", "é" * 40, guarded.secret[:-1], f"{guarded.secret}A"):
            given = {"Cookie": f"{COOKIE}={cookie}".encode()}
            assert (await client.get("/thing", headers=given)).status_code == 401  # type: ignore[arg-type]
    assert guarded.reached == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_changes_needs_the_token_of_the_session(guarded: Guarded, method: str):
    async with guarded.client(Origin=guarded.origin) as client:
        for token in (None, "", "x", guarded.token[:-1], f"{guarded.token}A", guarded.secret, "é"):
            shown = {} if token is None else {"X-CSRF-Token": token.encode()}
            answer = await client.request(method, "/thing", headers=shown)  # type: ignore[arg-type]
            assert (answer.status_code, answer.json()) == (403, {"error": "token"})
        assert guarded.reached == []
        right = {"X-CSRF-Token": guarded.token}
        assert (await client.request(method, "/thing", headers=right, content="body")).status_code == 200
    assert guarded.reached == [f"{method} body"]


async def test_a_form_shows_the_token_in_a_field(guarded: Guarded):
    async with guarded.client(Origin=guarded.origin) as client:
        assert (await client.post("/thing", data={"a": "1", "csrf": "x"})).status_code == 403
        assert (await client.post("/thing", data={"a": "1", "csrf": guarded.token})).status_code == 200
        as_text = {"Content-Type": "text/plain"}
        assert (await client.post("/thing", content=f"csrf={guarded.token}", headers=as_text)).status_code == 403
        in_address = await client.post(f"/thing?csrf={guarded.token}")
        assert in_address.status_code == 403
    assert guarded.reached == [f"POST a=1&csrf={guarded.token}"]


FOREIGN = [
    {},
    {"Origin": "https://evil.example.org"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "{origin}.evil.example.org"},
    {"Origin": "{origin}@evil.example.org"},
    {"Referer": "https://evil.example.org/{origin}/"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "{origin}"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "{origin}"},
]
OWN = [
    {"Origin": "{origin}"},
    {"Origin": "{origin}", "Sec-Fetch-Site": "same-origin"},
    {"Referer": "{origin}/console/desk"},
    {"Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize(("headers", "status"), [*((h, 403) for h in FOREIGN), *((h, 200) for h in OWN)])
async def test_what_changes_must_come_from_a_page_of_ours(guarded: Guarded, headers: dict[str, str], status: int):
    sent = {name: value.replace("{origin}", guarded.origin) for name, value in headers.items()}
    async with guarded.client(**{"X-CSRF-Token": guarded.token}) as client:
        assert (await client.post("/thing", headers=sent)).status_code == status
    assert len(guarded.reached) == (1 if status == 200 else 0)


async def test_other_sites_may_link_to_us_and_nothing_more(guarded: Guarded):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    async with guarded.client() as client:
        assert (await client.get("/thing", headers=link)).status_code == 200
        for wrong in (
            {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
            {"Sec-Fetch-Mode": "cors"},
            {"Sec-Fetch-Dest": "iframe"},
        ):
            assert (await client.get("/thing", headers=link | wrong)).status_code == 403
        foreign = {"Origin": "https://evil.example.org"}
        assert (await client.get("/stream", headers=foreign)).status_code == 403


async def test_a_host_name_made_to_point_here_is_refused(guarded: Guarded):
    port = guarded.origin.rpartition(":")[2]
    async with guarded.client() as client:
        for host in (f"evil.example.org:{port}", "evil.example.org", "", f"127.0.0.1.evil.example.org:{port}"):
            assert (await client.get("/thing", headers={"Host": host})).status_code == 400
        assert (await client.get("/thing", headers={"Host": f"localhost:{port}"})).status_code == 200


async def test_every_answer_has_the_frames_headers(guarded: Guarded):
    async with guarded.client(Origin=guarded.origin) as client:
        for answer in (
            await client.get("/thing"),
            await client.get("/nowhere"),
            await client.post("/thing"),
            await client.get("/broken"),
            await client.get("/thing", headers={"Cookie": "", "Accept": "text/html"}),
        ):
            for name, value in HEADERS.items():
                # A page may say itself how long its answer is kept.
                assert answer.headers[name] == value or name == "Cache-Control"


async def test_bodies_have_an_end(guarded: Guarded, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard_module, "BODY_LIMIT", 1000)
    monkeypatch.setattr(guard_module, "BODY_LIMIT_S", 0.1)
    own = {"X-CSRF-Token": guarded.token, "Origin": guarded.origin}

    async def parts(size: int, pause_s: float) -> AsyncIterator[bytes]:
        for _ in range(size // 100):
            yield b"x" * 100
            await asyncio.sleep(pause_s)

    async with guarded.client(**own) as client:
        assert (await client.post("/thing", content=b"x" * 1000)).status_code == 200
        assert (await client.post("/thing", content=b"x" * 1001)).status_code == 413
        assert (await client.post("/thing", content=parts(1100, 0))).status_code == 413
        assert (await client.post("/thing", content=parts(500, 0.05))).status_code == 413
    assert len(guarded.reached) == 1


async def test_a_stream_ends_when_its_session_does(guarded: Guarded):
    async with guarded.client() as client, client.stream("GET", "/stream") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == ": tick"
        await guarded.door.users.change(replace(CLAIRE, active=False))
        async with asyncio.timeout(5):
            async for _ in lines:
                pass
    assert guarded.reached == ["stream over"]


async def test_a_stream_goes_on_while_its_session_stands(guarded: Guarded):
    async with guarded.client() as client, client.stream("GET", "/stream") as answer:
        lines = answer.aiter_lines()
        for _ in range(20):
            await anext(lines)
    assert guarded.reached in ([], ["stream over"])


async def test_a_session_has_so_many_streams(guarded: Guarded, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard_module, "MOST_OPEN", 2)
    async with guarded.client() as client, client.stream("GET", "/stream"), client.stream("GET", "/stream"):
        refused = await client.get("/thing")
        assert (refused.status_code, refused.json()) == (429, {"error": "too_many"})
    async with guarded.client() as client, asyncio.timeout(5):
        while (await client.get("/thing")).status_code == 429:  # noqa: ASYNC110 - the server sees the ends when it does
            await asyncio.sleep(0.02)


async def test_a_session_asks_so_often_and_no_more(guarded: Guarded, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard_module, "OF_SESSION", "10/hour")
    async with guarded.client() as client:
        statuses = [(await client.get("/thing")).status_code for _ in range(12)]
        assert statuses == [200] * 10 + [429] * 2
        secret = await guarded.door.sessions.begin(CLAIRE.id, SignInWay.LINK)
        other = {"Cookie": f"{COOKIE}={secret}"}
        assert (await client.get("/thing", headers=other)).status_code == 200


async def test_strangers_ask_so_often_and_no_more(guarded: Guarded, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard_module, "OF_STRANGER", "3/hour")
    async with guarded.client(Cookie="") as client:
        statuses = [(await client.get("/sign-in")).status_code for _ in range(5)]
    assert statuses == [404] * 3 + [429] * 2


async def test_a_websocket_opens_for_our_own_page_only(guarded: Guarded):
    address = guarded.address.replace("http://", "ws://") + "/socket"
    cookie = {"Cookie": f"{COOKIE}={guarded.secret}"}
    async with connect(address, additional_headers=cookie, origin=guarded.origin) as socket:  # type: ignore[arg-type]
        await socket.send("heard")
        assert await socket.recv() == "heard"
        await guarded.door.sessions.end((await guarded.door.sessions.session(guarded.secret)).id)  # type: ignore[union-attr]
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 5)
    secret = await guarded.door.sessions.begin(CLAIRE.id, SignInWay.LINK)
    for headers, origin in (
        ({"Cookie": f"{COOKIE}={secret}"}, None),
        ({"Cookie": f"{COOKIE}={secret}"}, "https://evil.example.org"),
        ({}, guarded.origin),
    ):
        with pytest.raises(InvalidStatus):
            await connect(address, additional_headers=headers, origin=origin)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Phone.Example.org/console", "https://phone.example.org"),
        ("https://phone.example.org:443/", "https://phone.example.org"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("https://phone.example.org:99999/", ""),
        ("file:///etc/passwd", ""),
        ("null", ""),
        ("", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str):
    assert origin_of(url) == origin


def request_to(host: str, scheme: str = "http") -> Request:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": scheme}
    return Request(scope | {"headers": [(b"host", host.encode())], "server": ("127.0.0.1", 80)})


def test_https_is_seen_through_a_proxy_that_keeps_the_host(tmp_path: Path):
    own = OwnAddress(Settings(data_dir=tmp_path, public_url="https://phone.example.org", host="127.0.0.1"))
    assert own.base(request_to("phone.example.org")) == "https://phone.example.org"
    assert own.is_secure(request_to("phone.example.org"))
    assert not own.is_secure(request_to("127.0.0.1:8080"))
    assert own.knows_host(request_to("127.0.0.1:8080"))
    assert not own.knows_host(request_to("other.example.org"))


async def test_over_https_the_cookie_is_bound_to_the_host(tmp_path: Path):
    own = {"public_url": "https://phone.example.org"}
    made: dict[str, Door] = {}

    def mount(house: ConsoleHouse) -> Any:
        audit = AuditBook(house.book.database, timedelta(days=365))
        made["door"] = Door(house.settings, house.book.database, audit, house.clock)
        return made["door"].guard(careless_page([]))

    async with open_console(tmp_path, (), (), mount=mount, more_settings=own) as console:
        await made["door"].users.add(CLAIRE)
        secret = await made["door"].sessions.begin(CLAIRE.id, SignInWay.LINK)
        host = {"Host": "phone.example.org"}
        async with httpx.AsyncClient(base_url=console.address, headers=host, trust_env=False) as client:
            plain = await client.get("/thing", headers={"Cookie": f"{COOKIE}={secret}"})
            bound = await client.get("/thing", headers={"Cookie": f"__Host-{COOKIE}={secret}"})
        assert (plain.status_code, bound.status_code) == (401, 200)
        assert bound.headers["Strict-Transport-Security"]
        answer = PlainTextResponse("")
        made["door"].give_cookie(request_to("phone.example.org"), answer, secret)
        assert answer.headers["set-cookie"] == f"__Host-voicebot={secret}; HttpOnly; Path=/; SameSite=lax; Secure"


def test_counters_take_bounded_room_and_forget_with_time():
    now = [datetime(2026, 11, 23, tzinfo=UTC)]
    counters = BoundedCounters(lambda: now[0], most=100)
    for number in range(1000):
        counters.incr(f"key-{number}", 60)
    assert sum(counters.get(f"key-{number}") for number in range(1000)) == 100
    assert counters.incr("key-999", 60) == 2
    now[0] += timedelta(seconds=61)
    assert counters.get("key-999") == 0
    assert counters.incr("key-999", 60) == 1


def test_the_longest_wait_of_all_rules_counts():
    now = [datetime(2026, 11, 23, tzinfo=UTC)]
    rate = Rate(lambda: now[0])
    rules = rate.allowance("2/minute;3/hour", "claire")
    assert [rate.try_once((rules,)) for _ in range(2)] == [0.0, 0.0]
    assert rate.try_once((rules,)) == 60.0
    assert rate.try_once((rules,)) == 3600.0
    now[0] += timedelta(minutes=2)
    assert rate.try_once((rules,)) == 3480.0
    rate.came_out_well(rules)
    assert rate.try_once((rules,)) == 0.0


def test_one_household_is_one_network():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::4") != network_of("2001:db8:1:2::4")
    assert network_of("::ffff:198.51.100.7") == network_of("198.51.100.7") == "198.51.100.7"
