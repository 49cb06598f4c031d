"""Noises of the places that people call from, and how loud they are beside a voice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicebot.quality.listening.conditions import NoiseKind
from voicebot.quality.loudness import AUDIBLE_RMS, rms
from voicebot.speech.ports import RATE_HZ, Pcm

LOOP_S = 20
LOWEST_STREET_HZ = 100.0
TALKERS_AT_ONCE = 4
_FRAME = RATE_HZ // 100

Sound = NDArray[np.float64]
"""Samples on the scale of int16, not rounded, mono 8 kHz."""

BABBLE_LINES = (
    "on se retrouve à la gare à dix-huit heures comme la dernière fois",
    "il faut encore passer prendre le pain avant que ça ferme",
    "elle m'a dit que le train avait du retard ce matin",
    "tu as vu le match hier soir c'était vraiment long",
)
BABBLE_VOICES = ("fr+m1", "fr+f2", "fr-be+m3", "fr-ch+f1")


def speech_rms(spoken: Pcm) -> float:
    """Loudness of speech while it lasts: frames of 10 ms that are heard, silences between them left out. 0.0 for silence."""
    frames = spoken[: len(spoken) // _FRAME * _FRAME].astype(np.float64).reshape(-1, _FRAME)
    power = np.mean(frames**2, axis=1)
    loud = power[power >= AUDIBLE_RMS**2]
    return float(np.sqrt(loud.mean())) if len(loud) else 0.0


def noise_loop(kind: NoiseKind, level_rms: float, seed: int, talkers: Sequence[Pcm] = ()) -> Sound:
    """LOOP_S seconds of noise of this loudness, which may follow itself. talkers: voices of a babble."""
    chance = np.random.default_rng(seed)
    white = chance.standard_normal(LOOP_S * RATE_HZ)
    if kind is NoiseKind.STREET:
        noise = _street(white, chance)
    elif kind is NoiseKind.BABBLE:
        noise = _babble(talkers, len(white), chance)
    else:
        noise = white
    return noise * (level_rms / np.sqrt(np.mean(noise**2)))


def _street(white: Sound, chance: np.random.Generator) -> Sound:
    """Low rumble (power falls with the square of frequency) that swells and ebbs as cars pass."""
    spectrum = np.fft.rfft(white)
    at_hz = np.fft.rfftfreq(len(white), 1 / RATE_HZ)
    spectrum[at_hz < LOWEST_STREET_HZ] = 0
    spectrum[1:] /= at_hz[1:]
    time_s = np.arange(len(white)) / RATE_HZ
    passing = sum(np.cos(2 * np.pi * turns * time_s / LOOP_S + chance.uniform(0, 2 * np.pi)) for turns in (2, 3, 5))
    return np.fft.irfft(spectrum, len(white)) * 10 ** (passing / 20)


def _babble(talkers: Sequence[Pcm], length: int, chance: np.random.Generator) -> Sound:
    """Each voice says its piece over and over, from a place of its own; all equally loud."""
    if not talkers:
        raise ValueError("A babble needs voices.")
    mixed = np.zeros(length)
    for talker in talkers:
        piece = np.resize(talker.astype(np.float64) / (rms(talker) or 1.0), length)
        mixed += np.roll(piece, int(chance.integers(length)))
    return mixed
