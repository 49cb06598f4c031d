"""Calls to people on call, over real sockets: what each kind of person hears, and what the desk learns."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.telephony.people_on_call import DURAND, LADDER, PRIVATE, SCRIPT, House, house_on_call, until
from voicebot.domain.ladder import CallEnd
from voicebot.on_call.desk import AnsweredBy
from voicebot.quality.synthetic_callees import (
    Callee,
    busy,
    failed,
    hangs_up_after,
    hears_again,
    no_answer,
    presses,
    presses_late,
    silent,
    voicemail,
)
from voicebot.quality.synthetic_twilio_leg import ERROR_VOICE


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with house_on_call() as house:
        yield house


async def call(house: House, callee: Callee) -> str:
    """One call to somebody who does what callee does; no webhook may have failed."""
    house.twilio.person(DURAND, callee)
    attempt = await house.ring(DURAND)
    assert house.twilio.calls_to(DURAND)[-1].trouble == []
    return attempt


async def test_who_presses_1_and_tells_minutes_has_it(house: House):
    attempt = await call(house, presses("1", eta=20))
    assert house.twilio.heard_by(DURAND) == [
        SCRIPT.opening,
        SCRIPT.message,
        SCRIPT.choices,
        SCRIPT.taken,
        SCRIPT.eta_noted,
    ]
    assert house.desk.pressed == [(attempt, "1")]
    assert house.desk.heard_by == [attempt]
    assert house.desk.etas == {attempt: 20}


async def test_who_tells_no_minutes_is_thanked_and_has_it(house: House):
    attempt = await call(house, presses("1"))
    assert house.twilio.heard_by(DURAND)[-2:] == [SCRIPT.taken, "Merci. Au revoir."]
    assert house.desk.pressed == [(attempt, "1")]
    assert house.desk.etas == {}


async def test_who_presses_2_passes_it_on(house: House):
    attempt = await call(house, presses("2"))
    assert house.twilio.heard_by(DURAND)[-1] == SCRIPT.passed
    assert house.desk.ends[attempt][0] is CallEnd.PASSED


async def test_who_presses_3_hears_it_again_without_being_scolded(house: House):
    attempt = await call(house, hears_again("1", eta=5))
    assert house.twilio.heard_by(DURAND).count(PRIVATE) == 2
    assert SCRIPT.wrong_key not in house.twilio.heard_by(DURAND)
    assert house.desk.etas == {attempt: 5}


async def test_another_key_is_told_to_be_none_of_the_choices(house: House):
    await call(house, presses("7", "1"))
    heard = house.twilio.heard_by(DURAND)
    assert heard[heard.index(SCRIPT.wrong_key) + 1] == PRIVATE
    assert house.desk.taken_by


@pytest.mark.parametrize("opening", ["#", "*", "0", "9"])
async def test_any_key_opens_the_message_hash_and_star_too(house: House, opening: str):
    await call(house, presses("1", opening=opening))
    assert PRIVATE in house.twilio.heard_by(DURAND)
    assert house.desk.taken_by


async def test_who_is_late_is_asked_once_more(house: House):
    await call(house, presses_late())
    heard = house.twilio.heard_by(DURAND)
    assert (heard.count(SCRIPT.opening), heard.count(SCRIPT.choices), heard.count(PRIVATE)) == (2, 2, 1)
    assert house.desk.taken_by


async def test_silence_hears_nothing_private_and_is_no_acknowledgement(house: House):
    attempt = await call(house, silent())
    assert house.twilio.heard_by(DURAND) == [SCRIPT.opening, SCRIPT.opening, SCRIPT.silent]
    assert house.desk.ends[attempt][0] is CallEnd.SILENT
    assert not house.desk.taken_by


async def test_silence_after_the_message_is_no_acknowledgement(house: House):
    attempt = await call(house, presses())
    assert house.twilio.heard_by(DURAND)[-1] == SCRIPT.silent
    assert house.desk.ends[attempt][0] is CallEnd.SILENT
    assert not house.desk.taken_by


async def test_a_voicemail_is_hung_up_on_and_keeps_nothing_private(house: House):
    attempt = await call(house, voicemail())
    placed = house.twilio.calls_to(DURAND)[-1]
    assert set(placed.heard) <= {SCRIPT.opening}
    assert len(placed.heard) == 1
    assert placed.status == "completed"
    assert AnsweredBy.MACHINE in house.desk.by[attempt]
    assert house.desk.ends[attempt][0] is CallEnd.MACHINE
    assert not house.desk.taken_by


async def test_an_undetected_voicemail_hears_nothing_private_either(house: House):
    attempt = await call(house, Callee(voicemail().picks_up, detected="unknown"))
    assert set(house.twilio.heard_by(DURAND)) == {SCRIPT.opening, SCRIPT.silent}
    assert house.desk.ends[attempt][0] is CallEnd.SILENT


async def test_a_person_taken_for_a_machine_after_a_key_is_not_cut_off(house: House):
    attempt = await call(house, presses("1", eta=15).taken_for_a_machine(after_s=12))
    assert house.desk.etas == {attempt: 15}
    assert AnsweredBy.MACHINE not in house.desk.by[attempt]


async def test_a_key_that_another_process_saw_keeps_a_person_on_the_line(house: House):
    house.twilio.person(DURAND, presses("1").ringing_for(24))
    attempt = await house.begin(DURAND)
    (placed,) = house.twilio.calls_to(DURAND)
    house.desk.heard_by.append(attempt)
    url = f"{house.address}/twilio/on-call/{attempt}/machine"
    await house.signed(url, AnsweredBy="machine_start", CallSid=placed.sid)
    await house.twilio.settled()
    assert house.desk.pressed == [(attempt, "1")]
    assert CallEnd.MACHINE not in house.desk.ends[attempt]


@pytest.mark.parametrize(
    ("callee", "end"),
    [
        (no_answer(), CallEnd.NO_ANSWER),
        (silent().ringing_for(40), CallEnd.NO_ANSWER),
        (busy(), CallEnd.BUSY),
        (failed(), CallEnd.FAILED),
        (hangs_up_after(0), CallEnd.SILENT),
        (hangs_up_after(1, "5"), CallEnd.SILENT),
    ],
)
async def test_the_desk_learns_how_a_call_ended(house: House, callee: Callee, end: CallEnd):
    attempt = await call(house, callee)
    assert house.desk.ends[attempt] == [end]
    assert not house.desk.taken_by


async def test_who_comes_late_hears_who_has_it_instead_of_choices(house: House):
    house.desk.taken_by = "Paul Martin"
    attempt = await call(house, presses("1"))
    assert house.twilio.heard_by(DURAND) == [SCRIPT.opening, SCRIPT.message, "Paul Martin s'en occupe déjà."]
    assert house.desk.pressed == []
    assert house.desk.heard_by == [attempt]


async def test_a_ringing_call_is_hung_up_when_somebody_else_has_it(house: House):
    house.twilio.person(DURAND, silent().ringing_for(24))
    attempt = await house.begin(DURAND)
    (placed,) = house.twilio.calls_to(DURAND)
    await house.telephone.hang_up(placed.sid)
    await house.twilio.settled()
    assert placed.status == "canceled"
    assert placed.heard == []
    assert house.desk.ends[attempt] == [CallEnd.STOPPED]


async def test_an_answered_call_is_hung_up_and_one_that_is_over_is_left(house: House):
    house.twilio.person(DURAND, voicemail().taken_for_a_machine(after_s=500))
    await house.begin(DURAND)
    (placed,) = house.twilio.calls_to(DURAND)
    await until(lambda: placed.status == "in-progress")
    await house.telephone.hang_up(placed.sid)
    await house.twilio.settled()
    assert placed.status == "completed"
    await house.telephone.hang_up(placed.sid)
    await house.telephone.hang_up("CA" + "0" * 32)


@pytest.mark.parametrize("method", ["script", "answered", "heard", "press", "give_eta", "call_ended"])
@pytest.mark.parametrize("times", [1, 99])
async def test_nobody_ever_hears_the_carrier_s_error_voice(house: House, method: str, times: int):
    house.desk.fails[method] = times
    house.twilio.person(DURAND, presses("1", "1", "1", eta=20))
    await house.ring(DURAND)
    (placed,) = house.twilio.calls_to(DURAND)
    assert ERROR_VOICE not in placed.heard
    assert placed.status == "completed"


async def test_a_key_that_cannot_be_recorded_is_asked_for_again(house: House):
    house.desk.fails["press"] = 1
    await call(house, presses("1", "1", eta=20))
    heard = house.twilio.heard_by(DURAND)
    assert any("appuyer encore une fois" in words for words in heard)
    assert heard[-2:] == [SCRIPT.taken, SCRIPT.eta_noted]
    assert house.desk.taken_by


async def test_a_key_that_can_never_be_recorded_is_never_said_to_be(house: House):
    house.desk.fails["press"] = 99
    attempt = await call(house, presses("1", "1", "1", "1", "1"))
    heard = house.twilio.heard_by(DURAND)
    assert SCRIPT.taken not in heard
    assert any("pas noté comme prenant en charge" in words for words in heard)
    assert house.desk.ends[attempt] == [CallEnd.SILENT]


async def test_a_house_that_knows_nothing_of_the_call_says_nothing_private(house: House):
    house.desk.fails["script"] = 99
    attempt = await call(house, presses("1"))
    assert all("incident technique" in words or "technical fault" in words for words in house.twilio.heard_by(DURAND))
    assert house.desk.ends[attempt] == [CallEnd.SILENT]


async def test_who_takes_it_while_the_caller_waits_meets_them_in_the_ladder_s_room(house: House):
    house.desk.waits = True
    house.twilio.person(DURAND, presses("1"))
    await house.begin(DURAND)
    (placed,) = house.twilio.calls_to(DURAND)
    await until(lambda: placed.rooms)
    assert placed.rooms == [LADDER]
    assert placed.heard[-1] == "L'appelant est en ligne, je vous le passe."
    await house.telephone.hang_up(placed.sid)
    await house.twilio.settled()
