"""Whole calls in real time on loopback: the synthetic carrier outside, a stub receptionist inside, the door between."""

from __future__ import annotations

import numpy as np
import pytest

from tests.telephony.loopback import AUTH_TOKEN, phone_of
from tests.telephony.stub_desk import NUMBER, StubDesk, Talk, tone
from voicebot.quality.carried_call import CallToPlace, Ending
from voicebot.quality.loudness import audible_spans
from voicebot.quality.script import BreakLine, HangUp, Listen, Manner, PlaySound, PressKeys, Step
from voicebot.quality.synthetic_caller import CallResult, place_call
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.quality.twiml import Dial, Say
from voicebot.telephony.ports import LineStatus
from voicebot.voice.line import Opening

pytestmark = pytest.mark.audio

GREETING = tone(440, 600)
QUICK = Manner(reaction_s=(0.2, 0.2), patience_s=3.0, after_last_s=1.0)


async def call(
    desk: StubDesk, *steps: Step, number: str = NUMBER, auth_token: str = AUTH_TOKEN, **carrier: object
) -> CallResult:
    async with phone_of(desk) as address:
        twilio = SyntheticCarrier(
            f"{address}/twilio/voice",
            status_url=f"{address}/twilio/status",
            auth_token=auth_token,
            **carrier,  # pyright: ignore[reportArgumentType]
        )
        return await place_call(twilio, CallToPlace(number), steps, speak=lambda _: tone(300, 500), manner=QUICK)


def over(desk: StubDesk, talk: Talk) -> None:
    desk.over.add(talk.call_id.removeprefix("call-of-"))


async def test_both_sides_hear_each_other_and_marks_come_when_played():
    desk = StubDesk()

    async def greet_listen_answer(talk: Talk) -> None:
        await talk.say(GREETING, "greeting")
        await talk.listen_until(lambda: bool(talk.marks))
        await talk.listen_until(lambda: len(audible_spans(talk.heard_pcm)) > 0 and not talk.heard[-1].any())
        await talk.say(tone(440, 300), "goodbye")
        await talk.listen_until(lambda: len(talk.marks) == 2)
        over(desk, talk)
        await talk.hang_up()

    desk.behaviour = greet_listen_answer
    result = await call(desk, PlaySound(tone(600, 500), "reason"))
    heard = desk.talks[0].heard_pcm
    assert result.call.ending is Ending.HUNG_UP_BY_US
    assert not result.call.trouble
    # The receptionist heard the caller's tone, all of it and nothing else.
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) * 8000 / len(heard) == pytest.approx(600, abs=5)
    (said,) = audible_spans(heard)
    assert said.ended_ms - said.started_ms == pytest.approx(500, abs=10)
    # The caller heard both sentences whole, before the line was closed.
    assert [s.ended_ms - s.started_ms for s in result.receptionist_spans] == pytest.approx([600, 300], abs=60)
    assert [mark.name for mark in result.call.marks] == ["greeting", "goodbye"]
    greeting_mark, greeting = result.call.marks[0], result.receptionist_spans[0]
    assert 0 <= greeting_mark.at_ms + 20 - greeting.ended_ms <= 25
    (wait,) = result.waits
    assert wait.wait_ms is not None
    assert wait.wait_ms >= 0


async def test_clear_silences_at_once_and_gives_the_marks_back():
    desk = StubDesk()

    async def talk_too_much(talk: Talk) -> None:
        await talk.say(tone(440, 5000), "long")
        await talk.listen_until(lambda: len(talk.heard) > 0 and bool(talk.heard[-1].any()))
        await talk.clear()
        await talk.listen_until(lambda: bool(talk.marks))
        await talk.listen_until(lambda: talk.stopped)

    desk.behaviour = talk_too_much
    result = await call(desk, PlaySound(tone(600, 400), barge_in_ms=500), HangUp())
    (mark,) = result.call.marks
    assert (mark.name, mark.cleared) == ("long", True)
    assert result.call.clears == 1
    (wait,) = result.waits
    assert wait.stopped_ms is not None
    # Of the five seconds that were queued.
    assert wait.stopped_ms < 2000
    assert desk.talks[0].marks == ["long"]


async def test_keys_arrive():
    desk = StubDesk()

    async def greet(talk: Talk) -> None:
        await talk.say(GREETING, "greeting")
        await talk.listen_until(lambda: talk.stopped)

    desk.behaviour = greet
    await call(desk, PressKeys("0612"), HangUp())
    assert desk.talks[0].keys == "0612"


