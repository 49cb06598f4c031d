"""The µ-law tables against an independent implementation and against their own definition."""

from __future__ import annotations

import warnings

import numpy as np

from voicebot.speech.ulaw import SILENCE, decode_ulaw, encode_ulaw

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_CODE = bytes(range(256))


def test_ulaw_agrees_with_an_independent_codec_on_every_sample_and_code():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop

        assert encode_ulaw(EVERY_SAMPLE) == audioop.lin2ulaw(EVERY_SAMPLE.tobytes(), 2)
        assert decode_ulaw(EVERY_CODE).tobytes() == audioop.ulaw2lin(EVERY_CODE, 2)


def test_ulaw_silence_is_silence():
    assert encode_ulaw(np.zeros(3, np.int16)) == bytes([SILENCE] * 3)
    assert not decode_ulaw(bytes([SILENCE])).any()


def test_ulaw_keeps_a_sample_within_a_sixteenth_of_its_size():
    heard = decode_ulaw(encode_ulaw(EVERY_SAMPLE)).astype(float)
    error = np.abs(heard - EVERY_SAMPLE)
    assert (error <= np.maximum(np.abs(EVERY_SAMPLE.astype(float)) / 16, 12)).all()
