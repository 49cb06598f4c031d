"""Whisper's log-mel features for a batch, computed as faster-whisper's own extractor does."""

import numpy as np
import numpy.typing as npt
import soxr
import torch
from faster_whisper.feature_extractor import FeatureExtractor
from torch.nn import functional

from tools.practice_ears.telephone import LINE_HZ

EARS_HZ = 16_000
HOP = 160
WINDOW = 400
FRAMES_PER_S = EARS_HZ // HOP


class LogMel:
    """Mel filters of faster-whisper on torch."""

    def __init__(self) -> None:
        self._filters = torch.tensor(FeatureExtractor().mel_filters, dtype=torch.float32)
        self._window = torch.hann_window(WINDOW)

    def __call__(self, samples: npt.NDArray[np.float32]) -> torch.Tensor:
        """Features of shape (batch, 80, frames), frames even. samples: (batch, n_samples) at 8 kHz."""
        wide = torch.from_numpy(np.ascontiguousarray(soxr.resample(samples.T, LINE_HZ, EARS_HZ).T))
        padded = functional.pad(wide, (0, HOP))
        spectrum = torch.stft(padded, WINDOW, HOP, window=self._window, center=True, pad_mode="reflect", return_complex=True)
        power = torch.view_as_real(spectrum[..., :-1]).square().sum(-1)
        mel = (self._filters @ power).clamp(min=1e-10).log10()
        loudest = mel.amax((1, 2), keepdim=True)
        mel = (torch.maximum(mel, loudest - 8) + 4) / 4
        return mel[..., : mel.shape[-1] // 2 * 2]
