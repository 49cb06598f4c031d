"""What two humans say to each other, as words for the call's file: never in the way of their talk, or of other callers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import structlog

from voicebot.errors import SpeechBusy, SpeechError, SpeechTimedOut
from voicebot.speech.ports import RATE_HZ, Pcm, Priority, Transcriber, Transcript
from voicebot.voice.clerk import Clerk
from voicebot.voice.desk import Desk
from voicebot.voice.listening import pieces_of
from voicebot.voice.voice_activity import WINDOW, Detector, VoiceActivity

CALLER, AGENT = "caller", "agent"
OPEN_WINDOWS = 2
PAUSE_WINDOWS = 20
"""Silence that ends a piece of speech: 640 ms."""
LONGEST_WINDOWS = 625
"""Of one piece: 20 s."""
PRE_ROLL_WINDOWS = 10
LEAST_VOICED_WINDOWS = 4
WAITING = 12
"""Pieces that wait for the ears; one more, and the oldest is dropped: sound is never kept back for words."""
TRIES = 3
AGAIN_S = 1.0
_WINDOW_MS = WINDOW * 1000 / RATE_HZ

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Piece:
    """Speech of one side between two pauses. Times are ms of the call."""

    speaker: str
    pcm: Pcm
    started_ms: int
    ended_ms: int


class Side:
    """One side's sound, cut where it pauses."""

    def __init__(self, speaker: str, detector: Detector, on_piece: Callable[[Piece], None]) -> None:
        self._speaker = speaker
        self._activity = VoiceActivity(detector)
        self._on_piece = on_piece
        self._left: Pcm = np.zeros(0, dtype=np.int16)
        self._before: deque[Pcm] = deque(maxlen=PRE_ROLL_WINDOWS)
        self._windows: list[Pcm] = []
        self._started_ms = 0.0
        self._rolled = 0
        self._run = self._silent = self._voiced = 0

    def hear(self, pcm: Pcm, at_ms: float) -> None:
        """Sound that begins at at_ms of the call."""
        begins_ms = at_ms - len(self._left) * 1000 / RATE_HZ
        left = np.concatenate([self._left, pcm])
        while len(left) >= WINDOW:
            self._judge(left[:WINDOW], begins_ms)
            left = left[WINDOW:]
            begins_ms += _WINDOW_MS
        self._left = left

    def end(self) -> None:
        """What is being said now is a piece, too."""
        if self._windows:
            self._give()

    def _judge(self, window: Pcm, begins_ms: float) -> None:
        voiced, _ = self._activity.judge(window)
        self._run = self._run + 1 if voiced else 0
        if not self._windows:
            self._before.append(window)
            if self._run >= OPEN_WINDOWS:
                self._windows = list(self._before)
                self._rolled = len(self._windows) - OPEN_WINDOWS
                self._started_ms = begins_ms - (OPEN_WINDOWS - 1) * _WINDOW_MS
                self._voiced, self._silent = self._run, 0
            return
        self._windows.append(window)
        self._voiced += voiced
        self._silent = 0 if voiced else self._silent + 1
        if self._silent >= PAUSE_WINDOWS or len(self._windows) >= LONGEST_WINDOWS:
            self._give()

    def _give(self) -> None:
        windows, self._windows = self._windows, []
        self._before.clear()
        self._run = 0
        if self._voiced < LEAST_VOICED_WINDOWS:
            return
        # Of the pause that ended it, the first windows are kept: soft endings are no voice to the detector.
        kept = windows[: len(windows) - max(0, self._silent - 4)]
        ended_ms = self._started_ms + (len(windows) - self._rolled - self._silent) * _WINDOW_MS
        self._on_piece(Piece(self._speaker, np.concatenate(kept), int(self._started_ms), int(ended_ms)))


class Overhearing:
    """Words of both sides of one talk; `run` writes them down, one piece after the other."""

    def __init__(self, ears: Transcriber, desk: Desk, clerk: Clerk, new_detector: Callable[[], Detector]) -> None:
        self._ears = ears
        self._desk = desk
        self._clerk = clerk
        self._waiting: deque[Piece] = deque()
        self._came = asyncio.Event()
        self._over = False
        self.caller = Side(CALLER, new_detector(), self._keep)
        self.agent = Side(AGENT, new_detector(), self._keep)

    def end(self) -> None:
        """The talk is over: what was being said is taken as it is."""
        self.caller.end()
        self.agent.end()
        self._over = True
        self._came.set()

    async def run(self) -> None:
        """Until the talk is over and everything is written."""
        while self._waiting or not self._over:
            await self._came.wait()
            self._came.clear()
            while self._waiting:
                await self._write(self._waiting.popleft())

    def _keep(self, piece: Piece) -> None:
        if len(self._waiting) == WAITING:
            self._waiting.popleft()
            log.warning("overheard_dropped", why="waiting", speaker=piece.speaker)
        self._waiting.append(piece)
        self._came.set()

    async def _write(self, piece: Piece) -> None:
        for attempt in range(TRIES):
            try:
                heard = await self._transcribe(piece)
            except (SpeechBusy, SpeechTimedOut):
                if attempt + 1 < TRIES:
                    await asyncio.sleep(AGAIN_S)
                continue
            except SpeechError as wrong:
                log.warning("overheard_dropped", why=wrong.code, speaker=piece.speaker)
                return
            if heard.text:
                self._note(piece, heard)
            return
        log.warning("overheard_dropped", why="busy", speaker=piece.speaker)

    def _note(self, piece: Piece, heard: Transcript) -> None:
        said = (piece.speaker, heard.text, heard.confidence, piece.started_ms, piece.ended_ms, self._ears.name)
        self._clerk.note(lambda: self._desk.note_said(*said))

    async def _transcribe(self, piece: Piece) -> Transcript:
        """One decoding; a piece is shorter than what ears can take (pieces_of)."""
        (whole,) = pieces_of(piece.pcm)
        return await self._ears.transcribe(whole, self._desk.call.language, priority=Priority.BACKGROUND)
