"""A human on the caller's line, in virtual time: how the talk ends, stalls, and those who only listen."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import numpy as np
import pytest

from tests.fakes.carrier_line import CarrierLine
from tests.fakes.receptionist import ScriptedReceptionist, say
from tests.voice.bridged_calls import CLAIRE, TASK, Phone, agent_on, headset, loud, power_at, square
from voicebot.domain.handoff import Returned, Why
from voicebot.speech.ports import RATE_HZ
from voicebot.speech.ulaw import encode_ulaw
from voicebot.voice.line import HowItEnded

pytestmark = pytest.mark.looptime


# How it ends


async def test_given_back_the_receptionist_goes_on_at_once(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(announcement=say())
    async with phone(receptionist=receptionist) as call, agent_on(call) as agent:
        agent.speak(square(5000, 6000))
        await call.until(4000)
        await call.live[0].part(TASK)
        assert await agent.ended() is Why.GIVEN_BACK
        assert agent.line.closed_ms == pytest.approx(4000, abs=5)
        assert receptionist.returned == [("handoff-1", TASK)]
        assert call.live[0].joined is None
        await call.until(5500)
        assert power_at(call.line.sound(4005, 4400), 440) > 7000
        call.say("rue des Lilas", 700)
        await call.until(8500)
        assert receptionist.texts == ["rue des Lilas"]
    assert ("2.0:here I am again", "all", 1000) in [(i.replace("3.0", "2.0"), p, ms) for i, p, ms in receptionist.played]


@pytest.mark.parametrize("how", ["breaks", "falls silent", "stops"])
async def test_lost_agent_gives_the_caller_back_within_two_seconds(phone: Phone, how: str) -> None:
    receptionist = ScriptedReceptionist(announcement=say())
    async with phone(receptionist=receptionist) as call, agent_on(call) as agent:
        agent.speak(square(2000, 3000))
        await call.until(4000)
        match how:
            case "breaks":
                agent.line.break_off()
            case "falls silent":
                agent.line.mute()
            case _:
                agent.line.stop()
        await call.until(6000)
        sent = [at for at, m in call.line.sent if m["event"] == "media" and at > 4045]
        assert sent[0] - 4000 < (100 if how != "falls silent" else 1400)
        assert power_at(call.line.sound(sent[0], sent[0] + 400), 440) > 7000
        assert await agent.ended() is Why.AGENT_LOST
        assert receptionist.returned == [("handoff-1", Returned(Why.AGENT_LOST, CLAIRE))]


async def test_headset_that_never_sounds_is_lost(phone: Phone) -> None:
    async with phone(receptionist=ScriptedReceptionist(announcement=say())) as call:
        await call.until(2000)
        silent = CarrierLine()
        why = await call.live[0].join(headset(silent), CLAIRE, "handoff-1")
        assert why is Why.AGENT_LOST
        assert call.line.now_ms == pytest.approx(3500, abs=100)


async def test_caller_hangs_up_and_the_headset_is_closed_at_once(phone: Phone) -> None:
    async with phone() as call, agent_on(call) as agent:
        await call.until(3500)
        call.line.stop()
        assert await agent.ended() is Why.CALLER_HUNG_UP
        assert agent.line.closed_ms == pytest.approx(3500, abs=30)
        assert await call.ended() is HowItEnded.CALLER_HUNG_UP
    assert call.receptionist.returned == []


async def test_broken_line_of_the_caller_ends_the_talk_and_leaves_the_call_open(phone: Phone) -> None:
    async with phone() as call, agent_on(call) as agent:
        call.line.break_off()
        assert await agent.ended() is Why.CALLER_HUNG_UP
        assert await call.ended() is HowItEnded.LINE_LOST
    assert call.receptionist.ended == ["line_lost"]


async def test_agent_hangs_up_for_both(phone: Phone) -> None:
    async with phone() as call, agent_on(call) as agent:
        await call.until(2500)
        await call.live[0].hang_up()
        assert await agent.ended() is Why.AGENT_HUNG_UP
        assert await call.ended() is HowItEnded.HUNG_UP
        assert call.line.closed_ms < 2600
    assert call.receptionist.ended == ["handled"]
    assert await call.live[0].join(headset(agent.line), CLAIRE, "handoff-2") is Why.CALLER_HUNG_UP


async def test_second_headset_does_not_disturb_a_talk(phone: Phone) -> None:
    async with phone() as call, agent_on(call):
        other = CarrierLine()
        assert await call.live[0].join(headset(other), CLAIRE, "handoff-2") is Why.NOT_CONNECTED
        assert other.closed_ms is not None
        assert call.live[0].joined == CLAIRE


async def test_time_limit_rests_while_humans_talk(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(announcement=say())
    async with phone(receptionist=receptionist) as call:
        async with agent_on(call) as agent:
            receptionist.time_limit_s = 0.0
            await call.until(20_000)
            assert not agent.task.done()
            await call.live[0].part(TASK)
            receptionist.time_limit_s = -10.0
        await call.until(24_000)
        assert call.how is None
        assert not any("time is up" in i for i, *_ in receptionist.played)


async def test_whoever_waits_for_the_talk_is_cancelled_and_the_caller_is_taken_back(phone: Phone) -> None:
    async with phone(receptionist=ScriptedReceptionist(announcement=say())) as call, agent_on(call) as agent:
        agent.task.cancel()
        await asyncio.gather(agent.task, return_exceptions=True)
        await call.until(2500)
        assert [r.why for _, r in call.receptionist.returned] == [Why.AGENT_LOST]


# Stalls


async def test_headset_that_does_not_read_costs_no_memory_and_hears_the_newest(phone: Phone) -> None:
    async with phone(receptionist=ScriptedReceptionist(announcement=say())) as call, agent_on(call) as agent:
        held = asyncio.Event()
        taken = agent.line.send_text

        async def stalls(data: str) -> None:
            await held.wait()
            await taken(data)

        agent.line.send_text = stalls
        call.line.speak(square(1000, 2000))
        call.line.speak(square(3000, 6000))
        await call.until(5000)
        held.set()
        await call.until(5060)
        heard = agent.line.sound(4990, 5060)
        assert len(heard) < 8 * 300, "200 ms at most were kept"
        assert loud(heard[-1600:]) > 5000


async def test_sound_that_comes_in_a_heap_does_not_make_the_talk_late(phone: Phone) -> None:
    """A second of the agent's sound at once after a stall: the caller is not 1 s behind from then on."""
    async with phone(receptionist=ScriptedReceptionist(announcement=say())) as call, agent_on(call) as agent:
        await call.until(3000)
        for frame in np.split(square(1000, 6000), 50):
            agent.line.tell({"event": "media", "media": {"payload": base64.b64encode(encode_ulaw(frame)).decode()}})
        await call.until(6000)
        ahead_ms = call.line._buffer_end_ms - call.line.now_ms
        assert ahead_ms < 110


