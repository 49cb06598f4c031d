"""Failures of ours while a ladder climbs: the alarm is raised, nobody is forgotten, and it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from on_call_house import N1, N2, OPERATOR, House, a_house, client, save_urgent_call, until, urgent_call

from tests.fakes.people_on_call import Does, PeoplesTelephones
from voicebot.channels.ports import Ring
from voicebot.domain.ladder import LadderStatus
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.errors import ChannelError, StoreError
from voicebot.on_call.steps import LadderSteps


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'voicebot.db'}"


class BrokenForOne(PeoplesTelephones):
    """A bug for one number; the others are rung."""

    async def ring(self, ring: Ring) -> str:
        if ring.number == N1:
            raise ZeroDivisionError
        return await super().ring(ring)


class AnswerLost(PeoplesTelephones):
    """The carrier places the call, and its answer never comes back."""

    async def ring(self, ring: Ring) -> str:
        await super().ring(ring)
        raise ChannelError("timeout", "The carrier did not answer.", temporary=True)


async def test_a_bug_in_one_call_is_an_alarm_and_the_next_contact_takes_it(database: str) -> None:
    async with a_house(database, speed=40) as house:
        phones = house.telephone
        phones.__class__ = BrokenForOne
        phones.does = {N2: (Does.TAKES,)}
        await save_urgent_call(house.book, urgent_call(), house.instructions)
        ladder = await house.until_over()

        assert ladder.acknowledged_by == "dupont"
        assert [e.data["why"] for e in await house.told(Kind.ALARM_RAISED)] == ["fault"]
        assert await house.alarm_mails(1) == ["une étape de l'échelle a échoué chez nous"]
        ends = [(e.data["contact"], e.data["how"]) for e in await house.told(Kind.CONTACT_ENDED)]
        assert ends == [("dupond", "stopped"), ("dupond", "stopped")]


async def test_a_call_whose_answer_was_lost_is_found_and_not_placed_again(database: str) -> None:
    async with a_house(database, {N1: (Does.TAKES,)}) as house:
        house.telephone.__class__ = AnswerLost
        await save_urgent_call(house.book, urgent_call(), house.instructions)
        ladder = await house.until_over()

        assert ladder.acknowledged_by == "dupond"
        assert len(house.telephone.rung) == 1
        assert await house.told(Kind.ALARM_RAISED) == []


@dataclass
class LockedAtFirst:
    """Steps whose rows cannot be read for a while."""

    failures: int

    def around(self, step: Any) -> Any:
        async def locked(steps: LadderSteps, *told: Any) -> Any:
            if self.failures:
                self.failures -= 1
                raise StoreError("The database stayed locked.")
            return await step(steps, *told)

        return locked


@pytest.mark.parametrize(("failures", "alarms"), [(2, []), (6, ["fault"])])
async def test_a_locked_store_delays_the_ladder_and_does_not_end_it(
    database: str, monkeypatch: pytest.MonkeyPatch, failures: int, alarms: list[str]
) -> None:
    monkeypatch.setattr(LadderSteps, "look", LockedAtFirst(failures).around(LadderSteps.look))
    async with a_house(database, {N1: (Does.TAKES,)}) as house:
        await save_urgent_call(house.book, urgent_call(), house.instructions)
        ladder = await house.until_over()

        assert ladder.acknowledged_by == "dupond"
        assert [e.data["why"] for e in await house.told(Kind.ALARM_RAISED)] == alarms


async def test_an_operator_is_told_although_the_rows_of_the_ladder_cannot_be_made(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LadderSteps, "plan", LockedAtFirst(5).around(LadderSteps.plan))
    async with a_house(database, {N1: (Does.TAKES,)}) as house:
        await save_urgent_call(house.book, urgent_call(), house.instructions)
        ladder = await house.until_over()

        assert ladder.status is LadderStatus.ACKNOWLEDGED
        assert ladder.alarmed_at is None, "it was raised before there was a ladder"
        assert [e.data["why"] for e in await house.told(Kind.ALARM_RAISED)] == ["fault"]
        assert len(await house.alarm_mails(1)) == 1


async def test_the_caller_adds_details_while_people_are_rung(database: str) -> None:
    async with a_house(database, {N1: (Does.LISTENS,), N2: (Does.TAKES,)}) as house:
        await save_urgent_call(house.book, urgent_call(details={}), house.instructions)
        first = await _script_of(house, "call-1-on-call-1")
        await save_urgent_call(house.book, urgent_call(turns=5), house.instructions)
        ladder = await house.until_over()
        later = (await house.on_call.desk.script("call-1-on-call-3")).message

        assert "L'appelant n'a pas donné son nom." in first
        assert "Appel de Mme Durand." in later
        assert "Adresse : 12 rue des Lilas, Lille." in later
        assert ladder.acknowledged_by == "dupont"
        assert "Mme Durand" not in house.sms.to(N1)[0].text
        assert "Mme Durand" in house.sms.to(N2)[0].text


async def _script_of(house: House, attempt: str) -> str:
    await until(lambda: house.told(Kind.CONTACT_TOLD))
    return (await house.on_call.desk.script(attempt)).message


async def test_the_operator_is_written_to_until_the_mail_server_takes_it(database: str) -> None:
    async with a_house(database, instructions=client(shifts=(), manager=None, agents=False)) as house:
        house.email.fails = ChannelError("deferred", "Greylisted.", temporary=True)
        await save_urgent_call(house.book, urgent_call(), house.instructions)
        await house.until_over()
        assert house.email.letters == []
        house.email.fails = None
        await until(lambda: _mailed(house))

        assert len(house.email.to(OPERATOR)) == 1
        assert [e.data["why"] for e in await house.told(Kind.ALARM_RAISED)] == ["nobody"]


async def _mailed(house: House) -> bool:
    return bool(house.email.to(OPERATOR))
