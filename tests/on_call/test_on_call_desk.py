"""The desk without its workflow: webhooks twice, in any order, from people who are late or strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from on_call_house import N1, N2, NIGHT, client, save_urgent_call, urgent_call

from voicebot.domain.call import Call, EndReason
from voicebot.domain.ladder import Attempt, CallEnd
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.domain.orientation import Handover
from voicebot.domain.tempo import Tempo
from voicebot.errors import UnknownMessage
from voicebot.on_call.desk import Answer, AnsweredBy
from voicebot.on_call.house import OnCall
from voicebot.policy.ladder.plan import plan_ladder
from voicebot.store import CallBook

LADDER = "call-1-on-call"
A1, A2 = f"{LADDER}-1", f"{LADDER}-2"


class Desk:
    """A house whose ladder was begun by hand, with two calls under way."""

    def __init__(self, book: CallBook) -> None:
        self.book = book
        self.now = NIGHT
        self.on_call = OnCall(book, lambda _: client(), tempo=Tempo(lambda: self.now), may_connect=lambda _: True)
        self.desk, self.ladders = self.on_call.desk, self.on_call.ladders

    async def begin(self, call: Call) -> None:
        await save_urgent_call(self.book, call, client())
        plan = plan_ladder(client(), call, None, NIGHT)
        assert plan is not None
        await self.ladders.begin(plan, NIGHT)
        for number, (contact, phone) in enumerate((("dupond", N1), ("dupont", N2)), 1):
            attempt = Attempt(f"{plan.id}-{number}", plan.id, number, 1, contact, phone, begun_at=NIGHT)
            await self.ladders.begin_attempt(attempt)

    async def kinds(self) -> list[Kind]:
        return [event.kind for event in await self.book.after_call("call-1")]


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[Desk]:
    book = await CallBook.open(f"sqlite:///{tmp_path / 'voicebot.db'}")
    desk = Desk(book)
    await desk.begin(urgent_call())
    yield desk
    await book.close()


async def test_keys_are_idempotent_and_whoever_took_it_keeps_it(house: Desk) -> None:
    assert [await house.desk.press(A1, key) for key in ("3", "*", "1", "1", "2", "3")] == [
        Answer.AGAIN,
        Answer.AGAIN,
        Answer.TAKEN,
        Answer.TAKEN,
        Answer.TAKEN,
        Answer.AGAIN,
    ]
    assert [await house.desk.press(A2, key) for key in ("1", "2", "3")] == [Answer.ALREADY] * 3
    assert (await house.desk.script(A1)).already == ""
    assert (await house.desk.script(A2)).already.startswith("Alain Dupond a déjà pris")


async def test_who_passed_may_still_take_it(house: Desk) -> None:
    assert await house.desk.press(A1, "2") is Answer.PASSED
    assert await house.desk.press(A1, "2") is Answer.PASSED
    assert await house.desk.press(A1, "1") is Answer.TAKEN
    assert (await house.kinds()).count(Kind.PASSED_ON) == 1


async def test_a_caller_who_waits_is_connected(house: Desk) -> None:
    waiting = urgent_call(handover=Handover(on_call_woken=True, stays=True))
    await save_urgent_call(house.book, waiting, client())
    assert (await house.desk.script(A1)).connecting.endswith("je vous le passe.")
    assert await house.desk.press(A1, "1") is Answer.CONNECT
    assert (await house.desk.script(A2)).connecting == "", "somebody else has the caller"

    await save_urgent_call(house.book, replace(waiting, ended=EndReason.CALLER_HUNG_UP), client())
    assert await house.desk.press(A1, "1") is Answer.TAKEN
    assert (await house.desk.script(A1)).connecting == ""


async def test_a_machine_ends_the_call_unless_a_key_was_pressed(house: Desk) -> None:
    for _ in range(2):
        await house.desk.answered(A1, AnsweredBy.UNKNOWN)
        assert await house.desk.answered(A1, AnsweredBy.MACHINE)
    await house.desk.call_ended(A1, CallEnd.SILENT)
    assert (await house.ladders.attempt(A1)).ended is CallEnd.MACHINE

    await house.desk.heard(A2)
    assert not await house.desk.answered(A2, AnsweredBy.MACHINE), "a person is not hung up on"
    assert (await house.ladders.attempt(A2)).ended is None


async def test_minutes_count_only_from_whoever_has_it(house: Desk) -> None:
    await house.desk.press(A1, "1")
    await house.desk.give_eta(A2, 5)
    assert (await house.desk.ladder(LADDER)).eta_min is None
    await house.desk.give_eta(A1, 25)
    await house.desk.give_eta(A1, 25)
    assert (await house.desk.ladder(LADDER)).eta_min == 25
    assert (await house.kinds()).count(Kind.ETA_GIVEN) == 1


async def test_sms_with_and_without_a_code(house: Desk) -> None:
    first = await house.ladders.code_for(N1, LADDER, "dupond", NIGHT)
    wrong = "0000" if first != "0000" else "0001"
    assert (await house.desk.by_sms(N1, f"OK {wrong}"))[1].startswith("Ce code n'est pas connu.")
    assert (await house.desk.by_sms(N1, "c'est qui ?"))[1].startswith(f"Rien n'est noté. Répondez OK {first}")
    assert (await house.desk.ladder(LADDER)).acknowledged_by == ""

    second_call = urgent_call("call-2")
    await house.begin(second_call)
    second = await house.ladders.code_for(N1, "call-2-on-call", "dupond", NIGHT)
    assert (await house.desk.by_sms(N1, "OK"))[1].startswith("Plusieurs messages attendent.")
    assert (await house.desk.by_sms(N1, f"2 {second}"))[1] == "Bien reçu : vous passez la main."
    assert (await house.desk.by_sms(N1, f"OK {first}"))[1].startswith("Bien reçu : vous prenez en charge")
    assert (await house.desk.by_sms(N1, f"2 {first}"))[1].startswith("Vous avez ce message en charge")
    assert (await house.desk.ladder(LADDER)).acknowledged_by == "dupond"
    assert (await house.desk.by_sms(N1, "ok"))[1].startswith("Bien reçu"), "only the other ladder can be meant now"
    assert (await house.desk.ladder("call-2-on-call")).acknowledged_by == "dupond"


async def test_a_late_sms_hears_who_has_it_and_old_ones_mean_nothing(house: Desk) -> None:
    await house.ladders.code_for(N2, LADDER, "dupont", NIGHT)
    await house.desk.by_operator(LADDER, "Inès")
    assert (await house.desk.by_sms(N2, "OK"))[1] == "Inès a déjà pris en charge ce message. Merci."
    assert (await house.desk.by_sms(N2, "2"))[1] == "Inès a déjà pris en charge ce message. Merci."

    house.now = NIGHT + timedelta(days=2)
    assert (await house.desk.by_sms(N2, "OK"))[1].startswith("Ce code n'est pas connu.")


async def test_minutes_may_follow_in_a_second_sms(house: Desk) -> None:
    await house.ladders.code_for(N1, LADDER, "dupond", NIGHT)
    await house.desk.by_sms(N1, "ok")
    assert (await house.desk.by_sms(N1, "dans 30 min"))[1].endswith("dans 30 min.")
    assert (await house.desk.ladder(LADDER)).eta_min == 30


async def test_strangers_and_unknown_ids_are_told_apart(house: Desk) -> None:
    with pytest.raises(UnknownMessage):
        await house.desk.by_sms("+33639980199", "OK 4821")
    with pytest.raises(UnknownMessage):
        await house.desk.by_link(LADDER, "garnier")
    with pytest.raises(UnknownMessage):
        await house.desk.press("nowhere-1", "1")
    with pytest.raises(UnknownMessage):
        await house.desk.by_operator("nowhere", "Inès")
    assert await house.desk.of_call("nowhere") is None
