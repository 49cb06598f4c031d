"""Reviews over HTTP: drawn, judged blind, settled, counted; what one reviewer does shows nowhere to the other too early."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.archive_samples import LILAS, MOREL, NOW, messages_desk, rich_call, short_call, silent_call
from tests.console.every_route import OPEN, every_route
from tests.console.guarded_console import GuardedConsole, guarded_console
from tests.console.open_console import shipped_clients
from tests.console.test_console_every_route import STREAM_S
from tests.console.two_clients import ALBA
from voicebot.clients.scorecards import scorecard_for
from voicebot.domain.agent import Role, User
from voicebot.domain.call import RecordingState
from voicebot.domain.scorecard import ItemKind
from voicebot.handoff.desk import HandoffDesk
from voicebot.store.audit_book import AuditWanted
from voicebot.store.call_book import CallBook
from voicebot.store.quality_tables import reviews
from voicebot.store.user_book import UserBook

ANA, BO = User("ana", "Ana Costa", Role.QA), User("bo", "Bo Lind", Role.SUPERVISOR)
CHRIS, DEE = User("chris", "Chris Roy", Role.QA), User("dee", "Dee Faure", Role.QA, clients=(LILAS,))
LEA = User("lea", "Léa Brun", Role.AGENT)
REMARK = "Remarquezinc"
RENEWED = re.compile(r"csrf[^>]{0,80}|[0-9a-f]{8}-[0-9a-f-]{27}")
"""Tokens of sessions, and the names that drawings give themselves."""


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[GuardedConsole]:
    def agents(book: CallBook) -> HandoffDesk:
        return HandoffDesk(book.database, UserBook(book.database).all, shipped_clients().of, lambda: NOW)

    def messages(book: CallBook) -> Any:
        return messages_desk(book, shipped_clients().of)

    everybody = (ANA, BO, CHRIS, DEE, LEA)
    async with guarded_console(tmp_path, everybody, clock=lambda: NOW, agents=agents, messages=messages) as opened:
        yield opened


def answers(console: GuardedConsole, tone: str = "4", **changes: str) -> dict[str, str]:
    card = scorecard_for(MOREL, console.house.settings.scorecards_dir).scorecard
    usual = {ItemKind.SCALE: tone, ItemKind.CHOICE: "p3", ItemKind.TEXT: "Zoé Lefebvre"}
    return {item.id: usual.get(item.kind, item.good) for item in card.items} | changes


async def drawn(console: GuardedConsole, call_count: int = 1, **more: Any) -> httpx.Response:
    body = {"client": MOREL, "first": "2026-01-01", "calls": call_count, "people": ["ana", "bo", "chris"], "seed": 5} | more
    async with console.browser("bo") as browser:
        return await browser.post("/reviews/draw", json=body)


async def seats(console: GuardedConsole, call: str) -> tuple[str, str, str]:
    query = reviews.select().where(reviews.c.call == call)
    row = await console.house.book.database.read(lambda connection: connection.execute(query).one())
    return row.first, row.second, row.arbiter


async def submit(console: GuardedConsole, who: str, call: str, given: dict[str, str], note: str = "") -> httpx.Response:
    async with console.browser(who) as browser:
        return await browser.post(f"/reviews/{call}/submit", json={"answers": given, "note": note})


async def all_pages(console: GuardedConsole, who: str, call: str) -> dict[str, tuple[int, str]]:
    """Every route that can be read, as this person sees it; the audit without the lines of the person's own looking."""
    shown: dict[str, tuple[int, str]] = {}
    async with console.browser(who) as browser:
        for asked in every_route(console.app.app):
            if asked.method != "GET" or asked.path in OPEN or asked.path.endswith("/events"):
                continue
            path = asked.filled(ALBA).replace(ALBA.id("call"), call).replace(ALBA.client, MOREL)
            query = asked.required(ALBA) | ({"user": other_of(who)} if asked.path == "/agents/audit" else {})
            answer = await browser.get(path, params=query, timeout=20 * STREAM_S + 20)
            shown[asked.path] = (answer.status_code, RENEWED.sub("", answer.text))
    return shown


def other_of(who: str) -> str:
    return {"ana": "bo", "bo": "ana"}.get(who, "ana")


async def test_what_one_does_shows_on_no_route_to_anybody_before_both_have_submitted(console: GuardedConsole):
    call = (await rich_call(console.house)).id
    assert (await drawn(console)).json()["calls"] == 1
    first, second, arbiter = await seats(console, call)
    for who in (second, arbiter):
        await all_pages(console, who, call)
    async with console.browser(first) as browser:
        assert (await browser.get(f"/reviews/{call}")).status_code == 200
    before = {who: await all_pages(console, who, call) for who in (second, arbiter)}
    async with console.browser(first) as browser:
        kept = await browser.post(f"/reviews/{call}/draft", json={"answers": {"tone": "2"}, "note": REMARK})
        assert kept.json() == {"saved": 1}
    assert (await submit(console, first, call, answers(console, "2"), REMARK)).status_code == 200
    for who in (second, arbiter):
        after = await all_pages(console, who, call)
        differ = {path for path in after if after[path] != before[who][path]}
        # The audit tells a supervisor that somebody was at work, under a name that says nothing of the call.
        assert differ <= {"/agents/audit"}, (who, differ)
        assert all(REMARK not in text for _, text in after.values())
        labelled = re.findall(r"<tr[^>]*>(?:(?!</tr>).)*labelled.*?</tr>", after["/agents/audit"][1], re.DOTALL)
        assert not any(call in line for line in labelled)
    assert before[arbiter]["/reviews/{call}"][0] == 404


