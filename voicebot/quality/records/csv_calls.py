"""Calls as tables: one row per turn, columns named in French or in English."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from voicebot.quality.records.file_text import HEAD_BYTES, UTF_8, encoding_of, head_of
from voicebot.quality.records.found import Found, Remark, lost
from voicebot.quality.records.speakers import Speakers
from voicebot.quality.records.turns_in_making import CallInMaking
from voicebot.quality.records.written_times import moment_of
from voicebot.understanding.normalise import plain

SEPARATORS = ",;\t"
COLUMNS = {
    "call": "call, call_id, id, appel, id_appel, numero_appel, conversation, conversation_id, session, session_id",
    "speaker": "speaker, role, locuteur, intervenant, qui, who, from",
    "text": "text, texte, words, paroles, message, content, contenu, transcript, transcription, utterance",
    "at": "at, started_s, start, start_s, debut, temps, time, timestamp, offset, horodatage",
    "ended": "ended, ended_s, end, end_s, fin",
    "client": "client, client_id, business, entreprise, societe, compte, account",
    "language": "language, langue, lang",
    "started_at": "started_at, date, date_appel, call_date, call_started_at",
    "keys": "keys, touches, dtmf",
}
"""Names of each column, accents and case left out."""
_ALIASES = {plain(alias): column for column, aliases in COLUMNS.items() for alias in aliases.split(",")}
_NEEDED = ("speaker", "text")
_LONGEST_FIELD = 1_000_000


def separator_of(head: str) -> str:
    """The separator of a table's first lines."""
    first = head.split("\n", 1)[0]
    try:
        return csv.Sniffer().sniff(first, SEPARATORS).delimiter
    except csv.Error:
        return max(SEPARATORS, key=first.count)


def read_csv(path: Path, speakers: Speakers) -> Iterator[Found]:
    """Every call of the file. Rows of a call must stand together."""
    csv.field_size_limit(_LONGEST_FIELD)
    encoding = encoding_of(path)
    if encoding != UTF_8:
        yield Remark(path.name, 0, "the file is not UTF-8 and was read as Windows-1252")
    separator = separator_of(head_of(path)[:HEAD_BYTES].decode(encoding, "ignore"))
    with path.open(encoding=encoding, newline="") as file:
        yield from _Table(path.name, path.stem, csv.reader(file, delimiter=separator), speakers).calls()


class _Rows(Protocol):
    """csv.reader has no public type."""

    line_num: int

    def __next__(self) -> list[str]: ...


class _Table:
    def __init__(self, file: str, stem: str, rows: _Rows, speakers: Speakers) -> None:
        self._file, self._stem, self._rows, self._speakers = file, stem, rows, speakers
        self._columns: dict[str, int] = {}
        self._over: set[str] = set()

    def calls(self) -> Iterator[Found]:
        try:
            header = next(self._rows)
        except StopIteration:
            yield lost(self._file, 0, "the file is empty", "Write a row of column names, then one row per turn.")
            return
        yield from self._read_header(header)
        if any(needed not in self._columns for needed in _NEEDED):
            return
        call: CallInMaking | None = None
        while True:
            try:
                row = next(self._rows)
            except StopIteration:
                break
            except csv.Error as broken:
                yield lost(self._file, self._rows.line_num, f"the row cannot be read: {broken}", "Correct its quotes.")
                continue
            if not any(field.strip() for field in row):
                continue
            if len(row) <= max(self._columns[name] for name in _NEEDED):
                yield lost(self._file, self._rows.line_num, f"the row has {len(row)} fields only", "Correct the row.")
                continue
            wanted = self._field(row, "call") or self._stem
            if call is None or call.given["id"] != wanted:
                if call is not None:
                    self._over.add(call.given["id"])
                    yield from call.found(self._speakers)
                if wanted in self._over:
                    what = f'rows of call "{wanted[:40]}" stand apart: they were read as two calls'
                    yield lost(self._file, self._rows.line_num, what, "Sort the file by call, then by time.")
                call = CallInMaking(self._file, self._rows.line_num, {"id": wanted})
            yield from self._add(call, row)
        if call is not None:
            yield from call.found(self._speakers)

    def _read_header(self, header: list[str]) -> Iterator[Remark]:
        unread: list[str] = []
        for place, name in enumerate(header):
            column = _ALIASES.get(plain(name.replace("_", " ")))
            if column is None or column in self._columns:
                unread.append(name)
            else:
                self._columns[column] = place
        for needed in _NEEDED:
            if needed not in self._columns:
                yield lost(self._file, 1, f"there is no column {needed}", f"Name it one of: {COLUMNS[needed]}.")
        if unread:
            yield Remark(self._file, 1, "columns that were not read: " + ", ".join(name[:30] for name in unread))

    def _field(self, row: list[str], column: str) -> str:
        place = self._columns.get(column)
        return row[place].strip() if place is not None and place < len(row) else ""

    def _add(self, call: CallInMaking, row: list[str]) -> Iterator[Remark]:
        for column in ("client", "language", "started_at"):
            value = self._field(row, column)
            if value and column not in call.given:
                if column == "started_at" and moment_of(value) is None:
                    yield Remark(self._file, self._rows.line_num, "the call's date is not an ISO moment and was left out")
                    continue
                call.given[column] = value[:2].lower() if column == "language" else value
        call.add(
            self._field(row, "speaker"),
            self._field(row, "text"),
            at=self._field(row, "at"),
            ended=self._field(row, "ended"),
            line=self._rows.line_num,
            keys=self._field(row, "keys"),
        )
