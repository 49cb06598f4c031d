"""Two versions of a text side by side: which lines changed, and which words in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

CONTEXT = 3
"""Lines shown around a change."""
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Side:
    """One line. number: from 1. pieces: (text, whether it changed)."""

    number: int
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """kind: same, changed, taken, added, gap. before, after: None where there is no such line. left_out: lines of a gap."""

    kind: str
    before: Side | None = None
    after: Side | None = None
    left_out: int = 0


def side_by_side(before: str, after: str) -> tuple[Row, ...]:
    """Rows of a comparison, long equal parts left out; empty when both are the same."""
    if before == after:
        return ()
    old, new = before.splitlines(), after.splitlines()
    rows: list[Row] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            rows += [Row("same", _whole(old, i1 + n), _whole(new, j1 + n)) for n in range(i2 - i1)]
        else:
            rows += _changed(old, new, range(i1, i2), range(j1, j2))
    return tuple(_with_gaps(rows))


def _whole(lines: list[str], place: int, *, changed: bool = False) -> Side:
    return Side(place + 1, ((lines[place], changed),))


def _changed(old: list[str], new: list[str], was: range, now: range) -> Iterator[Row]:
    for i, j in zip_longest(was, now):
        if i is None:
            yield Row("added", None, _whole(new, j, changed=True))
        elif j is None:
            yield Row("taken", _whole(old, i, changed=True), None)
        else:
            left, right = _words(old[i], new[j])
            yield Row("changed", Side(i + 1, left), Side(j + 1, right))


_Pieces = tuple[tuple[str, bool], ...]


def _words(before: str, after: str) -> tuple[_Pieces, _Pieces]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        changed = kind != "equal"
        left += [("".join(old[i1:i2]), changed)] if i2 > i1 else []
        right += [("".join(new[j1:j2]), changed)] if j2 > j1 else []
    return tuple(left), tuple(right)


def _with_gaps(rows: list[Row]) -> Iterator[Row]:
    near = {n + d for n, row in enumerate(rows) if row.kind != "same" for d in range(-CONTEXT, CONTEXT + 1)}
    hidden = 0
    for n, row in enumerate(rows):
        if n in near:
            if hidden:
                yield Row("gap", left_out=hidden)
            hidden = 0
            yield row
        else:
            hidden += 1
    if hidden:
        yield Row("gap", left_out=hidden)
