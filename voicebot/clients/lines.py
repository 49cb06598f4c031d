"""From the path of an instruction to its line: "scenarios[no-heating].details" is line 57 of the client's file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_NAMES_OF_PARTS = ("id", "red_flag", "day")
"""Fields by which a part of a list is named in paths."""


def steps_of(path: str) -> tuple[str, ...]:
    """ "scenarios[no-heating].details" → ("scenarios", "no-heating", "details")."""
    return tuple(name or place for name, place in _STEP.findall(path))


class Lines:
    """Lines (from 1) of the parts of one client file. document: its YAML as ruamel's round-trip nodes."""

    def __init__(self, document: Any) -> None:
        self._document = document

    @classmethod
    def of_text(cls, text: str) -> Lines:
        """Raises: ruamel's YAMLError."""
        return cls(YAML(typ="rt", pure=True).load(text))

    def line(self, path: str) -> int | None:
        """Line of an instruction, of its nearest written part when it is a default; None for the house's own rules."""
        steps = steps_of(path)
        if not steps or not isinstance(self._document, CommentedMap) or steps[0] not in self._document:
            return None
        return self.line_at(steps)

    def line_at(self, location: Sequence[int | str]) -> int:
        """Line of the deepest part of `location` that the file has; 1 when it has none."""
        node, line = self._document, 1
        for step in location:
            found = _inside(node, step)
            if found is None:
                return line
            line, node = found
        return line


def _inside(node: Any, step: int | str) -> tuple[int, Any] | None:
    """(line, part) of one step into a node, or None when it is not written there."""
    try:
        if isinstance(node, CommentedMap) and step in node:
            return node.lc.key(step)[0] + 1, node[step]
        if isinstance(node, CommentedSeq):
            place = _place(node, step)
            if place is not None:
                return node.lc.item(place)[0] + 1, node[place]
    except (KeyError, AttributeError):
        return None
    return None


def _place(parts: CommentedSeq, step: int | str) -> int | None:
    for place, part in enumerate(parts):
        names = [str(part[name]) for name in _NAMES_OF_PARTS if name in part] if isinstance(part, CommentedMap) else [part]
        if step in names:
            return place
    if isinstance(step, int) or step.isdecimal():
        return int(step) if int(step) < len(parts) else None
    return None
