"""Messages that change after they were sent: one reader gets one letter about one state, and never misses the last one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from delivery_house import BY_MAIL, DeliveryHouse, a_call, a_message, client_with, delivery_house, eventually

from tests.fakes.senders import ScriptedSender, first_refused, refusal
from voicebot.domain.delivery import Channel
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.message_event import MessageEventKind
from voicebot.domain.urgency import UrgencyLevel


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'voicebot.db'}"


async def test_an_update_is_sent_only_when_its_reader_would_see_another_message(database: str) -> None:
    mail = ScriptedSender()
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL)) as house:
        for call in ("same", "more"):
            await house.hang_up(a_message(call, UrgencyLevel.P1), revision="turn-4")
            await house.until(call, office_email="sent")
        goodbye = ("Bonjour.", "Merci, au revoir.")
        await house.hang_up(a_message("same", UrgencyLevel.P1, verbatim=goodbye))
        await house.hang_up(a_message("more", UrgencyLevel.P1, name="Zoé Lefèvre"))
        await eventually(lambda: len(mail.taken) >= 3)
        same = await house.dispatches("same")

    assert [letter.text for letter in mail.taken] == ["same Zoé Durand", "more Zoé Durand", "update more Zoé Lefèvre"]
    assert len(same) == 1


async def test_a_dispatch_that_waits_for_its_next_try_tells_the_update_itself(database: str) -> None:
    mail = ScriptedSender(first_refused(refusal("rate_limited", retry_after_s=3000)))
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P1), revision="turn-4")
        await eventually(lambda: _tried(house, "c1"))
        await house.hang_up(a_message("c1", UrgencyLevel.P1, name="Zoé Lefèvre"))
        await house.until("c1", office_email="sent")
        dispatches = await house.dispatches("c1")

    assert [letter.text for letter in mail.taken] == ["c1 Zoé Lefèvre"]
    assert len(dispatches) == 1


async def test_an_update_waits_for_the_try_under_way_and_is_not_sent_when_that_one_told_it(database: str) -> None:
    slow = ScriptedSender(first_refused(refusal("deferred")), slow_s=1.0)
    async with delivery_house(database, {Channel.EMAIL: slow}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P1), revision="turn-4")
        await eventually(lambda: slow.inside == 1)
        await house.hang_up(a_message("c1", UrgencyLevel.P1, name="Zoé Lefèvre"))
        await eventually(lambda: _all_sent(house, "c1", 2))
        events = await house.events("c1")

    assert [letter.text for letter in slow.taken] == ["c1 Zoé Lefèvre"], "one reader, one letter about one state"
    assert slow.most_inside == 1
    first, second = (e.data for e in events if e.kind is MessageEventKind.DISPATCH_STATUS)
    assert second["told_by"] == first["dispatch"] != second["dispatch"]


@pytest.mark.parametrize("slow_s", [1.0, 0.0], ids=["under way", "waiting"])
async def test_an_update_is_sent_when_an_earlier_try_may_have_told_less(database: str, slow_s: float) -> None:
    """After a timeout the reader may have the first letter; a second one under its id would be dropped as a double."""
    mail = ScriptedSender(first_refused(refusal("timeout", retry_after_s=3000)), slow_s=slow_s)
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P1), revision="turn-4")
        await eventually((lambda: mail.inside == 1) if slow_s else (lambda: _tried(house, "c1")))
        await house.hang_up(a_message("c1", UrgencyLevel.P1, name="Zoé Lefèvre"))
        await eventually(lambda: _all_sent(house, "c1", 2))
        first, second = await house.dispatches("c1")

    read_first = {letter.id: letter.text for letter in reversed([*mail.tried])}
    assert read_first == {first.id: "c1 Zoé Durand", second.id: "update c1 Zoé Lefèvre"}


async def test_an_update_follows_the_try_under_way_that_told_less(database: str) -> None:
    slow = ScriptedSender(slow_s=1.0)
    async with delivery_house(database, {Channel.EMAIL: slow}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P1), revision="turn-4")
        await eventually(lambda: slow.inside == 1)
        await house.hang_up(a_message("c1", UrgencyLevel.P1, name="Zoé Lefèvre"))
        await eventually(lambda: _all_sent(house, "c1", 2))

    assert [letter.text for letter in slow.taken] == ["c1 Zoé Durand", "update c1 Zoé Lefèvre"]
    assert slow.most_inside == 1


async def test_an_update_is_not_sent_when_the_fallback_of_an_undelivered_sms_told_it(database: str) -> None:
    """The carrier says « failed » while the update waits for the SMS under way: the e-mail instead has all of it."""
    sms, mail = ScriptedSender(slow_s=1.0), ScriptedSender()
    rule = {"id": "duty", "channel": "sms", "to": ["tison"], "fallback": "email"}
    async with delivery_house(database, {Channel.SMS: sms, Channel.EMAIL: mail}, client_with(rule)) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P1), revision="turn-4")
        await eventually(lambda: sms.inside == 1)
        await house.hang_up(a_message("c1", UrgencyLevel.P1, name="Zoé Lefèvre"))
        await eventually(lambda: _queued(house, "c1", 2))
        first = (await house.dispatches("c1"))[0]
        await house.deliveries.desk.dispatch_told(first.id, DispatchStatus.FAILED, trouble="unreachable")
        await eventually(lambda: _settled(house, "c1", 3))
        statuses = {d.id: d.status for d in await house.dispatches("c1")}
        told = [e.data for e in await house.events("c1") if e.data.get("told_by")]

    assert [letter.text for letter in sms.taken] == ["c1 Zoé Durand"]
    assert [letter.text for letter in mail.taken] == ["c1 Zoé Lefèvre"], "one reader, one letter about one state"
    assert [one["told_by"] for one in told] == [f"{first.id}-by-email"]
    assert statuses[first.id] is DispatchStatus.FAILED
    assert statuses[str(told[0]["dispatch"])] is DispatchStatus.SENT


WAITS = [{"quiet": "08:00-12:00"}, {"gathered": "daily", "daily_at": "18:00"}]


@pytest.mark.parametrize("waits", WAITS, ids=["quiet", "digest"])
async def test_a_message_that_becomes_urgent_while_it_waits_goes_at_once(database: str, waits: dict[str, str]) -> None:
    """A call that was given up goes on after all, and the caller now smells gas: nobody waits for the morning."""
    mail = ScriptedSender()
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL | waits), speed=20.0) as house:
        await house.hang_up(a_message("c1"))
        await eventually(lambda: _queued(house, "c1", 1))
        await asyncio.sleep(0.3)
        assert mail.taken == [], "it waits"
        await house.hang_up(a_message("c1", UrgencyLevel.P1, name="Zoé Lefèvre"), revision="turn-9")
        await house.until("c1", office_email="sent")
        await asyncio.sleep(0.3)

    assert [letter.text for letter in mail.taken] == ["c1 Zoé Lefèvre"]


async def test_a_third_state_is_not_told_again_by_who_told_it_in_the_place_of_the_second(database: str) -> None:
    """The first letter, written late, told the third state: neither the second nor the third update is sent."""
    slow = ScriptedSender(first_refused(refusal("deferred")), slow_s=1.0)
    async with delivery_house(database, {Channel.EMAIL: slow}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P1), revision="turn-4")
        await eventually(lambda: slow.inside == 1)
        await house.hang_up(a_message("c1", UrgencyLevel.P1, name="Zoé Lefèvre"), revision="turn-6")
        await eventually(lambda: _queued(house, "c1", 2))
        third = a_message("c1", UrgencyLevel.P1, name="Zoé Lefebvre")
        await house.calls.save(a_call("c1"), (), third)
        await eventually(lambda: _all_sent(house, "c1", 2))
        await house.hang_up(third)
        await asyncio.sleep(0.5)
        dispatches = await house.dispatches("c1")

    assert [letter.text for letter in slow.taken] == ["c1 Zoé Lefebvre"]
    assert len(dispatches) == 2


async def _queued(house: DeliveryHouse, call: str, count: int) -> bool:
    return len(await house.dispatches(call)) == count


async def _settled(house: DeliveryHouse, call: str, count: int) -> bool:
    found = await house.dispatches(call)
    return len(found) == count and all(d.status is not DispatchStatus.QUEUED for d in found)


async def _all_sent(house: DeliveryHouse, call: str, count: int) -> bool:
    found = await house.dispatches(call)
    return len(found) == count and all(d.status is DispatchStatus.SENT for d in found)


async def _tried(house: DeliveryHouse, call: str) -> bool:
    """Is a try over and written down?"""
    return any(event.kind is MessageEventKind.DISPATCH_TRIED for event in await house.events(call))
