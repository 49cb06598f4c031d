"""Calls to agents, over sockets: what each kind of person hears, and what the queue learns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.telephony.agents_on_telephones import CLAIRE, PRIVATE, AgentHouse, house_of_agents, takes, until
from voicebot.domain.agent import AgentWay
from voicebot.domain.handoff import HandoffStatus, Taker, Why
from voicebot.errors import ChannelError
from voicebot.handoff.ports import AgentRing
from voicebot.quality.synthetic_callees import (
    Callee,
    PickUp,
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
from voicebot.quality.synthetic_twilio_books import PlacedCall
from voicebot.quality.synthetic_twilio_faults import Fault
from voicebot.quality.synthetic_twilio_leg import ERROR_VOICE

OPENING = "Appel pour Chauffage Tison. Appuyez sur une touche"
CHOICES = "Tapez 1 pour prendre l'appel, 2 pour refuser, 3 pour réécouter."
GONE = "Cet appel n'attend plus. Merci, au revoir."
HANDOFF = "20261123-093000-1f9c2a-handoff-1"


@pytest.fixture
async def house() -> AsyncIterator[AgentHouse]:
    async with house_of_agents() as house:
        house.new_handoff(HANDOFF.removesuffix("-handoff-1"), "CA" + "0" * 32)
        yield house


async def call(house: AgentHouse, callee: Callee) -> PlacedCall:
    """One offer to Claire, who does what callee does, to its end; no webhook may have failed."""
    house.twilio.person(CLAIRE, callee)
    placed = await house.ring(HANDOFF)
    await house.twilio.settled()
    assert placed.trouble == []
    assert ERROR_VOICE not in placed.heard
    return placed


def declined(house: AgentHouse) -> list[Why]:
    assert all(handoff == HANDOFF and agent == "claire.petit" for handoff, agent, _ in house.agents.declined)
    return [why for _, _, why in house.agents.declined]


async def test_the_briefing_is_short_private_and_only_heard_after_a_key(house: AgentHouse):
    placed = await call(house, presses("2"))
    opening, *briefing, choices, last = placed.heard
    assert OPENING in opening
    assert PRIVATE not in opening
    assert choices == CHOICES
    assert last == "C'est noté, vous ne prenez pas cet appel. Au revoir."
    assert briefing == [
        "Appel urgent. Madame Durand est en ligne.",
        "Motif : fuite d'eau sous la chaudière. Ses mots : ça coule partout.",
        "Déjà promis : Quelqu'un vous rappelle avant midi. Il manque : address.",
    ]
    assert declined(house) == [Why.DECLINED]


@pytest.mark.parametrize(("callee", "why"), [(busy(), Why.CARRIER), (failed(), Why.CARRIER), (no_answer(), Why.NO_ANSWER)])
async def test_who_cannot_be_reached_is_passed_over(house: AgentHouse, callee: Callee, why: Why):
    placed = await call(house, callee)
    assert placed.heard == []
    assert declined(house) == [why]
    assert house.agents.rows[HANDOFF].status is HandoffStatus.WAITING


async def test_a_voicemail_is_hung_up_on_and_hears_nothing_private(house: AgentHouse):
    placed = await call(house, voicemail())
    assert len(placed.heard) == 1
    assert OPENING in placed.heard[0]
    assert placed.status == "completed"
    assert declined(house) == [Why.NO_ANSWER]


async def test_an_undetected_voicemail_hears_nothing_private_either(house: AgentHouse):
    placed = await call(house, Callee(PickUp.MACHINE, detected="unknown"))
    assert [OPENING in words for words in placed.heard] == [True, True, False]
    assert placed.heard[-1].startswith("Je n'ai pas eu de réponse")
    assert declined(house) == [Why.NO_ANSWER]


async def test_a_person_taken_for_a_machine_after_a_key_is_not_cut_off(house: AgentHouse):
    placed = await call(house, presses("2").taken_for_a_machine(after_s=22))
    assert placed.pressed == ["5", "2"]
    assert declined(house) == [Why.DECLINED]


async def test_a_machine_that_pressed_1_in_another_process_is_a_person(house: AgentHouse):
    """That process knows of the key, this one only of the row."""
    taker = Taker("claire.petit", "Claire Petit", AgentWay.PHONE)
    house.agents.put(replace(house.agents.rows[HANDOFF], status=HandoffStatus.TALKING, taker=taker))
    path = f"/twilio/agents/{HANDOFF}/claire.petit/machine"
    assert (await house.signed(path, AnsweredBy="machine_start", CallSid="CA" + "9" * 32)).status_code == 200
    assert house.agents.rows[HANDOFF].status is HandoffStatus.TALKING


async def test_silence_is_no_acceptance(house: AgentHouse):
    placed = await call(house, silent())
    assert not any(PRIVATE in words for words in placed.heard)
    assert declined(house) == [Why.NO_ANSWER]


async def test_silence_after_the_briefing_is_no_acceptance(house: AgentHouse):
    placed = await call(house, presses())
    assert placed.heard.count(CHOICES) == 2
    assert placed.heard[-1].startswith("Je n'ai pas eu de réponse")
    assert declined(house) == [Why.NO_ANSWER]
    assert house.agents.accepted == []


async def test_who_hangs_up_in_the_briefing_has_declined(house: AgentHouse):
    placed = await call(house, hangs_up_after(1, "5"))
    assert any(PRIVATE in words for words in placed.heard)
    assert declined(house) == [Why.DECLINED]


async def test_3_and_any_other_key_say_it_again(house: AgentHouse):
    placed = await call(house, hears_again("2"))
    assert sum(PRIVATE in words for words in placed.heard) == 2
    assert declined(house) == [Why.DECLINED]


async def test_who_is_late_is_asked_once_more(house: AgentHouse):
    placed = await call(house, presses_late("2"))
    assert sum(OPENING in words for words in placed.heard) == 2
    assert declined(house) == [Why.DECLINED]


async def test_who_answers_after_the_caller_hung_up_hears_so_and_nothing_private(house: AgentHouse):
    house.twilio.person(CLAIRE, takes())
    placed = await house.ring(HANDOFF)
    # In another process, whose carrier did not obey when it hung up.
    house.agents.put(replace(house.agents.rows[HANDOFF], status=HandoffStatus.ABANDONED, ringing=""))
    await house.twilio.settled()
    assert placed.heard == [GONE, "This call is no longer waiting. Thank you, goodbye."]


async def test_who_accepts_when_the_caller_is_gone_hears_so(house: AgentHouse):
    house.twilio.person(CLAIRE, presses("1").ringing_for(0.2))
    placed = await house.ring(HANDOFF)
    await until(lambda: len(placed.heard) > 2)
    house.agents.put(replace(house.agents.rows[HANDOFF], status=HandoffStatus.ABANDONED, ringing=""))
    await house.twilio.settled()
    assert placed.heard[-1] == GONE
    assert (placed.rooms, placed.trouble, house.agents.accepted) == ([], [], [])


async def test_of_two_who_press_1_at_once_one_has_it(house: AgentHouse):
    """The first one's ringing had just been given up when they pressed."""
    house.agents.put(replace(house.agents.rows[HANDOFF], status=HandoffStatus.RINGING, ringing="paul.roy"))
    paths = [f"/twilio/agents/{HANDOFF}/{agent}/key?language=fr&tries=1" for agent in ("claire.petit", "paul.roy")]
    answers = await asyncio.gather(*(house.signed(path, Digits="1", CallSid="CA" + "1" * 32) for path in paths))
    bodies = [answer.text for answer in answers]
    assert sum("<Conference" in body for body in bodies) == 1
    assert sum("n'attend plus" in body for body in bodies) == 1
    assert len(house.agents.accepted) == 1


