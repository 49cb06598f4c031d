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
from voicebot.llm.schema_check import breach

_log = structlog.get_logger()

MOST_LETTERS = 16_000
"""A longer answer is cut off as absurd."""

_ABOUT_THE_WORDS = ("refused", "content_filter")
"""Failures that say nothing about the server's health."""

_CUT = {"length": "truncated", "content_filter": "content_filter"}


@dataclass(frozen=True, slots=True)
class Structured:
    """value: the answer, as its schema says. first_token_ms: from the request to its first piece; took_ms: to its end."""

    value: dict[str, Any]
    first_token_ms: float
    took_ms: float


class LanguageModel:
    """A chat model behind any OpenAI-compatible server. One per process, shared by all calls.

    Args:
        base_url: address of the server, None for OpenAI's own.
        breaker: rests after failures in a row, so that a dead server does not cost its limit in each turn.
    """

    def __init__(self, *, model: str, api_key: str, base_url: str | None = None, breaker: Breaker | None = None) -> None:
        self.model = model
        self.breaker = breaker or Breaker()
        # Retries would outlive the turn: the rules answer instead.
        self._client = AsyncOpenAI(api_key=api_key, base_url=base_url, max_retries=0)

    async def structured(self, system: str, user: str, schema: dict[str, Any], limit_s: float) -> Structured:
        """Asks once. Cancelling closes the connection to the server.

        Args:
            schema: strict JSON schema of an object. limit_s: for the whole answer, connecting included.

        Raises: LanguageModelFailed with a reason: timeout, refused, rate_limited, bad_status, bad_json, schema, connection,
            content_filter, truncated, resting.
        """
        if self.breaker.is_open:
            raise LanguageModelFailed("resting", "The language model failed several times and is left alone for a while.")
        self.breaker.begin_trial()
        try:
            answer = await self._within(system, user, schema, limit_s)
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

    async def _within(self, system: str, user: str, schema: dict[str, Any], limit_s: float) -> Structured:
        try:
            async with asyncio.timeout(limit_s):
                return await self._ask(system, user, schema, limit_s)
        except (TimeoutError, openai.APITimeoutError) as slow:
            raise LanguageModelFailed("timeout", "The language model did not answer in time.") from slow
        except openai.RateLimitError as busy:
            raise LanguageModelFailed("rate_limited", "The language model's server asks for fewer requests.") from busy
        except openai.APIStatusError as status:
            raise LanguageModelFailed(
                "bad_status", f"The language model's server answered {status.status_code}."
            ) from status
        except openai.APIConnectionError as lost:
            raise LanguageModelFailed("connection", "The language model's server cannot be reached.") from lost
        except openai.ContentFilterFinishReasonError as filtered:
            raise LanguageModelFailed("content_filter", "The language model's server filtered its answer.") from filtered
        except openai.OpenAIError as broken:
            # An error in the middle of the stream has no class of its own.
            raise LanguageModelFailed("bad_status", "The language model's server broke off its answer.") from broken
        except (OSError, ValueError, EOFError) as broken:
            raise LanguageModelFailed("connection", "The language model's answer could not be read.") from broken

    async def _ask(self, system: str, user: str, schema: dict[str, Any], limit_s: float) -> Structured:
        began = time.perf_counter()
        stream = await self._client.chat.completions.create(
            model=self.model,
            messages=[{"role": "system", "content": system}, {"role": "user", "content": user}],
            response_format={"type": "json_schema", "json_schema": {"name": "reading", "strict": True, "schema": schema}},
            temperature=0,
            stream=True,
            timeout=limit_s,
        )
        async with stream:
            text, first_token_ms = await self._collected(stream, began)
        took_ms = (time.perf_counter() - began) * 1000
        _log.info("language_model_answered", model=self.model, first_token_ms=round(first_token_ms), took_ms=round(took_ms))
        return Structured(_parsed(text, schema), first_token_ms, took_ms)

    async def _collected(self, stream: AsyncIterator[Any], began: float) -> tuple[str, float]:
        text, first_token_ms, ended = "", 0.0, ""
        async for chunk in stream:
            for choice in chunk.choices:
                if choice.delta is not None and getattr(choice.delta, "refusal", None):
                    raise LanguageModelFailed("refused", "The language model refused to answer.")
                piece = (choice.delta.content if choice.delta is not None else None) or ""
                if piece and not text:
                    first_token_ms = (time.perf_counter() - began) * 1000
                text += piece
                ended = choice.finish_reason or ended
            if len(text) > MOST_LETTERS:
                raise LanguageModelFailed("truncated", "The language model's answer is too long.")
        if ended in _CUT:
            raise LanguageModelFailed(_CUT[ended], "The language model's answer was cut off.")
        if not ended:
            raise LanguageModelFailed("connection", "The language model's stream ended before its answer did.")
        return text, first_token_ms


def _parsed(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as garbage:
        raise LanguageModelFailed("bad_json", "The language model's answer is not JSON.") from garbage
    wrong = breach(value, schema)
    if wrong:
        raise LanguageModelFailed("schema", f"The language model's answer breaks its schema: {wrong}.")
    return value