async def test_a_caller_who_hangs_up_is_told_by_stop_and_by_status():
    desk = StubDesk()

    async def greet(talk: Talk) -> None:
        await talk.say(GREETING, "greeting")
        await talk.listen_until(lambda: talk.stopped)

    desk.behaviour = greet
    result = await call(desk, Listen(), HangUp())
    assert result.call.ending is Ending.HUNG_UP_BY_CALLER
    assert desk.talks[0].stopped
    told = [status for _, status in desk.statuses]
    assert told == [LineStatus.STREAM_STARTED, LineStatus.STREAM_STOPPED, LineStatus.CALL_ENDED]


async def test_a_broken_line_brings_the_caller_back_to_the_same_call():
    desk = StubDesk()

    async def greet_then_resume(talk: Talk) -> None:
        await talk.say(GREETING, talk.opening)
        if talk.opening is Opening.RESUME:
            await talk.listen_until(lambda: bool(talk.marks))
            over(desk, talk)
            await talk.hang_up()
        else:
            await talk.listen_until(lambda: talk.stopped)

    desk.behaviour = greet_then_resume
    result = await call(desk, Listen(), BreakLine(), Listen())
    assert [talk.opening for talk in desk.talks] == [Opening.PICK_UP, Opening.RESUME]
    assert len({talk.call_id for talk in desk.talks}) == 1
    assert not desk.talks[0].stopped
    assert result.call.streams == 2
    assert result.call.ending is Ending.HUNG_UP_BY_US
    assert LineStatus.STREAM_FAILED in [status for _, status in desk.statuses]
    # Both greetings were heard on the one recording.
    heard_ms = sum(s.ended_ms - s.started_ms for s in audible_spans(result.call.receptionist))
    assert heard_ms == pytest.approx(2 * 600, abs=30)


async def test_a_line_that_breaks_again_and_again_ends_with_people():
    desk = StubDesk()
    desk.fallback_number = "+33187650099"

    async def faint(talk: Talk) -> None:
        await talk.hang_up()

    desk.behaviour = faint
    result = await call(desk, Listen())
    assert len(desk.talks) == 4
    assert result.call.ending is Ending.PUT_THROUGH
    assert isinstance(result.call.verbs[-1].verb, Dial)
    assert desk.given_up


async def test_people_who_do_not_answer_leave_a_kind_word():
    desk = StubDesk()
    desk.fallback_number = "+33187650099"

    async def faint(talk: Talk) -> None:
        await talk.hang_up()

    desk.behaviour = faint
    result = await call(desk, Listen(), dial_answered=False)
    assert result.call.ending is Ending.HUNG_UP_BY_US
    assert any(isinstance(v.verb, Say) and "joindre" in v.verb.text for v in result.call.verbs)


async def test_a_conversation_that_raises_does_not_leave_the_caller_alone():
    desk = StubDesk()

    async def crash(talk: Talk) -> None:
        raise ZeroDivisionError("a bug")

    desk.behaviour = crash
    result = await call(desk, Listen())
    assert len(desk.talks) == 4
    assert result.call.ending is Ending.HUNG_UP_BY_US
    assert any(isinstance(v.verb, Say) for v in result.call.verbs)


async def test_an_unknown_number_hears_a_sentence_and_no_stream_is_opened():
    desk = StubDesk()
    result = await call(desk, Listen(), number="+33199999999")
    assert result.call.ending is Ending.HUNG_UP_BY_US
    assert result.call.streams == 0
    assert isinstance(result.call.verbs[0].verb, Say)


async def test_a_carrier_with_a_wrong_token_gets_nothing():
    desk = StubDesk()
    result = await call(desk, Listen(), auth_token="another token")
    assert result.call.ending is Ending.CARRIER_ERROR
    assert "403" in result.call.trouble[0]
    assert not desk.rung


async def test_a_server_that_is_away_is_waited_for_as_long_as_asked():
    carrier = SyntheticCarrier("http://127.0.0.1:9/twilio/voice", webhook_patience_s=0.6)
    result = await place_call(carrier, CallToPlace(NUMBER), [Listen()], speak=lambda _: tone(300, 500))
    assert result.call.ending is Ending.CARRIER_ERROR
    assert "ConnectError" in result.call.trouble[0]


async def test_what_is_queued_when_the_line_is_closed_is_never_heard():
    desk = StubDesk()

    async def hang_up_too_soon(talk: Talk) -> None:
        await talk.say(tone(440, 3000), "goodbye")
        over(desk, talk)
        await talk.hang_up()

    desk.behaviour = hang_up_too_soon
    result = await call(desk, Listen())
    assert result.call.ending is Ending.HUNG_UP_BY_US
    assert not result.call.marks
    assert sum(s.ended_ms - s.started_ms for s in result.receptionist_spans) < 1500
