"""Callers who speak over the receptionist's voice, in virtual time: what stops her and what does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.call import Awaited
from voicebot.domain.speaking import Reply, Then
from voicebot.understanding.ports import Completeness

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


async def test_caller_stops_the_voice(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("long greeting", "rest"))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["long greeting"] = 6000
        await call.until(2000)
        call.say("attendez je vous coupe", 1200)
        await call.until(6000)
        (cleared_ms,) = call.line.clears()
        assert cleared_ms - 2000 < 320
        assert call.line.silent_from(2000) == pytest.approx(cleared_ms, abs=1)
        name, played, played_ms = receptionist.played[0]
        assert (name, played) == ("1.0:long greeting", "part")
        assert played_ms == pytest.approx(cleared_ms, abs=60)
        assert receptionist.played[1] == ("1.1:rest", "none", 0)
        assert receptionist.texts == ["attendez je vous coupe"]
        # Marks that come back at once after the clear are no playing.
        assert [p for p in receptionist.played if p[0].startswith("1.")] == receptionist.played[:2]


@pytest.mark.parametrize(("word", "ms"), [("oui", 220), ("hmm", 350), ("d'accord", 380)])
async def test_backchannel_over_the_voice_changes_nothing(phone: Phone, word: str, ms: int) -> None:
    receptionist = ScriptedReceptionist(greeting=say("long greeting"))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["long greeting"] = 5000
        await call.until(2000)
        call.say(word, ms)
        await call.until(6500)
        assert call.line.clears() == []
        assert call.line.heard[0][1] - call.line.heard[0][0] == pytest.approx(5000, abs=1)
        assert receptionist.heard == []


@pytest.mark.parametrize("word", ["d'accord", "noise"])
async def test_short_sound_makes_the_voice_hesitate_and_go_on_with_nothing_lost(phone: Phone, word: str) -> None:
    receptionist = ScriptedReceptionist(greeting=say("long greeting", "rest"))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["long greeting"] = 5000
        await call.until(2000)
        call.say(word, 450)
        if word == "noise":
            call.words.phrases.clear()
        await call.until(9000)
        first, second = call.line.heard[:2]
        assert second[0] - first[1] < 450
        assert 5000 <= first[1] - first[0] + second[1] - second[0] - 1000 <= 5320
        assert receptionist.heard == []
        assert receptionist.played == [("1.0:long greeting", "all", 5000), ("1.1:rest", "all", 1000)]


async def test_hesitation_near_the_end_of_a_sentence_plays_the_next_one_whole(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("first", "second", "third"))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of = {"first": 2400, "second": 200, "third": 1000}
        await call.until(2000)
        call.say("d'accord", 450)
        await call.until(7000)
        assert [(i, p) for i, p, _ in receptionist.played] == [
            ("1.0:first", "all"),
            ("1.1:second", "all"),
            ("1.2:third", "all"),
        ]
        heard_ms = sum(end - start for start, end in call.line.heard)
        assert 3600 <= heard_ms <= 3600 + 700


async def test_yes_at_the_end_of_a_yes_no_question_answers_it(phone: Phone) -> None:
    question = say("c'est bien cela ?", awaited=Awaited.CONFIRMATION)
    receptionist = ScriptedReceptionist(greeting=question, completeness_of={"oui": Completeness.COMPLETE})
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["c'est bien cela ?"] = 2000
        await call.until(1550)
        call.say("oui", 250)
        await call.until(4000)
        assert receptionist.texts == ["oui"]


async def test_short_refusal_over_the_voice_is_answered(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("long greeting"))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["long greeting"] = 5000
        await call.until(2000)
        call.say("non", 200)
        await call.until(4500)
        assert receptionist.texts == ["non"]
        assert len(call.line.clears()) == 1


async def test_notice_is_heard_whole_and_what_was_said_over_it_is_answered(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(
        greeting=Reply((*say("notice", whole=True).sentences, *say("rest").sentences), Then.LISTEN, say().expectation)
    )
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of = {"notice": 3000, "rest": 3000}
        await call.until(500)
        call.say("j'ai une fuite", 1500)
        await call.until(6000)
        assert receptionist.played[0] == ("1.0:notice", "all", 3000)
        assert receptionist.played[1][0] == "1.1:rest"
        assert receptionist.played[1][1] in ("none", "part")
        assert receptionist.texts == ["j'ai une fuite"]
        assert all(cleared_ms >= 3000 for cleared_ms in call.line.clears())


async def test_notice_after_an_interrupted_sentence_is_still_said(phone: Phone) -> None:
    both = (*say("chat").sentences, *say("safety script", whole=True).sentences)
    receptionist = ScriptedReceptionist(greeting=Reply(both, Then.LISTEN, say().expectation))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of = {"chat": 3000, "safety script": 2000}
        await call.until(1000)
        call.say("mais ça sent le gaz", 1500)
        await call.until(6000)
        played = [(i, p) for i, p, _ in receptionist.played]
        assert ("1.0:chat", "part") in played
        assert ("1.1:safety script", "all") in played
        assert receptionist.texts == ["mais ça sent le gaz"]


async def test_noise_that_stopped_the_voice_lets_it_say_its_sentence_again(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("question"))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["question"] = 3000
        await call.until(1000)
        call.line.speak(call.words.spoken("noise", 800))
        call.words.phrases.clear()
        await call.until(8000)
        assert receptionist.heard == []
        assert [(i, p) for i, p, _ in receptionist.played] == [("1.0:question", "part"), ("1.0:question", "all")]