@pytest.mark.parametrize("status", ["completed", "busy", "no-answer", "failed", "canceled"])
async def test_the_end_of_a_call_told_late_and_twice_changes_nothing(house: AgentHouse, status: str):
    await call(house, presses("2"))
    await house.agents.offer(HANDOFF, "paul.roy", "+33639980012")
    path = f"/twilio/agents/{HANDOFF}/claire.petit/status"
    for _ in range(2):
        assert (await house.signed(path, CallStatus=status, CallSid="CA" + "1" * 32)).status_code == 200
    assert house.agents.rows[HANDOFF].ringing == "paul.roy"
    await house.twilio.settled()


async def test_what_is_told_of_handoffs_that_nobody_knows_is_taken_politely(house: AgentHouse):
    root = "/twilio/agents/nothing-handoff-1/claire.petit"
    for name, fields in {
        "answer": {},
        "heard": {"Digits": "5"},
        "key": {"Digits": "1"},
        "silent": {},
        "status": {"CallStatus": "completed"},
    }.items():
        answer = await house.signed(f"{root}/{name}", CallSid="CA" + "1" * 32, **fields)
        assert answer.status_code == 200
        assert "<Conference" not in answer.text


async def test_a_key_that_cannot_be_recorded_is_asked_for_again(house: AgentHouse):
    house.agents.fails["decline"] = 1
    placed = await call(house, presses("2", "2"))
    assert any("Merci d'appuyer encore une fois" in words for words in placed.heard)
    assert declined(house) == [Why.DECLINED]


