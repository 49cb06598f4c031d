"""The telephone line: 8 kHz, band-pass, µ-law, and the noises of a caller's surroundings."""

import numpy as np
import numpy.typing as npt
import soxr
from scipy.signal import butter, sosfilt

from tools.practice_ears.espeak import RATE_HZ as ESPEAK_HZ

LINE_HZ = 8_000
TELEPHONE_BAND_HZ = (300.0, 3_400.0)  # ITU-T G.712
NOISE_KINDS = ("white", "pink", "brown", "hum", "clicks")
SOUND_KINDS = ("beeps", "gusts")  # where nobody speaks; not under speech
UNSEEN_NOISE_KINDS = ("tone", "breath")  # never in training
_MU = 255.0

Samples = npt.NDArray[np.float32]


def to_line_rate(pcm: npt.NDArray[np.int16]) -> Samples:
    """espeak's 22,050 Hz int16 as float -1..1 at 8 kHz."""
    return soxr.resample(pcm.astype(np.float32) / 32768, ESPEAK_HZ, LINE_HZ).astype(np.float32)


def band_pass(samples: Samples, low_hz: float, high_hz: float) -> Samples:
    """Fourth-order Butterworth band-pass at 8 kHz."""
    filter_ = butter(4, [low_hz, high_hz], btype="band", fs=LINE_HZ, output="sos")
    return np.asarray(sosfilt(filter_, samples), dtype=np.float32)


def encode_mu_law(samples: Samples) -> npt.NDArray[np.uint8]:
    """µ-law compression to 8 bits (the continuous curve of ITU-T G.711, without its segments)."""
    clipped = np.clip(samples, -1, 1)
    curve = np.sign(clipped) * np.log1p(_MU * np.abs(clipped)) / np.log1p(_MU)
    return np.round((curve + 1) / 2 * 255).astype(np.uint8)


MU_LAW_VALUES: Samples = np.array(
    [np.sign(y) * ((1 + _MU) ** abs(y) - 1) / _MU for y in np.arange(256) / 255 * 2 - 1], dtype=np.float32
)  # fmt: skip


def decode_mu_law(codes: npt.NDArray[np.uint8]) -> Samples:
    """The inverse of encode_mu_law."""
    return MU_LAW_VALUES[codes]


def make_noise(kind: str, count: int, rng: np.random.Generator) -> Samples:
    """`count` samples of a kind of noise at 8 kHz with a mean power of 1."""
    white = rng.standard_normal(count).astype(np.float32)
    if kind == "white":
        noise = white
    elif kind in ("pink", "brown"):
        spectrum = np.fft.rfft(white)
        frequency = np.maximum(np.fft.rfftfreq(count, 1 / LINE_HZ), 60.0)
        noise = np.fft.irfft(spectrum / frequency ** (0.5 if kind == "pink" else 1.0), count)
    elif kind == "hum":
        time_s = np.arange(count) / LINE_HZ
        noise = sum(np.sin(2 * np.pi * 50 * n * time_s + rng.uniform(0, 6)) / n for n in (1, 2, 3, 5, 7)) + 0.1 * white
    elif kind == "clicks":
        noise = 0.05 * white
        for start in rng.integers(0, max(1, count - 80), max(1, count // 4000)):
            noise[start : start + 80] += rng.uniform(1, 4) * white[start : start + 80][:80]
    elif kind == "beeps":  # signals of networks and machines: two frequencies, on and off
        time_s = np.arange(count) / LINE_HZ
        sines = sum(np.sin(2 * np.pi * rng.uniform(250, 1_800) * time_s) for _ in range(rng.integers(1, 3)))
        on = (time_s % (period_s := rng.uniform(0.2, 4))) < period_s * rng.uniform(0.2, 1.5)
        noise = sines * on + 0.02 * white
    elif kind == "gusts":  # wind, breath and rustling: a band of noise that comes and goes
        low_hz = rng.uniform(100, 1_500)
        period_s = rng.uniform(0.3, 3)
        swell = np.maximum(0, np.sin(2 * np.pi * np.arange(count) / LINE_HZ / period_s)) ** rng.uniform(0.5, 3)
        noise = band_pass(white, low_hz, min(3_800, low_hz * rng.uniform(1.5, 8))) * swell.astype(np.float32)
    elif kind == "tone":  # the French dial tone is 440 Hz
        noise = np.sin(2 * np.pi * 440 * np.arange(count) / LINE_HZ) + 0.02 * white
    elif kind == "breath":  # band-passed noise that swells and fades every 1.5 s
        swell = np.maximum(0, np.sin(2 * np.pi * np.arange(count) / LINE_HZ / 1.5)) ** 2
        noise = band_pass(white, 400, 2_500) * swell.astype(np.float32)
    else:
        raise ValueError(f"no noise of kind {kind!r}; kinds: {NOISE_KINDS}")
    noise = np.asarray(noise, dtype=np.float32)
    return noise / np.sqrt(np.mean(noise**2) + 1e-12)


def babble(voices: list[Samples], count: int, rng: np.random.Generator) -> Samples:
    """People talking behind the caller: all `voices` at random places of a loop, mean power 1."""
    mixed = np.zeros(count, dtype=np.float32)
    for voice in voices:
        voice = voice[:count] / np.sqrt(np.mean(voice**2) + 1e-9)
        indices = (np.arange(len(voice)) + rng.integers(0, count)) % count
        mixed[indices] += voice
    return mixed / np.sqrt(np.mean(mixed**2) + 1e-12)


def add_noise(samples: Samples, noise: Samples, snr_db: float) -> Samples:
    """Noise under speech at a signal-to-noise ratio over the whole clip; noise has mean power 1."""
    power = float(np.mean(samples**2))
    return np.clip(samples + noise[: len(samples)] * np.sqrt(power * 10 ** (-snr_db / 10)), -1, 1).astype(np.float32)
