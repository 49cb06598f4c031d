"""Caller and agent brought together by telephone: what each hears, and where each is when the other one's leg is gone."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from tests.telephony.agents_on_telephones import (
    CLAIRE,
    PRIVATE,
    AgentHouse,
    OnTheLine,
    house_of_agents,
    takes,
    until,
)
from voicebot.domain.agent import AgentWay
from voicebot.domain.handoff import HandoffStatus, Taker, Why
from voicebot.errors import ChannelError
from voicebot.quality.carried_call import Ending
from voicebot.quality.synthetic_callees import no_answer, presses
from voicebot.quality.synthetic_twilio_books import PlacedCall
from voicebot.quality.synthetic_twilio_faults import Fault
from voicebot.quality.twiml import Redirect, Say, read_twiml
from voicebot.voice.line import Opening

LET_GO = "L'appelant n'est plus disponible. Merci, au revoir."
TALKED = "L'appelant n'est plus avec vous. Au revoir."
BACK_WITHIN_S = 2.0


@pytest.fixture
async def house() -> AsyncIterator[AgentHouse]:
    async with house_of_agents(speed=60) as house:
        yield house


async def taken(house: AgentHouse, *, talks_s: float = 3000) -> tuple[OnTheLine, PlacedCall]:
    """A caller on the line, and Claire who presses 1 after the briefing."""
    caller = await house.caller()
    house.twilio.person(CLAIRE, takes().talking_for(talks_s))
    return caller, await house.ring(caller.handoff)


async def talking(house: AgentHouse, *, talks_s: float = 3000) -> tuple[OnTheLine, PlacedCall]:
    caller, agent = await taken(house, talks_s=talks_s)
    await until(lambda: house.agents.rows[caller.handoff].status is HandoffStatus.TALKING)
    return caller, agent


def resumed(house: AgentHouse, caller: OnTheLine) -> bool:
    """The caller streams to us again."""
    talks = [talk for talk in house.reception.talks if talk.call_id == caller.call_id]
    return talks[-1].opening is Opening.RESUME and not talks[-1].stopped


async def back(house: AgentHouse, caller: OnTheLine, gone: float) -> None:
    """The caller is with the receptionist again, soon after time `gone`; then hangs up."""
    await until(lambda: resumed(house, caller))
    assert time.monotonic() - gone < BACK_WITHIN_S
    carried = await caller.hang_up()
    assert (carried.ending, carried.trouble) == (Ending.HUNG_UP_BY_CALLER, ())
    assert carried.streams == 2
    await house.twilio.settled()


async def test_who_presses_1_meets_the_caller_after_the_announcement(house: AgentHouse):
    caller, agent = await talking(house)
    assert house.twilio.rooms.met == [(caller.handoff, (agent.sid, caller.placed.call_sid))]
    assert house.agents.accepted == [(caller.handoff, Taker("claire.petit", "Claire Petit", AgentWay.PHONE))]
    assert house.floor.announced == [(caller.call_id, Taker("claire.petit", "Claire Petit", AgentWay.PHONE))]
    ((told, after_ms),) = house.agents.talked
    assert told == caller.handoff
    assert 0 < after_ms < 5000
    # Our stream was stopped in order: the caller's line did not break.
    assert [talk.stopped for talk in house.reception.talks] == [True]
    await caller.hang_up()
    await house.twilio.settled()
    assert agent.trouble == []


async def test_the_caller_hears_nothing_of_the_briefing(house: AgentHouse):
    caller = await house.caller()
    rang_at = len(caller.person.heard)
    announced_at: list[int] = []
    house.floor.before = lambda: announced_at.append(len(caller.person.heard))
    house.twilio.person(CLAIRE, takes())
    agent = await house.ring(caller.handoff)
    await until(lambda: house.agents.talked)
    assert any(PRIVATE in words for words in agent.heard)
    during = np.concatenate(caller.person.heard[rang_at : announced_at[0]]).astype(np.int64)
    after = np.concatenate(caller.person.heard[announced_at[0] :]).astype(np.int64)
    assert len(during) > 8000 * 0.3
    assert int(np.sum(during**2)) == 0
    # The same measure hears the announcement.
    assert int(np.sum(after**2)) > 0
    await caller.hang_up()
    await house.twilio.settled()


async def test_the_agents_leg_ends_in_the_talk_and_the_caller_is_ours_again(house: AgentHouse):
    caller, agent = await talking(house, talks_s=10)
    await until(lambda: agent.over)
    gone = time.monotonic()
    await back(house, caller, gone)
    handoff = house.agents.rows[caller.handoff]
    assert (handoff.status, handoff.why) == (HandoffStatus.RETURNED, Why.AGENT_LOST)


async def test_the_agent_hears_a_word_when_the_caller_hangs_up_in_the_talk(house: AgentHouse):
    caller, agent = await talking(house)
    assert (await caller.hang_up()).ending is Ending.HUNG_UP_BY_CALLER
    await house.agents.call_ended(caller.handoff)
    await house.twilio.settled()
    assert agent.heard[-1] in (TALKED, "The caller is no longer available. Thank you, goodbye.")
    handoff = house.agents.rows[caller.handoff]
    assert (handoff.status, handoff.why) == (HandoffStatus.DONE, Why.CALLER_HUNG_UP)


async def test_the_agents_telephone_stops_at_once_when_the_caller_hangs_up_while_it_rings(house: AgentHouse):
    caller = await house.caller()
    house.twilio.person(CLAIRE, no_answer().ringing_for(60))
    agent = await house.ring(caller.handoff)
    await until(lambda: agent.status == "ringing")
    await caller.hang_up()
    hung_up = time.monotonic()
    await house.agents.call_ended(caller.handoff)
    await until(lambda: agent.over)
    assert time.monotonic() - hung_up < 1.0
    assert (agent.status, agent.heard) == ("canceled", [])
    await house.twilio.settled()
    assert house.agents.rows[caller.handoff].status is HandoffStatus.ABANDONED


async def test_who_listens_to_the_briefing_is_told_that_the_caller_hung_up(house: AgentHouse):
    caller = await house.caller()
    house.twilio.person(CLAIRE, presses().ringing_for(0.2))
    agent = await house.ring(caller.handoff)
    await until(lambda: len(agent.heard) > 1)
    await caller.hang_up()
    await house.agents.call_ended(caller.handoff)
    await house.twilio.settled()
    assert LET_GO in agent.heard
    assert agent.rooms == []


async def test_the_agents_line_drops_during_the_announcement(house: AgentHouse):
    """The caller never leaves our stream: nobody would be in the room."""
    house.floor.stuck = True
    caller, agent = await taken(house)
    await until(lambda: house.floor.announced)
    gone = time.monotonic()
    await house.telephone.hang_up(agent.sid, silently=True)
    await until(lambda: house.floor.returned)
    assert time.monotonic() - gone < BACK_WITHIN_S
    ((call, returned),) = house.floor.returned
    assert (call, returned.why) == (caller.call_id, Why.AGENT_LOST)
    await house.twilio.settled()
    carried = await caller.hang_up()
    assert (caller.rest.call.rooms, carried.streams) == ([], 1)


async def test_the_agents_line_drops_while_the_caller_is_on_the_way(house: AgentHouse):
    """They are led out of the room again before anybody has met there."""
    caller, agent = await taken(house)
    await until(lambda: agent.rooms)
    house.twilio.rooms._open.clear()
    await until(lambda: caller.rest.call.rooms)
    gone = time.monotonic()
    await house.telephone.hang_up(agent.sid, silently=True)
    await back(house, caller, gone)
    handoff = house.agents.rows[caller.handoff]
    assert (handoff.status, handoff.why) == (HandoffStatus.RETURNED, Why.AGENT_LOST)


async def test_a_caller_who_cannot_be_led_stays_and_the_agent_is_told(house: AgentHouse):
    house.floor.before = lambda: house.twilio.fail(Fault.SERVER, resource="Calls")
    caller, agent = await taken(house)
    await until(lambda: house.floor.returned)
    ((_, returned),) = house.floor.returned
    assert (returned.why, returned.taker and returned.taker.id) == (Why.NOT_CONNECTED, "claire.petit")
    await house.twilio.settled()
    assert LET_GO in agent.heard
    assert agent.over
    handoff = house.agents.rows[caller.handoff]
    assert (handoff.status, handoff.why) == (HandoffStatus.RETURNED, Why.NOT_CONNECTED)
    carried = await caller.hang_up()
    assert (carried.streams, carried.trouble) == (1, ())


async def test_who_accepts_as_the_caller_hangs_up_is_told_and_let_go(house: AgentHouse):
    house.floor.stuck = True
    caller, agent = await taken(house)
    await until(lambda: house.floor.announced)
    await caller.hang_up()
    await house.agents.call_ended(caller.handoff)
    await house.twilio.settled()
    assert LET_GO in agent.heard
    assert house.agents.rows[caller.handoff].why is Why.CALLER_HUNG_UP


async def test_an_agent_is_not_left_alone_when_the_caller_never_comes(house: AgentHouse):
    """The process that has the call died just after the key."""
    house.telephones._connecting.begin = lambda *_: None  # pyright: ignore[reportAttributeAccessIssue]
    caller, agent = await taken(house)
    await house.twilio.settled()
    assert agent.heard.count("Ne quittez pas, l'appelant va arriver.") == 2
    assert "The caller could not be put through to you. Goodbye." in agent.heard
    assert agent.over
    handoff = house.agents.rows[caller.handoff]
    assert (handoff.status, handoff.why) == (HandoffStatus.RETURNED, Why.AGENT_LOST)
    await caller.hang_up()


async def test_a_caller_is_not_left_alone_when_nobody_else_comes(house: AgentHouse):
    """Turn after turn, as the carrier asks for what is heard while one waits; nothing untrue is said."""
    caller = await house.caller()
    await house.telephone.caller_into_room(caller.placed.call_sid, caller.handoff)
    await until(lambda: caller.rest.call.rooms)
    url = "/twilio/waiting/handed-over/0"
    for _ in range(3):
        verbs = read_twiml((await house.signed(url, CallSid=caller.placed.call_sid)).text)
        assert not any(isinstance(verb, Say) for verb in verbs)
        (url,) = [verb.url.removeprefix(house.address) for verb in verbs if isinstance(verb, Redirect)]
    await back(house, caller, time.monotonic())


async def test_a_caller_given_back_at_the_console_is_ours_and_the_agent_hears_so(house: AgentHouse):
    caller, agent = await talking(house)
    gone = time.monotonic()
    await house.agents.give_back(caller.handoff, "claire.petit", None)
    await back(house, caller, gone)
    assert agent.heard[-1] == TALKED
    assert house.agents.rows[caller.handoff].why is Why.GIVEN_BACK


async def test_a_key_told_twice_takes_the_call_once(house: AgentHouse):
    caller, agent = await talking(house)
    path = f"/twilio/agents/{caller.handoff}/claire.petit/key?language=fr&tries=1"
    assert "<Conference" in (await house.signed(path, Digits="1", CallSid=agent.sid)).text
    assert (len(house.agents.accepted), len(house.floor.announced)) == (1, 1)
    await caller.hang_up()
    await house.twilio.settled()


async def test_what_another_process_accepted_is_put_through_by_the_one_that_has_the_call():
    async with house_of_agents(speed=60, node="b") as house:
        house.floor.elsewhere = True
        caller = await house.caller()
        house.agents.put(replace(house.agents.rows[caller.handoff], node="a"))
        house.twilio.person(CLAIRE, takes().talking_for(3000))
        agent = await house.ring(caller.handoff)
        await until(lambda: agent.rooms)
        assert house.floor.announced == []
        handoff = house.agents.rows[caller.handoff]
        assert handoff.status is HandoffStatus.ACCEPTED
        house.floor.elsewhere = False
        house.agents.put(replace(handoff, node="b"))
        await until(lambda: house.agents.talked)
        assert house.twilio.rooms.met == [(caller.handoff, (agent.sid, caller.placed.call_sid))]
        await caller.hang_up()
        await house.twilio.settled()


async def test_a_caller_whose_line_breaks_as_the_agent_accepts_is_put_through_all_the_same(
    house: AgentHouse, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("voicebot.handoff.connecting.HERE_EVERY_S", 0.02)
    house.floor.elsewhere = True
    caller, agent = await taken(house)
    await until(lambda: agent.rooms)
    house.floor.elsewhere = False
    await until(lambda: house.agents.talked)
    assert house.twilio.rooms.met == [(caller.handoff, (agent.sid, caller.placed.call_sid))]
    await caller.hang_up()
    await house.twilio.settled()


async def test_a_meeting_that_nobody_told_of_is_a_talk_all_the_same(house: AgentHouse, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("voicebot.handoff.connecting.MET_WITHIN_S", 0.2)
    monkeypatch.setattr("voicebot.telephony.agent_door.JOINED", "never-told")
    caller, agent = await talking(house)
    assert house.twilio.rooms.met == [(caller.handoff, (agent.sid, caller.placed.call_sid))]
    await caller.hang_up()
    await house.twilio.settled()


async def test_the_agent_ends_the_call_for_both_at_the_console(house: AgentHouse):
    caller, agent = await talking(house)
    await house.telephones.hang_up(caller.handoff)
    carried = await caller.over()
    assert carried.ending is Ending.HUNG_UP_BY_US
    assert not any(isinstance(done.verb, Say) for done in carried.verbs)
    await house.twilio.settled()
    assert TALKED in agent.heard


async def test_a_caller_who_hung_up_before_is_led_nowhere(house: AgentHouse):
    caller = await house.caller()
    await caller.hang_up()
    for lead in (
        house.telephone.caller_into_room(caller.placed.call_sid, caller.handoff),
        house.telephone.caller_out_of_room(caller.placed.call_sid),
    ):
        with pytest.raises(ChannelError) as refused:
            await lead
        assert (refused.value.reason, refused.value.temporary) == ("rejected", False)
