"""One client file: YAML to instructions that were checked, or an error that names file, line, field and remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from voicebot.clients.check.finding import Finding
from voicebot.clients.check.instructions import errors_in
from voicebot.clients.lines import Lines
from voicebot.domain.instructions import Instructions
from voicebot.errors import InstructionsError

REMEDY = "Correct the file, then run: voicebot clients check."
DIGEST_DIGITS = 12
LONGEST_FILE_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class ClientFile:
    """A client's file as it was accepted. digest: first 12 hex digits of the SHA-256 of its bytes."""

    path: Path
    content: bytes
    digest: str
    instructions: Instructions
    lines: Lines

    def place(self, path: str) -> str:
        """ "client_configs/x.yaml:57" of an instruction's path; "" for the house's own rules."""
        line = self.lines.line(path)
        return f"{self.path}:{line}" if line else ""


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()[:DIGEST_DIGITS]


def read_client_file(path: Path) -> Instructions:
    """Instructions in a YAML file. Raises: InstructionsError with one problem per line, file and field named."""
    return read_client(path).instructions


def read_client(path: Path) -> ClientFile:
    """The same with digest and lines. Raises: InstructionsError."""
    return client_of(path, content_of(path), path.stem)


def content_of(path: Path) -> bytes:
    """Bytes of a client file. Raises: InstructionsError."""
    try:
        content = path.read_bytes()
    except OSError as unreadable:
        raise InstructionsError(str(path), [f"cannot be read: {unreadable.strerror}"], REMEDY) from unreadable
    if len(content) > LONGEST_FILE_BYTES:
        raise InstructionsError(str(path), [f"is longer than {LONGEST_FILE_BYTES} bytes"], REMEDY)
    return content


def client_of(path: Path, content: bytes, client_id: str, *, checked: bool = True) -> ClientFile:
    """The client in a file's bytes. Raises: InstructionsError.

    Args:
        client_id: what its id must be. checked: False reads a file that was accepted before.
    """
    document = _document(path, content)
    lines = Lines(document)
    try:
        instructions = Instructions.model_validate(_plain(document))
    except ValidationError as wrong:
        problems = [
            problem
            for error in wrong.errors()
            for problem in _problems(lines, error["loc"], error["msg"].removeprefix("Value error, "), error["type"])
        ]
        raise InstructionsError(str(path), problems, REMEDY) from wrong
    if instructions.id != client_id:
        wrong_id = f'"{instructions.id}" is not the file\'s name → write id: {client_id}'
        raise InstructionsError(str(path), [f"line {lines.line_at(('id',))}, id: {wrong_id}"], REMEDY)
    if checked and (found := errors_in(instructions)):
        raise InstructionsError(str(path), [told(lines, finding) for finding in found], REMEDY)
    return ClientFile(path, content, digest_of(content), instructions, lines)


def told(lines: Lines, finding: Finding) -> str:
    """A finding as one line: "line 12, people[morel].phones: … → remedy"."""
    return f"line {lines.line(finding.path) or 1}, {finding.path}: {finding.what} → {finding.remedy}"


def _document(path: Path, content: bytes) -> CommentedMap:
    try:
        document: Any = YAML(typ="rt", pure=True).load(content.decode("utf-8"))
    except UnicodeDecodeError as unreadable:
        raise InstructionsError(str(path), ["cannot be read: is not UTF-8 text"], REMEDY) from unreadable
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise InstructionsError(str(path), [f"{place}: {broken.problem or broken.context}"], REMEDY) from broken
    except Exception as broken:
        # ruamel fails in many ways on broken documents, TypeError among them.
        reason = (str(broken).splitlines() or ["it cannot be understood"])[0]
        raise InstructionsError(str(path), [f"is not YAML: {reason}"], REMEDY) from broken
    if not isinstance(document, CommentedMap):
        raise InstructionsError(str(path), ["line 1: the file must hold fields such as id: and identity:"], REMEDY)
    return document


def _plain(node: Any) -> Any:
    """ruamel's round-trip nodes as plain Python values; keys that pydantic reads as strings stay strings."""
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return node


_PATH_FIRST = re.compile(r"(?P<path>[a-z_]+(?:\[[^\]]*\]|\.[a-z_]+)*)(?: names | has | ends )")
_REMEDIES = {
    "missing": "add this field",
    "extra_forbidden": "remove or rename this field; voicebot clients schema has the known ones",
}


def _problems(lines: Lines, location: tuple[int | str, ...], message: str, kind: str) -> list[str]:
    if not location:
        return [_problem_of_the_whole(lines, one) for one in message.split("; ")]
    remedy = _REMEDIES.get(kind, "")
    field = ".".join(str(part) for part in location)
    return [f"line {lines.line_at(location)}, {field}: {message}" + (f" → {remedy}" if remedy else "")]


def _problem_of_the_whole(lines: Lines, message: str) -> str:
    """A problem between parts begins with the path of the one that is wrong."""
    named = _PATH_FIRST.match(message)
    line = lines.line(named["path"]) if named else None
    return f"line {line or 1}, {named['path'] if named and line else 'file'}: {message}"
