"""Which instructions two versions of a client's file tell otherwise, asked by the paths that decisions carry."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

from voicebot.domain.instructions import Instructions

_PART = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_MISSING = object()
_SIGNATURE = frozenset({"version", "author", "changed", "examples"})


class ChangedPaths:
    """Two versions of one client's instructions."""

    def __init__(self, before: Instructions, after: Instructions) -> None:
        self._before = before
        self._after = after

    def differs(self, path: str) -> bool:
        """Is what stands at a path, "scenarios[leak].details", another thing now? False for "house"."""
        return _at(self._dumped[0], path) != _at(self._dumped[1], path)

    @cached_property
    def all(self) -> tuple[str, ...]:
        """Every path that differs, one level below each list of parts: "scenarios[leak].outcome"."""
        found: list[str] = []
        for name in dict.fromkeys((*self._dumped[0], *self._dumped[1])):
            if name not in _SIGNATURE:
                found += _differing(name, self._dumped[0].get(name), self._dumped[1].get(name))
        return tuple(found)

    @cached_property
    def _dumped(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._before.model_dump(mode="json"), self._after.model_dump(mode="json")


def _differing(path: str, before: Any, after: Any) -> list[str]:
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        names = dict.fromkeys((*before, *after))
        return [p for name in names for p in _differing(f"{path}.{name}", before.get(name), after.get(name))]
    if _by_id(before) and _by_id(after):
        mine, theirs = {p["id"]: p for p in before}, {p["id"]: p for p in after}
        ids = dict.fromkeys((*mine, *theirs))
        return [p for one in ids for p in _differing(f"{path}[{one}]", mine.get(one), theirs.get(one))]
    return [path]


def _by_id(parts: Any) -> bool:
    return isinstance(parts, list) and all(isinstance(part, dict) and "id" in part for part in parts)


def _at(value: Any, path: str) -> Any:
    for name, place in _PART.findall(path):
        value = _named(value, name) if name else _placed(value, place)
    return value


def _named(parts: Any, name: str) -> Any:
    return parts.get(name, _MISSING) if isinstance(parts, dict) else _MISSING


def _placed(parts: Any, place: str) -> Any:
    if not isinstance(parts, list):
        return _MISSING
    if named := [p for p in parts if isinstance(p, dict) and place in (p.get("id"), p.get("red_flag"), p.get("flag"))]:
        return named[0]
    return parts[int(place)] if place.isdigit() and int(place) < len(parts) else _MISSING
