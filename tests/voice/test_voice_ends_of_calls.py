"""How whole calls end, in virtual time: goodbyes, marks, hang-ups at any moment, broken lines."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.carrier_line import CarrierLine
from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.speaking import Then
from voicebot.voice.line import HowItEnded

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


async def test_carrier_without_marks_is_timed_by_the_play_clock(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("goodbye", then=Then.HANG_UP)])
    async with phone(receptionist=receptionist, line=CarrierLine(acknowledges=False), marks=False) as call:
        await call.until(1200)
        call.say("au revoir madame", 500)
        assert await call.ended(20) is HowItEnded.HUNG_UP
        assert ("2.0:goodbye", "all", 1000) in receptionist.played
        assert call.line.closed_ms - call.line.heard[-1][1] < 300


async def test_marks_that_never_come_back_delay_the_end_by_two_seconds_only(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("goodbye", then=Then.HANG_UP)])
    async with phone(receptionist=receptionist, line=CarrierLine(acknowledges=False)) as call:
        await call.until(1200)
        call.say("au revoir madame", 500)
        assert await call.ended(20) is HowItEnded.HUNG_UP
        assert 1800 < call.line.closed_ms - call.line.heard[-1][1] < 2500


async def test_goodbye_waits_for_a_caller_who_adds_something(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(
        answers=[say("goodbye", then=Then.HANG_UP), say("noted", "goodbye again", then=Then.HANG_UP)]
    )
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["goodbye"] = 2500
        await call.until(1200)
        call.say("c'est tout", 500)
        await call.until(3000)
        call.say("attendez encore une chose", 1500)
        assert await call.ended(30) is HowItEnded.HUNG_UP
        assert receptionist.texts == ["c'est tout", "attendez encore une chose"]
        assert ("3.1:goodbye again", "all", 1000) in receptionist.played


async def test_closing_words_over_the_goodbye_do_not_stop_it(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("goodbye", then=Then.HANG_UP)])
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["goodbye"] = 3000
        await call.until(1200)
        call.say("c'est tout", 500)
        await call.until(3000)
        call.say("merci au revoir", 450)
        assert await call.ended(30) is HowItEnded.HUNG_UP
        assert ("2.0:goodbye", "all", 3000) in receptionist.played


async def test_caller_who_hangs_up_in_mid_sentence_is_still_understood(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist) as call:
        await call.until(1500)
        call.say("rappelez moi au bureau", 900)
        await call.until(2200)
        call.line.stop()
        assert await call.ended(10) is HowItEnded.CALLER_HUNG_UP
        assert receptionist.texts == ["rappelez moi au bureau"]
        assert receptionist.ended == ["caller_hung_up"]


async def test_broken_line_is_lost_not_hung_up(phone: Phone) -> None:
    async with phone() as call:
        await call.until(500)
        call.line.break_off()
        assert await call.ended(10) is HowItEnded.LINE_LOST
        assert call.receptionist.ended == ["line_lost"]
        (name, played, played_ms) = call.receptionist.played[0]
        assert (name, played) == ("1.0:greeting", "part")
        assert played_ms == pytest.approx(480, abs=60)


async def test_carrier_that_takes_no_audio_is_given_up(phone: Phone) -> None:
    async with phone(line=CarrierLine(deaf=True)) as call:
        assert await call.ended(20) is HowItEnded.LINE_LOST


async def test_carrier_that_falls_silent_in_mid_turn_does_not_hold_the_turn_open(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist) as call:
        await call.until(1500)
        call.say("bonjour", 600)
        await call.until(2080)
        call.line.mute()
        await call.until(5000)
        assert receptionist.texts == ["bonjour"]


@pytest.mark.parametrize("seed", range(25))
async def test_caller_may_hang_up_at_any_moment(phone: Phone, seed: int) -> None:
    """Speech, keys and the end at random times: the call ends, is told once, and leaves no task."""
    chance = random.Random(seed)
    receptionist = ScriptedReceptionist(
        greeting=say("notice", whole=True),
        silence_limit_s=3,
        answer_s=chance.choice([0, 0.05, 0.5]),
        read_s=chance.choice([0, 0.3]),
    )
    async with phone(receptionist=receptionist, verdict=lambda: chance.random()) as call:
        call.ears.delay_s = chance.choice([0.01, 0.2, 1.0])
        at_ms = 0.0
        for _ in range(chance.randint(0, 8)):
            at_ms += chance.uniform(50, 1500)
            await call.until(at_ms)
            match chance.randint(0, 3):
                case 0:
                    call.line.press(chance.choice("0123456789*#"))
                case _:
                    call.say(chance.choice(["oui", "bonjour", "zero six", "hmm"]), chance.randint(60, 900))
        end = chance.choice([call.line.stop, call.line.break_off])
        end()
        how = await call.ended(30)
    assert how is (HowItEnded.CALLER_HUNG_UP if end == call.line.stop else HowItEnded.LINE_LOST)
    assert receptionist.ended == ["caller_hung_up" if end == call.line.stop else "line_lost"]


async def test_cancelled_conversation_cleans_up(phone: Phone) -> None:
    async with phone() as call:
        await call.until(700)
        call.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call.task
        assert call.receptionist.ended == ["line_lost"]
