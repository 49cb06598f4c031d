"""A Piper voice: neural speech from one ONNX file, through piper-tts's own loading and phonemisation."""

from __future__ import annotations

import importlib.metadata
import threading
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoModel,
    RuntimeException,
)
from onnxruntime.capi.onnxruntime_pybind11_state import (
    NotImplemented as NotImplementedByOnnx,
)
from piper import PiperVoice

from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech.engine_queue import Withdrawn
from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.speech.sound import as_pcm, at_peak, resample, trimmed
from voicebot.speech.speakable import speakable

PEAK_DBFS = -4.0

# onnxruntime's errors have no common parent below Exception.
_BAD_MODEL = (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoModel,
    NotImplementedByOnnx,
    RuntimeException,
    KeyError,
    OSError,
    ValueError,
)


class PiperSpeech:
    """Synthesiser over <folder>/<name>.onnx and <name>.onnx.json. The model is loaded by the first sentence.

    Args:
        threads: cores of one synthesis; ONNX would take all of them, from the calls.

    Raises: ModelMissing when a file is not there.
    """

    engine = "piper"

    def __init__(self, folder: Path, name: str, *, threads: int = 1) -> None:
        self._model_file = folder / f"{name}.onnx"
        config_file = folder / f"{name}.onnx.json"
        missing = [file.name for file in (self._model_file, config_file) if not file.is_file()]
        if missing:
            raise ModelMissing(
                f'Piper voice "{name}": {folder} has no {" and no ".join(missing)}.', f"Run: voicebot models pull {name}"
            )
        self._voice_name = name
        self._threads = threads
        self._loading = threading.Lock()
        self._loaded: PiperVoice | None = None

    @property
    def name(self) -> str:
        return f"piper {self._voice_name}"

    @property
    def version(self) -> str:
        """What cached audio depends on besides the text."""
        model = self._model_file.stat()
        return f"piper-tts {importlib.metadata.version('piper-tts')}; {model.st_size} {model.st_mtime_ns}; {PEAK_DBFS} dBFS"

    def synthesise(self, text: str, withdrawn: Withdrawn = lambda: False) -> Pcm:
        """Audio of text: int16 mono 8 kHz, peak -4 dBFS; empty for no words, and when withdrawn between sentences.

        Raises: SpeechError when the model fails.
        """
        line = speakable(text)
        if not any(c.isalnum() for c in line):
            return np.zeros(0, np.int16)
        voice = self._voice()
        chunks: list[NDArray[np.float32]] = []
        try:
            for chunk in voice.synthesize(line):
                if withdrawn():
                    return np.zeros(0, np.int16)
                chunks.append(chunk.audio_float_array)
        except _BAD_MODEL as failed:
            raise SpeechError(f"Piper voice {self._voice_name} failed: {type(failed).__name__}.") from failed
        if not chunks:
            return np.zeros(0, np.int16)
        sound = resample(np.concatenate(chunks), voice.config.sample_rate, RATE_HZ)
        return trimmed(as_pcm(at_peak(sound, PEAK_DBFS)))

    def _voice(self) -> PiperVoice:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> PiperVoice:
        try:
            voice = PiperVoice.load(self._model_file)
            # piper-tts cannot be told how many threads its session may take; its own is let go.
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads
            options.inter_op_num_threads = 1
            voice.session = onnxruntime.InferenceSession(
                str(self._model_file), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except _BAD_MODEL as failed:
            raise SpeechError(
                f"Piper voice {self._voice_name} cannot be loaded from {self._model_file.parent}: {type(failed).__name__}.",
                f"Delete the folder and run: voicebot models pull {self._voice_name}",
            ) from failed
        return voice
