"""The ladder as the real durable engine climbs it: whoever takes it has it, everybody is told, and it always ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from on_call_house import (
    AGENTS,
    MANAGER,
    N1,
    N2,
    NIGHT,
    House,
    a_house,
    client,
    save_urgent_call,
    until,
    urgent_call,
)

from tests.fakes.people_on_call import ETA_MIN, Does
from voicebot.domain.ladder import CallEnd, LadderStatus, Way
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.domain.written import QuietHours
from voicebot.errors import ChannelError
from voicebot.on_call.desk import Answer

NOBODY_ANSWERS: dict[str, tuple[Does, ...]] = {N1: (Does.NOTHING,), N2: (Does.NOTHING,), MANAGER: (Does.NOTHING,)}


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'voicebot.db'}"


async def woken(house: House) -> None:
    await save_urgent_call(house.book, urgent_call(), house.instructions)


async def how_it_ended(house: House) -> list[str]:
    return [event.data["how"] for event in await house.told(Kind.LADDER_ENDED)]


async def test_a_key_takes_it_and_nobody_more_is_rung(database: str) -> None:
    async with a_house(database, {N1: (Does.NOTHING, Does.TAKES)}) as house:
        await woken(house)
        ladder = await house.until_over()

        assert (ladder.status, ladder.acknowledged_by) == (LadderStatus.ACKNOWLEDGED, "dupond")
        assert (ladder.acknowledged_name, ladder.acknowledged_way) == ("Alain Dupond", Way.KEYPAD)
        await until(lambda: house.told(Kind.ETA_GIVEN))
        assert (await house.on_call.desk.ladder(ladder.id)).eta_min == ETA_MIN
        assert [ring.number for ring in house.telephone.rung] == [N1, N1]
        assert house.telephone.answers == [Answer.TAKEN]
        assert [e.data["how"] for e in await house.told(Kind.CONTACT_ENDED)] == [CallEnd.NO_ANSWER]
        assert len(await house.told(Kind.ACKNOWLEDGED)) == 1
        assert await how_it_ended(house) == ["acknowledged"]
        assert await house.told(Kind.ALARM_RAISED) == []
        assert await house.on_call.ladders.uses_in_a_day(house.book._now()) == 3, "two calls and an SMS"


async def test_voicemail_busy_and_silence_never_count_and_two_passes_it_on(database: str) -> None:
    does = {N1: (Does.VOICEMAIL, Does.BUSY), N2: (Does.PASSES,), MANAGER: (Does.HEARS,), AGENTS: (Does.TAKES,)}
    async with a_house(database, does, agents=AGENTS) as house:
        await woken(house)
        ladder = await house.until_over()

        assert ladder.acknowledged_by == "agents"
        assert [ring.number for ring in house.telephone.rung] == [N1, N1, N2, MANAGER, AGENTS]
        assert house.telephone.at_once == 1
        ended = {e.data["attempt"][-1]: e.data["how"] for e in await house.told(Kind.CONTACT_ENDED)}
        assert ended == {"1": "machine", "2": "busy", "3": "passed", "4": "silent"}
        assert [e.data["contact"] for e in await house.told(Kind.PASSED_ON)] == ["dupont"]
        assert {e.data["contact"] for e in await house.told(Kind.CONTACT_HEARD)} == {"dupont", "vauban", "agents"}


async def test_an_sms_takes_it_and_the_telephone_stops(database: str) -> None:
    replies = {N1: "ok {code} j'arrive dans 15 min"}
    # Slow enough for the telephone to ring still when a busy machine has read the answer.
    async with a_house(database, NOBODY_ANSWERS, sms_replies=replies, speed=10) as house:
        await woken(house)
        ladder = await house.until_over()

        assert (ladder.acknowledged_by, ladder.acknowledged_way) == ("dupond", Way.SMS)
        await until(lambda: house.told(Kind.ETA_GIVEN))
        assert (await house.on_call.desk.ladder(ladder.id)).eta_min == 15
        assert house.telephone.hung_up == ["CA-call-1-on-call-1"]
        assert len(house.telephone.rung) == 1
        (told,) = house.sms.to(N1)
        assert "Mme Durand, à rappeler au 06 39 98 01 77" in told.text
        assert "Répondez OK" in told.text
        await until(lambda: _answered(house))
        assert house.sms.answered == [
            "Bien reçu : vous prenez en charge l'appel de Mme Durand, 06 39 98 01 77, dans 15 min."
        ]


async def _answered(house: House) -> list[str]:
    return house.sms.answered


async def test_an_operator_takes_it_and_those_told_before_are_told_who(database: str) -> None:
    async with a_house(database, NOBODY_ANSWERS) as house:
        await woken(house)
        await until(lambda: _rung(house, 3))
        claim = await house.on_call.desk.by_operator("call-1-on-call", "Inès")
        ladder = await house.until_over()

        assert (claim.first, claim.name) == (True, "Inès")
        assert (ladder.acknowledged_by, ladder.acknowledged_way) == ("operator:Inès", Way.CONSOLE)
        assert "Inès a pris en charge" in house.sms.to(N1)[-1].text
        assert "Inès a pris en charge" in house.sms.to(N2)[-1].text
        assert house.sms.to(MANAGER) == [], "whoever was not disturbed hears nothing"


async def _rung(house: House, times: int) -> bool:
    return len(house.telephone.rung) >= times


async def test_a_link_takes_it_and_the_late_one_hears_who_has_it(database: str) -> None:
    async with a_house(database, {N1: (Does.LISTENS,), N2: (Does.LISTENS,)}) as house:
        await woken(house)
        await until(lambda: _told(house, "dupont@example.org"))
        assert "https://phone.example.org/on-call/call-1-on-call.dupont" in house.email.to("dupont@example.org")[0].text
        first = await house.on_call.desk.by_link("call-1-on-call", "dupont")
        late = await house.on_call.desk.press("call-1-on-call-1", "1")
        script = await house.on_call.desk.script("call-1-on-call-1")
        again = await house.on_call.desk.by_link("call-1-on-call", "dupont")
        await house.until_over()

        assert first.first
        assert again.first, "whoever has it still has it"
        assert late is Answer.ALREADY
        assert script.already == "Renaud Dupont a déjà pris ce message en charge. Merci, au revoir."
        assert {e.data["contact"]: e.data["first"] for e in await house.told(Kind.ACKNOWLEDGED)} == {
            "dupont": True,
            "dupond": False,
        }


async def _told(house: House, address: str) -> bool:
    return bool(house.email.to(address) or house.sms.to(address))


async def test_nobody_at_all_raises_the_alarm_and_the_second_round_is_taken(database: str) -> None:
    does = {N1: (Does.NOTHING, Does.BUSY, Does.TAKES), N2: (Does.LISTENS,), MANAGER: (Does.CARRIER_SILENT,)}
    fiche = client(restart_after=timedelta(minutes=2), rounds=3, acknowledge_within=timedelta(minutes=1))
    async with a_house(database, does, instructions=fiche) as house:
        await woken(house)
        ladder = await house.until_over()

        assert (ladder.acknowledged_by, ladder.round) == ("dupond", 2)
        assert [e.data["why"] for e in await house.told(Kind.ALARM_RAISED)] == ["late", "exhausted"]
        assert [e.data["round"] for e in await house.told(Kind.LADDER_RESTARTED)] == [2]
        assert await house.alarm_mails(2) == [
            "personne n'a pris en charge dans le délai prévu",
            "tous les contacts ont été essayés sans réponse",
        ]
        assert ladder.alarmed_at is not None
        assert house.telephone.at_once == 1
        assert await how_it_ended(house) == ["acknowledged"]


async def test_an_exhausted_ladder_can_still_be_taken_and_the_others_are_told(database: str) -> None:
    async with a_house(database, {N1: (Does.BUSY,), N2: (Does.BUSY,), MANAGER: (Does.BUSY,)}) as house:
        await woken(house)
        ladder = await house.until_over()
        assert (ladder.status, ladder.acknowledged_by) == (LadderStatus.ALARM, "")

        claim = await house.on_call.desk.by_link(ladder.id, "dupond")
        assert claim.first
        await until(lambda: _told_who(house, N2))
        await until(lambda: _ended_twice(house))
        assert (await house.on_call.desk.ladder(ladder.id)).status is LadderStatus.ACKNOWLEDGED
        assert await how_it_ended(house) == ["alarm", "acknowledged"]


async def _told_who(house: House, number: str) -> bool:
    return any("a pris en charge" in letter.text for letter in house.sms.to(number))


async def _ended_twice(house: House) -> bool:
    return len(await house.told(Kind.LADDER_ENDED)) == 2


@pytest.mark.parametrize("unknown_client", [True, False])
async def test_a_ladder_without_anybody_is_an_alarm_at_once(database: str, unknown_client: bool) -> None:
    nobody = client(shifts=(), manager=None, agents=False)
    async with a_house(database, instructions=nobody, unknown_client=unknown_client) as house:
        await woken(house)
        ladder = await house.until_over()

        assert ladder.status is LadderStatus.ALARM
        assert [e.data["why"] for e in await house.told(Kind.ALARM_RAISED)] == ["nobody"]
        assert await how_it_ended(house) == ["alarm"]
        assert await house.alarm_mails(1) == ["il n'y a personne à appeler"]


async def test_a_dead_carrier_is_an_alarm_and_who_was_told_in_writing_takes_it(database: str) -> None:
    async with a_house(database, sms_replies={N2: "OK"}) as house:
        house.telephone.refuses = ChannelError("connection", "The carrier is down.", temporary=True)
        await woken(house)
        ladder = await house.until_over()

        assert (ladder.acknowledged_by, ladder.acknowledged_way) == ("dupont", Way.SMS)
        assert [e.data["why"] for e in await house.told(Kind.ALARM_RAISED)] == ["telephone"]
        assert await house.told(Kind.CONTACT_RUNG) == []


async def test_the_limit_of_the_house_ends_the_calls_with_an_alarm(database: str) -> None:
    async with a_house(database) as house:
        house.telephone.refuses = ChannelError("rate_limited", "Too many calls today.", temporary=False)
        await woken(house)
        ladder = await house.until_over()

        assert ladder.status is LadderStatus.ALARM
        assert [e.data["why"] for e in await house.told(Kind.ALARM_RAISED)] == ["cost"]
        assert house.sms.to(MANAGER), "the rest is told in writing"


async def test_channels_that_fail_are_noted_and_do_not_stop_the_ladder(database: str) -> None:
    async with a_house(database, {N1: (Does.NOTHING, Does.TAKES)}) as house:
        house.sms.fails = ChannelError("server", "The carrier has trouble.", temporary=True)
        await woken(house)
        assert (await house.until_over()).acknowledged_by == "dupond"
        assert [e.data["trouble"] for e in await house.told(Kind.CONTACT_TOLD)] == ["server"]


async def test_in_quiet_hours_only_danger_wakes_people(database: str) -> None:
    morning = (NIGHT + timedelta(minutes=4)).astimezone(client().identity.zone).time()
    fiche = client(quiet=QuietHours.model_validate(f"22:00-{morning:%H:%M}"))
    async with a_house(database, {N1: (Does.TAKES,)}, instructions=fiche) as house:
        await woken(house)
        danger = urgent_call("call-2", urgency=Urgency(UrgencyLevel.P0, "trapped_in_lift"))
        await save_urgent_call(house.book, danger, house.instructions)
        at_once = await house.until_over("call-2")
        later = await house.until_over("call-1")

        assert at_once.acknowledged_at is not None
        assert later.acknowledged_at is not None
        assert at_once.acknowledged_at < NIGHT + timedelta(minutes=4) <= later.acknowledged_at
