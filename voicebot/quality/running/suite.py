"""Suites: which cases are judged together, and what must hold for them, read from YAML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from voicebot.errors import EvalFileError

LARGE_BYTES = 32 * 1024 * 1024
REMEDY = "Correct the suite; docs/eval-runs.md has the format."


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Paths = Annotated[tuple[str, ...], BeforeValidator(_several)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Part):
    """What a figure must come to.

    at_least: of a rate, 0 to 1. at_most: of a rate, or of the mean of a quantity, in its unit.
    """

    at_least: Annotated[float, Field(ge=0, le=1)] | None = None
    at_most: Annotated[float, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Target:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("write either at_least: or at_most:")
        return self


class SuiteCases(_Part):
    """Files or folders, beside the suite's own file. conversations: scenario calls. transcripts: our own JSONL.

    utterances: labelled for understanding.
    """

    conversations: Paths = ()
    transcripts: Paths = ()
    utterances: Paths = ()

    @model_validator(mode="after")
    def _some(self) -> SuiteCases:
        if not (self.conversations or self.transcripts or self.utterances):
            raise ValueError("name conversations:, transcripts: or utterances:")
        return self


class SuiteFile(_Part):
    """One suite as people write it.

    clients: only cases of these, empty for all. only: parts of case names, one of which must be there; empty for all.
    attempts: how often a case is held where chance plays a part (a language model, a persona, audio). every: judge each n-th
    case, to make a quick suite of a large set. targets: by check, "case" for whole cases, or by quantity.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]
    about: str = ""
    cases: SuiteCases
    clients: Paths = ()
    only: Paths = ()
    every: Annotated[int, Field(ge=1)] = 1
    attempts: Annotated[int, Field(ge=1, le=50)] = 1
    targets: dict[str, Target] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suite:
    """path: of its file; what it names lies beside it."""

    path: Path
    written: SuiteFile

    @property
    def name(self) -> str:
        return self.written.name

    @property
    def is_large(self) -> bool:
        """Its transcripts are read one by one while they are judged, never all at once."""
        return sum(f.stat().st_size for f in self.files(self.written.cases.transcripts, "*.jsonl")) > LARGE_BYTES

    def files(self, named: tuple[str, ...], pattern: str) -> list[Path]:
        """Files that these paths name, folders searched, in order. Raises: EvalFileError for what is not there."""
        found: list[Path] = []
        for name in named:
            path = (self.path.parent / name).resolve()
            inside = sorted(path.glob(pattern)) if path.is_dir() else [path] if path.is_file() else []
            if not inside:
                raise EvalFileError(str(self.path), [f"cases: {name} is no file and no folder with {pattern}"], REMEDY)
            found += inside
        return found


def find_suite(name: str, shipped: Path) -> Path:
    """The file of a suite: a path, or the name of one in `shipped`. Raises: EvalFileError."""
    path = Path(name)
    inside = shipped / f"{name}.yaml"
    for candidate in (path, inside):
        if candidate.is_file():
            return candidate
    known = ", ".join(sorted(f.stem for f in shipped.glob("*.yaml"))) or "none"
    raise EvalFileError(name, ["is no file and no suite that we ship"], f"Known suites: {known}.")


def read_suite(path: Path) -> Suite:
    """Raises: EvalFileError naming file, line and field."""
    try:
        document: Any = YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        line = mark.line + 1 if mark else 1
        raise EvalFileError(str(path), [f"line {line}, {broken.problem or broken.context}"], REMEDY) from broken
    except (OSError, YAMLError, UnicodeDecodeError) as broken:
        raise EvalFileError(str(path), [str(broken).splitlines()[0]], REMEDY) from broken
    if not isinstance(document, CommentedMap):
        raise EvalFileError(str(path), ["line 1, a suite is a mapping with name: and cases:"], REMEDY)
    try:
        return Suite(path.resolve(), SuiteFile.model_validate(_plain(document)))
    except ValidationError as wrong:
        problems = [
            f"line {_line(document, e['loc'])}, {'.'.join(map(str, e['loc'])) or 'suite'}: "
            f"{e['msg'].removeprefix('Value error, ')}"
            for e in wrong.errors()
        ]
        raise EvalFileError(str(path), problems, REMEDY) from wrong


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, CommentedSeq) else node


def _line(document: CommentedMap, place: tuple[int | str, ...]) -> int:
    """The line of the deepest part of the place that is written."""
    node: Any = document
    line = 1
    for key in place:
        if isinstance(node, CommentedMap) and key in node:
            line = node.lc.key(key)[0] + 1
            node = node[key]
        elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
            line = node.lc.item(key)[0] + 1
            node = node[key]
        else:
            break
    return line
