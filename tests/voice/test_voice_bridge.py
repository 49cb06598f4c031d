"""A human on the caller's line, in virtual time: both hear each other, what is laid over it, and how it ends."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from starlette.websockets import WebSocket

from tests.fakes.carrier_line import CarrierLine
from tests.fakes.receptionist import ScriptedReceptionist, say
from tests.voice.test_voice_records_calls import RememberedTape
from voicebot.domain.call import RecordingState
from voicebot.domain.handoff import Returned, Taker, Task, TaskKind, Why
from voicebot.errors import SpeechBusy, SpeechError
from voicebot.speech.ports import RATE_HZ, Pcm, Priority
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.telephony.twilio_media import TwilioMedia
from voicebot.voice.dial_tones import dial_tone
from voicebot.voice.hold_sound import hold_sound
from voicebot.voice.line import HowItEnded, Line

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]
CLAIRE = Taker("claire.petit", "Claire Petit")
TASK = Returned(Why.GIVEN_BACK, CLAIRE, Task(TaskKind.TAKE_DETAIL, detail="address", by="claire.petit"))


@dataclass
class Agent:
    """A headset that is put on a call; `why` is what join returned."""

    call: Any
    line: CarrierLine = field(default_factory=CarrierLine)
    why: Why | None = None
    since_ms: float = 0.0
    task: asyncio.Task[Why] = field(init=False)

    async def put_on(self) -> None:
        self.line.begin(self.call.line._zero_s)
        self.since_ms = self.call.line.now_ms
        self.task = asyncio.create_task(self.call.live[0].join(headset(self.line), CLAIRE, "handoff-1"))
        await asyncio.sleep(0.01)

    async def ended(self) -> Why:
        async with asyncio.timeout(20):
            self.why = await self.task
        return self.why

    def speak(self, pcm: Pcm) -> None:
        self.line.speak(pcm)


def headset(line: CarrierLine, stream: str = "MZhead") -> Line:
    return Line(cast(WebSocket, line), TwilioMedia(stream), stream)


@asynccontextmanager
async def agent_on(call: Any, *, at_ms: float = 2000) -> AsyncIterator[Agent]:
    """Joined at that time; taken off, in order, if the test has not."""
    await call.until(at_ms)
    agent = Agent(call)
    await agent.put_on()
    try:
        yield agent
    finally:
        if not agent.task.done():
            await call.live[0].hang_up()
            await agent.ended()
            await call.ended()
        await agent.line.end()


def square(ms: int, level: int) -> Pcm:
    return (np.resize(np.repeat([1, -1], 4), ms * RATE_HZ // 1000) * level).astype(np.int16)


def loud(pcm: Pcm) -> float:
    return float(np.abs(pcm.astype(np.int32)).mean()) if len(pcm) else 0.0


def power_at(pcm: Pcm, hz: float) -> float:
    """Amplitude of one tone in pcm."""
    time_s = np.arange(len(pcm)) / RATE_HZ
    return float(2 * abs(np.mean(pcm * np.exp(-2j * np.pi * hz * time_s))))


# Both hear each other


async def test_both_hear_each_other_at_once_and_the_receptionist_is_silent(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("a long greeting"), announcement=say(), silence_limit_s=4)
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["a long greeting"] = 8000
        async with agent_on(call) as agent:
            assert call.live[0].joined == CLAIRE
            call.line.speak(square(600, 4000))
            agent.speak(square(600, 6000))
            await call.until(2060)
            assert loud(agent.line.sound(2000, 2060)) > 3000
            cleared = call.line.clears()[0]
            assert cleared == pytest.approx(2000, abs=5)
            assert loud(call.line.sound(cleared + 1, 2060)) > 5000
            await call.until(9500)
            assert receptionist.silences == []
            assert receptionist.heard == []
            assert loud(call.line.sound(2700, 9500)) < 20, "nobody says anything: the caller's leg is silent"


async def test_sound_passes_unchanged(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(announcement=say())
    async with phone(receptionist=receptionist) as call, agent_on(call) as agent:
        chance = np.random.default_rng(5)
        words = chance.normal(0, 4000, 4000).clip(-30_000, 30_000).astype(np.int16)
        agent.speak(words)
        await call.until(2700)
        heard = call.line.sound(2000, 2700)
        at = int(np.argmax(np.abs(heard) > 0))
        assert np.array_equal(heard[at : at + len(words)], decode_ulaw(encode_ulaw(words)))


async def test_announcement_is_heard_by_both_under_their_own_voices(phone: Phone) -> None:
    async with phone() as call, agent_on(call) as agent:
        await call.until(2900)
        alone = power_at(call.line.sound(2200, 2900), 440)
        assert alone == pytest.approx(8000, rel=0.1)
        assert power_at(agent.line.sound(2200, 2900), 440) == pytest.approx(8000, rel=0.1)
        await call.until(3400)
        assert loud(call.line.sound(3150, 3400)) < 20
        await call.live[0].part(TASK)
    assert ("2.0:she takes your call", "all", 1000) in call.receptionist.played


async def test_announcement_is_ducked_while_somebody_speaks(phone: Phone) -> None:
    async with phone() as call, agent_on(call) as agent:
        agent.speak(square(800, 3000))
        await call.until(2780)
        assert power_at(call.line.sound(2200, 2760), 440) == pytest.approx(4000, rel=0.15)


async def test_slow_or_broken_voice_does_not_delay_the_talk(phone: Phone) -> None:
    async with phone() as call:
        await call.until(1500)
        call.voice.delay_s = 3.0
        call.voice.failures.append(SpeechError("no voice"))
        async with agent_on(call) as agent:
            agent.speak(square(300, 6000))
            await call.until(2100)
            assert loud(call.line.sound(2020, 2100)) > 5000
            await call.until(6000)
            await call.live[0].part(TASK)
        await call.until(6100)
    assert ("2.0:she takes your call", "none", 0) in call.receptionist.played
    assert call.receptionist.troubles


async def test_failing_store_does_not_end_the_talk_and_is_told_later(phone: Phone) -> None:
    async with phone(receptionist=ScriptedReceptionist(failing={"announce"})) as call, agent_on(call) as agent:
        agent.speak(square(300, 6000))
        await call.until(2500)
        assert loud(call.line.sound(2020, 2200)) > 5000
        assert call.receptionist.takers == []
        call.receptionist.failing.clear()
        await call.until(4000)
        assert call.receptionist.takers == [("handoff-1", CLAIRE)]


async def test_answer_that_was_being_made_is_not_spoken_over_the_human(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(announcement=say(), answer_s=1.5, answers=[say("an answer too late")])
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        call.say("je voudrais un humain", 500)
        async with agent_on(call, at_ms=2300):
            await call.until(6000)
            assert receptionist.texts == ["je voudrais un humain"]
            assert loud(call.line.sound(2310, 6000)) < 20
    assert ("2.0:an answer too late", "none", 0) in receptionist.played


# What passes besides voices


async def test_keys_of_the_caller_reach_the_headset(phone: Phone) -> None:
    async with phone() as call, agent_on(call) as agent:
        call.line.press("4")
        call.line.press("#")
        await call.until(2100)
        assert agent.line.keys() == "4#"
        assert call.receptionist.keys == []


async def test_keys_of_the_headset_are_heard_by_the_caller_as_tones(phone: Phone) -> None:
    async with phone(receptionist=ScriptedReceptionist(announcement=say())) as call, agent_on(call) as agent:
        agent.speak(square(1000, 3000))
        await call.until(2200)
        agent.line.press("7")
        agent.line.press("0")
        await call.until(2600)
        heard = call.line.sound(2180, 2600)
        whole = np.concatenate([dial_tone("7"), dial_tone("0")])
        at = int(np.argmax(np.correlate(heard.astype(float), whole.astype(float), "valid")))
        assert loud((heard[at : at + len(whole)].astype(int) - whole).astype(np.int16)) < 150, "the tones, alone"


@pytest.mark.parametrize(
    ("key", "low", "high"), [("1", 697, 1209), ("5", 770, 1336), ("9", 852, 1477), ("*", 941, 1209), ("#", 941, 1477)]
)
def test_dial_tones_are_those_of_q23(key: str, low: float, high: float) -> None:
    tone = dial_tone(key)
    assert len(tone) == 1200
    assert power_at(tone[:800], low) > 4000
    assert power_at(tone[:800], high) > 4000
    assert not tone[800:].any()


async def test_on_hold_neither_hears_the_other_and_the_caller_hears_hold_sound(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(announcement=say())
    async with phone(receptionist=receptionist) as call, agent_on(call) as agent:
        await call.live[0].hold(on=True)
        await call.until(2100)
        agent.speak(square(2000, 6000))
        call.line.speak(square(2000, 6000))
        agent.line.press("5")
        await call.until(4000)
        assert agent.line.sound(2120, 4000).size == 0
        heard = call.line.sound(2120, 4000)
        expected = hold_sound()
        assert 50 < loud(heard) < 900
        assert np.abs(heard).max() < np.abs(expected).max() * 1.05
        await call.live[0].hold(on=False)
        await call.until(4060)
        call.line.speak(square(300, 6000))
        await call.until(4200)
        assert loud(agent.line.sound(4100, 4200)) > 5000
    assert all(text == "" for _, text, *_ in receptionist.said) or receptionist.said == []


# What is kept


async def test_both_sides_are_written_down_at_the_lowest_priority(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(announcement=say())
    async with phone(receptionist=receptionist) as call, agent_on(call) as agent:
        agent.speak(call.words.spoken("bonjour je suis Claire", 800))
        await call.until(3200)
        call.say("bonjour Claire", 700)
        await call.until(6000)
        assert [(who, text) for who, text, *_ in receptionist.said] == [
            ("agent", "bonjour je suis Claire"),
            ("caller", "bonjour Claire"),
        ]
        (_, _, began, ended), (_, _, caller_began, caller_ended) = receptionist.said
        assert (began, ended) == (pytest.approx(2000, abs=80), pytest.approx(2800, abs=80))
        assert (caller_began, caller_ended) == (pytest.approx(3200, abs=80), pytest.approx(3900, abs=80))
        assert {priority for priority, _ in call.ears.jobs} == {Priority.BACKGROUND}


async def test_busy_ears_cost_words_and_never_sound(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(announcement=say())
    async with phone(receptionist=receptionist) as call, agent_on(call) as agent:
        call.ears.failures.extend(SpeechBusy("full") for _ in range(3))
        agent.speak(call.words.spoken("perdu", 800))
        await call.until(8000)
        agent.speak(call.words.spoken("entendu", 800))
        await call.until(8700)
        assert loud(call.line.sound(2100, 2700)) > 500
        assert loud(call.line.sound(8100, 8700)) > 500
        await call.until(10_500)
        assert [text for _, text, *_ in receptionist.said] == ["entendu"]


async def test_what_is_being_said_when_the_caller_hangs_up_is_written_down(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(announcement=say())
    async with phone(receptionist=receptionist) as call, agent_on(call):
        call.say("au revoir", 600)
        await call.until(2650)
        call.line.stop()
        await call.ended()
    assert [(who, text) for who, text, *_ in receptionist.said] == [("caller", "au revoir")]
    assert receptionist.ended == ["caller_hung_up"]


async def test_tape_has_the_agent_on_the_receptionists_side(phone: Phone) -> None:
    tape = RememberedTape()
    async with (
        phone(tape=tape, receptionist=ScriptedReceptionist(announcement=say())) as call,
        agent_on(call) as agent,
    ):
        agent.speak(square(500, 6000))
        call.line.speak(square(500, 2000))
        await call.until(3000)
        caller, ours = tape.channels()
        assert loud(ours[2050 * 8 : 2450 * 8]) == pytest.approx(6000, rel=0.1)
        assert loud(caller[2050 * 8 : 2450 * 8]) == pytest.approx(2000, rel=0.1)


async def test_refused_recording_keeps_nothing_of_the_talk(phone: Phone) -> None:
    tape = RememberedTape()
    async with phone(tape=tape, receptionist=ScriptedReceptionist(recording=RecordingState.REFUSED)) as call:
        async with agent_on(call) as agent:
            agent.speak(square(500, 6000))
            await call.until(3000)
        assert tape.deleted == 1


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
