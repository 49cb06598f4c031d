"""As much of JSON Schema (draft 2020-12) as the schema of client files uses; an unknown keyword is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_SAID = {"title", "description", "default", "$defs", "$schema", "$id", "format"}


def problems(value: Any, schema: dict[str, Any], root: dict[str, Any], place: str = "") -> Iterator[str]:
    """Where a value does not fit a schema."""
    for keyword, rule in schema.items():
        if keyword not in _SAID:
            yield from _KEYWORDS[keyword](value, rule, schema, root, place)


def _any_of(value: Any, rule: Any, _schema: Any, root: Any, place: str) -> Iterator[str]:
    tried = [list(problems(value, one, root, place)) for one in rule]
    if all(tried):
        yield from min(tried, key=len)


def _type(value: Any, rule: Any, _schema: Any, _root: Any, place: str) -> Iterator[str]:
    fits = isinstance(value, _TYPES[rule]) and not (isinstance(value, bool) and rule in ("integer", "number"))
    if not fits:
        yield f"{place} is not of type {rule}"


def _properties(value: Any, rule: Any, _schema: Any, root: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in rule.items():
            if name in value:
                yield from problems(value[name], inner, root, f"{place}.{name}")


def _additional(value: Any, rule: Any, schema: Any, root: Any, place: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        patterns = schema.get("patternProperties", {})
        if name not in schema.get("properties", {}) and not any(re.search(pattern, name) for pattern in patterns):
            if rule is False:
                yield f"{place}.{name} is not known"
            elif isinstance(rule, dict):
                yield from problems(value[name], rule, root, f"{place}.{name}")


def _patterns(value: Any, rule: Any, _schema: Any, root: Any, place: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        for pattern, inner in rule.items():
            if re.search(pattern, name):
                yield from problems(value[name], inner, root, f"{place}.{name}")


def _names(value: Any, rule: Any, _schema: Any, root: Any, place: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        yield from problems(name, rule, root, f"{place}.{name}")


def _required(value: Any, rule: Any, _schema: Any, _root: Any, place: str) -> Iterator[str]:
    yield from (f"{place}.{name} is missing" for name in rule if isinstance(value, dict) and name not in value)


def _items(value: Any, rule: Any, _schema: Any, root: Any, place: str) -> Iterator[str]:
    for number, item in enumerate(value if isinstance(value, list) else ()):
        yield from problems(item, rule, root, f"{place}[{number}]")


def _ref(value: Any, rule: Any, _schema: Any, root: Any, place: str) -> Iterator[str]:
    yield from problems(value, root["$defs"][rule.removeprefix("#/$defs/")], root, place)


def _holds(test: Any, said: str) -> Any:
    def judge(value: Any, rule: Any, _schema: Any, _root: Any, place: str) -> Iterator[str]:
        if not test(value, rule):
            yield f"{place} {said} {rule}"

    return judge


def _long(value: Any) -> int | None:
    return len(value) if isinstance(value, (str, list)) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_KEYWORDS: dict[str, Any] = {
    "anyOf": _any_of,
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "patternProperties": _patterns,
    "propertyNames": _names,
    "required": _required,
    "items": _items,
    "$ref": _ref,
    "enum": _holds(lambda value, rule: value in rule, "is none of"),
    "const": _holds(lambda value, rule: value == rule, "is not"),
    "pattern": _holds(lambda value, rule: not isinstance(value, str) or re.search(rule, value), "does not match"),
    "minLength": _holds(lambda value, rule: not isinstance(value, str) or len(value) >= rule, "is shorter than"),
    "maxLength": _holds(lambda value, rule: not isinstance(value, str) or len(value) <= rule, "is longer than"),
    "minItems": _holds(lambda value, rule: _long(value) is None or len(value) >= rule, "has fewer items than"),
    "minProperties": _holds(lambda value, rule: not isinstance(value, dict) or len(value) >= rule, "has fewer names than"),
    "minimum": _holds(lambda value, rule: not _is_number(value) or value >= rule, "is less than"),
    "maximum": _holds(lambda value, rule: not _is_number(value) or value <= rule, "is more than"),
}
