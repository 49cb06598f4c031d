"""A human on the caller's line, in virtual time: both hear each other, what is laid over it, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from tests.voice.bridged_calls import CLAIRE, TASK, Phone, agent_on, loud, power_at, square
from tests.voice.test_voice_records_calls import RememberedTape
from voicebot.domain.call import RecordingState
from voicebot.errors import SpeechBusy, SpeechError
from voicebot.speech.ports import Priority
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.voice.dial_tones import dial_tone
from voicebot.voice.hold_sound import hold_sound

pytestmark = pytest.mark.looptime


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
