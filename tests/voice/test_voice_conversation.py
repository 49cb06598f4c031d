"""Whole calls through the real pipeline, in virtual time: turns and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.speaking import Then
from voicebot.understanding.ports import Completeness
from voicebot.voice.line import HowItEnded, Opening

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


async def test_greeting_is_heard_at_once_and_the_caller_is_answered(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("answer one")])
    async with phone(receptionist=receptionist) as call:
        await call.until(1500)
        assert call.line.heard[0][0] < 60
        call.say("bonjour une fuite", 800)
        await call.until(4500)
        assert receptionist.texts == ["bonjour une fuite"]
        started = next(start for start, _ in call.line.heard if start > 1000)
        assert 2300 < started < 2300 + 400
        assert receptionist.played[:2] == [("1.0:greeting", "all", 1000), ("2.0:answer one", "all", 1000)]
        assert receptionist.turns[0]["wait_ms"] > 0
    assert call.how is HowItEnded.CALLER_HUNG_UP
    assert receptionist.ended == ["caller_hung_up"]


async def test_goodbye_is_played_to_its_end_before_we_hang_up(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("goodbye", then=Then.HANG_UP)])
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["goodbye"] = 2000
        await call.until(1300)
        call.say("merci au revoir tout", 600)
        assert await call.ended() is HowItEnded.HUNG_UP
        assert ("2.0:goodbye", "all", 2000) in receptionist.played
        start, end = call.line.heard[-1]
        assert end - start == pytest.approx(2000, abs=1)
        assert call.line.closed_ms >= end
    assert receptionist.ended == ["goodbye"]


async def test_resumed_call_says_its_resumption(phone: Phone) -> None:
    async with phone(opening=Opening.RESUME) as call:
        await call.until(500)
        assert call.line.marks() == [] or call.line.marks() == ["1.0:greeting"]
        assert call.receptionist.lines == []
        assert call.line.hears_at(300)


@pytest.mark.parametrize("breath_ms", [300, 700, 1400])
async def test_dictated_number_with_breaths_is_one_turn(phone: Phone, breath_ms: int) -> None:
    receptionist = ScriptedReceptionist()
    parts = ["zero six", "douze", "trente quatre", "cinquante six", "soixante dix huit"]
    for n in range(1, 5):
        receptionist.completeness_of[" ".join(parts[:n])] = Completeness.INCOMPLETE
    receptionist.completeness_of[" ".join(parts)] = Completeness.COMPLETE
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        for part in parts:
            call.say(part, 500)
            call.pause(breath_ms)
        await call.until(1200 + 5 * (500 + breath_ms) + 2500)
        assert receptionist.texts == [" ".join(parts)]


async def test_words_are_read_before_the_turn_has_ended(phone: Phone) -> None:
    """Understanding that takes 150 ms costs nothing when the pause is longer."""
    slow = ScriptedReceptionist(read_s=0.15)
    async with phone(receptionist=slow, verdict=lambda: 0.6) as call:
        await call.until(1200)
        call.say("bonjour", 600)
        await call.until(4000)
        assert slow.read_words == ["bonjour"]
        assert slow.turns[0]["understanding"] < 30
        assert slow.turns[0]["ears"] < 5


async def test_speech_that_goes_on_withdraws_what_was_begun(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist, verdict=lambda: 0.1) as call:
        call.ears.delay_s = 0.3
        await call.until(1200)
        call.say("je voudrais", 500)
        call.pause(300)
        call.say("un rendez vous", 500)
        await call.until(5000)
        assert receptionist.texts == ["je voudrais un rendez vous"]
        assert call.ears.withdrawn == 1


async def test_speech_during_understanding_reopens_the_turn(phone: Phone) -> None:
    """The turn had ended by its words, but nothing was committed: the answer is to the whole."""
    receptionist = ScriptedReceptionist(read_s=0.8)
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        call.say("je voudrais", 500)
        call.pause(500)
        call.say("un rendez vous", 500)
        await call.until(6000)
        assert receptionist.texts == ["je voudrais un rendez vous"]


async def test_words_over_the_beginning_of_the_answer_are_joined_to_the_turn(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("first answer"), say("second answer")])
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["first answer"] = 4000
        await call.until(1200)
        call.say("je voudrais", 500)
        call.pause(700)
        call.say("un rendez vous", 900)
        await call.until(8000)
        assert receptionist.texts == ["je voudrais", "je voudrais un rendez vous"]
        assert ("2.0:first answer", "part") in [(i, p) for i, p, _ in receptionist.played]
        assert receptionist.heard[1].started_ms == receptionist.heard[0].started_ms


async def test_levels_are_told(phone: Phone) -> None:
    levels: list[tuple[float, float]] = []
    async with phone(on_level=lambda caller, ours: levels.append((caller, ours))) as call:
        await call.until(900)
        call.say("bonjour", 1000)
        await call.until(2500)
    assert max(caller for caller, _ in levels) > 0.03
    assert max(ours for _, ours in levels) > 0.1
    assert 15 <= len(levels) <= 40


async def test_slow_ears_do_not_let_a_dictated_number_be_cut(phone: Phone) -> None:
    """The turn model says "finished" at each breath, and the words come later than the end of the turn."""
    receptionist = ScriptedReceptionist(completeness_of={"zero six": Completeness.INCOMPLETE})
    async with phone(receptionist=receptionist, verdict=lambda: 0.98) as call:
        call.ears.delay_s = 0.4
        await call.until(1200)
        call.say("zero six", 500)
        call.pause(1300)
        call.say("douze trente", 500)
        await call.until(6000)
        assert receptionist.texts == ["zero six douze trente"]
