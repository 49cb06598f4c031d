"""Speech and waits are found where they were put, on clean and on noisy lines."""

from __future__ import annotations

import numpy as np
import pytest
from filed_samples import sound_of
from numpy.typing import NDArray

from voicebot.call_file.lane import levels_of
from voicebot.call_file.speech_spans import Span, audible_spans, speech_spans
from voicebot.call_file.waits import BargeIn, CutOff, TurnTaking, Wait, turn_taking

SPEECH_RMS = 2500
TRUE = [(1000, 1800), (3000, 3180), (5000, 9000), (9900, 10_400), (15_000, 19_000)]
LENGTH_MS = 22_000


def spans_of(sound: NDArray[np.int16]) -> list[tuple[int, int]]:
    return [(span.started_ms, span.ended_ms) for span in speech_spans(levels_of(sound))]


@pytest.mark.parametrize(("snr_db", "fine_ms"), [(80, 0), (40, 0), (30, 0), (20, 10), (15, 20), (10, 60)])
def test_speech_is_found_at_its_edges_over_noise(snr_db: int, fine_ms: int) -> None:
    found = spans_of(sound_of(TRUE, LENGTH_MS, noise_rms=SPEECH_RMS * 10 ** (-snr_db / 20)))

    assert len(found) == len(TRUE)
    errors = [abs(a - b) for span, true in zip(found, TRUE, strict=True) for a, b in zip(span, true, strict=True)]
    assert max(errors) <= fine_ms


@pytest.mark.parametrize("snr_db", [30, 20, 15])
def test_a_stretch_without_any_sound_does_not_make_speech_of_the_noise(snr_db: int) -> None:
    sound = sound_of(TRUE, LENGTH_MS, noise_rms=SPEECH_RMS * 10 ** (-snr_db / 20))
    sound[11_000 * 8 : 14_000 * 8] = 0

    assert len(spans_of(sound)) == len(TRUE)


@pytest.mark.parametrize("noise_rms", [0, 3, 40, 300, 1200])
def test_a_line_with_noise_alone_has_no_speech(noise_rms: float) -> None:
    assert spans_of(sound_of([], LENGTH_MS, noise_rms=noise_rms)) == []


def test_hum_and_idle_coding_noise_are_no_speech() -> None:
    hum = 300 * np.sin(np.arange(80_000) * 2 * np.pi * 50 / 8000)
    assert spans_of(hum.astype(np.int16)) == []
    assert spans_of(np.full(80_000, 8, np.int16)) == []


def test_clicks_are_no_speech_and_do_not_lengthen_it() -> None:
    sound = sound_of([(2000, 3000)], 6000, noise_rms=20)
    for at_ms in (500, 3100, 5000):
        sound[at_ms * 8 : at_ms * 8 + 40] = 20_000

    assert spans_of(sound) == [(2000, 3000)]


def test_a_breath_belongs_to_the_speech_and_a_pause_does_not() -> None:
    assert spans_of(sound_of([(1000, 1500), (1700, 2200)], 4000, noise_rms=20)) == [(1000, 2200)]
    assert spans_of(sound_of([(1000, 1500), (1710, 2200)], 4000, noise_rms=20)) == [(1000, 1500), (1710, 2200)]


def test_nothing_has_no_speech() -> None:
    assert speech_spans(np.zeros(0, np.uint16)) == ()
    assert audible_spans(np.zeros(0, np.uint16)) == ()


def test_a_voice_that_speaks_nearly_all_the_time_is_found_in_its_own_channel() -> None:
    spans = [(100, 9000), (9400, 19_700)]

    assert [(s.started_ms, s.ended_ms) for s in audible_spans(levels_of(sound_of(spans, 20_000)))] == spans


def taking(caller: list[tuple[int, int]], receptionist: list[tuple[int, int]]) -> TurnTaking:
    return turn_taking([Span(*span) for span in caller], [Span(*span) for span in receptionist])


def test_a_wait_is_from_the_end_of_the_callers_turn_to_the_first_sound() -> None:
    found = taking([(3000, 4000), (8000, 8500)], [(100, 2500), (4640, 7000), (8700, 9900)])

    assert found == TurnTaking(100, (Wait(4000, 4640), Wait(8500, 8700)), (), ())
    assert [wait.wait_ms for wait in found.waits] == [640, 200]


def test_a_turn_with_pauses_is_waited_for_from_its_last_sound() -> None:
    assert taking([(1000, 1500), (2500, 3000)], [(3600, 5000)]).waits == (Wait(3000, 3600),)


def test_a_second_sentence_and_a_prompt_after_silence_answer_nobody() -> None:
    found = taking([(1000, 1500)], [(2000, 3000), (3300, 4000), (11_000, 12_000)])

    assert found.waits == (Wait(1500, 2000),)


def test_a_barge_in_tells_how_long_the_voice_went_on() -> None:
    found = taking([(2000, 3500)], [(100, 2180), (4000, 5000)])

    assert found.barge_ins == (BargeIn(2000, 3500, 2180),)
    assert found.barge_ins[0].voice_went_on_ms == 180
    assert found.barge_ins[0].gave_way
    assert found.waits == (Wait(3500, 4000),)


def test_a_voice_that_pauses_between_sentences_has_not_given_way() -> None:
    found = taking([(2000, 6000)], [(100, 2180), (2500, 4000), (4300, 5500)])

    assert found.barge_ins == (BargeIn(2000, 6000, 5500),)
    assert found.cut_offs == ()
    assert found.waits == ()


def test_a_short_word_under_the_voice_is_no_turn() -> None:
    found = taking([(2000, 2300)], [(100, 5000)])

    assert [b.gave_way for b in found.barge_ins] == [False]
    assert found.waits == ()


def test_a_voice_that_begins_before_the_caller_has_finished_is_marked() -> None:
    found = taking([(1000, 3000)], [(2500, 4000)])

    assert found.cut_offs == (CutOff(2500, 3000),)
    assert found.waits == ()
    assert found.barge_ins == ()


def test_a_call_where_nobody_spoke_has_nothing() -> None:
    assert taking([], []) == TurnTaking(None, (), (), ())
    assert taking([(0, 500)], []).waits == ()
