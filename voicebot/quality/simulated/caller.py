"""A caller played by a language model: what it does next, and its mistakes, which are never the receptionist's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.domain.language import Language
from voicebot.errors import LanguageModelFailed
from voicebot.llm.language_model import LanguageModel
from voicebot.llm.metering import Meter
from voicebot.llm.prompt_file import PromptFile, hash_of, read_prompt
from voicebot.quality.conversation_file import PersonaWritten
from voicebot.understanding.details.phone_numbers import interpret
from voicebot.understanding.details.stretches import dictated
from voicebot.understanding.normalise import Utterance, plain

SYSTEM, TURN = "caller.md", "caller_turn.md"
MOST_WORDS_LETTERS = 400
LIMIT_S = 20.0
_REMEMBERED = 12
_DOES = ("say", "keys", "silence", "hang_up")
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"does": {"type": "string", "enum": list(_DOES)}, "words": {"type": "string", "maxLength": 1000}},
    "required": ["does", "words"],
    "additionalProperties": False,
}
_NAMES = {Language.FRENCH: "French", Language.ENGLISH: "English"}
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


@dataclass(frozen=True, slots=True)
class Mistake:
    """turn: of the caller, from 1. code: reason of the model's failure, or what was wrong with its answer."""

    turn: int
    code: str


@dataclass(frozen=True, slots=True)
class CallerPrompts:
    system: PromptFile
    turn: PromptFile

    @classmethod
    def read(cls, folder: Path) -> CallerPrompts:
        """Raises: SettingsError naming the file that cannot be used."""
        return cls(read_prompt(folder / SYSTEM), read_prompt(folder / TURN))

    @property
    def digest(self) -> str:
        return hash_of(self.system, self.turn)


class SimulatedCaller:
    """One call's caller. Asks the model once per turn; a mistake is repaired where it can be and noted in `mistakes`.

    Args:
        limit_s: of one answer of the model. meter: of what it costs.
    """

    def __init__(
        self,
        persona: PersonaWritten,
        language: Language,
        model: LanguageModel,
        prompts: CallerPrompts,
        *,
        limit_s: float = LIMIT_S,
        meter: Meter | None = None,
    ) -> None:
        self._persona, self._language, self._model, self._prompts = persona, language, model, prompts
        self._limit_s, self._meter = limit_s, meter
        self._said: list[tuple[str, str]] = []
        self.turns = 0
        self.mistakes: list[Mistake] = []
        self._system = prompts.system.render(
            goal=persona.goal,
            character=persona.character,
            facts=list(persona.facts.items()),
            must=persona.must,
            never=persona.never,
            language=_NAMES[language],
        )

    async def next_line(self, heard: str) -> str:
        """What the caller does: words, "/keys 06…", "/silence" or "/hang-up". heard: what the receptionist just said."""
        self.turns += 1
        left = self._persona.most_turns - self.turns
        if left < 0:
            return "/hang-up"
        asked = self._prompts.turn.render(said=self._said[-_REMEMBERED:], heard=heard, left=left)
        try:
            answer = await self._model.structured(self._system, asked, _SCHEMA, self._limit_s, self._meter)
        except LanguageModelFailed as failed:
            self._note(failed.reason)
            # A caller who says nothing is a turn that every receptionist must stand.
            line = "/silence" if len(self.mistakes) < self._persona.most_turns // 2 else "/hang-up"
        else:
            line = self._line(str(answer.value["does"]), " ".join(str(answer.value["words"]).split()))
        self._said += [("receptionist", heard), ("you", line)]
        return line

    def _line(self, does: str, words: str) -> str:
        if does == "hang_up":
            return "/hang-up"
        if does == "keys":
            keys = re.sub(r"[^0-9*#]", "", words)
            if not keys:
                self._note("bad_keys")
            return f"/keys {keys}" if keys else "/silence"
        if does == "silence":
            return "/silence"
        if not words.strip("/ "):
            self._note("no_words")
            return "/silence"
        if len(words) > MOST_WORDS_LETTERS:
            self._note("too_long")
            words = words[:MOST_WORDS_LETTERS].rsplit(" ", 1)[0]
        self._check(words)
        return words.lstrip("/ ")

    def _check(self, words: str) -> None:
        """A number or an address that is not the persona's own makes the call worthless as a measure."""
        known = plain(" ".join(self._persona.facts.values())).replace(" ", "")
        for stretch in dictated(Utterance.of(words), self._language):
            number = interpret(stretch) if stretch.parts else None
            if number is not None and number.complete and number.value[-9:] not in known:
                self._note("invented_number")
        if any(plain(email).replace(" ", "") not in known for email in _EMAIL.findall(words)):
            self._note("invented_email")

    def _note(self, code: str) -> None:
        self.mistakes.append(Mistake(self.turns, code))
