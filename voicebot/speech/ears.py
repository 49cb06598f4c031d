"""Ears: one faster-whisper model per process, shared by all calls and languages."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens
from numpy.typing import NDArray

from voicebot.domain.language import Language
from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech.engine_queue import EngineQueue, Withdrawn
from voicebot.speech.phantoms import UNPITCHED_LOG_PROBABILITY, Evidence, PhantomFilter, Sifted
from voicebot.speech.ports import RATE_HZ, Pcm, Priority, Transcript
from voicebot.speech.sound import as_float, has_pitch, resample, voiced_ms

WHISPER_HZ = 16000
SILENCE_BEFORE_S = 0.1
SILENCE_AFTER_S = 1.0
"""Short context needs an end that looks like the end of a 30 s window; less makes the model cut or loop."""
SHORT_CONTEXT_S = 28.0
"""Longer speech goes the ordinary way, through windows of 30 s."""
LONGEST_S = 120.0
MODEL_FILES = ("model.bin", "config.json", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class _Decoded:
    """text as decoded; no_speech 0-1; log_probability: mean per token."""

    text: str
    no_speech: float
    log_probability: float


class WhisperEars:
    """A Transcriber over one CTranslate2 Whisper model folder.

    The model is loaded in a worker by the first job, or by warm().

    Args:
        folder: model.bin, config.json, tokenizer.json and a vocabulary, as faster-whisper reads them.
        name: as shown to people.
        short_context: encode only the audio that there is (plus 1.1 s of silence), not a window of 30 s: 3-13 times
            faster; exact for the practice ears, to be measured for others.
        beam_size: hypotheses kept while decoding; 1 is greedy.
        workers: decodings at the same time; threads: cores of each.

    Raises: ModelMissing when the folder is not a model.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        short_context: bool = False,
        device: str = "cpu",
        compute_type: str = "int8",
        threads: int = 1,
        workers: int = 1,
        beam_size: int = 1,
        room: int = 32,
        limit_s: float = 6.0,
    ) -> None:
        missing = [file for file in MODEL_FILES if not (folder / file).is_file()]
        if missing:
            raise ModelMissing(f'Ears model "{name}": {folder} has no {", ".join(missing)}.', "Run: voicebot models list")
        self._name = name
        self._folder = folder
        self._short_context = short_context
        self._beam_size = beam_size
        self._how = {"device": device, "compute_type": compute_type, "cpu_threads": threads, "num_workers": workers}
        self._loading = threading.Lock()
        self._loaded: WhisperModel | None = None
        self._phantoms = PhantomFilter()
        self._queue = EngineQueue("ears", workers=workers, room=room, limit_s=limit_s)

    @property
    def name(self) -> str:
        return self._name

    async def transcribe(self, pcm: Pcm, language: Language, *, priority: Priority = Priority.TURN) -> Transcript:
        """Words in pcm (see Transcriber). Silence, steady noise and tones are told without decoding."""
        if pcm.ndim != 1 or pcm.dtype != np.int16:
            raise SpeechError(f"Ears take int16 mono samples, not {pcm.dtype} of {pcm.ndim} dimensions.")
        if len(pcm) > LONGEST_S * RATE_HZ:
            raise SpeechError(f"Ears take at most {LONGEST_S:g} s at once, not {len(pcm) / RATE_HZ:.0f} s.")
        done = await self._queue.submit(lambda withdrawn: self._hear(pcm, language, withdrawn), priority=priority)
        sifted, confidence = done.value
        return Transcript(
            text=sifted.text,
            confidence=confidence,
            language=language,
            took_ms=done.took_ms,
            waited_ms=done.waited_ms,
            dropped=sifted.dropped,
        )

    async def warm(self, limit_s: float = 300.0) -> float:
        """Load the model and decode once, so that the first caller does not pay for it. Returns ms."""
        began_s = time.monotonic()
        hush = np.zeros(RATE_HZ, np.int16)
        await self._queue.submit(
            lambda _: self._decode(hush, Language.FRENCH), priority=Priority.BACKGROUND, limit_s=limit_s
        )
        return (time.monotonic() - began_s) * 1000

    async def close(self) -> None:
        await self._queue.close()

    def _hear(self, pcm: Pcm, language: Language, withdrawn: Withdrawn) -> tuple[Sifted, float]:
        voiced = voiced_ms(pcm)
        if not voiced or withdrawn():
            return Sifted("", "no_speech"), 0.0
        decoded = self._decode(pcm, language)
        pitched = decoded.log_probability >= UNPITCHED_LOG_PROBABILITY or has_pitch(pcm)
        evidence = Evidence(decoded.text, voiced, decoded.no_speech, decoded.log_probability, pitched)
        sifted = self._phantoms.sift(evidence)
        return sifted, math.exp(min(0.0, decoded.log_probability)) if sifted.text else 0.0

    def _decode(self, pcm: Pcm, language: Language) -> _Decoded:
        model = self._model()
        sound = resample(as_float(pcm), RATE_HZ, WHISPER_HZ)
        if self._short_context and len(sound) <= SHORT_CONTEXT_S * WHISPER_HZ:
            return self._decode_what_is_there(model, sound, language)
        return self._decode_windows(model, sound, language)

    def _model(self) -> WhisperModel:
        with self._loading:
            if self._loaded is None:
                try:
                    self._loaded = WhisperModel(str(self._folder), local_files_only=True, **self._how)
                except (RuntimeError, ValueError, OSError) as failed:
                    raise SpeechError(
                        f"Ears model {self._name} cannot be loaded: {failed}.",
                        "Fetch it again, or correct VOICEBOT_EARS_DEVICE and VOICEBOT_EARS_COMPUTE_TYPE.",
                    ) from failed
            return self._loaded

    def _decode_what_is_there(self, model: WhisperModel, sound: NDArray[np.float32], language: Language) -> _Decoded:
        before, after = int(SILENCE_BEFORE_S * WHISPER_HZ), int(SILENCE_AFTER_S * WHISPER_HZ)
        features = model.feature_extractor(np.pad(sound, (before, after)))
        # The encoder halves the frames with a stride of 2.
        features = features[:, : features.shape[1] // 2 * 2]
        multilingual = model.model.is_multilingual
        tokenizer = Tokenizer(model.hf_tokenizer, multilingual, task="transcribe", language=str(language))
        result = model.model.generate(
            model.encode(features),
            [model.get_prompt(tokenizer, [], without_timestamps=True)],
            beam_size=self._beam_size,
            max_length=224,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=multilingual,
            # A vocabulary of our own has no tokens of non-speech signs to be suppressed.
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]) if multilingual else [],  # pyright: ignore[reportArgumentType]
        )[0]
        tokens = result.sequences_ids[0]
        if not tokens:
            return _Decoded("", 1.0, 0.0)
        # As faster-whisper does: the score is a mean without the end token, the probability counts it.
        mean = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return _Decoded(tokenizer.decode(tokens).strip(), result.no_speech_prob, mean)

    def _decode_windows(self, model: WhisperModel, sound: NDArray[np.float32], language: Language) -> _Decoded:
        multilingual = model.model.is_multilingual
        segments, _ = model.transcribe(
            sound,
            language=str(language) if multilingual else "en",
            beam_size=self._beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            suppress_blank=multilingual,
            suppress_tokens=[-1] if multilingual else [],
            # The filter of this house judges, and says why.
            no_speech_threshold=None,
            log_prob_threshold=None,
            compression_ratio_threshold=None,
        )
        # A lazy generator: the decoding happens here, in the worker.
        pieces = [s for s in segments if s.text.strip()]
        if not pieces:
            return _Decoded("", 1.0, 0.0)
        weights = [max(1, len(s.tokens)) for s in pieces]
        return _Decoded(
            " ".join(s.text.strip() for s in pieces),
            min(s.no_speech_prob for s in pieces),
            sum(s.avg_logprob * w for s, w in zip(pieces, weights, strict=True)) / sum(weights),
        )
