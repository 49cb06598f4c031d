"""Callers who wait for a human, in virtual time: hold sound, the queue's news, hints, and humans on their telephones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from tests.voice.bridged_calls import CLAIRE, TASK, loud, power_at
from voicebot.domain.handoff import HandoffStatus, Hint, QueueStanding, Returned, Why
from voicebot.domain.orientation import Handover
from voicebot.errors import HandoffRefused
from voicebot.voice.hold_sound import hold_sound
from voicebot.voice.line import HowItEnded
from voicebot.voice.news import HINTS

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]
WAITING = Handover(to="")


async def standings(*when_s: float) -> AsyncIterator[QueueStanding]:
    began_s = asyncio.get_running_loop().time()
    for number, at_s in enumerate(when_s, 1):
        await asyncio.sleep(max(0.0, began_s + at_s - asyncio.get_running_loop().time()))
        yield QueueStanding("handoff-1", HandoffStatus.WAITING, number, at_s, 2)


async def test_caller_in_the_queue_hears_hold_sound_between_sentences_only(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(handover=WAITING, silence_limit_s=60)
    async with phone(receptionist=receptionist, news=standings(5)) as call:
        await call.until(8000)
        begins = next(at for at, m in call.line.sent if m["event"] == "media" and at > 1100)
        assert begins == pytest.approx(2050, abs=150), "a second after the greeting"
        quiet = call.line.sound(2500, 4900)
        assert 30 < loud(quiet) < 700
        assert abs(quiet).max() <= abs(hold_sound()).max() * 1.05
        sentence = [s for s, e in call.line.heard if e - s > 900]
        assert ("2.0:place 1", "all", 1000) in receptionist.played
        cleared = [at for at in call.line.clears() if at > 4900]
        assert cleared
        assert cleared[0] == pytest.approx(5050, abs=150)
        assert power_at(call.line.sound(cleared[0] + 1, cleared[0] + 600), 440) > 7000
        assert sentence


async def test_hold_sound_stops_as_soon_as_the_caller_speaks_and_is_no_turn_of_hers(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(handover=WAITING, silence_limit_s=60)
    async with phone(receptionist=receptionist) as call:
        await call.until(4000)
        call.say("vous êtes là", 800)
        await call.until(4790)
        assert not call.line.hears_at(4250)
        await call.until(8000)
        assert receptionist.texts == ["vous êtes là"]
        assert receptionist.turns[0]["wait_ms"] < 400
        assert receptionist.turns[0]["endpoint"] < 400


async def test_silence_counts_though_there_is_hold_sound(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(handover=WAITING, silence_limit_s=5)
    async with phone(receptionist=receptionist) as call:
        await call.until(6500)
        assert receptionist.silences == [pytest.approx(5, abs=0.2)]


async def test_nobody_in_a_queue_hears_no_hold_sound(phone: Phone) -> None:
    async with phone(receptionist=ScriptedReceptionist(silence_limit_s=60)) as call:
        await call.until(8000)
        assert call.line.sound(1100, 8000).size == 0


async def test_time_limit_rests_in_the_queue(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(handover=WAITING, silence_limit_s=60)
    async with phone(receptionist=receptionist) as call:
        for second in range(1, 8):
            receptionist.time_limit_s = 3.0 - second
            await call.until(second * 1000)
        assert not any("time is up" in i for i, *_ in receptionist.played)


async def test_hints_are_obeyed_in_order_when_nobody_speaks_and_none_is_lost(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("notice", whole=True))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["notice"] = 2000
        await call.until(500)
        live = call.live[0]
        for number in range(HINTS):
            await live.hint(Hint(f"hint {number}", "claire.petit"))
        with pytest.raises(HandoffRefused) as refused:
            await live.hint(Hint("one too many", "claire.petit"))
        assert refused.value.reason == "busy"
        assert receptionist.hints == []
        await call.until(2000 + HINTS * 1500)
        assert [hint.text for hint in receptionist.hints] == [f"hint {n}" for n in range(HINTS)]
        assert ("2.0:obeying hint 0", "all", 1000) in receptionist.played


async def test_announced_human_on_the_telephone_is_awaited_in_silence(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(silence_limit_s=4)
    async with phone(receptionist=receptionist) as call:
        await call.until(2000)
        await call.live[0].announce(CLAIRE, "handoff-1")
        assert call.line.now_ms == pytest.approx(3050, abs=150)
        assert ("2.0:she takes your call", "all", 1000) in receptionist.played
        assert receptionist.takers == [("handoff-1", CLAIRE)]
        call.say("allô vous êtes là", 800)
        await call.until(32_000)
        assert call.line.sound(3200, 32_000).size == 0
        assert receptionist.texts == receptionist.silences == []
        await call.until(34_500)
        assert receptionist.returned == [("handoff-1", Returned(Why.NOT_CONNECTED, CLAIRE))]
        assert call.line.hears_at(33_500)


async def test_stream_that_ends_after_the_announcement_leaves_the_call_open(phone: Phone) -> None:
    """The carrier takes the caller into the room: its stop is no hanging up."""
    async with phone() as call:
        await call.until(2000)
        await call.live[0].announce(CLAIRE, "handoff-1")
        call.line.stop()
        assert await call.ended() is HowItEnded.LINE_LOST
    assert call.receptionist.ended == ["line_lost"]


async def test_caller_is_taken_back_from_a_telephone_that_was_announced(phone: Phone) -> None:
    async with phone() as call:
        await call.until(2000)
        await call.live[0].announce(CLAIRE, "handoff-1")
        await call.live[0].part(TASK)
        await call.until(5000)
        assert call.receptionist.returned == [("handoff-1", TASK)]
        await call.until(36_000)
        assert len(call.receptionist.returned) == 1


async def test_announcement_that_takes_too_long_is_not_waited_for(phone: Phone) -> None:
    async with phone() as call:
        call.voice.ms_of["she takes your call"] = 30_000
        await call.until(2000)
        await call.live[0].announce(CLAIRE, "handoff-1")
        assert call.line.now_ms == pytest.approx(14_000, abs=100)
