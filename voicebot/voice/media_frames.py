"""Frames of a carrier's media protocol that pipecat has no frame for: marks, their acknowledgements, the end of a line.

A carrier's serializer (voicebot.telephony) turns its messages into these and pipecat's own frames:

in   audio → InputAudioRawFrame (int16 mono, 8 kHz) · key → InputDTMFFrame · mark played → MarkPlayedFrame ·
     stop → LineStoppedFrame
out  OutputAudioRawFrame (int16 mono, 8 kHz) → audio · MarkFrame → mark · InterruptionFrame → clear
"""

from __future__ import annotations

from dataclasses import dataclass

from pipecat.frames.frames import DataFrame, SystemFrame


@dataclass
class MarkFrame(DataFrame):
    """Asks the carrier to say when everything sent before it has been played.

    mark: name of the mark, the id of the sentence that ends here (pipecat keeps `name` for itself).
    """

    mark: str = ""


@dataclass
class MarkPlayedFrame(SystemFrame):
    """The carrier played what was sent before this mark, or dropped it after a clear."""

    mark: str = ""


@dataclass
class LineStoppedFrame(SystemFrame):
    """The carrier ended the stream in order: the caller hung up, or the call was taken elsewhere."""

    reason: str = ""
