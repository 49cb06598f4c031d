"""Can a spoken reference match a pattern? References are kept as capitals and digits without blanks."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

SPOKEN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TRIED = 200
"""Examples that are built of one pattern before it is said to match nothing."""


def spoken_example(pattern: str) -> str | None:
    """A reference that `pattern` matches whole, or None when there is none."""
    # Python has no public way to walk a regular expression; the standard library's own parser is asked.
    parser: Any = importlib.import_module("re._parser")
    tree = parser.parse(pattern)
    return next((text for text in islice(_texts(list(tree)), _TRIED) if text and re.fullmatch(pattern, text)), None)


def _texts(parts: list[tuple[Any, Any]]) -> Iterator[str]:
    """Texts of spoken characters that the parts may match, one after the other."""
    if not parts:
        yield ""
        return
    for first in _one(*parts[0]):
        for rest in _texts(parts[1:]):
            yield first + rest


def _one(operation: Any, argument: Any) -> Iterator[str]:
    match str(operation):
        case "LITERAL" | "NOT_LITERAL" | "IN" | "ANY" | "CATEGORY":
            yield from _characters(str(operation), argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, part = argument
            yield from _repeated(list(part), int(least), min(int(most), max(int(least), 1) + 2))
        case "SUBPATTERN":
            yield from _texts(list(argument[-1]))
        case "ATOMIC_GROUP":
            yield from _texts(list(argument))
        case "BRANCH":
            for branch in argument[1]:
                yield from _texts(list(branch))
        case _:
            # Anchors and look-arounds take no room; the whole match judges them.
            yield ""


def _repeated(part: list[tuple[Any, Any]], least: int, most: int) -> Iterator[str]:
    for times in range(least, most + 1):
        for text in islice(_texts(part), 3):
            yield text * times


def _characters(operation: str, argument: Any) -> Iterator[str]:
    if operation == "LITERAL":
        # A small letter stands for its capital where the pattern ignores case; the whole match judges.
        yield from (c for c in SPOKEN if argument in (ord(c), ord(c.lower())))
    elif operation == "NOT_LITERAL":
        yield from (c for c in SPOKEN if ord(c) != argument)
    elif operation == "ANY":
        yield from SPOKEN
    else:
        yield from (c for c in SPOKEN if _in_set(ord(c), argument) or _in_set(ord(c.lower()), argument))


def _in_set(code: int, members: list[tuple[Any, Any]]) -> bool:
    negated = any(str(operation) == "NEGATE" for operation, _ in members)
    return any(_is(code, str(operation), value) for operation, value in members) is not negated


def _is(code: int, operation: str, value: Any) -> bool:
    match operation:
        case "LITERAL":
            return code == value
        case "RANGE":
            return value[0] <= code <= value[1]
        case "CATEGORY":
            name = str(value)
            kind = chr(code).isdigit() if "DIGIT" in name else "WORD" in name
            return kind is not ("NOT" in name)
        case _:
            return False
