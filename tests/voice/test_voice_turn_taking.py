"""Turn taking as a pure state machine: scripts of voice and silence, in ms of audio."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.understanding.ports import Completeness
from voicebot.voice.turn_signals import (
    WINDOW_MS,
    AsideDropped,
    BargeIn,
    Floor,
    GoOn,
    Hesitate,
    Look,
    Peek,
    Sense,
    Signal,
    SpeechResumed,
    SpeechStarted,
    TurnEnded,
    Why,
)
from voicebot.voice.turn_taking import TurnTaking

COMPLETE, INCOMPLETE, UNKNOWN = Completeness.COMPLETE, Completeness.INCOMPLETE, Completeness.UNKNOWN


@dataclass
class Script:
    """Plays voice and silence; ears and turn model answer each look after ears_ms and model_ms."""

    sense: Sense = Sense.WORDS
    completeness: Completeness = UNKNOWN
    verdict: float | None = None
    ears_ms: int = 32
    model_ms: int = 32
    ears_answer: bool = True
    peek_sense: Sense | None = None
    taking: TurnTaking = field(default_factory=TurnTaking)
    signals: list[Signal] = field(default_factory=list)
    now_ms: int = 0
    _due: list[tuple[int, str, int]] = field(default_factory=list)

    def voice(self, ms: int, hum: bool = False) -> Script:
        return self._run(ms, True, hum)

    def silence(self, ms: int) -> Script:
        return self._run(ms, False)

    def floor(self, floor: Floor) -> Script:
        self._note(self.taking.give_floor(floor))
        return self

    def _run(self, ms: int, voiced: bool, hum: bool = False) -> Script:
        for _ in range(ms // WINDOW_MS):
            self.now_ms += WINDOW_MS
            self._note(self.taking.hear(voiced, self.now_ms, hum))
            for due in [d for d in self._due if d[0] <= self.now_ms]:
                self._due.remove(due)
                self._answer(due[1], due[2])
        return self

    def _answer(self, who: str, number: int) -> None:
        match who:
            case "ears":
                self._note(self.taking.learn_words(number, self.sense, self.completeness))
            case "model":
                self._note(self.taking.learn_verdict(number, self.verdict))
            case _:
                assert self.peek_sense is not None
                self._note(self.taking.learn_peek(number, self.peek_sense))

    def _note(self, signals: list[Signal]) -> None:
        self.signals += signals
        for signal in signals:
            if isinstance(signal, Look):
                if self.ears_answer:
                    self._due.append((self.now_ms + self.ears_ms, "ears", signal.number))
                if self.verdict is not None:
                    self._due.append((self.now_ms + self.model_ms, "model", signal.number))
            if isinstance(signal, Peek) and self.peek_sense is not None:
                self._due.append((self.now_ms + self.ears_ms, "peek", signal.number))

    def of(self, kind: type[Signal]) -> list[Signal]:
        return [s for s in self.signals if isinstance(s, kind)]

    @property
    def turns(self) -> list[TurnEnded]:
        return [s for s in self.signals if isinstance(s, TurnEnded)]

    def wait_ms(self) -> int:
        """Silence before the only turn ended."""
        (turn,) = self.turns
        return turn.at_ms - turn.ended_ms


@pytest.mark.parametrize(
    ("completeness", "verdict", "least_ms", "most_ms", "why"),
    [
        (COMPLETE, 0.9, 128, 200, Why.SURE),
        (COMPLETE, None, 200, 250, Why.WORDS),
        (COMPLETE, 0.1, 300, 400, Why.WORDS),
        (UNKNOWN, 0.95, 300, 400, Why.MODEL),
        (UNKNOWN, 0.6, 300, 500, Why.MODEL),
        (UNKNOWN, 0.1, 700, 1000, Why.SILENCE),
        (UNKNOWN, None, 500, 1000, Why.SILENCE),
        (INCOMPLETE, None, 1800, 2300, Why.SILENCE),
        (INCOMPLETE, 0.99, 1800, 2300, Why.SILENCE),
    ],
)
def test_turn_ends_after_the_silence_that_its_words_and_the_model_ask_for(
    completeness: Completeness, verdict: float | None, least_ms: int, most_ms: int, why: Why
) -> None:
    script = Script(completeness=completeness, verdict=verdict).silence(320).voice(800).silence(3000)
    assert least_ms <= script.wait_ms() <= most_ms
    assert script.turns[0].why is why
    assert script.turns[0].started_ms == 320
    assert script.turns[0].voiced_ms == 800


@pytest.mark.parametrize("verdict", [0.0, 0.2, 0.49])
@pytest.mark.parametrize("answers", [True, False])
def test_not_finished_verdict_costs_at_most_a_second(verdict: float, answers: bool) -> None:
    script = Script(verdict=verdict, ears_answer=answers).voice(640).silence(3000)
    assert script.wait_ms() <= 1000


def test_greeting_alone_waits_for_the_sentence_after_it() -> None:
    script = Script(sense=Sense.BACKCHANNEL, verdict=0.99).silence(320).voice(480).silence(640)
    assert script.turns == []
    script.voice(960)
    script.sense = Sense.WORDS
    script.silence(960)
    (turn,) = script.turns
    assert turn.started_ms == 320


def test_nobody_answering_still_ends_the_turn_within_a_second() -> None:
    script = Script(ears_answer=False).voice(640).silence(3000)
    assert script.wait_ms() <= 1000


@pytest.mark.parametrize("breath_ms", [160, 320, 640, 960, 1440, 1920])
def test_dictated_number_is_not_cut_by_breathing(breath_ms: int) -> None:
    script = Script(completeness=INCOMPLETE, verdict=0.97).silence(320)
    for _ in range(4):
        script.voice(480).silence(breath_ms)
    script.completeness = COMPLETE
    script.voice(480).silence(3000)
    assert script.wait_ms() <= 250
    assert script.turns[0].started_ms == 320
    assert len(script.of(SpeechStarted)) == 1
    # Every breath was looked at over the whole turn, and voided when the caller went on.
    assert {look.started_ms for look in script.of(Look) if isinstance(look, Look)} == {320}
    assert len(script.of(SpeechResumed)) == 4


def test_late_answers_to_an_earlier_pause_do_not_end_a_turn() -> None:
    script = Script(completeness=COMPLETE, ears_ms=320).voice(320).silence(128).voice(640).silence(96)
    script.silence(192)
    assert script.turns == []
    script.silence(320)
    assert len(script.turns) == 1


def test_speech_before_the_commit_reopens_the_turn() -> None:
    script = Script(completeness=COMPLETE).voice(640).silence(320).voice(320)
    assert len(script.turns) == 1
    assert isinstance(script.signals[-1], SpeechResumed)
    script.silence(640)
    assert [t.started_ms for t in script.turns] == [0, 0]


def test_speech_after_the_commit_is_a_new_turn() -> None:
    script = Script(completeness=COMPLETE).voice(640).silence(320)
    script.taking.commit()
    script.voice(320).silence(640)
    assert [t.started_ms for t in script.turns] == [0, 960]


def test_click_is_no_speech() -> None:
    script = Script().silence(320).voice(32).silence(640).voice(32).silence(640)
    assert script.signals == []


def test_click_in_a_pause_neither_resumes_the_turn_nor_holds_it() -> None:
    script = Script(verdict=0.1).voice(640).silence(320).voice(32).silence(3000)
    assert script.of(SpeechResumed) == []
    assert script.wait_ms() <= 1024


def test_longest_turn_is_cut_and_goes_on_as_a_new_one() -> None:
    script = Script(completeness=INCOMPLETE)
    while script.now_ms < 32_000:
        script.voice(3200).silence(160)
    script.silence(3000)
    first, second = script.turns
    assert first.cut
    assert first.at_ms - first.started_ms <= 30_100
    assert not second.cut
    assert second.started_ms <= first.at_ms + 320


@pytest.mark.parametrize("ms", [96, 192, 256, 384])
def test_backchannel_known_as_such_changes_nothing(ms: int) -> None:
    script = Script(sense=Sense.BACKCHANNEL, peek_sense=Sense.BACKCHANNEL).floor(Floor.SPEAKING)
    script.silence(320).voice(ms).silence(640)
    assert script.of(BargeIn) == []
    assert script.of(Hesitate) == []
    assert len(script.of(AsideDropped)) == 1
    assert script.turns == []


@pytest.mark.parametrize("peek", [None, Sense.WORDS, Sense.NOTHING])
def test_backchannel_taken_for_words_makes_the_receptionist_hesitate_and_go_on(peek: Sense | None) -> None:
    script = Script(sense=Sense.BACKCHANNEL, peek_sense=peek).floor(Floor.SPEAKING).silence(320).voice(320).silence(640)
    assert script.of(BargeIn) == []
    (hesitate,), (go_on,) = script.of(Hesitate), script.of(GoOn)
    assert isinstance(hesitate, Hesitate)
    assert isinstance(go_on, GoOn)
    assert go_on.at_ms - hesitate.at_ms <= 300


def test_receptionist_goes_on_when_the_ears_do_not_answer_and_stops_when_they_do() -> None:
    script = Script(sense=Sense.WORDS, ears_ms=640).floor(Floor.SPEAKING).silence(320).voice(320).silence(640)
    assert [type(s) for s in script.signals if isinstance(s, (Hesitate, GoOn, BargeIn))] == [Hesitate, GoOn]
    script.silence(320)
    assert len(script.of(BargeIn)) == 1
    assert len(script.turns) == 1


@pytest.mark.parametrize("sense", [Sense.NOTHING, Sense.WORDS])
@pytest.mark.parametrize("ms", [320, 960])
@pytest.mark.parametrize("floor", [Floor.SPEAKING, Floor.YIELDING])
def test_hum_never_stops_the_receptionist_whatever_the_ears_make_of_it(ms: int, sense: Sense, floor: Floor) -> None:
    script = Script(sense=sense).floor(floor).silence(320).voice(ms, hum=True).silence(1280)
    assert script.of(BargeIn) == []
    assert script.of(Hesitate) == []
    assert script.turns == []


def test_words_silence_the_receptionist_as_soon_as_they_are_known_and_then_stop_her() -> None:
    script = Script(peek_sense=Sense.WORDS).floor(Floor.SPEAKING).silence(320).voice(960)
    (hesitate,), (barge_in,) = script.of(Hesitate), script.of(BargeIn)
    assert isinstance(hesitate, Hesitate)
    assert isinstance(barge_in, BargeIn)
    assert hesitate.at_ms - 320 <= 200
    assert barge_in.at_ms - 320 <= 600


def test_voice_silences_the_receptionist_when_the_ears_are_slow() -> None:
    script = Script().floor(Floor.SPEAKING).silence(320).voice(960)
    (hesitate,) = script.of(Hesitate)
    assert isinstance(hesitate, Hesitate)
    assert hesitate.at_ms - 320 <= 230


def test_long_backchannels_become_a_barge_in() -> None:
    script = Script(peek_sense=Sense.BACKCHANNEL).floor(Floor.SPEAKING).voice(960)
    assert len(script.of(BargeIn)) == 1


def test_short_word_over_the_voice_is_answered() -> None:
    script = Script(sense=Sense.WORDS, completeness=COMPLETE).floor(Floor.SPEAKING).silence(320).voice(160).silence(640)
    assert [type(s) for s in script.signals if isinstance(s, (BargeIn, TurnEnded))] == [BargeIn, TurnEnded]
    assert script.turns[0].over_voice


def test_yes_at_the_end_of_a_yes_no_question_is_its_answer() -> None:
    script = Script(sense=Sense.BACKCHANNEL, completeness=COMPLETE).floor(Floor.SPEAKING).silence(320)
    script.floor(Floor.YIELDING).voice(224).silence(320)
    assert len(script.turns) == 1
    dropped = Script(sense=Sense.NOTHING).floor(Floor.YIELDING).voice(224).silence(1280)
    assert dropped.turns == []


def test_yes_that_ends_after_the_question_is_its_answer() -> None:
    script = Script(sense=Sense.BACKCHANNEL, completeness=COMPLETE).floor(Floor.SPEAKING).silence(320).voice(96)
    script.floor(Floor.FREE).voice(96).silence(640)
    assert len(script.turns) == 1


def test_reserved_sentence_is_not_stopped_and_what_was_said_is_answered_after_it() -> None:
    script = Script(completeness=COMPLETE, peek_sense=Sense.WORDS).floor(Floor.RESERVED).silence(320).voice(1600)
    script.silence(3200)
    assert script.of(BargeIn) == []
    assert script.turns == []
    script.floor(Floor.SPEAKING)
    assert [type(s) for s in script.signals[-2:]] == [BargeIn, TurnEnded]
    assert script.turns[0].started_ms == 320


def test_two_remarks_over_a_reserved_sentence_are_one_turn() -> None:
    script = Script(completeness=COMPLETE).floor(Floor.RESERVED).voice(640).silence(960).voice(640).silence(960)
    script.floor(Floor.FREE)
    (turn,) = script.turns
    assert (turn.started_ms, turn.ended_ms) == (0, 2240)


def test_greeting_word_over_the_notice_is_dropped_when_the_rest_goes_on() -> None:
    script = Script(sense=Sense.BACKCHANNEL).floor(Floor.RESERVED).voice(320).silence(960).floor(Floor.SPEAKING)
    script.silence(320)
    assert script.turns == []
    assert len(script.of(AsideDropped)) == 1


def test_caller_who_is_speaking_when_the_answer_begins_stops_it() -> None:
    script = Script().voice(640).floor(Floor.SPEAKING)
    assert len(script.of(BargeIn)) == 1


def test_last_words_are_given_when_the_line_ends_in_mid_turn() -> None:
    script = Script().silence(320).voice(320)
    ended = script.taking.last_words()
    assert ended is not None
    assert (ended.started_ms, ended.ended_ms) == (320, 640)
    assert TurnTaking().last_words() is None


windows = st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=60)


@settings(max_examples=150, deadline=None)
@given(windows, st.sampled_from(list(Completeness)), st.sampled_from([None, 0.1, 0.6, 0.9]), st.sampled_from(list(Sense)))
def test_any_audio_gives_turns_that_do_not_overlap_and_end(
    script_of: list[tuple[bool, int]], completeness: Completeness, verdict: float | None, sense: Sense
) -> None:
    script = Script(sense=sense, completeness=completeness, verdict=verdict)
    voiced_ms = 0
    for voiced, count in script_of:
        before = len(script.turns)
        script._run(count * WINDOW_MS, voiced)
        if len(script.turns) > before:
            script.taking.commit()
        voiced_ms += count * WINDOW_MS if voiced and count > 1 else 0
    script.silence(3200)
    script.taking.commit()
    assert not script.taking.turn_is_open
    for turn in script.turns:
        assert turn.started_ms < turn.ended_ms <= turn.at_ms
    kept = [t for t in script.turns if t.why is not Why.LENGTH]
    for earlier, later in itertools.pairwise(kept):
        assert later.started_ms >= earlier.started_ms
    if voiced_ms:
        assert script.turns


def test_words_that_come_after_the_end_of_a_number_begun_ask_for_more_patience() -> None:
    script = Script(completeness=INCOMPLETE, verdict=0.95, ears_ms=640).voice(640).silence(640)
    (turn,) = script.turns
    assert not turn.words_known
    assert 1500 <= script.taking.patience_left_ms(turn.look, Sense.WORDS, INCOMPLETE) <= 1600
    assert script.taking.patience_left_ms(turn.look, Sense.WORDS, COMPLETE) == 0
