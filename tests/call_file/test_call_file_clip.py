"""Pieces of a call's sound: where they begin and end, from the recording and from the tape of a call that goes on."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.call_file.filed_samples import ANSWERS, CALLER_TURNS, LENGTH_MS, play_call
from voicebot.call_file.clip import LONGEST_CLIP_MS, clip_of, has_sound
from voicebot.call_file.peaks import peaks_of
from voicebot.call_file.tape import RECORDING, Tape
from voicebot.errors import NoSound


def samples(wav: bytes) -> np.ndarray:
    with wave.open(io.BytesIO(wav), "rb") as file:
        assert (file.getframerate(), file.getsampwidth()) == (8000, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())


def loud(sound: np.ndarray) -> float:
    return float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    tape = Tape(tmp_path, keep_audio=True)
    play_call(tape)
    assert tape.write_recording()
    tape.drop_parts()
    return tmp_path


def test_a_clip_of_the_recording_is_that_moment_of_both_sides(finished: Path) -> None:
    start, end = CALLER_TURNS[0]
    clip = samples(clip_of(finished, start, end))
    assert len(clip) == (end - start) * 8
    assert loud(clip[:, 0]) > 1000
    assert loud(clip[:, 1]) == 0
    answer = samples(clip_of(finished, *ANSWERS[3]))
    assert loud(answer[:, 1]) > 1000
    assert loud(answer[-2000:, 0]) < 100


def test_a_clip_of_one_side_has_one_channel(finished: Path) -> None:
    start, end = CALLER_TURNS[2]
    both = samples(clip_of(finished, start, end))
    assert np.array_equal(samples(clip_of(finished, start, end, side="caller"))[:, 0], both[:, 0])
    assert np.array_equal(samples(clip_of(finished, start, end, side="receptionist"))[:, 0], both[:, 1])


def test_the_tape_of_a_call_that_goes_on_gives_the_same_sound_as_its_recording_will(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    play_call(tape)
    start, end = CALLER_TURNS[0][0], ANSWERS[0][1]
    live = samples(clip_of(tmp_path, start, end))
    tape.write_recording()
    tape.drop_parts()
    assert np.array_equal(live, samples(clip_of(tmp_path, start, end)))


def test_one_silent_side_is_silence(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    tape.caller(np.full(8000, 900, np.int16), 0)
    tape.close()
    clip = samples(clip_of(tmp_path, 0, 1000))
    assert clip.shape == (8000, 2)
    assert not clip[:, 1].any()


def test_a_clip_over_the_end_is_shorter_and_one_after_it_is_none(finished: Path) -> None:
    assert len(samples(clip_of(finished, LENGTH_MS - 500, LENGTH_MS + 500))) == 4000
    with pytest.raises(NoSound):
        clip_of(finished, LENGTH_MS + 1000, LENGTH_MS + 2000)


def test_without_a_recording_it_is_said_that_there_is_no_sound(tmp_path: Path) -> None:
    assert not has_sound(tmp_path)
    with pytest.raises(NoSound, match="not recorded"):
        clip_of(tmp_path, 0, 1000)


def test_a_refusal_leaves_nothing_to_hear_and_still_the_shape_of_the_call(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    play_call(tape)
    tape.close()
    tape.stop_and_delete()
    with pytest.raises(NoSound):
        clip_of(tmp_path, 0, 1000)
    assert peaks_of(tmp_path, 300).source == "levels"


@pytest.mark.parametrize(("start", "end"), [(-1, 10), (10, 10), (20, 10), (0, LONGEST_CLIP_MS + 1)])
def test_a_span_that_is_none_is_refused(finished: Path, start: int, end: int) -> None:
    with pytest.raises(ValueError, match="clip"):
        clip_of(finished, start, end)


def test_a_damaged_recording_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / RECORDING).write_bytes(b"RIFF")
    with pytest.raises(NoSound, match="cannot be read"):
        clip_of(tmp_path, 0, 1000)


def test_peaks_stand_where_people_spoke(finished: Path) -> None:
    peaks = peaks_of(finished, 360)
    assert (peaks.source, peaks.length_ms) == ("audio", LENGTH_MS)
    assert len(peaks.caller) == len(peaks.receptionist) == 360
    assert max(*peaks.caller, *peaks.receptionist) == 100
    column_ms = peaks.length_ms / 360
    spoken = {int((start + end) / 2 / column_ms) for start, end in CALLER_TURNS}
    assert min(peaks.caller[column] for column in spoken) > 60
    assert max(peaks.caller[: int(5800 / column_ms)]) < 20
    assert peaks.receptionist[int(9000 / column_ms)] > 60


def test_there_are_no_peaks_without_a_call(tmp_path: Path) -> None:
    assert peaks_of(tmp_path, 100).source == "none"
