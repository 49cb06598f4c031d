"""How a new value is written in a client file: as people would, in as few quotes as YAML needs."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST_FLOW = 100
"""Longer lists and parts are written one line each."""
_SAFE = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ][\wÀ-ÖØ-öø-ÿ '’./@-]*")
_WORDS_OF_YAML = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
"""Never plain: some reader of YAML takes them for something else than text."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def as_scalar(value: Any, style: str = "", *, flow: bool = False) -> str:
    """One value. style: the quotes that stood there before, kept where they can be."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    if style == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if style == '"':
        return _quoted(text)
    return text if _plain(text, flow=flow) else _quoted(text)


def as_flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_flow(inner) for inner in value) + "]"
    return as_scalar(value, flow=True)


def as_lines(value: Any, column: int) -> list[str]:
    """A mapping or list as block lines, the first at `column`."""
    blank = " " * column
    if isinstance(value, dict):
        return [line for key, inner in value.items() for line in _entry(f"{blank}{key}:", inner, column)]
    lines: list[str] = []
    for item in value:
        if isinstance(item, dict) and item and not _short(item):
            inner = as_lines(item, column + 2)
            lines += [f"{blank}- {inner[0].lstrip()}", *inner[1:]]
        else:
            lines.append(f"{blank}- {as_flow(item) if isinstance(item, dict | list) else as_scalar(item)}")
    return lines


def _entry(head: str, value: Any, column: int) -> list[str]:
    if not isinstance(value, dict | list):
        return [f"{head} {as_scalar(value)}"]
    if _short(value):
        return [f"{head} {as_flow(value)}"]
    return [head, *as_lines(value, column + 2)]


def _short(value: dict[str, Any] | list[Any]) -> bool:
    inner = value.values() if isinstance(value, dict) else value
    return all(not isinstance(one, dict | list) for one in inner) and len(as_flow(value)) <= LONGEST_FLOW


def _plain(text: str, *, flow: bool) -> bool:
    if _DAY.fullmatch(text):
        return True
    if not _SAFE.fullmatch(text) or text != text.strip() or (flow and any(sign in text for sign in ",[]{}")):
        return False
    return text.casefold() not in _WORDS_OF_YAML


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
