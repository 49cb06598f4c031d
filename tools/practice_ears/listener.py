"""The converted model on one core: what it hears in samples of the line."""

from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
import soxr
from faster_whisper import WhisperModel

from tools.practice_ears.clips import Clip
from tools.practice_ears.telephone import LINE_HZ, Samples

EARS_HZ = 16_000
SILENCE_AFTER_S = 1.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model wrote for a clip; no_speech: Whisper's probability; log_probability: mean per token."""

    clip: Clip
    text: str
    no_speech: float
    log_probability: float


class Listener:
    """The model on one core, with features of just the audio that there is, or through transcribe()."""

    def __init__(self, folder: Path, beam_size: int, whole_window: bool) -> None:
        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        tokenizer = self._model.hf_tokenizer
        self._tokenizer = tokenizer
        self._prompt = [
            tokenizer.token_to_id("<|startoftranscript|>"),
            tokenizer.token_to_id("<|notimestamps|>"),
        ]
        self._beam_size = beam_size
        self._whole_window = whole_window

    def hear(self, samples: Samples) -> tuple[str, float, float]:
        """Text, no-speech probability, mean log probability. samples: 8 kHz."""
        wide = soxr.resample(samples, LINE_HZ, EARS_HZ).astype(np.float32)
        if self._whole_window:
            segments = list(
                self._model.transcribe(wide, beam_size=self._beam_size, without_timestamps=True, temperature=0.0)[0]
            )
            text = " ".join(segment.text.strip() for segment in segments)
            return (
                text,
                max((s.no_speech_prob for s in segments), default=1.0),
                min((s.avg_logprob for s in segments), default=0.0),
            )
        features = self._model.feature_extractor(np.pad(wide, (0, int(SILENCE_AFTER_S * EARS_HZ))))
        features = np.ascontiguousarray(features[None, :, : features.shape[1] // 2 * 2])
        encoded = self._model.model.encode(ctranslate2.StorageView.from_array(features))
        result = self._model.model.generate(
            encoded,
            [self._prompt],
            beam_size=self._beam_size,
            max_length=200,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences_ids[0]
        return (
            self._tokenizer.decode(tokens).strip(),
            result.no_speech_prob,
            result.scores[0] * len(tokens) / (len(tokens) + 1),
        )
