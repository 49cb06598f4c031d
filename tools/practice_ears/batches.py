"""Training batches: clips of like length, with the silence, loudness and noise of a call put on each time anew."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from tools.practice_ears.clips import Clips
from tools.practice_ears.features import FRAMES_PER_S, LogMel
from tools.practice_ears.telephone import (
    LINE_HZ,
    NOISE_KINDS,
    SOUND_KINDS,
    Samples,
    add_noise,
    babble,
    decode_mu_law,
    make_noise,
)
from tools.practice_ears.tokens import CHARACTERS, Tokens

IGNORED = -100
# Few distinct shapes: the CPU kernels are compiled and kept for each one, which costs time and gigabytes.
FRAME_STEP_SAMPLES = 64 * LINE_HZ // FRAMES_PER_S
TOKEN_STEP = 8
SOUND_SHARE = 0.6  # of the clips where nobody speaks
WHOLE_WINDOW_FRAMES = (1024, 1280, 1536)
_CHARACTER_IDS = {character: number for number, character in enumerate(CHARACTERS)}


@dataclass(frozen=True, slots=True)
class Batch:
    """mel: (batch, 80, frames). inputs, labels: decoder tokens, (batch, length). seconds: real length of each clip."""

    mel: torch.Tensor
    inputs: torch.Tensor
    labels: torch.Tensor
    texts: list[str]
    seconds: list[float]


@dataclass(frozen=True, slots=True)
class Manner:
    """How hard a batch is made. snr_db: range of noise ratios. full_window: pad features as transcribe() does."""

    snr_db: tuple[float, float] = (4.0, 40.0)
    mask_spectrum: bool = False
    full_window: bool = False


EASY = Manner(snr_db=(25.0, 45.0))


class Batches:
    """Endless batches of a set of clips, the same for the same seed; processes of a run share the order, not the noise."""

    def __init__(self, clips: Clips, tokens: Tokens, seed: int, rank: int = 0, timestamp_share: float = 0.08) -> None:
        self._clips = clips
        self._tokens = tokens
        self._order_rng = np.random.default_rng(seed)
        self._rng = np.random.default_rng([seed, rank])
        self._timestamp_share = timestamp_share
        self._log_mel = LogMel()
        self._noises = [make_noise(kind, 60 * LINE_HZ, self._rng) for kind in NOISE_KINDS]
        for _ in range(4):
            voices = [self._samples(int(index)) for index in self._rng.integers(0, len(clips), 40)]
            self._noises.append(babble(voices, 20 * LINE_HZ, self._rng))

    def _samples(self, index: int) -> Samples:
        return decode_mu_law(self._clips.codes(index))

    def order(self, size: int) -> Iterator[list[int]]:
        """Batches of `size` indices, sorted by length within windows of 40 batches so that little is padding."""
        while True:
            shuffled = self._order_rng.permutation(len(self._clips))
            for start in range(0, len(shuffled), size * 40):
                window = sorted(shuffled[start : start + size * 40], key=lambda index: self._clips.clip(index).length)
                batches = [window[at : at + size] for at in range(0, len(window) - size + 1, size)]
                for number in self._order_rng.permutation(len(batches)):
                    yield [int(index) for index in batches[number]]

    def make(self, indices: list[int], manner: Manner) -> Batch:
        """One batch of those clips."""
        waves, ends = zip(*(self._on_a_call(index, manner) for index in indices), strict=True)
        longest = max(LINE_HZ, *(len(wave) for wave in waves))
        longest += -longest % FRAME_STEP_SAMPLES
        samples = np.zeros((len(waves), longest), dtype=np.float32)
        for row, wave in zip(samples, waves, strict=True):
            row[: len(wave)] = wave
        mel = self._log_mel(samples)
        if manner.mask_spectrum:
            self._mask(mel)
        seconds = [len(wave) / LINE_HZ for wave in waves]
        if manner.full_window:
            mel = self._pad_like_transcribe(mel, seconds)
        texts = [self._clips.clip(index).text for index in indices]
        inputs, labels = self._targets(texts, [end / LINE_HZ for end in ends])
        return Batch(mel, inputs, labels, texts, seconds)

    def _on_a_call(self, index: int, manner: Manner) -> tuple[Samples, int]:
        """The clip between silences, at some loudness, under some noise; and the sample where its speech ends."""
        rng = self._rng
        speech = self._samples(index)
        if not self._clips.clip(index).text and rng.random() < SOUND_SHARE:
            kind = SOUND_KINDS[rng.integers(len(SOUND_KINDS))]
            speech = make_noise(kind, len(speech), rng) * np.float32(10 ** rng.uniform(-3.0, -0.8))
        if rng.random() < 0.1:
            speech = speech[rng.integers(0, 240) :]  # a voice detector that opens up to 30 ms late
        lead = int(rng.integers(0, 4000))
        wave = np.pad(speech, (lead, int(rng.integers(0, 8000 if rng.random() < 0.3 else 3200))))
        wave = wave * np.float32(10 ** rng.uniform(-0.8, 0.2))
        snr_db = float(rng.uniform(*manner.snr_db))
        if snr_db < 38 and self._clips.clip(index).text:
            noise = self._noises[rng.integers(len(self._noises))]
            start = rng.integers(0, len(noise) - len(wave)) if len(noise) > len(wave) else 0
            wave = add_noise(wave, np.resize(noise[start : start + len(wave)], len(wave)), snr_db)
        return np.clip(wave, -1, 1), lead + len(speech)

    def _mask(self, mel: torch.Tensor) -> None:
        """SpecAugment: two bands and one stretch of time of each clip are set to the mean."""
        bands, frames = mel.shape[1:]
        for clip in mel:
            for _ in range(2):
                height = int(self._rng.integers(0, 11))
                first = int(self._rng.integers(0, bands - height + 1))
                clip[first : first + height] = clip.mean()
            width = int(self._rng.integers(0, 16))
            first = int(self._rng.integers(0, max(1, frames - width)))
            clip[:, first : first + width] = clip.mean()

    def _pad_like_transcribe(self, mel: torch.Tensor, seconds: list[float]) -> torch.Tensor:
        """Zeros after each clip's own frames, up to 10-15 s: faster-whisper pads features, not sound."""
        for clip, length_s in zip(mel, seconds, strict=True):
            clip[:, int(length_s * FRAMES_PER_S) + 1 :] = 0
        wanted = int(self._rng.choice(WHOLE_WINDOW_FRAMES))
        return torch.nn.functional.pad(mel, (0, max(0, wanted - mel.shape[-1])))

    def _targets(self, texts: list[str], ends_s: list[float]) -> tuple[torch.Tensor, torch.Tensor]:
        """Decoder inputs and labels; the label after the start token says <|nospeech|> where nobody speaks."""
        tokens = self._tokens
        rows: list[tuple[list[int], list[int]]] = []
        for text, end_s in zip(texts, ends_s, strict=True):
            pieces = tokens.pieces(text)
            end = tokens.time(end_s)
            if text and end is not None and self._rng.random() < self._timestamp_share:
                said = [tokens.time_zero, *pieces, end]
                rows.append(([tokens.start, *said], [*said, tokens.end]))
            else:
                first = tokens.no_timestamps if text else tokens.no_speech
                rows.append(([tokens.start, tokens.no_timestamps, *pieces], [first, *pieces, tokens.end]))
        length = max(len(inputs) for inputs, _ in rows)
        length += -length % TOKEN_STEP
        inputs = torch.full((len(rows), length), tokens.end)
        labels = torch.full((len(rows), length), IGNORED)
        for number, (row_inputs, row_labels) in enumerate(rows):
            inputs[number, : len(row_inputs)] = torch.tensor(row_inputs)
            labels[number, : len(row_labels)] = torch.tensor(row_labels)
        return inputs, labels


def character_targets(texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """CTC targets of a batch in one row, and the number of characters of each text."""
    rows = [[_CHARACTER_IDS[character] for character in text] for text in texts]
    return torch.tensor([number for row in rows for number in row], dtype=torch.long), torch.tensor(
        [len(row) for row in rows]
    )


__all__ = ["EASY", "IGNORED", "Batch", "Batches", "Manner", "character_targets"]
