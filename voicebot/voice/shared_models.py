"""Silero VAD and the smart-turn model: one ONNX session each per process, shared by all calls."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
import onnxruntime
import soxr
import structlog

from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.voice.echo import Canceller, webrtc_canceller
from voicebot.voice.voice_activity import WINDOW, Detector

log = structlog.get_logger()

_CONTEXT = 32
"""Samples of the former window that Silero wants before each one at 8 kHz."""
_RESET_WINDOWS = 63
"""Two seconds: after that much audio, clear non-speech resets Silero's memory (pipecat/audio/vad/silero.py)."""
_TURN_RATE_HZ = 16_000
_TURN_SAMPLES = 8 * _TURN_RATE_HZ
_TURN_QUEUE = 16
"""Turns waiting for the turn model; one more is not asked: its turn ends by its words or by silence."""
_TURN_LIMIT_S = 1.0


@dataclass(frozen=True, slots=True)
class SharedModels:
    """new_detector, new_canceller: a voice detector, an echo canceller, for one call. finished: probability (0-1) that the
    speaker of pcm (int16 mono, 8 kHz, the last 8 s count) has finished, or None when the model is too busy to say."""

    new_detector: Callable[[], Detector]
    new_canceller: Callable[[], Canceller]
    finished: Callable[[Pcm], Awaitable[float | None]]


class SileroDetector:
    """One call's voice detector over the shared session: 70 µs of CPU per window, inline on the event loop."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._input = np.zeros((1, _CONTEXT + WINDOW), dtype=np.float32)
        self._rate = np.array(RATE_HZ, dtype=np.int64)
        self._since_reset = 0
        self._quiet = 0
        self._state = np.zeros((2, 1, 128), dtype=np.float32)

    def __call__(self, window: Pcm) -> float:
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        np.multiply(window, 1 / 32768, out=self._input[0, _CONTEXT:], casting="unsafe")
        outputs = self._session.run(None, {"input": self._input, "state": self._state, "sr": self._rate})
        self._state = np.asarray(outputs[1])
        confidence = float(np.asarray(outputs[0])[0, 0])
        self._reset_if_due(confidence)
        return confidence

    def _reset_if_due(self, confidence: float) -> None:
        """Long noise or silence leaves a state that under-reports the speech after it; only clear quiet resets it."""
        self._since_reset += 1
        self._quiet = self._quiet + 1 if confidence < 0.1 else 0
        if self._since_reset >= _RESET_WINDOWS and self._quiet >= 5:
            self._state = np.zeros((2, 1, 128), dtype=np.float32)
            self._input[:] = 0
            self._since_reset = 0


class TurnModel:
    """smart-turn v3.2 behind one worker thread: about 30 ms per question whatever the length."""

    def __init__(self, session: onnxruntime.InferenceSession, worker: ThreadPoolExecutor) -> None:
        self._session = session
        self._worker = worker
        self._waiting = 0

    async def finished(self, pcm: Pcm) -> float | None:
        """Probability that the speaker has finished; None when the queue is full or the model is too slow."""
        if self._waiting >= _TURN_QUEUE or not len(pcm):
            return None
        self._waiting += 1
        job = asyncio.get_running_loop().run_in_executor(self._worker, self._probability, pcm)
        job.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(job, _TURN_LIMIT_S)
        except TimeoutError:
            log.warning("turn_model_slow", waiting=self._waiting)
            return None

    def _done(self, _job: asyncio.Future[float]) -> None:
        self._waiting -= 1

    def _probability(self, pcm: Pcm) -> float:
        # Imported here: the module computes its filter bank when it is imported.
        from pipecat.audio.turn.smart_turn._whisper_features import compute_whisper_log_mel_features

        audio = soxr.resample(pcm[-8 * RATE_HZ :].astype(np.float32) / 32768, RATE_HZ, _TURN_RATE_HZ, quality="HQ")
        audio = audio[-_TURN_SAMPLES:]
        audio = np.pad(audio, (_TURN_SAMPLES - len(audio), 0))
        features = compute_whisper_log_mel_features(audio, do_normalize=True)
        outputs = self._session.run(None, {"input_features": features[np.newaxis]})
        return float(np.asarray(outputs[0]).reshape(-1)[0])


def _session(package: str, name: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = 1
    options.intra_op_num_threads = 1
    with resources.as_file(resources.files(package).joinpath(name)) as path:
        return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=1)
def _load() -> SharedModels:
    silero = _session("pipecat.audio.vad.data", "silero_vad.onnx")
    turn = _session("pipecat.audio.turn.smart_turn.data", "smart-turn-v3.2-cpu.onnx")
    model = TurnModel(turn, ThreadPoolExecutor(1, thread_name_prefix="turn-model"))
    # The first run of a session allocates: no caller should wait for it.
    SileroDetector(silero)(np.zeros(WINDOW, dtype=np.int16))
    model._probability(np.zeros(RATE_HZ, dtype=np.int16))
    # Collecting garbage among all that libraries have loaded stalls every call for 100-180 ms; it never becomes any.
    gc.collect()
    gc.freeze()
    log.info("voice_models_loaded")
    return SharedModels(new_detector=lambda: SileroDetector(silero), new_canceller=webrtc_canceller, finished=model.finished)


async def shared_models() -> SharedModels:
    """The process's models; the first call loads them in a thread (about 0.3 s), so call it before the first caller."""
    return await asyncio.to_thread(_load)
