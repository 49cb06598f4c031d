"""Whole calls through the real pipeline, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.fakes.carrier_line import CarrierLine
from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.call import Awaited, RecordingState
from voicebot.domain.speaking import Reply, Then
from voicebot.errors import SpeechBusy, SpeechError, SpeechTimedOut
from voicebot.speech.ports import Pcm
from voicebot.understanding.ports import Completeness
from voicebot.voice.line import HowItEnded, Opening

pytestmark = pytest.mark.looptime

Phone = Callable[..., Any]


@dataclass
class RememberedTape:
    pieces: list[tuple[str, int, Pcm]] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    deleted: int = 0

    def caller(self, pcm: Pcm, at_ms: int) -> None:
        self.pieces.append(("caller", at_ms, pcm.copy()))

    def receptionist(self, pcm: Pcm, at_ms: int) -> None:
        self.pieces.append(("receptionist", at_ms, pcm.copy()))

    def cut_receptionist(self, at_ms: int) -> None:
        self.cuts.append(at_ms)

    def stop_and_delete(self) -> None:
        self.deleted += 1

    def channels(self) -> tuple[Pcm, Pcm]:
        both = {"caller": np.zeros(80_000, np.int16), "receptionist": np.zeros(80_000, np.int16)}
        for side, at_ms, pcm in self.pieces:
            both[side][at_ms * 8 : at_ms * 8 + len(pcm)] = pcm
        return both["caller"], both["receptionist"]


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


async def test_silence_is_measured_from_the_end_of_the_voice(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("question"), silence_limit_s=4)
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["question"] = 3000
        await call.until(6800)
        assert receptionist.silences == []
        await call.until(7500)
        assert receptionist.silences == [pytest.approx(4, abs=0.2)]
        await call.until(7500 + 1000 + 4500)
        assert len(receptionist.silences) == 2


async def test_noise_does_not_put_silence_off_for_ever(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(silence_limit_s=5)
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        for _ in range(8):
            call.say("noise", 300)
            call.pause(1700)
        call.words.phrases.clear()
        await call.until(9500)
        assert receptionist.heard == []
        assert len(receptionist.silences) >= 1


async def test_keys_are_collected_and_answered(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("long greeting"))
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of["long greeting"] = 9000
        await call.until(1000)
        for key in "12#":
            call.line.press(key)
            await call.until(call.line.now_ms + 300)
        await call.until(4000)
        assert receptionist.keys == ["1", "2", "#"]
        assert ("2.0:keys taken", "all", 1000) in receptionist.played
        assert len(call.line.clears()) == 1


async def test_keys_pressed_at_once_keep_their_order_and_a_safety_script_is_still_said(phone: Phone) -> None:
    both = (*say("chat").sentences, *say("safety script", whole=True).sentences)
    receptionist = ScriptedReceptionist(greeting=Reply(both, Then.LISTEN, say().expectation), keys_wanted=5)
    async with phone(receptionist=receptionist) as call:
        call.voice.ms_of = {"chat": 5000, "safety script": 2000}
        await call.until(1000)
        for key in "06129":
            call.line.press(key)
        await call.until(6000)
        assert receptionist.keys == list("06129")
        assert [(i, p) for i, p, _ in receptionist.played] == [
            ("1.0:chat", "part"),
            ("1.1:safety script", "none"),
            ("1.1:safety script", "all"),
            ("2.0:keys taken", "all"),
        ]


async def test_keys_that_stop_are_read_after_a_pause(phone: Phone) -> None:
    async with phone() as call:
        await call.until(1500)
        call.line.press("4")
        await call.until(3500)
        assert len(call.receptionist.played) == 1
        await call.until(5500)
        assert ("2.0:keys paused", "all", 1000) in call.receptionist.played


async def test_time_limit_ends_the_call_even_while_the_caller_talks(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(greeting=say("greeting"))
    async with phone(receptionist=receptionist) as call:
        await call.until(2000)
        call.say("un monologue", 20_000)
        await call.until(4000)
        receptionist.time_limit_s = -0.1
        assert await call.ended(10) is HowItEnded.HUNG_UP
        assert any(i.endswith("time is up") and p == "all" for i, p, _ in receptionist.played)


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


async def test_busy_ears_are_asked_again_at_the_end_of_the_turn(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist) as call:
        call.ears.failures = [SpeechBusy("full")]
        await call.until(1200)
        call.say("bonjour", 600)
        await call.until(4000)
        assert receptionist.texts == ["bonjour"]
        assert receptionist.troubles == []


async def test_failing_ears_make_the_receptionist_ask_again(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("please repeat")])
    async with phone(receptionist=receptionist) as call:
        call.ears.failures = [SpeechBusy("full"), SpeechTimedOut("slow")]
        await call.until(1200)
        call.say("bonjour", 600)
        await call.until(5000)
        assert receptionist.texts == [""]
        assert receptionist.troubles == ["speech_timeout"]
        assert ("2.0:please repeat", "all", 1000) in receptionist.played


async def test_failing_voice_is_replaced_never_silent(phone: Phone) -> None:
    receptionist = ScriptedReceptionist(answers=[say("answer")])
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        call.voice.failures = [SpeechError("broken"), SpeechError("broken")]
        call.say("bonjour", 600)
        await call.until(5000)
        assert receptionist.troubles == ["speech", "speech"]
        assert ("2.0:answer", "none", 0) in receptionist.played
        assert any(start > 1900 for start, _ in call.line.heard)
        call.say("bonjour", 600)
        await call.until(8000)
        assert receptionist.texts == ["bonjour", "bonjour"]


async def test_voice_that_fails_once_is_asked_again(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist) as call:
        call.voice.failures = [SpeechBusy("full")]
        await call.until(2000)
        assert receptionist.played == [("1.0:greeting", "all", 1000)]


@pytest.mark.parametrize("failing", ["pick_up", "answer", "hear_silence", "hear_keys"])
async def test_failing_receptionist_is_covered_by_a_kind_sentence(phone: Phone, failing: str) -> None:
    receptionist = ScriptedReceptionist(failing={failing}, silence_limit_s=3, keys_wanted=1)
    async with phone(receptionist=receptionist) as call:
        await call.until(1500)
        call.say("bonjour", 500)
        await call.until(4000)
        call.line.press("1")
        await call.until(12_000)
        assert "voicebot" in receptionist.troubles
        assert "Excusez-moi, pouvez-vous répéter, s'il vous plaît ?" in call.voice.said


GARBAGE = [
    "not json",
    "{}",
    '{"event": "media"}',
    '{"event": "media", "media": {"payload": "%%%"}}',
    '{"event": "media", "media": {"payload": ""}}',
    '{"event": "media", "media": {"payload": "AA"}}',
    '{"event": "media", "media": {"payload": "AAAA"}}',
    '{"event": "media", "media": {"payload": 7}}',
    '{"event": "dtmf", "dtmf": {"digit": "Z"}}',
    '{"event": "mark", "mark": {"name": "unknown"}}',
    "[]",
    "null",
]


async def test_garbage_messages_do_not_hurt_the_call(phone: Phone) -> None:
    receptionist = ScriptedReceptionist()
    async with phone(receptionist=receptionist) as call:
        await call.until(1200)
        for message in GARBAGE:
            call.line.tell(message)
        call.say("bonjour", 600)
        await call.until(4000)
        assert receptionist.texts == ["bonjour"]


async def test_recording_has_both_sides_where_they_were(phone: Phone) -> None:
    tape = RememberedTape()
    receptionist = ScriptedReceptionist(greeting=say("greeting"))
    async with phone(receptionist=receptionist, tape=tape) as call:
        call.voice.ms_of["greeting"] = 3000
        await call.until(1000)
        call.say("attendez une minute", 1000)
        await call.until(3000)
        caller, ours = tape.channels()
        assert np.abs(caller[1100 * 8 : 1900 * 8]).min() > 500
        assert np.abs(caller[: 950 * 8]).max() < 100
        assert np.abs(ours[100 * 8 : 900 * 8]).max() > 4000
        (cut_ms,) = tape.cuts
        assert cut_ms == pytest.approx(call.line.clears()[0], abs=2)


async def test_recording_is_deleted_once_when_the_caller_refuses(phone: Phone) -> None:
    tape = RememberedTape()
    async with phone(tape=tape) as call:
        await call.until(1000)
        assert tape.deleted == 0
        call.receptionist.recording = RecordingState.REFUSED
        await call.until(1500)
    assert tape.deleted == 1


async def test_levels_are_told(phone: Phone) -> None:
    levels: list[tuple[float, float]] = []
    async with phone(on_level=lambda caller, ours: levels.append((caller, ours))) as call:
        await call.until(900)
        call.say("bonjour", 1000)
        await call.until(2500)
    assert max(caller for caller, _ in levels) > 0.03
    assert max(ours for _, ours in levels) > 0.1
    assert 15 <= len(levels) <= 40


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
