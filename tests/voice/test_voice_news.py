"""News that nobody asked for, in whole calls in virtual time: told when nobody speaks, once, and never over anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from tests.policy.told_ladders import acknowledged, ladder
from voicebot.domain.ladder import Ladder
from voicebot.domain.speaking import Then
from voicebot.voice.line import HowItEnded

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


async def at_times(*when_s: float) -> AsyncIterator[Ladder]:
    """A ladder that changes at these seconds of the call; round tells which of them it is."""
    began_s = asyncio.get_running_loop().time()
    for number, at_s in enumerate(when_s, 1):
        await asyncio.sleep(max(0.0, began_s + at_s - asyncio.get_running_loop().time()))
        yield replace(ladder(), round=number)


async def test_news_is_said_when_nobody_speaks(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(news=[say("she has it")], silence_limit_s=30)
    async with phone(receptionist=receptionist, news=at_times(4)) as call:
        await call.until(6000)
        assert ("2.0:she has it", "all", 1000) in receptionist.played
        assert [row.round for row in receptionist.ladders] == [1]


async def test_news_waits_for_the_end_of_a_sentence_that_must_be_heard(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("safety script", whole=True), news=[say("she has it")])
    async with phone(receptionist=receptionist, news=at_times(0.5)) as call:
        call.voice.ms_of["safety script"] = 4000
        await call.until(3900)
        assert receptionist.ladders == []
        await call.until(6000)
        assert [(n, p) for n, p, _ in receptionist.played] == [("1.0:safety script", "all"), ("2.0:she has it", "all")]


async def test_news_waits_until_the_caller_has_been_answered(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(news=[say("she has it")], answers=[say("noted")], answer_s=0.5)
    async with phone(receptionist=receptionist, news=at_times(2.2)) as call:
        await call.until(1500)
        call.say("il y a de l'eau partout dans la cuisine", 2500)
        await call.until(4200)
        assert receptionist.ladders == []
        await call.until(9000)
        assert receptionist.texts == ["il y a de l'eau partout dans la cuisine"]
        assert [n for n, p, _ in receptionist.played if p == "all"][1:] == ["2.0:noted", "3.0:she has it"]


async def test_only_the_newest_of_what_waits_is_told(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("notice", whole=True), news=[say("first"), say("second")])
    async with phone(receptionist=receptionist, news=at_times(0.5, 1, 1.5)) as call:
        call.voice.ms_of["notice"] = 3000
        await call.until(6000)
        assert [row.round for row in receptionist.ladders] == [3]


async def test_news_that_says_nothing_new_leaves_the_silence_as_it_is(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(silence_limit_s=4)
    async with phone(receptionist=receptionist, news=at_times(2, 3, 4)) as call:
        await call.until(5600)
        assert len(receptionist.ladders) == 3
        assert len(receptionist.silences) == 1


async def test_caller_may_interrupt_news_as_any_sentence(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(news=[say("a long piece of news")], answers=[say("yes?")])
    async with phone(receptionist=receptionist, news=at_times(2)) as call:
        call.voice.ms_of["a long piece of news"] = 6000
        await call.until(3500)
        call.say("attendez une seconde madame", 1200)
        await call.until(8000)
        assert ("2.0:a long piece of news", "part") in [(n, p) for n, p, _ in receptionist.played]
        assert receptionist.texts == ["attendez une seconde madame"]


async def test_news_that_cannot_be_told_at_once_is_told_later(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(news=[say("she has it")], failing={"hear_on_call"})
    async with phone(receptionist=receptionist, news=at_times(2)) as call:
        await call.until(3500)
        assert receptionist.troubles
        receptionist.failing.clear()
        await call.until(7000)
        assert ("2.0:she has it", "all") in [(n, p) for n, p, _ in receptionist.played]


async def test_nothing_is_told_after_the_goodbye(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("goodbye", then=Then.HANG_UP)], news=[say("she has it")])
    async with phone(receptionist=receptionist, news=at_times(3)) as call:
        call.voice.ms_of["goodbye"] = 3000
        await call.until(1200)
        call.say("au revoir madame", 500)
        assert await call.ended(20) is HowItEnded.HUNG_UP
        assert receptionist.ladders == []


async def test_source_that_never_ends_is_left_with_the_call(phone: Phone) -> None:
    closed: list[bool] = []

    async def for_ever() -> AsyncIterator[Ladder]:
        try:
            while True:
                yield acknowledged()
                await asyncio.sleep(1)
        finally:
            closed.append(True)

    async with phone(news=for_ever()) as call:
        await call.until(2500)
        call.line.stop()
        assert await call.ended(10) is HowItEnded.CALLER_HUNG_UP
    assert closed == [True]
