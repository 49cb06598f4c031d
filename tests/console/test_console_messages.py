"""The inbox over its routes: what is found, who is on it, what may be changed, what is exported, page after page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.archive_samples import (
    DELMAS,
    LILAS,
    MOREL,
    NOW,
    a_dispatch,
    many_messages,
    message_of,
    messages_desk,
    put_dispatches,
    rich_call,
    short_call,
)
from tests.console.open_console import AS_USER, OpenConsole, open_console, shipped_clients, user
from voicebot.console.pages import messages
from voicebot.domain.agent import Role
from voicebot.domain.details import CALLER_NAME, Detail
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.message_event import MessageEventKind
from voicebot.store.call_book import CallBook
from voicebot.store.user_book import UserBook

PEOPLE = [
    user("claire"),
    user("marc", Role.SUPERVISOR),
    user("lilas.only", Role.AGENT, LILAS),
    user("viewer", Role.CLIENT_VIEWER, MOREL),
    user("qa", Role.QA),
]


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[OpenConsole]:
    clients = shipped_clients()

    def desk(book: CallBook) -> Any:
        return messages_desk(book, clients.of)

    async with open_console(tmp_path, [messages.routes], PEOPLE, messages=desk, clock=lambda: NOW) as opened:
        for one in PEOPLE:
            await UserBook(opened.house.book.database).add(one)
        yield opened


def client(console: OpenConsole, who: str = "claire") -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=console.address, headers=console.headers(who), timeout=30)


def calls_in(page: str) -> list[str]:
    return re.findall(r'<li class="message-row" data-call="([^"]+)"', page)


async def listed(console: OpenConsole, query: str = "", who: str = "claire") -> list[str]:
    async with client(console, who) as ask:
        answer = await ask.get(f"/messages?{query}")
    assert answer.status_code == 200, answer.text
    return calls_in(answer.text)


async def handled(console: OpenConsole, calls: list[str], how: str, who: str = "claire", **more: Any) -> httpx.Response:
    async with client(console, who) as ask:
        return await ask.post("/messages/handle", json={"calls": calls, "how": how, **more})


@pytest.mark.parametrize(
    "typed",
    [
        "lefevre",
        "LEFÈVRE zoe",
        "06 39 98 01 02",
        "+33 (0)6.39.98.01.02",
        "0033639980102",
        "33639980102",
        "39 98 01 02",
        "œuvre évry",
        "chauffage 063998",
    ],
)
async def test_a_message_is_found_by_any_spelling(console: OpenConsole, typed: str) -> None:
    call = await rich_call(console.house)
    other = short_call(1, details={CALLER_NAME: Detail("Ali Benali", "")}, caller_number="+33199001122")
    await console.house.book.save(other, [], message_of(other, scenario_title="Devis"))
    async with client(console) as ask:
        answer = await ask.get("/messages", params={"q": typed})
    assert calls_in(answer.text) == [call.id]


@pytest.mark.parametrize("typed", ["lefebure", "0639980103", "%", "_", "' OR 1=1 --", "06 39 98 01 02 03"])
async def test_what_fits_nothing_finds_nothing(console: OpenConsole, typed: str) -> None:
    await rich_call(console.house)
    async with client(console) as ask:
        found = calls_in((await ask.get("/messages", params={"q": typed})).text)
    # A query without a letter or digit asks for nothing in particular.
    assert found == (["call-2026-1"] if typed in "%_" else [])


async def test_pages_hold_every_message_once_while_new_ones_arrive(console: OpenConsole) -> None:
    made = await many_messages(console.house, 130)
    seen: list[str] = []
    address, arrived = "/messages?state=all", 130
    async with client(console) as ask:
        while address:
            page = (await ask.get(address.replace("/console", "").replace("&amp;", "&"))).text
            seen += calls_in(page)
            await many_messages(console.house, 3, arrived)
            arrived += 3
            older = re.search(r'<a href="/console(/messages\?[^"]*after=[^"]*)">', page)
            address = older.group(1) if older else ""
    assert len(seen) == len(set(seen))
    assert set(seen) == {call.id for call in made}
    assert seen == sorted(seen, reverse=True)


async def test_going_back_shows_the_page_that_was_there(console: OpenConsole) -> None:
    await many_messages(console.house, 120)
    async with client(console) as ask:
        first = (await ask.get("/messages?state=all")).text
        older = re.search(r'href="/console(/messages\?[^"]*after=[^"]*)"', first)
        assert older
        second = (await ask.get(older.group(1).replace("&amp;", "&"))).text
        newer = re.search(r'href="/console(/messages\?[^"]*before=[^"]*)"', second)
        assert newer
        back = (await ask.get(newer.group(1).replace("&amp;", "&"))).text
    assert calls_in(back) == calls_in(first)
    assert not set(calls_in(second)) & set(calls_in(first))


async def test_filters_by_client_urgency_and_day(console: OpenConsole) -> None:
    made = await many_messages(console.house, 40)
    wanted = [c.id for c in made if c.client == LILAS and c.urgency and c.urgency.level.value == "p2"]
    assert wanted
    assert await listed(console, f"client={LILAS}&urgency=p2") == wanted[::-1]
    old = short_call(-2000)
    await console.house.book.save(old, [], message_of(old))
    day = f"{old.started_at:%Y-%m-%d}"
    assert await listed(console, f"from={day}&to={day}") == [old.id]
    assert old.id not in await listed(console, f"from={made[0].started_at:%Y-%m-%d}")


async def test_filters_by_delivery(console: OpenConsole) -> None:
    ids = [call.id for call in await many_messages(console.house, 4)]
    await put_dispatches(
        console.house,
        a_dispatch(ids[0], "mail", DispatchStatus.DELIVERED),
        a_dispatch(ids[1], "mail", DispatchStatus.FAILED, trouble="rejected"),
        a_dispatch(ids[2], "mail", DispatchStatus.FAILED, trouble="rejected"),
        a_dispatch(ids[2], "sms", DispatchStatus.SENT, fallback_of=f"{ids[2]}-final-mail"),
    )
    assert await listed(console, "failed=1") == [ids[1]]
    assert await listed(console, "status=failed") == [ids[2], ids[1]]
    assert await listed(console, "status=delivered") == [ids[0]]


async def test_read_assigned_done_and_reopened_are_kept_with_who_and_when(console: OpenConsole) -> None:
    first, second = [call.id for call in await many_messages(console.house, 2)]
    assert await listed(console, "seen=unread") == [second, first]
    assert (await handled(console, [first], "read")).status_code == 200
    assert await listed(console, "seen=read") == [first]
    assert (await handled(console, [first], "read", "marc")).status_code == 200
    await handled(console, [first], "assigned", "marc", to="claire")
    assert await listed(console, "mine=1") == [first]
    assert await listed(console, "mine=1", "marc") == []
    await handled(console, [first], "done")
    assert await listed(console) == [second]
    assert await listed(console, "state=done") == [first]
    await handled(console, [first], "reopened", "marc")
    assert await listed(console) == [second, first]
    events = [e for e in await console.house.book.after_call(first) if e.kind is MessageEventKind.MESSAGE_HANDLED]
    told = [(e.data["how"], e.data["who"], e.data.get("to", "")) for e in events]
    assert told == [("read", "claire", ""), ("assigned", "marc", "claire"), ("done", "claire", ""), ("reopened", "marc", "")]
    assert {event.at for event in events} == {NOW}


async def test_unread_again_is_unread(console: OpenConsole) -> None:
    (call,) = await many_messages(console.house, 1)
    await handled(console, [call.id], "read")
    await handled(console, [call.id], "unread")
    assert await listed(console, "seen=unread") == [call.id]


async def test_a_deed_on_many_is_done_on_all_or_none(console: OpenConsole) -> None:
    ids = [call.id for call in await many_messages(console.house, 5)]
    assert (await handled(console, [*ids, "nothing"], "done")).status_code == 404
    assert len(await listed(console)) == 5
    answer = await handled(console, [*ids, ids[0]], "done")
    assert answer.json() == {"handled": 5}
    assert await listed(console) == []


async def test_nobody_unknown_is_given_a_message(console: OpenConsole) -> None:
    (call,) = await many_messages(console.house, 1)
    assert (await handled(console, [call.id], "assigned", to="nobody.at.all")).status_code == 400
    assert (await handled(console, [call.id], "assigned", to="viewer")).status_code == 400
    assert (await handled(console, [call.id], "assigned", to="me")).status_code == 200


async def test_a_message_in_full_tells_what_is_sure_and_what_became_of_it(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    async with client(console) as ask:
        page = (await ask.get(f"/messages/{call.id}")).text
    known = (
        "Zoé Lefèvre",
        "à vérifier",
        "confirmé",
        "06 39 98 01 02",
        "Un technicien vous rappellera",
        "adresse inexistante",
    )
    assert [shown for shown in known if shown not in page] == []
    assert "Codes d" in page[page.index("Manque") :]
    assert f"/console/calls/{call.id}" in page
    assert ("claire", "opened", "messages", call.id, MOREL) in console.audit.entries


async def test_sending_again_queues_what_failed_and_nothing_of_another_message(console: OpenConsole) -> None:
    call = await rich_call(console.house)
    (other,) = await many_messages(console.house, 1)
    await put_dispatches(console.house, a_dispatch(other.id, "mail", DispatchStatus.SENT))
    async with client(console) as ask:
        wrong = await ask.post(f"/messages/{call.id}/resend", json={"dispatch": f"{other.id}-final-mail"})
        answer = await ask.post(f"/messages/{call.id}/resend", json={})
    assert wrong.status_code == 404
    assert answer.json() == {"queued": 1}
    events = await console.house.book.after_call(call.id)
    resent = [e for e in events if e.kind is MessageEventKind.DISPATCH_RESENT]
    assert [(e.data["who"], e.data["dispatch"]) for e in resent] == [("operator:claire", f"{call.id}-final-sms")]
    assert ("claire", "resent", "messages", call.id, MOREL) in console.audit.entries


async def test_the_export_holds_what_is_filtered_and_is_noted(console: OpenConsole) -> None:
    made = await many_messages(console.house, 20)
    evil = short_call(999, details={CALLER_NAME: Detail("=cmd|' /C calc'!A0", "")})
    await console.house.book.save(evil, [], message_of(evil))
    async with client(console) as ask:
        answer = await ask.get(f"/messages/export?client={MOREL}&format=csv")
        as_json = await ask.get(f"/messages/export?client={LILAS}&format=json")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["call"] for row in rows] == [evil.id, *[c.id for c in made if c.client == MOREL][::-1]]
    assert rows[0]["detail.caller_name"] == "'=cmd|' /C calc'!A0"
    assert answer.headers["content-disposition"].startswith('attachment; filename="messages-')
    assert [one["message"]["client"] for one in as_json.json()] == [LILAS] * 5
    assert ("claire", "exported", "messages", "list", MOREL) in console.audit.entries


async def test_nobody_sees_or_changes_another_clients_messages(console: OpenConsole) -> None:
    made = await many_messages(console.house, 12)
    mine = [c.id for c in made if c.client == LILAS]
    theirs = next(c.id for c in made if c.client == DELMAS)
    assert await listed(console, "state=all", "lilas.only") == mine[::-1]
    async with client(console, "lilas.only") as ask:
        assert (await ask.get(f"/messages/{theirs}")).status_code == 404
        assert (await ask.get(f"/messages?client={DELMAS}")).status_code == 404
        assert (await ask.get(f"/messages/export?client={DELMAS}")).status_code == 404
        assert (await ask.post(f"/messages/{theirs}/resend", json={})).status_code == 404
        exported = (await ask.get("/messages/export?state=all&format=json")).json()
    assert {one["message"]["client"] for one in exported} == {LILAS}
    assert (await handled(console, [mine[0], theirs], "done", "lilas.only")).status_code == 404
    assert await listed(console, "state=all&seen=read", "claire") == []


async def test_those_who_only_look_change_nothing(console: OpenConsole) -> None:
    made = await many_messages(console.house, 4)
    call = next(c.id for c in made if c.client == MOREL)
    for who in ("viewer", "qa"):
        assert (await handled(console, [call], "done", who)).status_code == 404
        async with client(console, who) as ask:
            page = (await ask.get(f"/messages/{call}")).text
        assert "data-deed" not in page
        assert "data-resend" not in page
    assert await listed(console, "state=all", "viewer") == [c.id for c in made if c.client == MOREL]


@pytest.mark.parametrize(
    "query",
    ["after=x", "after=2026-01-01~a", "from=2026-99-01", "urgency=p9", "status=lost", "from=9999-12-31&to=9999-12-31"],
)
async def test_an_address_that_makes_no_sense_shows_the_list(console: OpenConsole, query: str) -> None:
    await many_messages(console.house, 2)
    assert len(await listed(console, query)) == 2


async def test_strangers_are_led_to_the_sign_in(console: OpenConsole) -> None:
    async with httpx.AsyncClient(base_url=console.address, headers={AS_USER: "stranger"}) as ask:
        assert (await ask.get("/messages")).status_code == 401
        assert (await ask.post("/messages/handle", json={"calls": ["x"], "how": "done"})).status_code == 401


async def test_a_message_that_changes_is_found_by_its_new_words(console: OpenConsole) -> None:
    call = replace(short_call(5), ended=None, ended_at=None)
    await console.house.book.save(call, [], message_of(call))
    assert await listed(console, "q=durand") == []
    named = replace(call, details={CALLER_NAME: Detail("Anne Durand", "")}, started_at=call.started_at + timedelta(0))
    await console.house.book.save(named, [], message_of(named))
    assert await listed(console, "q=durand") == [call.id]
