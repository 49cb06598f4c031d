"""Fixed sentences are synthesised once: kept in memory, bounded in bytes, and on disk across restarts."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from voicebot.speech.ports import Pcm

log = structlog.get_logger()

MEMORY_BYTES = 32 * 1024 * 1024
"""About half an hour of speech."""
_MAGIC = b"VBPCM1\n"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class SentenceKey:
    """What the audio of a fixed sentence depends on. version: engine's version, voice, speed, level."""

    engine: str
    voice: str
    version: str
    text: str

    @property
    def path(self) -> Path:
        """Place under the cache folder: engine, voice, hash of everything."""
        whole = json.dumps([self.engine, self.voice, self.version, self.text], ensure_ascii=False)
        voice = re.sub(r"[^A-Za-z0-9_+-]+", "_", self.voice)[:60]
        return Path(self.engine) / voice / f"{hashlib.sha256(whole.encode()).hexdigest()}.pcm"


class VoiceCache:
    """Audio of fixed sentences. Use from worker threads; recall() alone does not touch the disk.

    Only sentences without a caller's words may be put here: they stay on disk. A file that is cut or corrupt is as
    good as none. A disk that is full or read-only is logged once, and the cache lives on in memory.

    Args:
        folder: made when first written.
        memory_bytes: audio kept in memory; the least recently said goes first.
    """

    def __init__(self, folder: Path, memory_bytes: int = MEMORY_BYTES) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._held_bytes = 0
        self._held: OrderedDict[SentenceKey, Pcm] = OrderedDict()
        self._lock = threading.Lock()
        self._disk_failed = False

    @property
    def held_bytes(self) -> int:
        """Audio in memory now."""
        return self._held_bytes

    def recall(self, key: SentenceKey) -> Pcm | None:
        """From memory alone: fit for the event loop."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def load(self, key: SentenceKey) -> Pcm | None:
        """From memory, else from disk; None when it has to be synthesised."""
        held = self.recall(key)
        if held is not None:
            return held
        pcm = self._read(self._folder / key.path)
        return None if pcm is None else self._hold(key, pcm)

    def keep(self, key: SentenceKey, pcm: Pcm) -> Pcm:
        """Remember pcm in memory and on disk. Returns it read-only, as it is shared from now on."""
        self._write(self._folder / key.path, pcm)
        return self._hold(key, pcm)

    def _hold(self, key: SentenceKey, pcm: Pcm) -> Pcm:
        pcm.setflags(write=False)
        with self._lock:
            replaced = self._held.pop(key, None)
            self._held_bytes -= 0 if replaced is None else replaced.nbytes
            self._held[key] = pcm
            self._held_bytes += pcm.nbytes
            while self._held_bytes > self._memory_bytes:
                _, forgotten = self._held.popitem(last=False)
                self._held_bytes -= forgotten.nbytes
        return pcm

    def _read(self, path: Path) -> Pcm | None:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as failed:
            self._tell_once("voice_cache_unreadable", failed)
            return None
        start = len(_MAGIC) + _DIGEST_BYTES
        samples = content[start:]
        digest = content[len(_MAGIC) : start]
        if not content.startswith(_MAGIC) or len(samples) % 2 or hashlib.sha256(samples).digest() != digest:
            log.warning("voice_cache_corrupt", file=path.name)
            return None
        return np.frombuffer(samples, "<i2").astype(np.int16)

    def _write(self, path: Path, pcm: Pcm) -> None:
        samples = pcm.astype("<i2").tobytes()
        # Written aside and renamed: a reader, or a process killed here, never leaves half a sentence.
        aside = path.with_name(f".{path.stem}.{os.getpid()}.{threading.get_ident()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(_MAGIC + hashlib.sha256(samples).digest() + samples)
            aside.replace(path)
        except OSError as failed:
            self._tell_once("voice_cache_not_written", failed)
            self._clear_away(aside)

    def _clear_away(self, aside: Path) -> None:
        try:
            aside.unlink(missing_ok=True)
        except OSError as failed:
            self._tell_once("voice_cache_not_written", failed)

    def _tell_once(self, event: str, failed: OSError) -> None:
        if not self._disk_failed:
            self._disk_failed = True
            code = errno.errorcode.get(failed.errno or 0, "unknown")
            log.warning(event, error=code, consequence="fixed sentences are kept in memory only")
