"""Sound lands where it belongs on the call's clock, survives a killed process, and goes when the caller refuses."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import tempfile
import tracemalloc
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filed_samples import sound_of
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from taping_child import CHUNK

import voicebot.call_file.lane
from tests.fakes.small_disk import mounted_disk
from voicebot.call_file.lane import FLUSH_MS, JITTER_MS, LONGEST_MS, levels_of
from voicebot.call_file.tape import Tape

FRAME = 80


class NaiveLane:
    """What a lane must be: one array, in memory."""

    def __init__(self) -> None:
        self.sound = np.zeros(0, np.int16)

    def put(self, pcm: NDArray[np.int16], at_ms: int) -> None:
        gap = at_ms * 8 - len(self.sound)
        silence = np.zeros(gap if gap > JITTER_MS * 8 else 0, np.int16)
        self.sound = np.concatenate([self.sound, silence, pcm])

    def cut(self, at_ms: int) -> None:
        self.sound = self.sound[: at_ms // 10 * FRAME]

    def close(self) -> None:
        self.sound = np.concatenate([self.sound, np.zeros(-len(self.sound) % FRAME, np.int16)])


def recorded(folder: Path) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    with wave.open(str(folder / "recording.wav")) as recording:
        assert (recording.getnchannels(), recording.getsampwidth(), recording.getframerate()) == (2, 2, 8000)
        both = np.frombuffer(recording.readframes(recording.getnframes()), np.int16).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def padded(sound: NDArray[np.int16], length: int) -> NDArray[np.int16]:
    return np.concatenate([sound, np.zeros(length - len(sound), np.int16)])


moves = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["caller", "receptionist"]), st.integers(-300, 900), st.integers(1, 4000)),
        st.tuples(st.just("cut"), st.integers(-900, 200), st.just(0)),
        st.tuples(st.just("reopen"), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(moves=moves, keep_audio=st.booleans(), seed=st.integers(0, 99))
def test_sound_lands_where_a_naive_tape_puts_it(moves: list[tuple[str, int, int]], keep_audio: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    naive = {"caller": NaiveLane(), "receptionist": NaiveLane()}
    with tempfile.TemporaryDirectory() as here:
        tape = Tape(Path(here), keep_audio=keep_audio)
        for move, shift_ms, samples in moves:
            if move == "reopen":
                tape.close()
                tape = Tape(Path(here), keep_audio=keep_audio)
                for lane in naive.values():
                    lane.close()
            elif move == "cut":
                at_ms = max(0, len(naive["receptionist"].sound) // 8 + shift_ms)
                tape.cut_receptionist(at_ms)
                naive["receptionist"].cut(at_ms)
            else:
                pcm = rng.integers(-32768, 32767, samples, dtype=np.int16, endpoint=True)
                at_ms = max(0, len(naive[move].sound) // 8 + shift_ms)
                (tape.caller if move == "caller" else tape.receptionist)(pcm, at_ms)
                naive[move].put(pcm, at_ms)
        tape.close()
        for lane in naive.values():
            lane.close()

        for levels, lane in zip(tape.levels(), naive.values(), strict=True):
            expected = levels_of(lane.sound)
            assert np.array_equal(levels, expected[: len(levels)])
            # A gap at the very end that nothing follows is no sound.
            assert not expected[len(levels) :].any()
        if tape.write_recording():
            length = max(len(lane.sound) for lane in naive.values())
            sides = recorded(Path(here))
            assert len(sides[0]) <= length
            for side, lane in zip(sides, naive.values(), strict=True):
                assert np.array_equal(padded(side, length), padded(lane.sound, length))
        else:
            assert not keep_audio or not any(len(lane.sound) for lane in naive.values())


def test_late_and_early_chunks_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    for number, jitter_ms in enumerate([0, 15, -12, 38, -40, 7]):
        tape.caller(CHUNK, max(0, number * 20 + jitter_ms))
    tape.write_recording()

    assert np.array_equal(recorded(tmp_path)[0], np.tile(CHUNK, 6))


def test_a_gap_is_silence_and_takes_no_room(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    tape.caller(CHUNK, 0)
    tape.caller(CHUNK, 3_600_000)
    tape.close()

    assert tape.end_ms == 3_600_020
    assert (tmp_path / "tape" / "caller.pcm").stat().st_blocks * 512 < 100_000


def test_sound_later_than_any_call_is_dropped(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    tape.caller(CHUNK, LONGEST_MS + 1)
    tape.close()

    assert tape.end_ms == 0


def test_a_tape_that_nothing_is_put_on_leaves_nothing(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "call", keep_audio=True)
    tape.cut_receptionist(0)
    tape.close()

    assert not (tmp_path / "call").exists()


def test_without_leave_no_audio_is_written_but_levels_are(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=False)
    tape.caller(sound_of([(1000, 2000)], 3000), 0)
    tape.close()

    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["caller.levels"]
    caller, receptionist = tape.levels()
    assert len(caller) == 300
    assert caller[110:190].min() > 100
    assert not caller[:100].any()
    assert not len(receptionist)
    assert not tape.write_recording()


def test_memory_is_bounded_whatever_the_length_of_the_call(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    tracemalloc.start()
    for at_ms in range(0, 600_000, 20):
        tape.caller(CHUNK, at_ms)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    tape.close()

    assert peak_bytes < 500_000


def test_another_process_goes_on_from_where_the_call_is(tmp_path: Path) -> None:
    first = Tape(tmp_path, keep_audio=True)
    for number in range(50):
        first.caller(CHUNK, number * 20)
    first.close()

    second = Tape(tmp_path, keep_audio=True)
    assert second.end_ms == 1000
    second.caller(CHUNK, 5000)
    second.write_recording()

    caller, _ = recorded(tmp_path)
    assert np.array_equal(caller[:8000], np.tile(CHUNK, 50))
    assert not caller[8000:40_000].any()
    assert np.array_equal(caller[40_000:], CHUNK)


def test_levels_that_a_killed_process_did_not_write_are_made_again(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    tape.caller(sound_of([(0, 2000)], 2000), 0)
    tape.close()
    before = tape.levels()[0]
    os.truncate(tmp_path / "tape" / "caller.levels", 100)

    after = Tape(tmp_path, keep_audio=True)

    assert np.array_equal(after.levels()[0], before)


async def test_kill_9_costs_at_most_half_a_second_of_sound(tmp_path: Path) -> None:
    chance = random.Random(5)
    at_ms = 0
    for _ in range(4):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("taping_child.py")),
            str(tmp_path),
            str(at_ms),
            stdout=asyncio.subprocess.PIPE,
        )
        assert child.stdout is not None
        told = [await child.stdout.readline() for _ in range(chance.randint(1, 400))]
        child.send_signal(signal.SIGKILL)
        told += (await child.stdout.read()).splitlines()
        await child.wait()
        at_ms = max(int(line.split()[1]) for line in told if line.startswith(b"taped "))

        found = Tape(tmp_path, keep_audio=True)
        assert at_ms - found.end_ms <= FLUSH_MS <= 500
        at_ms += 1000

    tape = Tape(tmp_path, keep_audio=True)
    tape.write_recording()
    caller, receptionist = recorded(tmp_path)
    assert np.array_equal(caller[:160], CHUNK)
    assert set(np.unique(caller)) == set(range(161))
    assert len(receptionist) == len(caller)


def test_a_refusal_deletes_the_audio_everywhere_and_for_good(tmp_path: Path) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    tape.caller(sound_of([(0, 1000)], 1000), 0)
    tape.receptionist(sound_of([(0, 1000)], 1000), 1000)
    assert tape.write_recording()

    tape.stop_and_delete()
    tape.caller(sound_of([(0, 1000)], 1000), 2000)
    tape.close()
    another_process = Tape(tmp_path, keep_audio=True)
    another_process.caller(sound_of([(0, 1000)], 1000), 4000)
    another_process.close()

    assert not another_process.keeps_audio
    assert not another_process.write_recording()
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"caller.levels", "receptionist.levels", "audio-refused"}
    assert tape.levels()[0][200:300].min() > 100


def test_audio_gives_way_when_room_is_short_and_levels_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = Tape(tmp_path, keep_audio=True)
    tape.caller(sound_of([(0, 1000)], 1000), 0)
    monkeypatch.setattr(voicebot.call_file.lane, "ROOM_LEFT_BYTES", 1 << 62)
    tape.caller(sound_of([(0, 2000)], 2000), 1000)
    tape.write_recording()

    assert tape.audio_stopped_ms == 1000
    assert tape.measured_ms is None
    assert len(recorded(tmp_path)[0]) == 8000
    assert len(tape.levels()[0]) == 300


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_disk(tmp_path, "200k") as disk:
        yield disk


def test_a_full_disk_ends_the_audio_but_not_the_call(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voicebot.call_file.lane, "ROOM_LEFT_BYTES", 0)
    tape = Tape(small_disk, keep_audio=True)

    for at_ms in range(0, 60_000, 20):
        tape.caller(CHUNK, at_ms)
    tape.close()

    stopped_ms = tape.audio_stopped_ms
    assert stopped_ms is not None
    assert 5_000 < stopped_ms < 13_000
    assert (small_disk / "tape" / "caller.pcm").stat().st_size >= stopped_ms * 16


def test_a_folder_that_cannot_be_used_ends_the_audio_but_not_the_call(tmp_path: Path) -> None:
    (tmp_path / "call").write_text("a file in the folder's place")
    tape = Tape(tmp_path / "call", keep_audio=True)

    tape.caller(sound_of([(0, 1000)], 1000), 0)
    tape.cut_receptionist(10)
    tape.close()

    assert tape.audio_stopped_ms == 0
    assert tape.measured_ms == 0
