"""What the routes of Live calls do: every call by risk, one of them closely, and listening, hinting and taking over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.open_console import user
from tests.fakes.agents_at_desk import MOREL, AgentsAtDesk, agents_at_desk, next_of, told_to
from voicebot.console.pages import live
from voicebot.domain.agent import Role
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import HandoffStatus, Hint
from voicebot.domain.urgency import UrgencyLevel

SYLVIE, SOLENE, AGENT = user("sylvie", Role.SUPERVISOR), user("solene", Role.SUPERVISOR), user("claire")
VETS = user("vera", Role.SUPERVISOR, "clinique-veto-pins")


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[AgentsAtDesk]:
    async with agents_at_desk(tmp_path, [live.routes], SYLVIE, SOLENE, AGENT, VETS) as made:
        yield made


async def post(at: AgentsAtDesk, who: str, path: str, **body: Any) -> httpx.Response:
    async with httpx.AsyncClient(headers=at.console.headers(who)) as http:
        return await http.post(at.console.address + path, json=body)


async def test_live_shows_the_riskiest_call_first_and_what_was_said_last(at: AgentsAtDesk) -> None:
    await at.caller("calm", told=False, level=UrgencyLevel.P3, human_asked=False)
    await at.caller("grave", level=UrgencyLevel.P0)
    async with told_to(at, "sylvie", "/live/events") as events:
        calls = (await next_of(events, "calls"))["calls"]
    assert [one["id"] for one in calls] == ["grave", "calm"]
    assert calls[0]["risk"] > calls[1]["risk"] >= 0
    assert calls[0]["reasons"][0] == "urgent"
    assert (calls[0]["last_by"], calls[0]["last"]) == ("receptionist", "Je vous passe quelqu'un : vous êtes le prochain.")


async def test_live_tells_only_of_calls_that_changed(at: AgentsAtDesk) -> None:
    one, _ = await at.caller("one"), await at.caller("two")
    async with told_to(at, "sylvie", "/live/events") as events:
        await next_of(events, "calls")
        await at.speaks(one, "Vous m'entendez ?", 3)
        changed = (await next_of(events, "calls_changed"))["calls"]
        assert [(row["id"], row["last"]) for row in changed] == [("one", "Vous m'entendez ?")]
        await at.hangs_up(one)
        over = await next_of(events, "calls_changed")
    assert over["calls"] == [{"id": "one", "over": True}]


async def test_live_watches_one_call_with_card_words_and_rules(at: AgentsAtDesk) -> None:
    call = await at.caller("one")
    async with told_to(at, "sylvie", "/live/events?call=one") as events:
        assert (await next_of(events, "card"))["card"]["who"] == "Amal Rivoire"
        decided = await next_of(events, "decided")
        assert decided["turns"][0]["decisions"][0]["rule"] == "details.ask_missing"
        assert len((await next_of(events, "said"))["lines"]) == 5
        await at.says(call, EventKind.HINTED, by="sylvie", text="proposez un rappel", acts=[])
        said = await next_of(events, "said")
    assert [(line["what"], line["text"]) for line in said["lines"]] == [("hinted", "proposez un rappel")]


async def test_live_listening_is_noted_before_anything_is_heard(at: AgentsAtDesk) -> None:
    await at.caller("one")
    ticket = (await post(at, "sylvie", "/live/calls/one/listen")).json()
    assert (ticket["path"], ticket["handoff"]) == ("/headset/media", "")
    assert ("sylvie", "listened", "audio", "one", MOREL) in at.console.audit.entries


async def test_live_hint_reaches_the_receptionist(at: AgentsAtDesk) -> None:
    await at.caller("one")
    assert (await post(at, "sylvie", "/live/calls/one/hint", text="proposez un rappel")).status_code == 200
    assert at.console.floor.asked == [("hint", ("one", Hint("proposez un rappel", "sylvie")))]


async def test_live_take_over_claims_the_caller(at: AgentsAtDesk) -> None:
    await at.ready("sylvie")
    await at.caller("one")
    ticket = (await post(at, "sylvie", "/live/calls/one/take-over")).json()
    handoff = await at.desk.handoff(ticket["handoff"])
    assert handoff.status is HandoffStatus.ACCEPTED
    assert handoff.taker is not None
    assert handoff.taker.id == "sylvie"
    refused = await post(at, "solene", "/live/calls/one/take-over")
    assert (refused.status_code, refused.json()["reason"]) == (409, "taken")


async def test_live_is_for_supervisors_and_their_clients(at: AgentsAtDesk) -> None:
    await at.caller("one")
    async with httpx.AsyncClient() as http:
        for path in ("/live", "/live/events"):
            refused = await http.get(at.console.address + path, headers=at.console.headers("claire"))
            assert refused.status_code == 404
        watched = await http.get(at.console.address + "/live/events?call=one", headers=at.console.headers("vera"))
        assert watched.status_code == 404
    async with told_to(at, "vera", "/live/events") as events:
        assert (await next_of(events, "calls"))["calls"] == []
    for deed, body in (("listen", {}), ("hint", {"text": "oui"}), ("take-over", {})):
        assert (await post(at, "vera", f"/live/calls/one/{deed}", **body)).status_code == 404
        assert (await post(at, "claire", f"/live/calls/one/{deed}", **body)).status_code == 404
