"""The JSON Schema of client files, for editors: every field described in words."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, get_args

from pydantic import BaseModel
from ruamel.yaml import YAML

from voicebot.domain.instructions import Instructions

SCHEMA_NAME = "voicebot.client-1.schema.json"
EDITOR_COMMENT = f"# yaml-language-server: $schema={SCHEMA_NAME}"
"""First line of a client file: editors with a YAML language server then complete and check it while it is written."""


def client_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a client file."""
    schema = Instructions.model_json_schema(by_alias=True, mode="validation")
    docs = {model.__name__: model for model in _models(Instructions, set())}
    parts: dict[str, Any] = schema["$defs"]
    for name, part in [*parts.items(), (Instructions.__name__, schema)]:
        model = docs.get(name)
        if model is not None:
            _describe(part, model)
    _describe_enums(parts)
    _accept_short_forms(parts)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_NAME, **schema}


def schema_text() -> str:
    return json.dumps(client_schema(), ensure_ascii=False, indent=2) + "\n"


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """What is written about each field: beside it in voicebot/domain, else in field_words.yaml."""
    words = field_words()
    found = {name: words["*"][name] for name in (*model.model_fields, "from", "to") if name in words["*"]}
    found |= words.get(model.__name__, {})
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _attribute_docs(base)
    return found


@lru_cache(maxsize=1)
def field_words() -> dict[str, dict[str, str]]:
    """Words by class and field; "*" holds those of fields that mean the same everywhere."""
    text = files("voicebot.clients").joinpath("field_words.yaml").read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)


def _attribute_docs(model: type[BaseModel]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for before, after in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name) and _is_text(after):
            found[before.target.id] = inspect.cleandoc(after.value.value)  # type: ignore[attr-defined]
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _models(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """The model and every model inside it, once each."""
    if model in seen:
        return
    seen.add(model)
    yield model
    for field in model.model_fields.values():
        for inner in _types_in(field.annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from _models(inner, seen)


def _types_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _types_in(inner)


def _describe(part: dict[str, Any], model: type[BaseModel]) -> None:
    docs = field_docs(model)
    for name, field in model.model_fields.items():
        for written in _names_of(name, field):
            prop = part["properties"].get(written)
            words = docs.get(name) or docs.get(written)
            if prop is not None and words:
                prop["description"] = words


def _names_of(name: str, field: Any) -> list[str]:
    alias = field.validation_alias
    choices = [str(choice) for choice in getattr(alias, "choices", [])] or ([alias] if isinstance(alias, str) else [])
    return [*choices, *([field.alias] if field.alias else []), name]


def _describe_enums(parts: dict[str, Any]) -> None:
    for part in parts.values():
        if "description" in part:
            part["description"] = "\n\n".join(" ".join(p.split()) for p in part["description"].split("\n\n"))


def _accept_short_forms(parts: dict[str, Any]) -> None:
    """How people write what pydantic sees in parts: a slot as "08:00-12:00", confidentiality as a word, one turn alone."""
    slot = parts["Slot"]
    parts["Slot"] = {
        "type": "string",
        "pattern": "^ *([01]?[0-9]|2[0-4]):[0-5][0-9] *- *([01]?[0-9]|2[0-4]):[0-5][0-9] *$",
        "description": slot.get("description", ""),
    }
    whole = parts["Confidentiality"]
    parts["Confidentiality"] = {"anyOf": [{"$ref": "#/$defs/Profile"}, whole], "description": whole["description"]}
    say = parts["Example"]["properties"]["say"]
    parts["Example"]["properties"]["say"] = {
        "anyOf": [say["items"], {"type": "array", "items": say["items"]}],
        "description": say["description"],
    }
    for name in ("from", "to"):
        moment = parts["Shift"]["properties"][name]
        moment.pop("format", None)
        moment["pattern"] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$"
