"""The prompt of one turn: what this client and this state can still need, and the caller's words as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.domain.acts import Secret
from voicebot.domain.call import Awaited
from voicebot.llm.prompt_file import hash_of, read_prompt
from voicebot.understanding.model.relevant import claimable_kinds, relevant_details, relevant_to
from voicebot.understanding.ports import Context

SYSTEM, TURN = "understanding.md", "understanding_turn.md"
MOST_WORDS = 4_000
"""Letters of one caller turn that are shown to the model."""
_MOST_LAST_SAID = 400
_NUMBERS_AND_EMAILS = re.compile(r"\S+@\S+|\+?\d(?:[ .-]?\d){5,}")

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
MOST_CLAIMS = 16
MOST_QUOTE = 600
"""Letters of one quote."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """system: what the client and the state allow. schema: strict, with these ids only. hash: of the prompt files."""

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
        self._system, self._turn = read_prompt(folder / SYSTEM), read_prompt(folder / TURN)
        self.hash = hash_of(self._system, self._turn)

    def of(self, words: str, context: Context) -> Prompt:
        shown = relevant_to(context)
        system = self._system.render(
            scenarios=shown.scenarios,
            questions=shown.questions,
            people=shown.people,
            kinds=shown.kinds,
            details=shown.details,
            wishes=", ".join(f"wish:{w}" for w in WISHES),
        )
        known = ", ".join(f"{name}{'' if d.complete else ' (begun)'}" for name, d in context.details.items())
        user = self._turn.render(
            language=context.language.value,
            last_said=_last_said(context),
            awaited=context.expectation.awaited.value,
            detail=context.expectation.detail or "",
            scenario=context.scenario or NONE,
            known=known or NONE,
            words=as_data(words[:MOST_WORDS]),
        )
        return Prompt(system, user, schema_of(context), self.hash)


def _last_said(context: Context) -> str:
    """A read-back holds the caller's own name and number, which no model needs: it is only named."""
    if context.expectation.awaited is Awaited.CONFIRMATION:
        return "(a read-back)"
    said = _NUMBERS_AND_EMAILS.sub("[…]", " ".join(context.last_said))
    return as_data(said[-_MOST_LAST_SAID:]) or NONE


def as_data(words: str) -> str:
    """Words that cannot close the <caller> delimiter, nor begin a line of their own."""
    return " ".join(words.replace("<", "‹").replace(">", "›").split())


def claims_of(context: Context) -> tuple[str, ...]:
    """Everything that may be claimed in this state: ids of this client, its relevant details, the house's wishes."""
    client = context.instructions
    return (
        *(f"scenario:{s.id}" for s in client.scenarios),
        *(f"faq:{f.id}" for f in client.faq),
        "question:other",
        *(f"person:{p.id}" for p in (*client.people, *client.teams)),
        f"person:{UNKNOWN}",
        *(f"caller:{k}" for k in claimable_kinds(client)),
        *(f"secret:{s.value}" for s in Secret),
        *(f"detail:{d}" for d in relevant_details(context)),
        *(f"correction:{d}" for d in relevant_details(context) if d in context.details),
        "answer:yes",
        "answer:no",
        *(f"wish:{w}" for w in WISHES),
    )


def schema_of(context: Context) -> dict[str, Any]:
    """The strict schema of an answer: what can be claimed in this state, each claim with the words that show it."""
    claim = _object(claim={"type": "string", "enum": list(claims_of(context))}, words={"type": "string"})
    return _object(claims={"type": "array", "items": claim})


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
