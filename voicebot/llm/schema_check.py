"""Checks an answer against its JSON schema here, because not every OpenAI-compatible server enforces it."""

from __future__ import annotations

from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def breach(value: Any, schema: dict[str, Any], at: str = "answer") -> str | None:
    """Where the value breaks the schema, as "answer.details[0].words: not a string", or None.

    Knows what strict schemas use: type, enum, properties, required, additionalProperties, items, maxItems, maxLength, anyOf.
    """
    if "anyOf" in schema:
        breaches = [breach(value, option, at) for option in schema["anyOf"]]
        return None if None in breaches else breaches[0]
    if "enum" in schema and value not in schema["enum"]:
        return f"{at}: not one of the allowed values"
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind] if kind else []
    if kinds and not any(_is(value, k) for k in kinds):
        return f"{at}: not a {' or '.join(kinds)}"
    if isinstance(value, dict):
        return _object_breach(value, schema, at)
    if isinstance(value, list):
        return _array_breach(value, schema, at)
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        return f"{at}: too long"
    return None


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _object_breach(value: dict[str, Any], schema: dict[str, Any], at: str) -> str | None:
    properties: dict[str, Any] = schema.get("properties", {})
    missing = [name for name in schema.get("required", ()) if name not in value]
    if missing:
        return f"{at}: {missing[0]} is missing"
    if schema.get("additionalProperties") is False and value.keys() - properties.keys():
        return f"{at}: has a property that the schema does not know"
    for name, part in properties.items():
        if name in value and (found := breach(value[name], part, f"{at}.{name}")):
            return found
    return None


def _array_breach(value: list[Any], schema: dict[str, Any], at: str) -> str | None:
    if len(value) > schema.get("maxItems", len(value)):
        return f"{at}: too many items"
    for i, item in enumerate(value):
        if found := breach(item, schema.get("items", {}), f"{at}[{i}]"):
            return found
    return None
