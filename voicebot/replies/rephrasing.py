"""Approved answers said in other words by a language model where a client allows it, or exactly as approved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.speaking import Sentence
from voicebot.errors import LanguageModelFailed
from voicebot.llm.language_model import LanguageModel
from voicebot.llm.metering import Meter
from voicebot.llm.prompt_file import hash_of, read_prompt
from voicebot.replies.fidelity import departure, keeps_to

_log = structlog.get_logger()

SYSTEM, TURN = "rephrasing.md", "rephrasing_turn.md"
MOST_WORDS = 600
"""Letters of the caller's question that are shown to the model."""
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"sentence": {"type": "string"}},
    "required": ["sentence"],
    "additionalProperties": False,
}


class Rephrasing:
    """Asks the model, within a budget, and checks what it says word for word.

    Args:
        prompts_dir: folder of the prompt files. budget_s: longest that a turn waits for other words.

    Raises: SettingsError when a prompt file is missing.
    """

    def __init__(self, model: LanguageModel, prompts_dir: Path, budget_s: float) -> None:
        self._model = model
        self._system, self._turn = read_prompt(prompts_dir / SYSTEM), read_prompt(prompts_dir / TURN)
        self._budget_s = budget_s
        self.hash = hash_of(self._system, self._turn)

    async def of(
        self, faq: str, words: str, instructions: Instructions, language: Language, meter: Meter | None = None
    ) -> str | None:
        """Other words for the approved answer of a question, or None when it is to be said as approved.

        Args:
            faq: id of the question. words: the caller's, card numbers masked. meter: what it costs is added to it.

        Never raises for what a model does; cancelling closes the request. The answer is then said as approved.
        """
        question = instructions.question(faq)
        approved = question.answer.get(language, "") if question and question.rephrase else ""
        # A moment that is filled in later cannot be checked now.
        if not approved or "{" in approved:
            return None
        said = await self._asked(" ".join(approved.split()), words, language, meter)
        if said is None:
            return None
        reason = departure(approved, said, language)
        if reason:
            _log.info("rephrasing_refused", client=instructions.id, faq=faq, reason=reason)
            return None
        return said

    async def _asked(self, approved: str, words: str, language: Language, meter: Meter | None) -> str | None:
        system = self._system.render()
        user = self._turn.render(language=language.value, approved=approved, words=_as_data(words))
        try:
            answer = await self._model.structured(system, user, _SCHEMA, self._budget_s, meter)
        except LanguageModelFailed as failed:
            _log.info("answered_as_approved", reason=failed.reason)
            return None
        return " ".join(str(answer.value["sentence"]).split())


def _as_data(words: str) -> str:
    """Words that cannot close the <caller> delimiter, nor begin a line of their own."""
    return " ".join(words[:MOST_WORDS].replace("<", "‹").replace(">", "›").split())


def in_other_words(sentences: tuple[Sentence, ...], rephrased: dict[str, str]) -> tuple[Sentence, ...]:
    """The same sentences, approved answers in the words found for them.

    Args:
        rephrased: by FAQ id. Checked here once more against the sentence that is really about to be said.
    """
    return tuple(_in_other_words(s, rephrased) for s in sentences)


def _in_other_words(sentence: Sentence, rephrased: dict[str, str]) -> Sentence:
    faq = sentence.phrase.removeprefix("faq[").removesuffix("].answer")
    said = rephrased.get(faq) if sentence.phrase.startswith("faq[") else None
    if not said or not keeps_to(sentence.text, said, sentence.language):
        return sentence
    return replace(sentence, text=said, fixed=False)
