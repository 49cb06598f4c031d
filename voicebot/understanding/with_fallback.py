"""A language model in front of the built-in rules: asked only when it can add something, within a budget."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import structlog

from voicebot.domain import acts
from voicebot.domain.acts import Confidence, GiveDetail
from voicebot.errors import LanguageModelFailed
from voicebot.llm.language_model import LanguageModel
from voicebot.understanding.by_language_model import reading_of
from voicebot.understanding.masking import mask_payment_numbers
from voicebot.understanding.ports import Context, Reading
from voicebot.understanding.prompt import Prompts
from voicebot.understanding.rules import Explained, Rules

_log = structlog.get_logger()

CERTAIN = "rules_certain"
"""Reading.fallback when the rules answered with certainty, so that the caller need not wait for a model."""


class UnderstandingWithFallback:
    """Understanding by a language model; by the rules, in the same turn, whenever the model is slow, down or absurd.

    Args:
        prompts_dir: folder of the prompt files. budget_s: longest that a turn waits for the model.

    Raises: SettingsError when a prompt file is missing.
    """

    def __init__(self, rules: Rules, model: LanguageModel, prompts_dir: Path, budget_s: float) -> None:
        self._rules = rules
        self._model = model
        self._prompts = Prompts(prompts_dir)
        self._budget_s = budget_s

    async def read(self, words: str, context: Context) -> Reading:
        """Acts in `words`. Never raises for what a caller says or for what a model does."""
        began = time.perf_counter()
        explained = self._rules.read_in_full(words, context)
        rules = explained.reading
        if is_certain(explained):
            return replace(rules, fallback=CERTAIN)
        masked = mask_payment_numbers(words)
        prompt = self._prompts.of(masked, context)
        try:
            answer = await self._model.structured(prompt.system, prompt.user, prompt.schema, self._budget_s)
            reading = reading_of(answer.value, masked, context, rules)
        except LanguageModelFailed as failed:
            trouble = () if failed.reason == "resting" else (f"{failed.code}.{failed.reason}",)
            _log.info("understood_by_rules", reason=failed.reason, client=context.instructions.id)
            return replace(rules, fallback=failed.reason, took_ms=_since(began), prompt_hash=prompt.hash, trouble=trouble)
        return replace(reading, took_ms=_since(began), prompt_hash=prompt.hash)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def is_certain(explained: Explained) -> bool:
    """Did the rules answer what was asked, so that a model could only cost time?"""
    found = explained.reading.acts
    if not found or any(isinstance(a, acts.RaiseRedFlag | acts.AskForHuman | acts.RefuseRecording) for a in found):
        return True
    if any(a.confidence is Confidence.UNSURE for a in found if isinstance(a, GiveDetail | acts.StateRequest)):
        return False
    begun = any(isinstance(a, GiveDetail) and not a.complete for a in found)
    return begun or explained.everything
