"""The timeline of a call: spans and waits from its sound, else from what the line told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median_low

from voicebot.call_file.call_record import (
    Audible,
    Exchange,
    Interruption,
    MeasuredWait,
    SpokenOver,
    Timeline,
)
from voicebot.call_file.lane import LEVEL_MS
from voicebot.call_file.speech_spans import Span, audible_spans, speech_spans
from voicebot.call_file.tape import Tape
from voicebot.call_file.waits import Wait, turn_taking

SAME_TURN_MS = 1500
"""The ears' own times of a turn may be this far from where its sound ends."""
_UNMEASURED_MS = 2000
"""The line may tell of sound this much after the end of the tape; more, and the tape was stopped."""


def timeline_of(exchanges: Sequence[Exchange], tape: Tape) -> Timeline | None:
    """The timeline, or None when nothing tells who spoke when (a call by keyboard). tape: closed."""
    caller_levels, receptionist_levels = tape.levels()
    length_ms = max(len(caller_levels), len(receptionist_levels)) * LEVEL_MS
    caller = tuple(_heard_spans(exchanges))
    receptionist = tuple(_played_spans(exchanges))
    told_ms = max((span.ended_ms for span in (*caller, *receptionist)), default=0)
    if length_ms:
        spans = speech_spans(caller_levels), audible_spans(receptionist_levels)
        until_ms = length_ms if told_ms > length_ms + _UNMEASURED_MS else tape.measured_ms
        return _timeline("audio", length_ms, *spans, exchanges, until_ms)
    return _timeline("line", told_ms, caller, receptionist, exchanges, None) if told_ms else None


def _timeline(
    source: str,
    length_ms: int,
    caller: tuple[Span, ...],
    receptionist: tuple[Span, ...],
    exchanges: Sequence[Exchange],
    measured_until_ms: int | None,
) -> Timeline:
    taking = turn_taking(caller, receptionist)
    waits = [wait.wait_ms for wait in taking.waits]
    return Timeline(
        source="audio" if source == "audio" else "line",
        length_ms=length_ms,
        caller=tuple(Audible(started_ms=s.started_ms, ended_ms=s.ended_ms) for s in caller),
        receptionist=tuple(Audible(started_ms=s.started_ms, ended_ms=s.ended_ms) for s in receptionist),
        first_sound_ms=taking.first_sound_ms,
        waits=tuple(
            MeasuredWait(
                spoke_until_ms=wait.spoke_until_ms,
                answered_ms=wait.answered_ms,
                wait_ms=wait.wait_ms,
                exchange=_exchange_of(wait, exchanges),
            )
            for wait in taking.waits
        ),
        median_wait_ms=median_low(waits) if waits else None,
        longest_wait_ms=max(waits, default=None),
        barge_ins=tuple(
            Interruption(
                started_ms=b.started_ms,
                caller_until_ms=b.caller_until_ms,
                voice_until_ms=b.voice_until_ms,
                voice_went_on_ms=b.voice_went_on_ms,
                gave_way=b.gave_way,
            )
            for b in taking.barge_ins
        ),
        spoken_over=tuple(SpokenOver(started_ms=c.started_ms, caller_until_ms=c.caller_until_ms) for c in taking.cut_offs),
        measured_until_ms=measured_until_ms,
    )


def _exchange_of(wait: Wait, exchanges: Sequence[Exchange]) -> int | None:
    ends = {e.number: abs(e.heard.ended_ms - wait.spoke_until_ms) for e in exchanges if e.heard and e.heard.ended_ms}
    nearest = min(ends, key=lambda number: ends[number], default=None)
    return nearest if nearest is not None and ends[nearest] <= SAME_TURN_MS else None


def _heard_spans(exchanges: Sequence[Exchange]) -> Iterable[Span]:
    for exchange in exchanges:
        if exchange.heard and exchange.heard.ended_ms > exchange.heard.started_ms:
            yield Span(exchange.heard.started_ms, exchange.heard.ended_ms)


def _played_spans(exchanges: Sequence[Exchange]) -> Iterable[Span]:
    for exchange in exchanges:
        for sentence in exchange.sentences:
            if sentence.started_ms is not None and sentence.played_ms:
                yield Span(sentence.started_ms, sentence.started_ms + sentence.played_ms)