async def test_a_call_is_judged_settled_counted_and_becomes_a_fact(console: GuardedConsole):
    call = (await rich_call(console.house)).id
    await drawn(console)
    first, second, arbiter = await seats(console, call)
    assert len({first, second, arbiter}) == 3
    await submit(console, first, call, answers(console, "2"), "sec")
    assert (await submit(console, second, call, answers(console, "4", false_promise="yes"), "aimable")).status_code == 200
    async with console.browser(arbiter) as browser:
        assert call in (await browser.get("/reviews")).text
        page = (await browser.get(f"/reviews/{call}")).text
        assert all(said in page for said in ("sec", "aimable", "<td>P3 message normal</td>"))
        assert "<td>p3" not in page
        early = await browser.post(f"/reviews/{call}/ruling", json={"answers": {"tone": "3"}, "final": True})
        assert (early.status_code, early.json()["reason"]) == (409, "incomplete")
        ruling = {"tone": "3", "clarity": "3", "false_promise": "yes"}
        done = await browser.post(f"/reviews/{call}/ruling", json={"answers": ruling, "final": True})
        assert done.json() == {"settled": True}
        agreement = (await browser.get("/reviews/agreement")).text
        assert call in agreement
        assert "A-t-on promis ce qui n&#39;a pas été fait ?" in failed_calls(agreement)
        assert "Oui (×1) · Non (×1)" in agreement
        assert "P3 message normal (×2)" in agreement
        table = (await browser.get("/reviews/agreement.csv", params={"client": MOREL})).text.splitlines()
        assert len(table) == 13
        assert (await browser.get("/reviews/scores.svg")).headers["content-type"] == "image/svg+xml"
    for who in (first, second):
        async with console.browser(who) as browser:
            assert (await browser.post(f"/reviews/{call}/ruling", json={"answers": {}, "final": True})).status_code == 404
    entries = [(one.user, one.deed, one.subject) for one in await audit_of(console)]
    assert {(first, "labelled"), (second, "labelled"), (arbiter, "settled")} <= {(who, deed) for who, deed, _ in entries}
    assert not any(call in subject for _, deed, subject in entries if deed in ("labelled", "settled"))


def failed_calls(agreement: str) -> str:
    return agreement.partition('id="failed"')[2].partition("</section>")[0]


async def audit_of(console: GuardedConsole) -> Any:
    return (await console.audit.search(AuditWanted(kind="reviews"), 1)).entries


async def test_the_same_seed_draws_the_same_calls_and_what_is_drawn_is_not_drawn_again(console: GuardedConsole):
    for number in range(8):
        call = short_call(number)
        await console.house.book.save(call, [])
    made = (await drawn(console, 3)).json()
    assert (made["calls"], made["found"], made["seed"]) == (3, 8, 5)
    assert (await drawn(console, 100)).json()["calls"] == 5
    none = await drawn(console)
    assert (none.status_code, none.json()["reason"]) == (409, "no_calls")
    async with console.browser("bo") as browser:
        page = (await browser.get("/reviews/draw")).text
        assert "3 / 8" in page
        assert "5 / 5" in page


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"people": ["ana", "bo"]}, "people"),
        ({"people": ["ana", "bo", "lea"]}, "not_eligible"),
        ({"people": ["ana", "bo", "dee"]}, "not_eligible"),
        ({"only": "listed", "listed": ["call-none"]}, "no_calls"),
        ({"only": "corrected"}, "no_calls"),
    ],
)
async def test_a_draw_that_cannot_be_says_why(console: GuardedConsole, body: dict[str, Any], reason: str):
    await console.house.book.save(short_call(1), [])
    answer = await drawn(console, **body)
    assert (answer.status_code, answer.json()["reason"]) == (409, reason)


async def test_agents_and_others_reach_nothing(console: GuardedConsole):
    call = (await rich_call(console.house)).id
    await drawn(console)
    for who in ("lea", "dee"):
        async with console.browser(who) as browser:
            assert (await browser.get(f"/reviews/{call}")).status_code == 404
            assert (await browser.post(f"/reviews/{call}/submit", json={})).status_code == 404
    async with console.browser("lea") as browser:
        assert (await browser.get("/reviews")).status_code == 404


async def test_corrections_are_proposals_beside_the_card_and_decisions_are_not_shown(console: GuardedConsole):
    call = (await rich_call(console.house)).id
    await drawn(console)
    first, *_ = await seats(console, call)
    async with console.browser(first) as browser:
        page = (await browser.get(f"/reviews/{call}")).text
    assert 'data-propose="Zoé Lefebvre"' in page
    assert "scenarios[" not in page
    assert "Pourquoi" not in page.partition("data-words")[0]


async def test_secret_recordings_stay_with_those_named_for_the_client(console: GuardedConsole):
    call = await silent_call(console.house, 7, RecordingState.ON, LILAS)
    assert call.started_at > NOW - timedelta(days=30)
    people = ["ana", "bo", "chris", "dee"]
    assert (await drawn(console, client=LILAS, people=people)).json()["calls"] == 1
    first, *_ = await seats(console, call.id)
    async with console.browser(first) as browser:
        page = (await browser.get(f"/reviews/{call.id}")).text
        heard = (await browser.get(f"/calls/{call.id}/recording")).status_code
    named = first in ("bo", "dee")
    assert ("<audio" in page) == named
    assert heard == (200 if named else 404)
