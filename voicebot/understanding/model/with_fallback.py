"""A language model in front of the built-in rules: asked only when it can add something, within a budget."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import structlog

from voicebot.domain import acts
from voicebot.domain.acts import Confidence, GiveDetail
from voicebot.domain.call import Awaited
from voicebot.domain.details import DetailKind
from voicebot.errors import LanguageModelFailed
from voicebot.llm.language_model import LanguageModel
from voicebot.llm.metering import Meter
from voicebot.understanding.details import captures
from voicebot.understanding.masking import mask_payment_numbers
from voicebot.understanding.model.by_language_model import reading_of
from voicebot.understanding.model.prompt import Prompts
from voicebot.understanding.normalise import plain
from voicebot.understanding.ports import Context, Reading
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
        if is_certain(explained, words, context):
            return replace(explained.reading, fallback=CERTAIN)
        spent = Meter()
        try:
            reading = await self._by_model(mask_payment_numbers(words), context, explained.reading, spent)
        finally:
            # A reading that is broken off while the caller goes on speaking has been paid for all the same.
            if context.meter is not None:
                context.meter.add(spent.use)
        return replace(
            reading, took_ms=(time.perf_counter() - began) * 1000, prompt_hash=self._prompts.hash, model_use=spent.use
        )

    async def _by_model(self, words: str, context: Context, rules: Reading, spent: Meter) -> Reading:
        prompt = self._prompts.of(words, context)
        try:
            answer = await self._model.structured(prompt.system, prompt.user, prompt.schema, self._budget_s, spent)
            return reading_of(answer.value, words, context, rules)
        except LanguageModelFailed as failed:
            trouble = () if failed.reason == "resting" else (f"{failed.code}.{failed.reason}",)
            _log.info("understood_by_rules", reason=failed.reason, client=context.instructions.id)
            return replace(rules, fallback=failed.reason, trouble=trouble)


_SETTLED = (acts.RaiseRedFlag, acts.AskForHuman, acts.RefuseRecording, acts.AskForSecret)
"""Acts of the rules that decide what is said next, whatever else the words hold."""


_BY_GRAMMAR = (
    DetailKind.PHONE,
    DetailKind.DATE,
    DetailKind.EMAIL,
    DetailKind.REFERENCE,
    DetailKind.NUMBER,
    DetailKind.ADDRESS,
    DetailKind.YES_NO,
)
"""Values that only our rules read: a doubt about one of them is put to the caller, never to a model."""


def _model_may_know_better(act: acts.Act, context: Context) -> bool:
    if isinstance(act, acts.AskOtherQuestion):
        return True
    if not isinstance(act, GiveDetail | acts.StateRequest | acts.TellCallerKind) or act.confidence is Confidence.SURE:
        return False
    return not (isinstance(act, GiveDetail) and captures.kind_of(context, act.detail) in _BY_GRAMMAR)


_MOST_BESIDE = 5
"""Words beside a sure answer that a model is not asked about; more may hold something else."""


def is_certain(explained: Explained, words: str, context: Context) -> bool:
    """Did the rules answer what was asked, so that a model could only cost time?"""
    found = explained.reading.acts
    if not found or any(isinstance(a, _SETTLED) for a in found):
        return True
    if any(_model_may_know_better(a, context) for a in found):
        return False
    begun = any(isinstance(a, GiveDetail) and not a.complete for a in found)
    return begun or explained.everything or _plainly_answered(found, words, context)


def _plainly_answered(found: tuple[acts.Act, ...], words: str, context: Context) -> bool:
    """What was asked is answered and hardly anything else is said: « ben oui, depuis ce matin ». A « mais » says more."""
    awaited, asked = context.expectation.awaited, context.expectation.detail
    said = plain(words).split()
    if not _CONTRASTS.isdisjoint(said):
        return False
    if awaited is Awaited.DETAIL:
        given = [len(plain(a.words).split()) for a in found if isinstance(a, GiveDetail) and a.detail == asked]
        return bool(given) and len(said) - given[0] <= _MOST_BESIDE
    alone = all(isinstance(a, acts.Affirm | acts.Refuse | acts.Thank | acts.SayGoodbye) for a in found)
    return awaited in (Awaited.CONFIRMATION, Awaited.ANYTHING_ELSE) and alone and len(said) <= _MOST_BESIDE + 2


_CONTRASTS = frozenset(("mais", "sauf", "par", "plutot", "but", "except", "instead", "only", "rather"))
