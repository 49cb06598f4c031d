"""How long callers waited and how fast the voice gave way, from who was audible when."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.call_file.speech_spans import Span

SAME_TALK_MS = 400
"""While the caller still speaks, a voice that stops for less than this has not stopped: it is between two sentences."""


@dataclass(frozen=True, slots=True)
class Wait:
    """One answered caller turn: end of the caller's speech to the first audible sound of the receptionist.

    wait_ms: answered_ms - spoke_until_ms, 10 ms fine.
    """

    spoke_until_ms: int
    answered_ms: int

    @property
    def wait_ms(self) -> int:
        return self.answered_ms - self.spoke_until_ms


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller spoke while the receptionist was speaking.

    voice_until_ms: when the voice became silent; it went on for voice_went_on_ms.
    gave_way: the voice was silent before the caller was. False for « hmm », or for a voice that did not stop.
    """

    started_ms: int
    caller_until_ms: int
    voice_until_ms: int

    @property
    def voice_went_on_ms(self) -> int:
        return self.voice_until_ms - self.started_ms

    @property
    def gave_way(self) -> bool:
        return self.voice_until_ms < self.caller_until_ms


@dataclass(frozen=True, slots=True)
class CutOff:
    """The receptionist began to speak at started_ms, while the caller was speaking until caller_until_ms."""

    started_ms: int
    caller_until_ms: int


@dataclass(frozen=True, slots=True)
class TurnTaking:
    """first_sound_ms: pick-up to the receptionist's first sound, None when it never spoke. The rest in order."""

    first_sound_ms: int | None
    waits: tuple[Wait, ...]
    barge_ins: tuple[BargeIn, ...]
    cut_offs: tuple[CutOff, ...]


def turn_taking(caller: Sequence[Span], receptionist: Sequence[Span]) -> TurnTaking:
    """Who answered whom, from the speech of both channels (see speech_spans), each in order.

    A wait is counted where the receptionist begins to speak and the last one heard before it was the caller. A caller's
    turn that ended under the receptionist's voice, or that nobody answered, has none.
    """
    waits: list[Wait] = []
    cut_offs: list[CutOff] = []
    for index, voice in enumerate(receptionist):
        before = _last_begun_before(caller, voice.started_ms)
        if before is None:
            continue
        if before.ended_ms > voice.started_ms:
            if not _goes_on(receptionist, index, before):
                cut_offs.append(CutOff(voice.started_ms, before.ended_ms))
        elif index == 0 or receptionist[index - 1].ended_ms <= before.ended_ms:
            waits.append(Wait(before.ended_ms, voice.started_ms))
    barge_ins = [found for span in caller if (found := _barge_in(span, receptionist))]
    first = receptionist[0].started_ms if receptionist else None
    return TurnTaking(first, tuple(waits), tuple(barge_ins), tuple(cut_offs))


def _last_begun_before(spans: Sequence[Span], ms: int) -> Span | None:
    index = bisect_left(spans, ms, key=lambda span: span.started_ms)
    return spans[index - 1] if index else None


def _goes_on(receptionist: Sequence[Span], index: int, caller: Span) -> bool:
    """The voice at index follows itself: the caller came in before it and it had not stopped for it."""
    before = receptionist[index - 1] if index else None
    return (
        before is not None
        and before.ended_ms > caller.started_ms
        and receptionist[index].started_ms - before.ended_ms <= SAME_TALK_MS
    )


def _barge_in(caller: Span, receptionist: Sequence[Span]) -> BargeIn | None:
    under = _last_begun_before(receptionist, caller.started_ms)
    if under is None or under.ended_ms <= caller.started_ms:
        return None
    until = under.ended_ms
    for later in receptionist:
        if until < later.started_ms < caller.ended_ms and later.started_ms - until <= SAME_TALK_MS:
            until = later.ended_ms
    return BargeIn(caller.started_ms, caller.ended_ms, until)
