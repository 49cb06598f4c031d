"""The JSON Schema for editors: current, described in every field, and of one mind with the files that are shipped."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.clients.json_schema import problems
from voicebot.clients.schema import EDITOR_COMMENT, SCHEMA_NAME, client_schema, field_words, schema_text

CLIENTS = Path(__file__).parents[2] / "client_configs"
FILES = sorted(CLIENTS.glob("*.yaml"))
SCHEMA = client_schema()


def as_json(value: Any) -> Any:
    """A YAML document as an editor sees it: dates are text."""
    match value:
        case dict():
            return {str(name): as_json(inner) for name, inner in value.items()}
        case list():
            return [as_json(inner) for inner in value]
        case datetime():
            return value.isoformat()
        case date():
            return value.isoformat()
        case _:
            return value


def document(file: Path) -> Any:
    return as_json(YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")))


def test_shipped_schema_is_current() -> None:
    assert (CLIENTS / SCHEMA_NAME).read_text(encoding="utf-8") == schema_text(), "run: voicebot clients schema --write"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_shipped_client_fits_the_schema(file: Path) -> None:
    assert list(problems(document(file), SCHEMA, SCHEMA)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("hours", "weekly", "monday"), ["8h-12h"]),
        (("identity", "sectr"), "heating"),
        (("identity", "sector"), "bakery"),
        (("identity", "dialled_numbers"), ["0199001001"]),
        (("scenarios", 0, "deadline"), "tomorrow"),
        (("scenarios", 0, "urgency"), "p9"),
        (("version",), 0),
        (("greeting", "open"), {"de": "Guten Tag"}),
        (("format",), None),
        (("confidentiality",), "secret"),
        (("examples",), [{"say": 5, "then": {}}]),
    ],
)
def test_wrong_file_does_not_fit_the_schema(path: tuple[Any, ...], value: Any) -> None:
    written = document(FILES[0])
    node = written
    for step in path[:-1]:
        node = node[step]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    assert list(problems(written, SCHEMA, SCHEMA)) != []


def parts() -> dict[str, dict[str, Any]]:
    found = {name: part for name, part in SCHEMA["$defs"].items() if name != "Slot"} | {"Instructions": SCHEMA}
    return {name: part["anyOf"][1] if "anyOf" in part else part for name, part in found.items()}


def test_every_field_is_described() -> None:
    mute = [
        f"{name}.{field}"
        for name, part in parts().items()
        for field, said in part.get("properties", {}).items()
        if len(said.get("description", "")) < 5
    ]
    assert mute == []


def test_no_words_are_kept_for_a_field_that_is_gone() -> None:
    known = parts()
    stale = [
        f"{name}.{field}"
        for name, fields in field_words().items()
        for field in fields
        if name != "*" and field not in known[name]["properties"]
    ]
    assert stale == []


def test_schema_is_json_and_names_itself() -> None:
    assert json.loads(schema_text())["$id"] == SCHEMA_NAME
    assert SCHEMA_NAME in EDITOR_COMMENT
