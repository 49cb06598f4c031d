"""Recordings heard by our ears: the caller on the left channel, the receptionist on the right one."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voicebot.domain.language import Language
from voicebot.errors import EvalFileError, SpeechError
from voicebot.quality.loudness import Span, audible_spans
from voicebot.quality.records.found import Found, Remark, lost
from voicebot.quality.records.transcript import Speaker, Transcript, Turn
from voicebot.speech.ports import RATE_HZ, Pcm, Priority, Transcriber
from voicebot.speech.sound import as_pcm, resample

JOIN_MS = 700.0
"""Silence within one turn."""
LEAST_MS = 120.0
"""Shorter sounds are clicks."""
MARGIN_MS = 120.0
MOST_SPAN_S = 25.0
"""Longer sounds are cut: ears hear half a minute at once."""
MOST_S = 3600.0


def read_wav(path: Path) -> list[Pcm]:
    """One or two channels at 8 kHz. Raises: EvalFileError for what is no 16-bit WAV of at most an hour."""
    remedy = "Write 16-bit WAV, one channel or two."
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate_hz = file.getnchannels(), file.getsampwidth(), file.getframerate()
            if width != 2 or channels not in (1, 2) or not rate_hz:
                raise EvalFileError(str(path), [f"{channels} channels of {8 * width} bits are not read"], remedy)
            if file.getnframes() > MOST_S * rate_hz:
                raise EvalFileError(str(path), ["the recording is longer than an hour"], "Cut it into calls.")
            frames: NDArray[np.int16] = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    except (OSError, wave.Error, EOFError) as broken:
        raise EvalFileError(str(path), ["it is no WAV file that can be read"], remedy) from broken
    whole = frames[: len(frames) // channels * channels].reshape(-1, channels)
    return [as_pcm(resample((whole[:, c] / 32768.0).astype(np.float32), rate_hz, RATE_HZ)) for c in range(channels)]


async def hear_call(
    path: Path, ears: Transcriber, *, language: Language = Language.FRENCH, client: str = ""
) -> AsyncIterator[Found]:
    """The call of a recording, with times. Sound that the ears could not take is told; the rest is read."""
    try:
        channels = read_wav(path)
    except EvalFileError as unusable:
        yield lost(path.name, 0, unusable.problems[0], unusable.remedy)
        return
    if len(channels) == 1:
        yield Remark(path.name, 0, "there is one channel only: everything was taken for the caller's words")
    turns: list[Turn] = []
    for pcm, speaker in zip(channels, (Speaker.CALLER, Speaker.RECEPTIONIST), strict=False):
        for span in _pieces(pcm):
            try:
                heard = await ears.transcribe(_cut(pcm, span), language, priority=Priority.BACKGROUND)
            except SpeechError as failed:
                what = f"sound at {span.started_ms / 1000:.1f} s was not heard ({failed.code})"
                yield lost(path.name, 0, what, "Import the file again when the ears are free.")
                continue
            if heard.text:
                turns.append(_turn(speaker, span, heard.text, heard.confidence))
    if not turns:
        yield lost(path.name, 0, "the ears heard no words in it", "Check that the recording holds speech.")
        return
    turns.sort(key=lambda turn: (turn.started_s or 0.0, turn.speaker))
    numbered = tuple(_numbered(n, turn) for n, turn in enumerate(turns, 1))
    tags = {"ears": ears.name}
    yield Transcript(path.stem, client, numbered, path.stem, path.name, language, audio=str(path), tags=tags)


def _turn(speaker: Speaker, span: Span, text: str, confidence: float) -> Turn:
    return Turn(0, speaker, text, span.started_ms / 1000, span.ended_ms / 1000, confidence=round(confidence, 3))


def _numbered(number: int, turn: Turn) -> Turn:
    return Turn(number, turn.speaker, turn.text, turn.started_s, turn.ended_s, confidence=turn.confidence)


def _pieces(pcm: Pcm) -> list[Span]:
    pieces: list[Span] = []
    for span in audible_spans(pcm, join_ms=JOIN_MS):
        at_ms = span.started_ms
        while span.ended_ms - at_ms > MOST_SPAN_S * 1000:
            pieces.append(Span(at_ms, at_ms + MOST_SPAN_S * 1000))
            at_ms += MOST_SPAN_S * 1000
        if span.ended_ms - at_ms >= LEAST_MS:
            pieces.append(Span(at_ms, span.ended_ms))
    return pieces


def _cut(pcm: Pcm, span: Span) -> Pcm:
    first = max(0, int((span.started_ms - MARGIN_MS) * RATE_HZ / 1000))
    return pcm[first : int((span.ended_ms + MARGIN_MS) * RATE_HZ / 1000)]
