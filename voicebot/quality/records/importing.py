"""Reads files of calls into one list without doubles, and reports what was read, what was not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from voicebot.quality.records.formats import Reading, read_file
from voicebot.quality.records.found import Remark
from voicebot.quality.records.minimal_call import content_digest
from voicebot.quality.records.transcript import Transcript

MOST_REMARKS = 1000
"""Remarks that a report keeps; more are counted only."""


@dataclass(slots=True)
class ImportReport:
    """What an import found so far.

    read: calls kept. doubles: calls that were there already, by content. renamed: calls whose id another one had.
    without_client, without_times, with_facts: of the calls kept. lost: remarks on what could not be read.
    """

    read: int = 0
    turns: int = 0
    doubles: int = 0
    renamed: int = 0
    without_client: int = 0
    without_times: int = 0
    with_facts: int = 0
    lost: int = 0
    by_file: Counter[str] = field(default_factory=Counter)
    remarks: list[Remark] = field(default_factory=list)

    def note(self, remark: Remark) -> None:
        self.lost += remark.unreadable
        if len(self.remarks) < MOST_REMARKS:
            self.remarks.append(remark)

    def count(self, transcript: Transcript, file: str) -> None:
        self.read += 1
        self.turns += len(transcript.turns)
        self.by_file[file] += 1
        self.without_client += not transcript.client
        self.without_times += all(turn.started_s is None for turn in transcript.turns)
        self.with_facts += transcript.expect is not None

    def as_json(self) -> dict[str, Any]:
        counts = ("read", "turns", "doubles", "renamed", "without_client", "without_times", "with_facts", "lost")
        found = {name: getattr(self, name) for name in counts} | {"by_file": dict(self.by_file)}
        remarks = [{"place": r.place, "what": r.what, "remedy": r.remedy, "unreadable": r.unreadable} for r in self.remarks]
        return found | {"remarks": remarks}


async def import_calls(
    paths: Iterable[Path], reading: Reading, report: ImportReport, *, client: str = ""
) -> AsyncIterator[Transcript]:
    """Calls of the files in order, each content once, each with an id of its own; `report` grows as they come.

    Args:
        paths: files, and folders whose files are read in the order of their names. client: of calls that name none.
    """
    digests: set[bytes] = set()
    ids: Counter[str] = Counter()
    for path in _files(paths, report):
        report.by_file[path.name] += 0
        async for found in read_file(path, reading):
            if isinstance(found, Remark):
                report.note(found)
                continue
            transcript = found if found.client or not client else replace(found, client=client)
            digest = bytes.fromhex(content_digest(transcript.client, transcript.turns))[:16]
            if digest in digests:
                report.doubles += 1
                report.note(Remark(path.name, 0, f"{transcript.source or transcript.id}: the same call was read before"))
                continue
            digests.add(digest)
            ids[transcript.id] += 1
            if ids[transcript.id] > 1:
                report.renamed += 1
                transcript = replace(transcript, id=f"{transcript.id}#{ids[transcript.id]}")
            report.count(transcript, path.name)
            yield transcript


def _files(paths: Iterable[Path], report: ImportReport) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
            if not inside:
                report.note(
                    Remark(str(path), 0, "the folder holds no file", "Name a file or another folder.", unreadable=True)
                )
            yield from inside
        else:
            yield path
