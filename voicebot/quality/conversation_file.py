"""Labelled calls: what a caller says and answers, and the facts that must hold afterwards, read from YAML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from voicebot.domain.language import Language
from voicebot.errors import EvalFileError
from voicebot.quality.facts import Facts, FactsPart, Lines, Text


def _moment(value: Any) -> Any:
    try:
        return value if isinstance(value, datetime) else datetime.strptime(str(value), "%Y-%m-%d %H:%M")  # noqa: DTZ007 - local
    except ValueError as wrong:
        raise ValueError(f'"{value}" is not a local time; write it as "2026-11-23 10:10"') from wrong


Moment = Annotated[datetime, BeforeValidator(_moment)]


class _Defaults(FactsPart):
    client: str | None = None
    language: Language = Language.FRENCH
    at: Moment = datetime(2026, 11, 23, 10, 10)  # noqa: DTZ001 - local time
    facilities: tuple[Literal["transfer", "on_call", "connect"], ...] = ()
    answers: dict[str, Lines] = Field(default_factory=dict)


class PersonaWritten(FactsPart):
    """A caller whom a language model plays, instead of turns.

    goal: what the caller wants. facts: by detail id, all that it may tell of itself. must, never: what it does in any case,
    and what it never does. most_turns: after which it hangs up.
    """

    goal: str
    character: str = ""
    facts: dict[str, Text] = Field(default_factory=dict)
    must: Lines = ()
    never: Lines = ()
    most_turns: Annotated[int, Field(ge=1, le=40)] = 16


class Conversation(_Defaults):
    """One call. name: for reports. caller: the number shown, E.164, "" when withheld.

    turns: what the caller says first, whatever is asked. answers: what they say when they are asked for a detail's id,
    "request", "confirmation", "anything_else" or "person", one line per time; "keypad:<id>" when keys were offered, and
    "transfer" while somebody is being rung: usually the human takes the call, which is then over for us; "stay" when they
    are asked to stay on the line, and "waiting" while they do: usually silence.
    Lines may be "/silence", "/keys 0612…", "/hang-up", "/resume", "/time-limit" or "/nobody-answers" (to a transfer).
    facilities: what the house can do besides taking messages.
    persona: in the place of turns and answers, where a language model plays the caller.
    """

    name: str
    caller: str = ""
    turns: Lines = ()
    persona: PersonaWritten | None = None
    expect: Facts

    @model_validator(mode="after")
    def _one_way_to_speak(self) -> Self:
        if "turns" not in self.model_fields_set and self.persona is None:
            raise ValueError("write turns:, or persona: with a goal")
        if self.turns and self.persona is not None:
            raise ValueError("write turns: or persona:, not both")
        return self


@dataclass(frozen=True, slots=True)
class WrittenConversation:
    """file, line: where it is written, for reports."""

    file: str
    line: int
    conversation: Conversation

    @property
    def client(self) -> str:
        return self.conversation.client or ""


def read_conversations(paths: Iterable[Path]) -> list[WrittenConversation]:
    """Every call of the files, folders searched for *.yaml. Raises: EvalFileError naming file, line and field."""
    files = [f for path in paths for f in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    if not files:
        raise EvalFileError("conversations", ["no *.yaml file was found"], "Name a file or a folder of conversations.")
    return [written for file in files for written in _read(file)]


def _read(file: Path) -> list[WrittenConversation]:
    try:
        document: Any = YAML(typ="rt", pure=True).load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as broken:
        mark = broken.problem_mark or broken.context_mark
        raise _refused(file, mark.line + 1 if mark else 1, str(broken.problem or broken.context)) from broken
    except (OSError, YAMLError, UnicodeDecodeError) as broken:
        raise _refused(file, 1, str(broken).splitlines()[0]) from broken
    calls = document.get("calls") if isinstance(document, CommentedMap) else None
    if not isinstance(calls, CommentedSeq) or not calls:
        raise _refused(file, 1, "the file must hold a list calls:")
    shared = {key: value for key, value in document.items() if key != "calls"}
    return [_written(file, calls.lc.item(place)[0] + 1, shared, row) for place, row in enumerate(calls)]


def _written(file: Path, line: int, shared: dict[str, Any], row: Any) -> WrittenConversation:
    if not isinstance(row, CommentedMap):
        raise _refused(file, line, "a call is a mapping with name:, turns: and expect:")
    try:
        defaults = _Defaults.model_validate(shared)
        answers = {**defaults.answers, **row.get("answers", {})}
        given = {name: getattr(defaults, name) for name in ("client", "language", "at", "facilities")}
        conversation = Conversation.model_validate({**given, **row, "answers": answers})
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _refused(file, line, f"{place}: {first['msg'].removeprefix('Value error, ')}") from wrong
    if not conversation.client:
        raise _refused(file, line, "no client: is written for this call or for the file")
    return WrittenConversation(file.name, line, conversation)


def _refused(file: Path, line: int, what: str) -> EvalFileError:
    return EvalFileError(str(file), [f"line {line}, {what}"], "Correct the file; docs/evals.md has the format.")
