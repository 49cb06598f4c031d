"""Where models live on this machine, and how they are fetched from the Hugging Face hub."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import structlog
from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    FileMetadataError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.file_download import http_get

from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech.catalogue import EARS, EARS_FILES, VOICES, ModelFiles, ModelKind, find

log = structlog.get_logger()

HUB = constants.ENDPOINT
"""https://huggingface.co, or what HF_ENDPOINT says: the hub's own library reads it."""
HUB_ANSWERS_S = 10.0
_SHA256 = re.compile("[0-9a-f]{64}")
_GIT_SHA1 = re.compile("[0-9a-f]{40}")
SPARE_BYTES = 64 * 1024 * 1024
"""Room that a download leaves on the disk: calls are written there too."""

Progress = Callable[[str, int, int], None]
"""Told as bytes come: file, bytes done, bytes in all, of the whole model."""


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One line of `voicebot models list`. folder: where it is, or would be. here: complete on this machine."""

    files: ModelFiles
    here: bool
    folder: Path


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """A file on the hub. etag: SHA-256 of a large file, git's own hash (SHA-1) of a small one."""

    path: str
    url: str
    size: int
    etag: str

    @property
    def name(self) -> str:
        return Path(self.path).name


class ModelShelf:
    """The folder of models: ears/<size>/ and voices/<name>/ under data_dir/models.

    Args:
        folder: made by the first pull.
        endpoint: address of the hub, or of a mirror that speaks its protocol.
    """

    def __init__(self, folder: Path, endpoint: str = HUB) -> None:
        self.folder = folder
        self._endpoint = endpoint.rstrip("/")

    def place(self, model: ModelFiles) -> Path:
        return self.folder / model.folder

    def has(self, model: ModelFiles) -> bool:
        """All of its required files are here, whole."""
        return all((self.place(model) / Path(path).name).is_file() for path in model.required)

    def list_models(self) -> list[ListedModel]:
        """The catalogue, and what else is on the shelf; best ears first."""
        known = {m.folder: m for m in (*EARS, *VOICES)}
        for found in sorted([*self.folder.glob("ears/*"), *self.folder.glob("voices/*")]):
            place = found.relative_to(self.folder).as_posix()
            if found.is_dir() and place not in known:
                known[place] = _put_there_by_hand(found, place)
        listed = [ListedModel(m, self.has(m), self.place(m)) for m in known.values()]
        return sorted(listed, key=lambda m: m.files.kind is ModelKind.VOICE)

    def best_ears(self) -> ModelFiles | None:
        """The best ears here that hear every language of the receptionist; None when there are none."""
        return next((m for m in EARS if len(m.languages) > 1 and self.has(m)), None)

    def need(self, name: str) -> Path:
        """Folder of a model that must be here, from the catalogue or put there by hand. Raises: ModelMissing."""
        for listed in self.list_models():
            if listed.files.name == name and listed.here:
                return listed.folder
        model = find(name)
        if not self.has(model):
            what = "Ears model" if model.kind is ModelKind.EARS else "Piper voice"
            raise ModelMissing(f'{what} "{name}" is not in {self.place(model)}.', f"Run: voicebot models pull {name}")
        return self.place(model)

    def pull(self, name: str, progress: Progress = lambda _file, _done, _total: None) -> Path:
        """Fetch a model; what is here already is kept, what was broken off goes on where it stopped. Blocking.

        Sizes and hashes are those that the hub states. Returns the model's folder.

        Raises: ModelMissing when the hub has no such model, or cannot be reached; SpeechError for a full disk or
            files that arrive damaged.
        """
        model = find(name)
        folder = self.place(model)
        try:
            offered = self._offered(model)
            self._check_room(folder, offered)
            done = _Done(progress, sum(file.size for file in offered))
            # The largest file last: a broken download is seen by its missing model.
            for file in sorted(offered, key=lambda f: f.size):
                self._fetch(file, folder, done)
        except (httpx2.TransportError, OfflineModeIsEnabled) as unreachable:
            raise ModelMissing(
                f'"{name}" cannot be fetched: {self._endpoint} does not answer ({type(unreachable).__name__}).',
                f"Connect this machine to the internet, set HF_ENDPOINT to a mirror, or copy the files to {folder}.",
            ) from unreachable
        except (RepositoryNotFoundError, EntryNotFoundError, RevisionNotFoundError) as unknown:
            raise ModelMissing(f'{self._endpoint} has no "{model.repo}".', "Run: voicebot models list") from unknown
        except FileMetadataError as strange:
            raise SpeechError(f"{self._endpoint} does not answer as a hub: {strange}.") from strange
        except HfHubHTTPError as refused:
            status = refused.response.status_code
            raise SpeechError(f"{self._endpoint} answered {status} for {model.repo}.", "Try again later.") from refused
        except OSError as failed:
            raise SpeechError(
                f'"{name}" cannot be written to {folder}: {failed}.', "Make room there, then pull again: it goes on."
            ) from failed
        log.info("model_pulled", model=name, kind=str(model.kind))
        return folder

    def _offered(self, model: ModelFiles) -> list[OfferedFile]:
        files = [self._ask_for(model.repo, path) for path in model.required]
        for path in model.optional:
            # Older repositories have vocabulary.txt, newer ones vocabulary.json and a preprocessor's settings.
            with suppress(EntryNotFoundError):
                files.append(self._ask_for(model.repo, path))
        return files

    def _ask_for(self, repo: str, path: str) -> OfferedFile:
        url = hf_hub_url(repo, path, endpoint=self._endpoint)
        # token=False: public models; whatever credentials this machine has are not sent.
        stated = get_hf_file_metadata(url, token=False, timeout=HUB_ANSWERS_S, endpoint=self._endpoint)
        if stated.size is None or stated.etag is None:
            raise FileMetadataError(f"{path} has no stated size or hash")
        # Pinned to one commit: all files of a model are of one version.
        pinned = hf_hub_url(repo, path, endpoint=self._endpoint, revision=stated.commit_hash)
        return OfferedFile(path, pinned, stated.size, stated.etag)

    def _check_room(self, folder: Path, offered: Iterable[OfferedFile]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        wanted = sum(file.size for file in offered if not (folder / file.name).is_file())
        free = shutil.disk_usage(folder).free
        if wanted + SPARE_BYTES > free:
            raise SpeechError(f"{folder} has {free // 2**20} MB free; the model needs {wanted // 2**20} MB more.")

    def _fetch(self, file: OfferedFile, folder: Path, done: _Done) -> None:
        place = folder / file.name
        if place.is_file() and place.stat().st_size == file.size and _is_whole(place, file):
            done.add(place.name, file.size)
            return
        part = place.with_name(place.name + ".part")
        resumed = part.is_file()
        self._download(file, part, done)
        if not _is_whole(part, file) and resumed:
            # The hub has another version by now than the one that was broken off.
            part.unlink()
            done.add(place.name, -file.size)
            self._download(file, part, done)
        if not _is_whole(part, file):
            part.unlink()
            raise SpeechError(f"{file.path} arrived damaged from {self._endpoint}.", "Pull it again.")
        part.replace(place)

    def _download(self, file: OfferedFile, part: Path, done: _Done) -> None:
        have = part.stat().st_size if part.is_file() else 0
        if have > file.size:
            part.unlink()
            have = 0
        done.add(part.stem, have)
        with part.open("r+b" if have else "wb") as sink:
            sink.seek(have)
            http_get(
                file.url,
                sink,
                resume_size=have,
                expected_size=file.size,
                displayed_filename=part.stem,
                tqdm_class=done.bar(part.stem),  # pyright: ignore[reportArgumentType]
            )


class _Done:
    """Bytes of one model fetched so far, told to a Progress."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def add(self, file: str, count: int) -> None:
        self._done += count
        self._progress(file, self._done, self._total)

    def bar(self, file: str) -> Callable[..., _Bar]:
        return lambda **_described: _Bar(self, file)


class _Bar:
    """What huggingface_hub takes for a progress bar."""

    def __init__(self, done: _Done, file: str) -> None:
        self._done = done
        self._file = file

    def update(self, count: int = 1) -> None:
        self._done.add(self._file, count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


def _is_whole(place: Path, file: OfferedFile) -> bool:
    """Has it the size and the hash that the hub states? A hash of another kind is not judged."""
    if place.stat().st_size != file.size:
        return False
    if _SHA256.fullmatch(file.etag):
        digest = hashlib.sha256()
    elif _GIT_SHA1.fullmatch(file.etag):
        digest = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
    else:
        return True
    with place.open("rb") as content:
        while block := content.read(2**20):
            digest.update(block)
    return digest.hexdigest() == file.etag


def _put_there_by_hand(found: Path, place: str) -> ModelFiles:
    if place.startswith("ears/"):
        return ModelFiles(found.name, ModelKind.EARS, "", EARS_FILES, (), place, 0, (), "put there by hand")
    files = (f"{found.name}.onnx", f"{found.name}.onnx.json")
    return ModelFiles(found.name, ModelKind.VOICE, "", files, (), place, 0, (), "put there by hand")
