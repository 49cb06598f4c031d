"""What the routes of Desk do: state, offers, claims, giving back, corrections, callbacks, and what its stream tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.open_console import user
from tests.fakes.agents_at_desk import MOREL, AgentsAtDesk, agents_at_desk, next_of, told_to
from voicebot.console.pages import desk
from voicebot.domain.agent import AgentState, AgentWay, Role
from voicebot.domain.callback import CallbackStatus
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import HandoffStatus, Returned, TaskKind, Why
from voicebot.domain.message_event import MessageEventKind
from voicebot.store.correction_book import CorrectionBook

CLAIRE, MARC = user("claire"), user("marc")
VETS = user("vera", Role.AGENT, "clinique-veto-pins")
MORRIS = user("morris", Role.AGENT, MOREL)
QA = user("quentin", Role.QA)
VIEWER = user("victor", Role.CLIENT_VIEWER, MOREL)


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[AgentsAtDesk]:
    async with agents_at_desk(tmp_path, [desk.routes], CLAIRE, MARC, VETS, MORRIS, QA, VIEWER) as made:
        yield made


async def post(at: AgentsAtDesk, who: str, path: str, **body: Any) -> httpx.Response:
    async with httpx.AsyncClient(headers=at.console.headers(who)) as http:
        return await http.post(at.console.address + path, json=body)


async def get(at: AgentsAtDesk, who: str, path: str) -> httpx.Response:
    async with httpx.AsyncClient(headers=at.console.headers(who)) as http:
        return await http.get(at.console.address + path)


async def test_desk_shows_its_page_to_agents_only(at: AgentsAtDesk) -> None:
    shown = await get(at, "claire", "/desk")
    assert shown.status_code == 200
    assert "Chauffage Morel" in shown.text
    assert [(await get(at, who, "/desk")).status_code for who in ("quentin", "victor")] == [404, 404]
    assert [(await get(at, who, "/desk/events")).status_code for who in ("quentin", "victor")] == [404, 404]
    assert "Chauffage Morel" not in (await get(at, "vera", "/desk")).text


async def test_desk_available_covers_what_was_chosen(at: AgentsAtDesk) -> None:
    taken = await post(at, "claire", "/desk/state", state="available", clients=[MOREL], languages=["fr"])
    assert taken.status_code == 200
    presence = await at.desk.presence("claire")
    assert presence is not None
    assert (presence.state, presence.clients, presence.way) == (AgentState.AVAILABLE, (MOREL,), AgentWay.BROWSER)
    await post(at, "claire", "/desk/state", state="paused", reason="Repas")
    paused = await at.desk.presence("claire")
    assert paused is not None
    assert (paused.state, paused.reason) == (AgentState.PAUSED, "Repas")


async def test_desk_covers_no_client_of_somebody_else(at: AgentsAtDesk) -> None:
    refused = await post(at, "vera", "/desk/state", state="available", clients=[MOREL])
    assert refused.status_code == 404
    assert await at.desk.presence("vera") is None


async def test_desk_by_telephone_needs_a_number(at: AgentsAtDesk) -> None:
    refused = await post(at, "claire", "/desk/state", state="available", way="phone")
    assert (refused.status_code, refused.json()["reason"]) == (409, "no_phone")


async def test_desk_stream_shows_the_offer_with_its_card_and_words(at: AgentsAtDesk) -> None:
    await at.ready("claire")
    async with told_to(at, "claire", "/desk/events") as events:
        assert (await next_of(events, "desk"))["offer"] == ""
        call = await at.caller("call-1")
        handoff = await at.queue(call)
        told = await next_of(events, "desk", lambda data: data["offer"] != "")
        assert told["offer"] == handoff.id
        assert told["queue"][0]["ringing"] == "Claire"
        card = (await next_of(events, "card"))["card"]
        address = next(line for line in card["lines"] if line["detail"] == "address")
        assert (address["standing"], address["confidence"], address["started_ms"]) == ("unsure", 0.62, 12000)
        said = await next_of(events, "said")
        assert said["whole"]
        await at.speaks(call, "Vous êtes là ?", 3)
        more = await next_of(events, "said", lambda data: not data["whole"])
        assert [line["text"] for line in more["lines"]] == ["Vous êtes là ?"]
    assert ("claire", "opened", "queue", "call-1", MOREL) in at.console.audit.entries


async def test_desk_stream_goes_on_after_the_last_line_that_was_seen(at: AgentsAtDesk) -> None:
    await at.ready("claire")
    call = await at.caller("call-1")
    await at.queue(call)
    async with told_to(at, "claire", "/desk/events") as events:
        last = (await next_of(events, "said"))["lines"][-1]["number"]
    await at.speaks(call, "Allô ?", 3)
    async with told_to(at, "claire", "/desk/events", **{"Last-Event-ID": f"call-1:{last}"}) as events:
        said = await next_of(events, "said")
    assert (said["whole"], [line["text"] for line in said["lines"]]) == (False, ["Allô ?"])


async def test_desk_stream_keeps_other_clients_away(at: AgentsAtDesk) -> None:
    call = await at.caller("call-1")
    await at.queue(call)
    await at.promise(await at.caller("call-2"))
    await at.ready("morris")
    async with told_to(at, "vera", "/desk/events") as events:
        told = await next_of(events, "desk")
    assert (told["queue"], told["callbacks"], told["colleagues"]) == ([], [], [])
    for path in ("decline", "accept", "give-back", "hold", "hang-up"):
        body = {"on": True} if path == "hold" else {}
        assert (await post(at, "vera", f"/desk/handoffs/call-1-handoff-1/{path}", **body)).status_code == 404
    assert (await get(at, "vera", "/desk/handoffs/call-1-handoff-1")).status_code == 404
    assert (await post(at, "vera", "/desk/calls/call-1/corrections", detail="address", now="x")).status_code == 404


async def test_desk_stream_is_the_sign_of_an_open_browser(at: AgentsAtDesk) -> None:
    await at.ready("claire")
    before = await at.desk.presence("claire")
    async with told_to(at, "claire", "/desk/events") as events:
        await next_of(events, "desk")
    after = await at.desk.presence("claire")
    assert before is not None
    assert after is not None
    assert after.seen_at > before.seen_at


async def test_desk_accept_gives_one_of_two_the_caller_and_tells_the_other_who(at: AgentsAtDesk) -> None:
    await at.ready("claire")
    await at.ready("marc")
    handoff = await at.queue(await at.caller("call-1"))
    answers = await asyncio.gather(*(post(at, who, f"/desk/handoffs/{handoff.id}/accept") for who in ("claire", "marc")))
    won = [who for who, answer in zip(("claire", "marc"), answers, strict=True) if answer.status_code == 200]
    lost = next(answer for answer in answers if answer.status_code != 200)
    assert len(won) == 1
    assert (lost.status_code, lost.json()["reason"]) == (409, "taken")
    ticket = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (ticket["path"], ticket["call"]) == ("/headset/media", "call-1")
    who = (await get(at, "marc", f"/desk/handoffs/{handoff.id}")).json()
    assert who == {"status": "accepted", "taker": won[0].title()}


async def test_desk_accept_of_a_call_that_is_not_here_gives_the_caller_back(at: AgentsAtDesk) -> None:
    await at.ready("claire")
    handoff = await at.queue(await at.caller("call-1"))
    at.console.floor.calls.clear()
    refused = await post(at, "claire", f"/desk/handoffs/{handoff.id}/accept")
    assert (refused.status_code, refused.json()["reason"]) == (409, "elsewhere")
    assert (await at.desk.handoff(handoff.id)).why is Why.NOT_CONNECTED


async def test_desk_decline_rings_the_next_one(at: AgentsAtDesk) -> None:
    await at.ready("claire")
    handoff = await at.queue(await at.caller("call-1"))
    await at.ready("marc")
    assert (await post(at, "claire", f"/desk/handoffs/{handoff.id}/decline")).status_code == 200
    async with asyncio.timeout(5):
        while (now := await at.desk.handoff(handoff.id)).ringing != "marc":  # noqa: ASYNC110 - the queue steps by itself
            await asyncio.sleep(0.02)
    assert now.passed_over == ("claire",)


@pytest.fixture
async def talking(at: AgentsAtDesk) -> str:
    await at.ready("claire")
    handoff = await at.queue(await at.caller("call-1"))
    await post(at, "claire", f"/desk/handoffs/{handoff.id}/accept")
    await at.desk.talking(handoff.id, 210)
    return handoff.id


@pytest.mark.parametrize(
    ("wish", "kind", "detail"),
    [
        ({"words": "prenez l'adresse"}, TaskKind.TAKE_DETAIL, "address"),
        ({"kind": "take_leave"}, TaskKind.TAKE_LEAVE, ""),
        ({"kind": "take_detail", "detail": "caller_name"}, TaskKind.TAKE_DETAIL, "caller_name"),
    ],
)
async def test_desk_give_back_returns_the_caller_with_the_task(
    at: AgentsAtDesk, talking: str, wish: dict[str, str], kind: TaskKind, detail: str
) -> None:
    given = await post(at, "claire", f"/desk/handoffs/{talking}/give-back", **wish)
    assert given.status_code == 200
    handoff = await at.desk.handoff(talking)
    assert handoff.status is HandoffStatus.RETURNED
    assert handoff.task is not None
    assert (handoff.task.kind, handoff.task.detail, handoff.task.by) == (kind, detail, "claire")
    what, (call, returned) = at.console.floor.asked[-1]
    assert (what, call) == ("return", "call-1")
    assert isinstance(returned, Returned)
    assert (returned.why, returned.task) == (Why.GIVEN_BACK, handoff.task)


async def test_desk_give_back_with_words_that_name_nothing_keeps_the_caller(at: AgentsAtDesk, talking: str) -> None:
    refused = await post(at, "claire", f"/desk/handoffs/{talking}/give-back", words="chantez une chanson")
    assert (refused.status_code, refused.json()["reason"]) == (422, "not_understood")
    assert (await at.desk.handoff(talking)).status is HandoffStatus.TALKING


async def test_desk_controls_are_for_whoever_has_the_caller(at: AgentsAtDesk, talking: str) -> None:
    assert (await post(at, "claire", f"/desk/handoffs/{talking}/hold", on=True)).status_code == 200
    assert (await post(at, "claire", f"/desk/handoffs/{talking}/hang-up")).status_code == 200
    assert at.console.floor.asked == [("hold", ("call-1", True)), ("hang_up", "call-1")]
    refused = await post(at, "marc", f"/desk/handoffs/{talking}/hang-up")
    assert (refused.status_code, refused.json()["reason"]) == (409, "not_yours")


async def test_desk_correction_is_kept_with_its_author_and_shown(at: AgentsAtDesk, talking: str) -> None:
    async with told_to(at, "claire", "/desk/events") as events:
        await next_of(events, "card")
        assert (
            await post(
                at, "claire", "/desk/calls/call-1/corrections", detail="address", now="12 rue des Tanneurs, 69009 Lyon"
            )
        ).is_success
        corrected = await next_of(events, "card", lambda data: any(line["corrected_by"] for line in data["card"]["lines"]))
        card = corrected["card"]
    line = next(one for one in card["lines"] if one["detail"] == "address")
    assert (line["value"], line["standing"], line["corrected_by"]) == (
        "12 rue des Tanneurs, 69009 Lyon",
        "confirmed",
        "Claire",
    )
    kept = await CorrectionBook(at.book.database).of_call("call-1")
    assert [(one.detail, one.was, one.user) for one in kept] == [("address", "12 rue des Tanneurs, Lyon", "claire")]
    told = [event for event in await at.book.after_call("call-1") if event.kind is MessageEventKind.DETAIL_CORRECTED]
    assert [event.data["who"] for event in told] == ["claire"]
    assert (await post(at, "claire", "/desk/calls/call-1/corrections", detail="shoe_size", now="44")).status_code == 404


async def test_desk_callbacks_are_taken_once_and_done(at: AgentsAtDesk) -> None:
    promised = await at.promise(await at.caller("call-1"))
    path = f"/desk/callbacks/{promised.id}"
    assert (await post(at, "claire", path, status="assigned")).status_code == 200
    taken = await post(at, "marc", path, status="assigned")
    assert (taken.status_code, taken.json()["reason"]) == (409, "taken")
    assert (await post(at, "claire", path, status="unreached")).status_code == 200
    await post(at, "claire", path, status="assigned")
    assert (await post(at, "claire", path, status="done", note="rappelée")).status_code == 200
    assert [one.status for one in await at.desk.callbacks(done=True)] == [CallbackStatus.DONE]
    assert (await post(at, "claire", "/desk/callbacks/nothing", status="done")).status_code == 404


async def test_desk_offer_goes_when_the_caller_hangs_up(at: AgentsAtDesk) -> None:
    await at.ready("claire")
    call = await at.caller("call-1")
    handoff = await at.queue(call)
    async with told_to(at, "claire", "/desk/events") as events:
        await next_of(events, "desk", lambda data: data["offer"] == handoff.id)
        await at.hangs_up(replace(call))
        gone = await next_of(events, "desk", lambda data: data["offer"] == "")
    assert gone["queue"] == []
    late = await post(at, "claire", f"/desk/handoffs/{handoff.id}/accept")
    assert (late.status_code, late.json()["reason"]) == (409, "over")


async def test_desk_stream_tells_keys_and_hand_overs_as_lines(at: AgentsAtDesk, talking: str) -> None:
    call = await at.book.call("call-1")
    await at.says(call, EventKind.HANDED_OVER, handoff=talking, taker="claire", name="Claire", way="browser")
    await at.says(call, EventKind.KEYS_PRESSED, keys="4")
    said = {"confidence": 0.9, "started_ms": 30000, "ended_ms": 31000, "heard_by": "ears"}
    await at.says(call, EventKind.SAID_TO_EACH_OTHER, speaker="agent", text="Bonjour, Claire à l'appareil.", **said)
    async with told_to(at, "claire", "/desk/events") as events:
        lines = (await next_of(events, "said"))["lines"]
    assert [(line["who"], line["what"], line["text"]) for line in lines[-3:]] == [
        ("house", "handed_over", "Claire"),
        ("house", "keys", "4"),
        ("agent", "said", "Bonjour, Claire à l'appareil."),
    ]
