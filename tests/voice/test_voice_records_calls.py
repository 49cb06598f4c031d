"""What goes on a call's recording, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.call import RecordingState
from voicebot.speech.ports import Pcm

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
