"""What the caller hears, on a sample clock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.errors import CarrierError
from voicebot.quality.earpiece import LONGEST_QUEUE_S, Earpiece
from voicebot.speech.ports import RATE_HZ


def ramp(n: int, start: int = 1) -> np.ndarray:
    return np.arange(start, start + n).astype(np.int16)


def test_nothing_queued_is_silence():
    heard = Earpiece().play(160)
    assert not heard.pcm.any()
    assert heard.marks == ()


def test_sound_is_played_in_order_and_once():
    ear = Earpiece()
    ear.queue(ramp(100))
    ear.queue(ramp(150, start=101))
    first, second = ear.play(160), ear.play(160)
    assert np.array_equal(first.pcm, ramp(160))
    assert np.array_equal(second.pcm[:90], ramp(90, start=161))
    assert not second.pcm[90:].any()


def test_a_mark_is_reached_when_the_sound_before_it_was_played():
    ear = Earpiece()
    ear.queue(ramp(160))
    ear.mark("first")
    ear.queue(ramp(1))
    ear.mark("second")
    assert ear.play(160).marks == ("first",)
    assert ear.play(160).marks == ("second",)


def test_a_mark_without_sound_before_it_is_reached_at_once():
    ear = Earpiece()
    ear.mark("now")
    assert ear.play(160).marks == ("now",)


def test_clear_drops_sound_and_gives_the_marks_back():
    ear = Earpiece()
    ear.queue(ramp(1000))
    ear.mark("a")
    ear.mark("b")
    ear.play(160)
    assert ear.clear() == ("a", "b")
    assert ear.queued_ms == 0
    assert not ear.play(160).pcm.any()


def test_ten_minutes_of_sound_are_too_much():
    ear = Earpiece()
    ear.queue(np.zeros(LONGEST_QUEUE_S * RATE_HZ, np.int16))
    with pytest.raises(CarrierError):
        ear.queue(ramp(1))


@given(st.lists(st.one_of(st.integers(0, 700), st.text("ab", min_size=1, max_size=3)), max_size=20), st.integers(1, 500))
def test_nothing_is_lost_doubled_or_out_of_order(queued: list[int | str], frame: int):
    ear = Earpiece()
    sound, names, places = np.zeros(0, np.int16), [], []
    for item in queued:
        if isinstance(item, int):
            piece = ramp(item, start=len(sound) + 1)
            ear.queue(piece)
            sound = np.concatenate([sound, piece])
        else:
            ear.mark(item)
            names.append(item)
            places.append(len(sound))
    heard, reached, reached_at = np.zeros(0, np.int16), [], []
    for _ in range(len(sound) // frame + 2):
        played = ear.play(frame)
        heard = np.concatenate([heard, played.pcm])
        reached += played.marks
        reached_at += [len(heard)] * len(played.marks)
    assert np.array_equal(heard[: len(sound)], sound)
    assert reached == names
    assert all(at >= place for at, place in zip(reached_at, places, strict=True))
    assert all(at - place < 2 * frame for at, place in zip(reached_at, places, strict=True))
