"""Labelled utterances: what a caller says and what must be understood, read from YAML. Format: docs/evals.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from voicebot.domain.language import Language
from voicebot.domain.urgency import RED_FLAGS
from voicebot.errors import EvalFileError

ASK = "ask"
"""Label of a detail that the words do not give beyond doubt: no sure value may come out."""

_AT = "%Y-%m-%d %H:%M"


def _text(value: Any) -> Any:
    return value if value is None else str(value)


def _ids(value: Any) -> Any:
    unknown = sorted(set(value) - set(RED_FLAGS)) if isinstance(value, list | tuple) else []
    if unknown:
        raise ValueError(f"unknown red flag {', '.join(unknown)}")
    return value


def _moment(value: Any) -> Any:
    try:
        return value if isinstance(value, datetime) else datetime.strptime(str(value), _AT)  # noqa: DTZ007 - local time
    except ValueError as wrong:
        raise ValueError(f'"{value}" is not a local time; write it as "2026-11-23 10:10"') from wrong


Text = Annotated[str, BeforeValidator(_text)]


class _Defaults(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    client: str | None = None
    language: Language = Language.FRENCH
    at: Annotated[datetime, BeforeValidator(_moment)] = datetime(2026, 11, 23, 10, 10)  # noqa: DTZ001 - local time


class Label(_Defaults):
    """One utterance with its labels; only the labels that are written are judged, besides danger and human.

    danger: red flags that must be raised; none written means that none may be. human: is a human, a service or a person
    wanted? asked: "request", "confirmation", "anything_else" or a detail's id. details: canonical value, or "ask".
    acts: those that must be there, and no other of their list; [] means none of it.
    """

    say: str
    asked: str = "request"
    known: dict[str, Text] = Field(default_factory=dict)
    danger: Annotated[tuple[str, ...], BeforeValidator(_ids)] = ()
    human: bool = False
    person: str | None = None
    answer: Literal["yes", "no", "none"] | None = None
    scenario: str | None = None
    faq: str | None = None
    caller_kind: str | None = None
    details: dict[str, Text] = Field(default_factory=dict)
    acts: tuple[str, ...] | None = None
    noise: bool = False


@dataclass(frozen=True, slots=True)
class LabelledUtterance:
    """file, line: where it is written, for reports."""

    file: str
    line: int
    label: Label


def read_labelled(paths: Iterable[Path]) -> list[LabelledUtterance]:
    """Rows of files, and of every *.yaml of folders, in order.

    Raises: EvalFileError naming file, line and field.
    """
    files = [f for path in paths for f in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    if not files:
        raise EvalFileError(", ".join(map(str, paths)), ["holds no *.yaml file"], "Name a file or folder of evals.")
    return [row for file in files for row in _read(file)]


def _read(path: Path) -> list[LabelledUtterance]:
    try:
        document: Any = YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as broken:
        mark = broken.problem_mark
        raise EvalFileError(str(path), [f"line {mark.line + 1 if mark else '?'}: {broken.problem}"]) from broken
    except (OSError, UnicodeDecodeError, YAMLError) as unreadable:
        raise EvalFileError(str(path), [f"cannot be read: {unreadable}"]) from unreadable
    rows = document.get("utterances") if isinstance(document, CommentedMap) else None
    if not isinstance(rows, CommentedSeq):
        raise EvalFileError(str(path), ["has no utterances: list"], "See docs/evals.md for the format.")
    found: list[LabelledUtterance] = []
    problems: list[str] = []
    try:
        defaults = _Defaults.model_validate({k: v for k, v in document.items() if k != "utterances"})
    except ValidationError as wrong:
        raise EvalFileError(str(path), _problems(wrong, 1)) from wrong
    given = defaults.model_dump(exclude_unset=True)
    for number, row in enumerate(rows):
        line = rows.lc.item(number)[0] + 1
        try:
            found.append(LabelledUtterance(path.name, line, Label.model_validate({**given, **_plain(row)})))
        except (ValidationError, TypeError) as wrong:
            problems += _problems(wrong, line)
    if problems:
        raise EvalFileError(str(path), problems, "Correct the rows; docs/evals.md has the format.")
    return found


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    return [_plain(value) for value in node] if isinstance(node, CommentedSeq) else node


def _problems(wrong: ValidationError | TypeError, line: int) -> list[str]:
    if isinstance(wrong, TypeError):
        return [f"line {line}: a row is written {{say: …}}"]
    return [f"line {line}, {'.'.join(map(str, e['loc'])) or 'row'}: {e['msg']}" for e in wrong.errors()]
