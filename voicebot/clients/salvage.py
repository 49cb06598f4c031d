"""What can still be read in a broken client file: which lines it answered, and which people they can be forwarded to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from voicebot.domain.written import E164

_E164: TypeAdapter[str] = TypeAdapter(E164)
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}\b")
_DIALLED = re.compile(r"^(?P<indent>\s*)dialled_numbers\s*:(?P<rest>.*)$")
_FALLBACK = re.compile(r"^\s*fallback_number\s*:(?P<rest>.*)$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


@dataclass(frozen=True, slots=True)
class SalvagedLines:
    """Lines of a client whose file cannot be obeyed, E.164. fallback_number: people, None when none can be read."""

    file: str
    dialled_numbers: tuple[str, ...]
    fallback_number: str | None


def salvage(file: str, content: bytes) -> SalvagedLines:
    """Reads the two fields as YAML, else line by line: a file may be broken anywhere. Never raises."""
    text = content.decode("utf-8", "replace")
    identity = _identity(text)
    if identity is None:
        return SalvagedLines(file, *_by_line(text))
    dialled = identity.get("dialled_numbers")
    numbers = tuple(filter(None, map(_number, dialled if isinstance(dialled, list) else [dialled])))
    fallback = _number(identity.get("fallback_number"))
    return SalvagedLines(file, numbers, fallback if fallback not in numbers else None)


def _identity(text: str) -> dict[str, Any] | None:
    try:
        document: Any = YAML(typ="safe", pure=True).load(text)
    except Exception:  # noqa: BLE001 - ruamel fails in many ways on broken documents; lines are read instead.
        return None
    identity = document.get("identity") if isinstance(document, dict) else None
    return identity if isinstance(identity, dict) else None


def _number(value: Any) -> str | None:
    try:
        return _E164.validate_python(value)
    except ValidationError:
        return None


def _by_line(text: str) -> tuple[tuple[str, ...], str | None]:
    """Numbers after « dialled_numbers: » down to the next field, and the one after « fallback_number: »."""
    dialled: list[str] = []
    fallback: str | None = None
    inside = False
    for written in text.splitlines():
        line = _COMMENT.sub("", written)
        if found := _DIALLED.match(line):
            inside = True
            dialled += _NUMBER.findall(found["rest"])
        elif found := _FALLBACK.match(line):
            inside = False
            fallback = next(iter(_NUMBER.findall(found["rest"])), fallback)
        elif inside and re.match(r"^\s*([-\[\],\"'+0-9 ]|$)*$", line):
            dialled += _NUMBER.findall(line)
        elif line.strip():
            inside = False
    numbers = tuple(dict.fromkeys(dialled))
    return numbers, fallback if fallback not in numbers else None
