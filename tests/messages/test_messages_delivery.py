"""Messages on their way: each status, retries, fallbacks, dead letters, resends, poison; on the real engine, fast hours."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from delivery_house import (
    BY_MAIL,
    MORNING,
    OPERATOR,
    a_message,
    client_with,
    delivery_house,
    eventually,
    fast_tempo,
)

from tests.fakes.senders import ScriptedSender, first_refused, refusal
from voicebot.channels.ports import Letter
from voicebot.domain.delivery import Channel
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.message_event import MessageEventKind
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import ChannelError, UnknownMessage
from voicebot.policy.deliveries import dead_letters

WITH_FALLBACK = BY_MAIL | {"fallback": "sms"}


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'voicebot.db'}"


def to_operator(letter: Letter) -> bool:
    return letter.address == OPERATOR


async def test_a_message_is_sent_and_every_step_is_told(database: str) -> None:
    mail = ScriptedSender()
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="sent")
        (dispatch,) = await house.dispatches("c1")
        await house.deliveries.desk.dispatch_told(dispatch.id, DispatchStatus.DELIVERED, provider_id="provider-1")
        await house.deliveries.desk.read(dispatch.id, "lambert")
        events = await house.events("c1")

    assert [letter.address for letter in mail.taken] == ["lambert@example.org"]
    assert mail.taken[0].id == dispatch.id == "c1-final-office-lambert"
    assert dispatch.provider_id == "provider-1"
    told = [(e.kind, e.data.get("status"), e.data.get("who")) for e in events]
    status = MessageEventKind.DISPATCH_STATUS
    assert told == [
        (MessageEventKind.DISPATCH_QUEUED, None, None),
        (MessageEventKind.DISPATCH_TRIED, None, None),
        (status, "sent", "house"),
        (status, "delivered", "carrier"),
        (status, "read", "lambert"),
    ]


async def test_a_status_never_goes_backwards(database: str) -> None:
    async with delivery_house(database, {Channel.EMAIL: ScriptedSender()}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="sent")
        (dispatch,) = await house.dispatches("c1")
        desk = house.deliveries.desk
        await desk.read(dispatch.id, "lambert")
        for late in (DispatchStatus.SENT, DispatchStatus.DELIVERED, DispatchStatus.FAILED):
            await desk.dispatch_told(dispatch.id, late)
        assert await house.statuses("c1") == {"office email": "read"}
        with pytest.raises(UnknownMessage):
            await desk.read("nobody-knows-this", "lambert")


async def test_a_refused_dispatch_is_tried_again_later_and_later(database: str) -> None:
    tempo = fast_tempo(2000)
    mail = ScriptedSender(first_refused(*[refusal() for _ in range(6)]), now=tempo.now)
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL), tempo=tempo) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="sent")
        tried = [e for e in await house.events("c1") if e.kind is MessageEventKind.DISPATCH_TRIED]

    assert [e.data["trouble"] for e in tried] == ["connection"] * 6 + [""]
    assert [e.data["attempt"] for e in tried] == list(range(1, 8))
    waits = [(after - before).total_seconds() for before, after in zip(mail.tried_at, mail.tried_at[1:], strict=False)]
    assert all(wait >= floor for wait, floor in zip(waits, (7, 15, 30, 60, 120, 240), strict=True))
    assert {letter.id for letter in mail.tried} == {"c1-final-office-lambert"}


async def test_what_a_server_asks_for_is_granted(database: str) -> None:
    tempo = fast_tempo(2000)
    mail = ScriptedSender(first_refused(refusal("rate_limited", retry_after_s=600)), now=tempo.now)
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL), tempo=tempo) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="sent")

    assert (mail.tried_at[1] - mail.tried_at[0]).total_seconds() >= 600


async def test_a_channel_that_refuses_for_good_gives_way_to_the_fallback(database: str) -> None:
    mail, sms = ScriptedSender(lambda _: refusal("rejected", temporary=False)), ScriptedSender()
    async with delivery_house(database, {Channel.EMAIL: mail, Channel.SMS: sms}, client_with(WITH_FALLBACK)) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="failed", office_sms="sent")
        dispatches = await house.dispatches("c1")
        events = await house.events("c1")

    assert [letter.address for letter in sms.taken] == ["+33639980102"]
    assert not dead_letters(dispatches)
    failed = next(e for e in events if e.kind is MessageEventKind.DISPATCH_FAILED)
    assert failed.data == {"dispatch": dispatches[0].id, "trouble": "rejected", "fallback": dispatches[1].id}
    assert not [e for e in events if e.kind is MessageEventKind.ALARM_RAISED]


async def test_a_channel_that_refuses_for_a_day_has_failed(database: str) -> None:
    mail, sms = ScriptedSender(lambda _: refusal()), ScriptedSender()
    async with delivery_house(
        database, {Channel.EMAIL: mail, Channel.SMS: sms}, client_with(WITH_FALLBACK), speed=100_000
    ) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="failed", office_sms="sent")
        tried = [e for e in await house.events("c1") if e.kind is MessageEventKind.DISPATCH_TRIED]

    mails = [e for e in tried if e.data["channel"] == "email"]
    assert mails[-1].at - mails[0].at >= timedelta(hours=24)
    assert len(sms.taken) == 1


async def test_an_urgent_message_does_not_wait_a_day_for_its_fallback(database: str) -> None:
    healthy = False
    mail, sms = ScriptedSender(lambda _: None if healthy else refusal()), ScriptedSender()
    async with delivery_house(
        database, {Channel.EMAIL: mail, Channel.SMS: sms}, client_with(WITH_FALLBACK), speed=500
    ) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P1))
        await house.until("c1", office_email="queued", office_sms="sent")
        events = await house.events("c1")
        healthy = True
        await house.until("c1", office_email="sent", office_sms="sent")

    first = next(e for e in events if e.kind is MessageEventKind.DISPATCH_TRIED)
    by_sms = next(e for e in events if e.kind is MessageEventKind.DISPATCH_QUEUED and e.data["channel"] == "sms")
    assert by_sms.at - first.at <= timedelta(minutes=3)
    assert len(sms.taken) == 1


async def test_an_urgent_message_that_is_told_to_wait_an_hour_goes_by_the_fallback_after_two_minutes(database: str) -> None:
    tempo = fast_tempo(300)
    mail = ScriptedSender(lambda _: refusal("rate_limited", retry_after_s=36_000), now=tempo.now)
    sms = ScriptedSender(now=tempo.now)
    async with delivery_house(
        database, {Channel.EMAIL: mail, Channel.SMS: sms}, client_with(WITH_FALLBACK), tempo=tempo
    ) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P0))
        await house.until("c1", office_email="queued", office_sms="sent")

    assert sms.tried_at[0] - mail.tried_at[0] >= timedelta(seconds=100)
    assert len(mail.tried) == 1


async def test_a_dead_letter_is_told_to_the_operator_and_can_be_sent_again(database: str) -> None:
    healthy = False
    mail = ScriptedSender(lambda letter: None if healthy or to_operator(letter) else refusal("rejected", temporary=False))
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(WITH_FALLBACK)) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="failed", office_sms="failed")
        await eventually(lambda: any(map(to_operator, mail.taken)))
        dead = dead_letters(await house.dispatches("c1"))
        healthy = True
        again = await house.deliveries.desk.resend("c1", "operator:zoe")
        await house.until("c1", office_email="sent", office_sms="failed")
        events = await house.events("c1")

    assert [letter.text for letter in mail.taken] == ["dead: 1", "c1 Zoé Durand"]
    assert [d.id for d in dead] == [d.id for d in again] == ["c1-final-office-lambert"]
    alarms = [e for e in events if e.kind is MessageEventKind.ALARM_RAISED]
    assert [(e.data["why"], e.data["dispatch"]) for e in alarms] == [("not_configured", dead[0].id)]
    resent = next(e for e in events if e.kind is MessageEventKind.DISPATCH_RESENT)
    assert resent.data["who"] == "operator:zoe"


async def test_what_was_sent_once_is_sent_again_under_another_name(database: str) -> None:
    mail, sms = ScriptedSender(), ScriptedSender()
    async with delivery_house(database, {Channel.EMAIL: mail, Channel.SMS: sms}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="sent")
        (dispatch,) = await house.dispatches("c1")
        await house.deliveries.desk.resend(dispatch.id, "operator:zoe")
        await house.deliveries.desk.resend(dispatch.id, "operator:zoe", channel=Channel.SMS, to="+33639980177")
        await eventually(lambda: len(mail.taken) == 2 and len(sms.taken) == 1)

    assert len({letter.id for letter in (*mail.taken, *sms.taken)}) == 3
    assert sms.taken[0].address == "+33639980177"


async def test_an_undelivered_sms_goes_on_to_the_fallback(database: str) -> None:
    mail, sms = ScriptedSender(), ScriptedSender()
    rule = {"id": "duty", "channel": "sms", "to": ["tison"], "fallback": "email"}
    async with delivery_house(database, {Channel.EMAIL: mail, Channel.SMS: sms}, client_with(rule)) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", duty_sms="sent")
        (dispatch,) = await house.dispatches("c1")
        desk = house.deliveries.desk
        await desk.dispatch_told(dispatch.id, DispatchStatus.FAILED, provider_id="of another try", trouble="rejected")
        assert await house.statuses("c1") == {"duty sms": "sent"}
        for _ in range(2):
            await desk.dispatch_told(
                dispatch.id, DispatchStatus.FAILED, provider_id=dispatch.provider_id, trouble="rejected"
            )
        await house.until("c1", duty_sms="failed", duty_email="sent")

    assert sms.taken[0].address == "+33639980101", "the mobile is preferred"
    assert [letter.address for letter in mail.taken] == ["tison@example.org"]


async def test_a_message_that_cannot_be_written_holds_no_other_up(database: str) -> None:
    mail = ScriptedSender()
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL)) as house:
        house.writer.poison.add("c0")
        await house.hang_up(*(a_message(f"c{n}") for n in range(51)))
        await house.until("c0", office_email="failed")
        await eventually(lambda: len([m for m in mail.taken if not to_operator(m)]) == 50)
        events = await house.events("c0")

    assert [e.data["trouble"] for e in events if e.kind is MessageEventKind.DISPATCH_TRIED] == ["letter"] * 3
    assert any(e.kind is MessageEventKind.ALARM_RAISED for e in events)


async def test_two_hundred_dead_letters_are_few_alarms(database: str) -> None:
    tempo = fast_tempo(100)
    mail = ScriptedSender(lambda letter: None if to_operator(letter) else refusal("rejected", temporary=False))
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL), tempo=tempo) as house:
        await house.hang_up(*(a_message(f"c{n}") for n in range(200)))

        async def all_told() -> bool:
            statuses = [await house.statuses(f"c{n}") for n in range(200)]
            return all(s == {"office email": "failed"} for s in statuses)

        await eventually(all_told, limit_s=40)
        took = tempo.now() - MORNING
        await eventually(lambda: sum(int(letter.text.removeprefix("dead: ")) for letter in mail.taken) >= 200, limit_s=20)

        planned = await asyncio.to_thread(house.calls.database.outbox.ids, "alarm-")

    assert len(mail.taken) <= len(planned) <= 2 + took / timedelta(minutes=5)


async def test_without_a_fitting_rule_the_operator_gets_the_message(database: str) -> None:
    mail = ScriptedSender()
    only_urgent = BY_MAIL | {"urgency": ["p0"]}
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(only_urgent)) as house:
        await house.hang_up(a_message("c1"), a_message("unwanted", UrgencyLevel.P4))
        await house.until("c1", house_email="sent")
        events = await house.events("c1")
        await house.until("unwanted")

    assert [letter.address for letter in mail.taken] == [OPERATOR]
    assert [e.data["why"] for e in events if e.kind is MessageEventKind.ALARM_RAISED] == ["no_rule"]


async def test_a_channel_that_breaks_in_ways_of_its_own_is_tried_again(database: str) -> None:
    broken = [True, True]

    def breaks(letter: Letter) -> ChannelError | None:
        del letter
        if broken:
            broken.pop()
            raise RuntimeError("a fault of the channel's own")
        return None

    mail = ScriptedSender(breaks)
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(BY_MAIL)) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", office_email="sent")

    assert len(mail.tried) == 3


async def test_nothing_leaves_in_quiet_hours_but_what_is_urgent(database: str) -> None:
    # The night is long enough, eight real seconds, for a slow machine to plan both messages within it.
    tempo = fast_tempo(4_000, MORNING.replace(hour=22))
    mail = ScriptedSender(now=tempo.now)
    quiet = BY_MAIL | {"quiet": "21:00-07:00"}
    async with delivery_house(database, {Channel.EMAIL: mail}, client_with(quiet), tempo=tempo) as house:
        await house.hang_up(a_message("calm"), a_message("urgent", UrgencyLevel.P1))
        await house.until("urgent", office_email="sent")
        await house.until("calm", office_email="sent")

    assert [letter.text.split()[0] for letter in mail.taken] == ["urgent", "calm"]
    morning = MORNING.replace(day=24, hour=6, minute=0)
    assert mail.tried_at[0] < morning <= mail.tried_at[1], "seven o'clock in Paris"


async def test_health_tells_of_failing_channels_and_of_one_that_works_again(database: str) -> None:
    healthy = False
    mail = ScriptedSender(lambda _: None if healthy else refusal())
    client = client_with(BY_MAIL)
    async with delivery_house(database, {Channel.EMAIL: mail}, client, speed=500) as house:
        health = house.deliveries.health
        assert health.delivery_works(client)
        await house.hang_up(*(a_message(f"c{n}") for n in range(3)))
        await eventually(lambda: not health.delivery_works(client))
        healthy = True
        await house.until("c0", office_email="sent")
        assert health.delivery_works(client)
        assert not health.delivery_works(client_with(BY_MAIL | {"channel": "sms"}))


async def test_a_message_whose_rules_cannot_be_obeyed_is_told_to_the_operator(database: str) -> None:
    mail = ScriptedSender()
    client = client_with(BY_MAIL).model_copy(update={"deliveries": ("no rule at all",)})
    async with delivery_house(database, {Channel.EMAIL: mail}, client) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", house_email="failed")
        await eventually(lambda: bool(mail.taken))
        events = await house.events("c1")

    assert [(letter.address, letter.text) for letter in mail.taken] == [(OPERATOR, "dead: 1")]
    alarms = [e.data["why"] for e in events if e.kind is MessageEventKind.ALARM_RAISED]
    assert alarms == ["not_planned", "fault"]


async def test_a_client_whose_file_is_gone_loses_no_message(database: str) -> None:
    mail = ScriptedSender()
    async with delivery_house(database, {Channel.EMAIL: mail}) as house:
        await house.hang_up(a_message("c1"))
        await house.until("c1", house_email="failed")
        await eventually(lambda: bool(mail.taken))

    assert [letter.text for letter in mail.taken] == ["dead: 1"]