# Listeners


async def run_once(phone: Phone, *, listeners: int) -> tuple[list[str], list[CarrierLine], Any]:
    """A call in which everybody speaks; what was sent to the caller."""
    receptionist = ScriptedReceptionist(answers=[say("an answer")])
    heads = [CarrierLine() for _ in range(listeners)]
    async with phone(receptionist=receptionist) as call:
        await call.until(500)
        listening = []
        for head in heads:
            head.begin(call.line._zero_s)
            listening.append(asyncio.create_task(call.live[0].listen(headset(head))))
        await call.until(1200)
        call.say("bonjour", 600)
        await call.until(4500)
        assert call.live[0].listeners == listeners
        call.line.stop()
        await call.ended()
        await asyncio.gather(*listening)
        for head in heads:
            assert head.closed_ms is not None
            await head.end()
    return [json.dumps(m) for _, m in call.line.sent], heads, call


async def test_listening_changes_nothing_for_the_caller(phone: Phone) -> None:
    alone, _, quiet = await run_once(phone, listeners=0)
    watched, heads, call = await run_once(phone, listeners=2)
    same = watched == alone
    assert same, "byte for byte"
    assert call.receptionist.played == quiet.receptionist.played
    for head in heads:
        assert power_at(head.sound(620, 950), 440) > 6000, "the receptionist"
        assert loud(head.sound(1300, 1750)) > 1000, "the caller"
        assert power_at(head.sound(2700, 3000), 440) > 6000, "the answer"


async def test_listener_hears_a_human_and_both_mixed(phone: Phone) -> None:
    async with phone(receptionist=ScriptedReceptionist(announcement=say())) as call, agent_on(call) as agent:
        head = CarrierLine()
        head.begin(call.line._zero_s)
        listening = asyncio.create_task(call.live[0].listen(headset(head, "MZlisten")))
        agent.speak((6000 * np.sin(2 * np.pi * 700 * np.arange(8000) / RATE_HZ)).astype(np.int16))
        call.line.speak((4000 * np.sin(2 * np.pi * 300 * np.arange(8000) / RATE_HZ)).astype(np.int16))
        await call.until(3500)
        both = head.sound(2300, 2900)
        assert power_at(both, 300) == pytest.approx(4000, rel=0.15)
        assert power_at(both, 700) == pytest.approx(6000, rel=0.15)
        head.speak(square(500, 9000))
        await call.until(4200)
        assert loud(call.line.sound(3500, 4200)) < 20
        head.break_off()
        await asyncio.wait_for(listening, 5)
        assert call.live[0].joined == CLAIRE
        await head.end()
