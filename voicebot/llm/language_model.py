"""One question to a language model: JSON that keeps its schema within a time limit, or a failure with its reason."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import openai
import structlog
from openai import AsyncOpenAI

from voicebot.errors import LanguageModelFailed
from voicebot.llm.breaker import Breaker
from voicebot.llm.metering import NO_PRICE, Attempt, Meter, Price
from voicebot.llm.retries import LEAST_LEFT_S, pause_before_retry_s
from voicebot.llm.schema_check import breach

_log = structlog.get_logger()

MOST_LETTERS = 16_000
"""A longer answer is cut off as absurd."""

_ABOUT_THE_WORDS = ("refused", "content_filter")
"""Failures that say nothing about the server's health."""

_CUT = {"length": "truncated", "content_filter": "content_filter"}
_BROKEN = (openai.OpenAIError, OSError, ValueError, EOFError)


@dataclass(frozen=True, slots=True)
class Structured:
    """value: the answer, as its schema says. first_token_ms: from the request to its first piece; took_ms: to its end."""

    value: dict[str, Any]
    first_token_ms: float
    took_ms: float


@dataclass(frozen=True, slots=True)
class _Question:
    system: str
    user: str
    schema: dict[str, Any]
    meter: Meter


class LanguageModel:
    """A chat model behind any OpenAI-compatible server. One per process, shared by all calls.

    Args:
        base_url: address of the server, None for OpenAI's own.
        breaker: rests after failures in a row, so that a dead server does not cost its limit in each turn.
        price: for the cost of each request.
    """

    def __init__(
        self,
        *,
        model: str,
        api_key: str,
        base_url: str | None = None,
        breaker: Breaker | None = None,
        price: Price = NO_PRICE,
    ) -> None:
        self.model = model
        self.breaker = breaker or Breaker()
        self.price = price
        # The library's own retries know nothing of the turn's limit.
        self._client = AsyncOpenAI(api_key=api_key, base_url=base_url, max_retries=0)

    async def structured(
        self, system: str, user: str, schema: dict[str, Any], limit_s: float, meter: Meter | None = None
    ) -> Structured:
        """Asks, and once more when the server or the connection failed early enough. Cancelling closes the connection.

        Args:
            schema: strict JSON schema of an object. limit_s: for the whole answer, connecting and the second try included.
            meter: every request is added to it, cancelled and failed ones too.

        Raises: LanguageModelFailed with a reason: timeout, refused, rate_limited, bad_status, bad_json, schema, connection,
            content_filter, truncated, resting.
        """
        if self.breaker.is_open:
            raise LanguageModelFailed("resting", "The language model failed several times and is left alone for a while.")
        self.breaker.begin_trial()
        try:
            answer = await self._within(_Question(system, user, schema, meter or Meter()), limit_s)
        except LanguageModelFailed as failed:
            if failed.reason in _ABOUT_THE_WORDS:
                self.breaker.note_success()
            else:
                self.breaker.note_failure()
            _log.warning("language_model_failed", code=failed.code, reason=failed.reason, model=self.model)
            raise
        self.breaker.note_success()
        return answer

    async def close(self) -> None:
        await self._client.close()

    async def _within(self, question: _Question, limit_s: float) -> Structured:
        try:
            async with asyncio.timeout(limit_s) as limit:
                return await self._at_most_twice(question, limit_s, limit)
        except LanguageModelFailed:
            raise
        except (TimeoutError, *_BROKEN) as failed:
            raise _named(failed) from failed

    async def _at_most_twice(self, question: _Question, limit_s: float, limit: asyncio.Timeout) -> Structured:
        try:
            return await self._attempt(question, limit_s)
        except (LanguageModelFailed, *_BROKEN) as failed:
            # TimeoutError is an OSError: the turn has no time left for anything.
            pause_s = None if isinstance(failed, TimeoutError) else pause_before_retry_s(failed)
            left_s = (limit.when() or 0.0) - asyncio.get_running_loop().time()
            if pause_s is None or left_s - pause_s < LEAST_LEFT_S:
                raise
            _log.info("language_model_tried_again", model=self.model, reason=_named(failed).reason)
        await asyncio.sleep(pause_s)
        return await self._attempt(question, limit_s)

    async def _attempt(self, question: _Question, limit_s: float) -> Structured:
        attempt = Attempt(len(question.system) + len(question.user) + len(json.dumps(question.schema)))
        try:
            return await self._ask(question, limit_s, attempt)
        except openai.APITimeoutError:
            raise
        except (openai.APIStatusError, openai.APIConnectionError):
            attempt.charged = False
            raise
        finally:
            question.meter.add(attempt.use(self.price))

    async def _ask(self, question: _Question, limit_s: float, attempt: Attempt) -> Structured:
        began = time.perf_counter()
        stream = await self._client.chat.completions.create(
            model=self.model,
            messages=[{"role": "system", "content": question.system}, {"role": "user", "content": question.user}],
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": question.schema},
            },
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
            timeout=limit_s,
        )
        async with stream:
            text, first_token_ms = await self._collected(stream, began, attempt)
        took_ms = (time.perf_counter() - began) * 1000
        _log.info("language_model_answered", model=self.model, first_token_ms=round(first_token_ms), took_ms=round(took_ms))
        return Structured(_parsed(text, question.schema), first_token_ms, took_ms)

    async def _collected(self, stream: AsyncIterator[Any], began: float, attempt: Attempt) -> tuple[str, float]:
        text, first_token_ms, ended = "", 0.0, ""
        async for chunk in stream:
            if chunk.usage is not None:
                attempt.prompt_tokens = chunk.usage.prompt_tokens
                attempt.completion_tokens = chunk.usage.completion_tokens
            for choice in chunk.choices:
                if choice.delta is not None and getattr(choice.delta, "refusal", None):
                    raise LanguageModelFailed("refused", "The language model refused to answer.")
                piece = (choice.delta.content if choice.delta is not None else None) or ""
                if piece and not text:
                    first_token_ms = (time.perf_counter() - began) * 1000
                text += piece
                attempt.answer_letters = len(text)
                ended = choice.finish_reason or ended
            if len(text) > MOST_LETTERS:
                raise LanguageModelFailed("truncated", "The language model's answer is too long.")
        if ended in _CUT:
            raise LanguageModelFailed(_CUT[ended], "The language model's answer was cut off.")
        if not ended:
            raise LanguageModelFailed("connection", "The language model's stream ended before its answer did.")
        return text, first_token_ms


