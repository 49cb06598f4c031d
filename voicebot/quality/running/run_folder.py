"""The folder of a run: judged cases are added as they finish, and stand in the order of the suite when it is over."""

from __future__ import annotations

import fcntl
import json
import os
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic_core import from_json

from voicebot.errors import EvalFileError
from voicebot.quality.judging.verdict import JudgedCase, judged_json

HEAD, FINISHED, CASES, RESULT = "run.json", "finished.jsonl", "cases.jsonl", "result.json"
_REMEDY = "Start again with --fresh."


@dataclass(frozen=True, slots=True)
class RunHead:
    """What a run was begun with; one that is resumed must be begun with the same.

    inputs: digest of the suite, of its options and of the files that it names.
    """

    suite: str
    began_at: str
    code: str
    understanding: str
    clients: dict[str, str]
    attempts: int
    inputs: str

    def same(self, other: RunHead) -> bool:
        return {**asdict(self), "began_at": ""} == {**asdict(other), "began_at": ""}


class RunFolder:
    """finished.jsonl: "NUMBER FLAG\tJSON" as cases finish; FLAG is c for cached. It becomes cases.jsonl, in order."""

    def __init__(self, path: Path, head: RunHead) -> None:
        self.path = path
        self.head = head
        self._offsets = array("q")
        self.done = 0
        self.cached = 0
        self._file: BinaryIO | None = None

    @classmethod
    def begin(cls, path: Path, head: RunHead) -> RunFolder:
        """A new run. Raises: OSError."""
        path.mkdir(parents=True, exist_ok=False)
        (path / HEAD).write_text(json.dumps(asdict(head), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        run = cls(path, head)
        run._file = _locked(path / FINISHED, "w+b")
        return run

    @classmethod
    def resume(cls, path: Path) -> RunFolder:
        """A run that was broken off; a last line that was only half written is dropped.

        Raises: EvalFileError, OSError; BlockingIOError when it is not broken off, but held by another process.
        """
        run = cls(path, read_head(path))
        file = run._file = _locked(path / FINISHED, "r+b")
        whole = 0
        for line in file:
            number = _number(line)
            if number is None:
                break
            run._note(number, whole, cached=line.split(b"\t", 1)[0].endswith(b"c"))
            whole += len(line)
        file.truncate(whole)
        file.seek(whole)
        return run

    def has(self, number: int) -> bool:
        return number < len(self._offsets) and self._offsets[number] >= 0

    def add(self, number: int, line: bytes, *, cached: bool) -> None:
        """line: JSON of the judged case. It is with the operating system when this returns."""
        assert self._file is not None
        offset = self._file.tell()
        self._file.write(b"%d %s\t%s\n" % (number, b"c" if cached else b"j", line))
        self._file.flush()
        self._note(number, offset, cached=cached)

    def lines(self) -> Iterator[bytes]:
        """JSON of each judged case, in the order of the suite, with its line break."""
        with (self.path / FINISHED).open("rb") as file:
            for offset in self._offsets:
                file.seek(offset)
                yield file.readline().partition(b"\t")[2]

    def finish(self) -> None:
        """Writes cases.jsonl and drops finished.jsonl. Raises: OSError."""
        self.close()
        new = self.path / f"{CASES}.new"
        with new.open("wb") as file:
            file.writelines(self.lines())
        os.replace(new, self.path / CASES)
        (self.path / FINISHED).unlink()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _note(self, number: int, offset: int, *, cached: bool) -> None:
        missing = number + 1 - len(self._offsets)
        self._offsets.extend([-1] * missing)
        self.done += self._offsets[number] < 0
        self.cached += cached
        self._offsets[number] = offset


def read_head(path: Path) -> RunHead:
    """Raises: EvalFileError."""
    try:
        return RunHead(**json.loads((path / HEAD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as broken:
        raise EvalFileError(str(path / HEAD), ["cannot be read"], _REMEDY) from broken


def unfinished_run(folder: Path) -> Path | None:
    """The newest run of a suite's folder that was broken off."""
    runs = sorted(path.parent for path in folder.glob(f"*/{FINISHED}") if (path.parent / HEAD).is_file())
    return runs[-1] if runs else None


def new_run(folder: Path, now: datetime) -> Path:
    """A folder for a new run, named by its moment; it is not made yet."""
    name = now.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
    taken = (folder / name, *(folder / f"{name}-{n}" for n in range(2, 1000)))
    return next(path for path in taken if not path.exists())


def judged_in(path: Path) -> Iterator[JudgedCase]:
    """The cases of a run that is over, one after the other. Raises: EvalFileError."""
    with (path / CASES).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield judged_json.validate_json(line)
            except ValueError as broken:
                raise EvalFileError(str(path / CASES), [f"line {number}: is no judged case"], _REMEDY) from broken


def _locked(path: Path, mode: Literal["w+b", "r+b"]) -> BinaryIO:
    """The lock dies with the process."""
    file = path.open(mode)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def _number(line: bytes) -> int | None:
    """None for a line that is not whole."""
    head, _, told = line.partition(b"\t")
    number, _, _ = head.partition(b" ")
    if not line.endswith(b"\n") or not number.isdigit():
        return None
    try:
        from_json(told)
    except ValueError:
        return None
    return int(number)
