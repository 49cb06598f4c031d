"""The 20 ms beat, on a clock of the test's own."""

from __future__ import annotations

import pytest

from voicebot.quality.frame_clock import FrameClock


class Time:
    def __init__(self) -> None:
        self.now_s = 1000.0

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds


async def test_beats_are_20_ms_apart():
    time = Time()
    clock = FrameClock(lambda: time.now_s, time.sleep)
    beats = []
    for _ in range(5):
        await clock.beat()
        beats.append(time.now_s - 1000)
    assert beats == pytest.approx([0, 0.02, 0.04, 0.06, 0.08])
    assert clock.late_ms == pytest.approx([0] * 5, abs=1e-6)


async def test_a_stall_is_caught_up_at_once_and_lateness_does_not_add_up():
    time = Time()
    clock = FrameClock(lambda: time.now_s, time.sleep)
    for n in range(101):
        await clock.beat()
        # Work takes 1 ms, and a tenth of a second now and then.
        time.now_s += 0.1 if n in (10, 50) else 0.001
    assert time.now_s - 1000 == pytest.approx(100 * 0.02 + 0.001)
    assert max(clock.late_ms) == pytest.approx(80, abs=1)
    assert sum(late > 0.5 for late in clock.late_ms) < 15
