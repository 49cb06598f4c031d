"""µ-law, the telephone's code of sound: int16 samples to bytes and back by table, the same on every Python."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from voicebot.speech.ports import Pcm

SILENCE = 0xFF
"""The byte of a zero sample."""

_BIAS = 132
"""ITU-T G.711's bias of 33 on 14 bits, written for 16 bits."""
_CLIP = 32635


def encode_ulaw(pcm: Pcm) -> bytes:
    """One byte per sample of pcm (int16, any length), as ITU-T G.711 µ-law."""
    return _encoding_table()[pcm.astype(np.int16, copy=False).view(np.uint16)].tobytes()


def decode_ulaw(ulaw: bytes) -> Pcm:
    """int16 samples, shape (len(ulaw),)."""
    return _decoding_table()[np.frombuffer(ulaw, dtype=np.uint8)]


@cache
def _decoding_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    exponent = (code >> 4) & 7
    magnitude = (((code & 15).astype(np.int32) << 3) + _BIAS << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


@cache
def _encoding_table() -> NDArray[np.uint8]:
    """Indexed by the sample's two's complement bits, 0-65535."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(sample < 0, 0x80, 0)
    # Negative samples lose their last bit the way Sun's g711.c and CPython's audioop did: by arithmetic shift of 14 bits.
    magnitude = np.where(sample < 0, -(sample >> 2), sample >> 2) << 2
    magnitude = np.minimum(magnitude, _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 15
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