def _named(failed: BaseException) -> LanguageModelFailed:
    """The failure by its stable reason."""
    if isinstance(failed, LanguageModelFailed):
        return failed
    if isinstance(failed, TimeoutError | openai.APITimeoutError):
        return LanguageModelFailed("timeout", "The language model did not answer in time.")
    if isinstance(failed, openai.RateLimitError):
        return LanguageModelFailed("rate_limited", "The language model's server asks for fewer requests.")
    if isinstance(failed, openai.APIStatusError):
        return LanguageModelFailed("bad_status", f"The language model's server answered {failed.status_code}.")
    if isinstance(failed, openai.APIConnectionError):
        return LanguageModelFailed("connection", "The language model's server cannot be reached.")
    if isinstance(failed, openai.ContentFilterFinishReasonError):
        return LanguageModelFailed("content_filter", "The language model's server filtered its answer.")
    if isinstance(failed, openai.OpenAIError):
        # An error in the middle of the stream has no class of its own.
        return LanguageModelFailed("bad_status", "The language model's server broke off its answer.")
    return LanguageModelFailed("connection", "The language model's answer could not be read.")


def _parsed(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as garbage:
        raise LanguageModelFailed("bad_json", "The language model's answer is not JSON.") from garbage
    wrong = breach(value, schema)
    if wrong:
        raise LanguageModelFailed("schema", f"The language model's answer breaks its schema: {wrong}.")
    return value
