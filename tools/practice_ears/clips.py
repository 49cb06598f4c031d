"""Clips on disk: µ-law samples in one flat file, what is said in them in one JSON line each."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

AUDIO_FILE = "audio.u8"
INDEX_FILE = "index.jsonl"


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance. start, length: samples at 8 kHz in the audio file; snr_db: None without added noise."""

    text: str
    kind: str
    language: str
    voice: str
    words_per_minute: int
    start: int
    length: int
    snr_db: float | None = None
    noise: str | None = None


class ClipWriter:
    """Writes a folder of clips one after the other; use as a context."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._audio = (folder / AUDIO_FILE).open("wb")
        self._index = (folder / INDEX_FILE).open("w", encoding="utf-8")
        self.samples = 0

    def __enter__(self) -> "ClipWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._audio.close()
        self._index.close()

    def add(self, codes: npt.NDArray[np.uint8], **about: object) -> None:
        clip = Clip(start=self.samples, length=len(codes), **about)  # type: ignore[arg-type]
        self._audio.write(codes.tobytes())
        self._index.write(json.dumps(asdict(clip), ensure_ascii=False) + "\n")
        self.samples += len(codes)


class Clips:
    """Read access to one or more folders of clips; the audio stays on disk until asked for."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._audio: list[npt.NDArray[np.uint8]] = []
        self._entries: list[tuple[int, Clip]] = []
        for number, folder in enumerate(folders):
            self._audio.append(np.memmap(folder / AUDIO_FILE, dtype=np.uint8, mode="r"))
            with (folder / INDEX_FILE).open(encoding="utf-8") as lines:
                self._entries += [(number, Clip(**json.loads(line))) for line in lines]

    def __len__(self) -> int:
        return len(self._entries)

    def clip(self, index: int) -> Clip:
        return self._entries[index][1]

    def codes(self, index: int) -> npt.NDArray[np.uint8]:
        folder, clip = self._entries[index]
        return np.asarray(self._audio[folder][clip.start : clip.start + clip.length])
