"""The prompt of one turn: this client's scenarios, questions, people and details, the state, the caller's words as data."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError

from voicebot.domain.details import HOUSE_DETAILS
from voicebot.domain.instructions import Instructions
from voicebot.errors import SettingsError
from voicebot.understanding.ports import Context

SYSTEM, TURN = "understanding.md", "understanding_turn.md"
MOST_WORDS = 4_000
"""Letters of one caller turn that are shown to the model."""

WISHES = (
    "ask_for_human",
    "ask_whether_robot",
    "ask_to_repeat",
    "ask_to_wait",
    "do_not_know",
    "refuse_recording",
    "ask_for_french",
    "ask_for_english",
    "greet",
    "thank",
    "say_goodbye",
)
NONE, UNKNOWN = "none", "unknown"
_MOST_CLIENTS = 64


@dataclass(frozen=True, slots=True)
class Prompt:
    """system: the same for every turn of a client. schema: strict, with its ids only. hash: of the prompt files."""

    system: str
    user: str
    schema: dict[str, Any]
    hash: str


class Prompts:
    """The prompt files of the house, read once.

    Args:
        folder: where understanding.md and understanding_turn.md are.

    Raises: SettingsError naming the file that is missing or broken.
    """

    def __init__(self, folder: Path) -> None:
        texts = {name: _read(folder / name) for name in (SYSTEM, TURN)}
        self.hash = hashlib.sha256("\0".join(texts.values()).encode()).hexdigest()[:12]
        # Values are spoken words for a model, not HTML for a browser.
        environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
        try:
            self._system, self._turn = (environment.from_string(texts[name]) for name in (SYSTEM, TURN))
        except TemplateError as broken:
            raise SettingsError(f"{folder}: a prompt cannot be used: {broken}.", "Correct the file.") from broken
        self._kept: OrderedDict[int, tuple[Instructions, str, dict[str, Any]]] = OrderedDict()

    def of(self, words: str, context: Context) -> Prompt:
        system, schema = self._of_client(context.instructions)
        known = ", ".join(f"{name}{'' if d.complete else ' (begun)'}" for name, d in context.details.items())
        user = self._turn.render(
            language=context.language.value,
            last_said=as_data(" ".join(context.last_said)) or NONE,
            awaited=context.expectation.awaited.value,
            detail=context.expectation.detail or "",
            scenario=context.scenario or NONE,
            known=known or NONE,
            words=as_data(words[:MOST_WORDS]),
        )
        return Prompt(system, user, schema, self.hash)

    def _of_client(self, instructions: Instructions) -> tuple[str, dict[str, Any]]:
        kept = self._kept.get(id(instructions))
        if kept is None or kept[0] is not instructions:
            kept = (instructions, self._system.render(**_of_client(instructions)), schema_of(instructions))
            self._kept[id(instructions)] = kept
        self._kept.move_to_end(id(instructions))
        while len(self._kept) > _MOST_CLIENTS:
            self._kept.popitem(last=False)
        return kept[1], kept[2]


def as_data(words: str) -> str:
    """Words that cannot close the <caller> delimiter."""
    return words.replace("<", "‹").replace(">", "›").strip()


def detail_ids(instructions: Instructions) -> tuple[str, ...]:
    return (*HOUSE_DETAILS, *(d.id for d in instructions.details if d.id not in HOUSE_DETAILS))


def schema_of(instructions: Instructions) -> dict[str, Any]:
    """The strict schema of an answer: ids of this client and no other."""
    detail = _object(
        detail={"type": "string", "enum": list(detail_ids(instructions))},
        words={"type": "string"},
        correction={"type": "boolean"},
    )
    return _object(
        scenario={"type": "string", "enum": [*(s.id for s in instructions.scenarios), NONE]},
        scenario_words={"type": "string"},
        faq={"type": "string", "enum": [*(f.id for f in instructions.faq), NONE]},
        faq_words={"type": "string"},
        person={"type": "string", "enum": [*(p.id for p in instructions.people), UNKNOWN, NONE]},
        person_words={"type": "string"},
        details={"type": "array", "items": detail},
        answer={"type": "string", "enum": ["yes", "no", NONE]},
        wishes={"type": "array", "items": {"type": "string", "enum": list(WISHES)}},
        language={"type": "string", "enum": ["fr", "en", UNKNOWN]},
    )


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _of_client(instructions: Instructions) -> dict[str, Any]:
    def examples(callers_say: Any) -> str:
        return " / ".join(text for texts in callers_say.values() for text in texts)

    language = instructions.language
    return {
        "scenarios": [
            {"id": s.id, "title": s.title.get(language, s.id), "examples": examples(s.callers_say)}
            for s in instructions.scenarios
        ],
        "questions": [{"id": f.id, "examples": examples(f.callers_say)} for f in instructions.faq],
        "people": [{"id": p.id, "name": p.name, "role": p.role} for p in instructions.people],
        "details": [{"id": d, "kind": instructions.detail_kind(d).value} for d in detail_ids(instructions)],
    }


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as missing:
        raise SettingsError(
            f"The prompt {path} cannot be read.", "Set VOICEBOT_PROMPTS_DIR to the folder that has it."
        ) from missing
