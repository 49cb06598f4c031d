"""What callers must be told and spoke over: said before the next reply, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.call import RecordingState
from voicebot.domain.speaking import Reply, Then

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


def greeting() -> Reply:
    said = (
        *say("I am an AI", whole=True).sentences,
        *say("recorded", owed=True).sentences,
        *say("how may I help").sentences,
    )
    return Reply(said, Then.LISTEN, say().expectation)


async def heard(phone: Phone, receptionist: ScriptedReceptionist, *spoken: tuple[int, str]) -> list[tuple[str, str]]:
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of = {"I am an AI": 2000, "recorded": 3000, "how may I help": 1500, "answer": 1000, "go out": 1500}
        for at_ms, words in spoken:
            await call.until(at_ms)
            call.say(words, 1200)
        await call.until(spoken[-1][0] + 14_000)
        told = [(sentence.partition(":")[2], played) for sentence, played, _ in receptionist.played]
        return [t for t in told if t[0] != "still there"]


async def test_recording_notice_that_was_spoken_over_comes_before_the_answer(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=greeting(), answers=[say("answer")])
    told = await heard(phone, receptionist, (500, "j'ai une fuite"))
    assert receptionist.texts == ["j'ai une fuite"]
    assert told[0] == ("I am an AI", "all")
    assert told[-2:] == [("recorded", "all"), ("answer", "all")]


async def test_notice_that_was_cut_at_its_beginning_is_said_again_and_at_its_end_not(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=greeting(), answers=[say("answer")])
    assert (await heard(phone, receptionist, (2200, "j'ai une fuite")))[-2:] == [("recorded", "all"), ("answer", "all")]
    receptionist = ScriptedReceptionist(greeting=greeting(), answers=[say("answer")])
    told = await heard(phone, receptionist, (4400, "j'ai une fuite"))
    assert [t for t in told if t[0] == "recorded"] == [("recorded", "part")]
    assert told[-1] == ("answer", "all")


async def test_safety_script_comes_first_and_the_notice_with_the_reply_after_it(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=greeting(), answers=[say("go out", whole=True), say("answer")])
    told = await heard(phone, receptionist, (500, "ça sent le gaz"), (9000, "d'accord je suis dehors"))
    spoken = [t for t in told if t[1] == "all"]
    assert spoken == [("I am an AI", "all"), ("go out", "all"), ("recorded", "all"), ("answer", "all")]


@pytest.mark.parametrize("recording", [RecordingState.REFUSED, RecordingState.OFF])
async def test_nobody_is_told_of_a_recording_that_is_not_made(phone: Phone, recording: RecordingState) -> None:
    receptionist = ScriptedReceptionist(greeting=greeting(), answers=[say("answer")], recording=recording)
    told = await heard(phone, receptionist, (500, "je refuse l'enregistrement"))
    assert ("recorded", "all") not in told
    assert told[-1] == ("answer", "all")


async def test_goodbye_is_not_kept_waiting(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=greeting(), answers=[say("answer", then=Then.HANG_UP)])
    told = await heard(phone, receptionist, (500, "je me suis trompé de numéro"))
    assert ("recorded", "all") not in told
    assert told[-1] == ("answer", "all")