async def test_a_key_that_can_never_be_recorded_is_told_to_be_none(house: AgentHouse):
    house.agents.fails["accept"] = 99
    placed = await call(house, presses("1", "1", "1"))
    assert placed.heard[-2].startswith("Votre réponse n'a pas pu être enregistrée : vous ne prenez pas cet appel")
    assert placed.rooms == []


async def test_a_house_that_fails_lets_nobody_hear_the_error_voice(house: AgentHouse):
    house.twilio.person(CLAIRE, takes())
    placed = await house.ring(HANDOFF)
    house.agents.fails["handoff"] = 99
    await house.twilio.settled()
    assert "incident technique" in placed.heard[0]
    assert ERROR_VOICE not in placed.heard
    # What could not be noted is told to Twilio as such: it shows in its console.
    assert placed.trouble == ["A webhook answered 503."]


async def test_who_took_it_in_the_browser_keeps_it_when_their_telephone_stops(house: AgentHouse):
    house.twilio.person(CLAIRE, no_answer())
    placed = await house.ring(HANDOFF)
    await house.agents.accept(HANDOFF, Taker("claire.petit", "Claire Petit", AgentWay.BROWSER))
    path = f"/twilio/agents/{HANDOFF}/claire.petit"
    assert "n'attend plus" in (await house.signed(f"{path}/key?language=fr", Digits="1", CallSid=placed.sid)).text
    await house.telephone.hang_up(placed.sid, silently=True)
    await house.twilio.settled()
    assert house.agents.rows[HANDOFF].status is HandoffStatus.ACCEPTED


@pytest.mark.parametrize("name", ["answer", "heard", "key", "silent", "machine", "status"])
async def test_unsigned_requests_learn_and_change_nothing(house: AgentHouse, name: str):
    house.agents.put(replace(house.agents.rows[HANDOFF], status=HandoffStatus.RINGING, ringing="claire.petit"))
    url = f"{house.address}/twilio/agents/{HANDOFF}/claire.petit/{name}"
    answer = await house.http.post(url, data={"Digits": "1", "CallStatus": "completed", "AnsweredBy": "machine_start"})
    assert (answer.status_code, answer.text) == (403, "")
    assert house.agents.rows[HANDOFF].ringing == "claire.petit"


# Who may be rung


async def test_nobody_else_is_rung(house: AgentHouse):
    with pytest.raises(ChannelError) as refused:
        await house.telephone.ring(AgentRing(HANDOFF, "claire.petit", "+33639980099", 20))
    assert (refused.value.reason, refused.value.temporary) == ("forbidden_number", False)
    assert (house.twilio.calls, house.counted) == ([], [])


async def test_each_ring_counts_towards_the_day_and_the_limit_holds():
    async with house_of_agents(most_per_day=2) as house:
        house.new_handoff(HANDOFF.removesuffix("-handoff-1"), "CA" + "0" * 32)
        for _ in range(2):
            await house.telephone.ring(AgentRing(HANDOFF, "claire.petit", CLAIRE, 5))
        assert len(set(house.counted)) == 2
        with pytest.raises(ChannelError) as refused:
            await house.telephone.ring(AgentRing(HANDOFF, "claire.petit", CLAIRE, 5))
        assert refused.value.reason == "rate_limited"
        assert len(house.twilio.calls) == 2


async def test_a_french_mobile_number_is_not_shown(house: AgentHouse):
    house.account.number = "+33639980077"
    with pytest.raises(ChannelError) as refused:
        await house.telephone.ring(AgentRing(HANDOFF, "claire.petit", CLAIRE, 20))
    assert refused.value.reason == "not_configured"
    assert house.twilio.calls == []


@pytest.mark.parametrize("fault", [Fault.SERVER, Fault.RATE_LIMITED])
async def test_a_carrier_that_does_not_ring_passes_the_agent_over(house: AgentHouse, fault: Fault):
    house.twilio.fail(fault, resource="Calls")
    assert await house.agents.offer(HANDOFF, "claire.petit", CLAIRE) == ""
    assert declined(house) == [Why.CARRIER]


async def test_a_ring_whose_answer_was_lost_tells_whoever_picks_up_that_it_is_over(house: AgentHouse):
    house.twilio.person(CLAIRE, takes())
    house.twilio.fail(Fault.LOST_RESPONSE, resource="Calls")
    assert await house.agents.offer(HANDOFF, "claire.petit", CLAIRE) == ""
    await house.twilio.settled()
    (placed,) = house.twilio.calls
    assert placed.heard[0] == GONE
    assert house.agents.accepted == []
