"""Waits measured from sound: known sounds give known waits."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from voicebot.domain.events import CallEvent, EventKind
from voicebot.quality.latency import breakdown, first_sound_ms, report, spread, waits
from voicebot.quality.loudness import Span, audible_spans
from voicebot.speech.ports import RATE_HZ, Pcm


def channel(length_ms: float, *speeches: tuple[float, float]) -> Pcm:
    """A channel with a tone from start to end of each speech, in ms."""
    pcm = np.zeros(round(length_ms * 8), np.int16)
    wave = (6000 * np.sin(2 * np.pi * 300 * np.arange(len(pcm)) / RATE_HZ)).astype(np.int16)
    for start, end in speeches:
        pcm[round(start * 8) : round(end * 8)] = wave[round(start * 8) : round(end * 8)]
    return pcm


def test_spans_are_5_ms_fine_and_join_short_gaps():
    pcm = channel(3000, (500, 800), (1000, 1500), (2500, 2600))
    assert audible_spans(pcm) == (Span(500, 800), Span(1000, 1500), Span(2500, 2600))
    assert audible_spans(pcm, join_ms=200) == (Span(500, 1500), Span(2500, 2600))
    assert audible_spans(np.zeros(0, np.int16)) == ()


def test_hiss_is_not_speech():
    hiss = np.random.default_rng(1).normal(0, 60, 8000).astype(np.int16)
    assert audible_spans(hiss) == ()


def test_a_wait_is_from_the_last_word_to_the_first_sound():
    met = waits([Span(1000, 2000), Span(5000, 5500)], channel(9000, (0, 800), (2345, 4000), (6500, 7000)))
    assert [w.wait_ms for w in met] == [345, 1000]
    assert not any(w.early or w.stopped_ms for w in met)


def test_an_answer_before_the_end_is_early_not_fast():
    (met,) = waits([Span(1000, 3000)], channel(6000, (2500, 4000)))
    assert (met.early, met.wait_ms) == (True, None)


def test_a_turn_without_an_answer_has_no_wait():
    met = waits([Span(1000, 2000), Span(5000, 6000)], channel(9000, (7000, 8000)))
    assert [w.wait_ms for w in met] == [None, 1000]


def test_barge_in_is_measured_to_her_silence_then_to_the_answer():
    (met,) = waits([Span(1000, 2000)], channel(6000, (0, 1180), (2600, 3000)))
    assert met.stopped_ms == 180
    assert met.wait_ms == 600
    assert not met.early


def test_a_receptionist_who_talks_through_has_not_answered():
    (met,) = waits([Span(1000, 2000)], channel(6000, (0, 4000)))
    assert met.stopped_ms == 3000
    assert met.wait_ms is None


def test_a_caller_who_said_nothing_waited_for_nothing():
    assert waits([], channel(1000, (0, 500))) == ()


def test_first_sound():
    assert first_sound_ms(channel(3000, (120, 900))) == 120
    assert first_sound_ms(channel(3000)) is None


def test_a_report_counts_every_turn():
    one = ([Span(1000, 2000), Span(5000, 6000)], channel(9000, (0, 800), (2400, 3000), (6600, 7000)))
    two = ([Span(1000, 3000), Span(5000, 6000)], channel(9000, (100, 800), (2500, 3600)))
    made = report([one, two])
    assert (made.waits.count, made.waits.p50_ms, made.waits.worst_ms) == (2, 500, 600)
    assert (made.early_share, made.unanswered_share) == (0.25, 0.25)
    assert made.first_sound.p50_ms == 50


def test_no_values_have_no_percentiles():
    assert spread([]).count == 0
    assert np.isnan(spread([]).p95_ms)
    assert report([]).early_share == 0


def test_breakdown_collects_the_parts_of_turns():
    def answered(**data: float) -> CallEvent:
        return CallEvent(1, datetime(2026, 1, 1, tzinfo=UTC), EventKind.TURN_ANSWERED, dict(data))

    other = CallEvent(1, datetime(2026, 1, 1, tzinfo=UTC), EventKind.CALLER_SAID, {"ears": 9.0})
    parts = breakdown([answered(turn=1, ears=10.0, policy=1.0), other, answered(turn=2, ears=30.0)])
    assert set(parts) == {"ears", "policy"}
    assert (parts["ears"].count, parts["ears"].p50_ms, parts["ears"].worst_ms) == (2, pytest.approx(20), 30)
