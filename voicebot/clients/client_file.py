"""One client file: YAML to instructions, or an error that names file, line, field and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from voicebot.domain.instructions import Instructions
from voicebot.errors import InstructionsError

REMEDY = "Correct the file, then run: voicebot clients check."


def read_client_file(path: Path) -> Instructions:
    """Instructions in a YAML file. Raises: InstructionsError with one problem per line, file and field named."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as unreadable:
        reason = "is not UTF-8 text" if isinstance(unreadable, UnicodeDecodeError) else str(unreadable.strerror)
        raise InstructionsError(str(path), [f"cannot be read: {reason}"], REMEDY) from unreadable
    try:
        document: Any = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise InstructionsError(str(path), [f"{place}: {broken.problem or broken.context}"], REMEDY) from broken
    except YAMLError as broken:
        raise InstructionsError(str(path), [str(broken).splitlines()[0]], REMEDY) from broken
    if not isinstance(document, CommentedMap):
        raise InstructionsError(str(path), ["line 1: the file must hold fields such as id: and identity:"], REMEDY)
    try:
        instructions = Instructions.model_validate(_plain(document))
    except ValidationError as wrong:
        problems = [_problem(document, error["loc"], error["msg"], error["type"]) for error in wrong.errors()]
        raise InstructionsError(str(path), problems, REMEDY) from wrong
    if instructions.id != path.stem:
        line = document.lc.key("id")[0] + 1
        raise InstructionsError(
            str(path), [f'line {line}, id: "{instructions.id}" is not the file\'s name → write id: {path.stem}'], REMEDY
        )
    return instructions


def _plain(node: Any) -> Any:
    """ruamel's round-trip nodes as plain Python values; keys that pydantic reads as strings stay strings."""
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return node


def _problem(document: Any, location: tuple[int | str, ...], message: str, kind: str) -> str:
    field = ".".join(str(part) for part in location) or "file"
    remedy = {
        "missing": "add this field",
        "extra_forbidden": "remove or rename this field; the known ones are in the documentation of the format",
    }.get(kind, "")
    text = message.removeprefix("Value error, ")
    return f"line {_line(document, location)}, {field}: {text}" + (f" → {remedy}" if remedy else "")


def _line(document: Any, location: tuple[int | str, ...]) -> int:
    """Line (from 1) of the deepest part of `location` that the file has."""
    node, line = document, 1
    for part in location:
        try:
            if isinstance(node, CommentedMap) and part in node:
                line = node.lc.key(part)[0] + 1
                node = node[part]
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line = node.lc.item(part)[0] + 1
                node = node[part]
            else:
                return line
        except (KeyError, AttributeError):
            return line
    return line
