"""What a request costs, also when it is broken off or fails, and when a second try is made within the turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.fakes.openai_server import (
    KEY,
    MODEL,
    Answer,
    ChatRequest,
    Fails,
    OpenAIServer,
    Refuses,
    Resets,
    Says,
    SaysNothing,
)
from voicebot.domain.model_use import NO_MODEL_USE, ModelUse
from voicebot.errors import LanguageModelFailed
from voicebot.llm.breaker import Breaker
from voicebot.llm.language_model import LanguageModel
from voicebot.llm.metering import Meter, Price

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string"}},
    "required": ["colour"],
    "additionalProperties": False,
}
RED = {"colour": "red"}
PRICE = Price(prompt_per_million=0.4, completion_per_million=1.6)
PLENTY_S = 30.0


def _in_turn(*answers: Answer) -> Callable[[ChatRequest], Answer]:
    left = list(answers)
    return lambda _: left.pop(0)


async def _ask(*answers: Answer, limit_s: float = PLENTY_S) -> tuple[str, ModelUse, int]:
    """("answered" or the reason of the failure, what it cost, how many requests the server had)."""
    meter = Meter()
    async with OpenAIServer(_in_turn(*answers)) as server:
        model = LanguageModel(model=MODEL, api_key=KEY, base_url=server.base_url, price=PRICE)
        try:
            await model.structured("system", "user", SCHEMA, limit_s, meter)
            outcome = "answered"
        except LanguageModelFailed as failed:
            outcome = failed.reason
        await model.close()
        return outcome, meter.use, len(server.requests)


async def test_tokens_and_cost_are_those_that_the_server_counts() -> None:
    outcome, use, _ = await _ask(Says(RED, usage=(1_000_000, 500_000)))
    assert outcome == "answered"
    assert (use.requests, use.prompt_tokens, use.completion_tokens) == (1, 1_000_000, 500_000)
    assert use.cost == pytest.approx(1.2)


async def test_server_that_counts_nothing_is_estimated() -> None:
    _, use, _ = await _ask(Says(RED, usage=None))
    assert use.requests == 1
    assert use.prompt_tokens > 20
    assert use.completion_tokens >= len('{"colour": "red"}') // 4
    assert use.cost > 0


@pytest.mark.parametrize("first", [Fails(500), Fails(503), Resets(), Says(RED, piece_letters=2, break_after=2)], ids=str)
async def test_lost_connection_and_server_error_are_tried_once_more(first: Answer) -> None:
    outcome, use, requests = await _ask(first, Says(RED))
    assert (outcome, use.requests, requests) == ("answered", 2, 2)


async def test_second_failure_is_the_end() -> None:
    outcome, use, requests = await _ask(Fails(500), Resets(), Says(RED))
    assert (outcome, use.requests, requests) == ("connection", 2, 2)


@pytest.mark.parametrize("header", [("retry-after", "0"), ("retry-after-ms", "20")])
async def test_busy_server_is_asked_again_when_it_says_when(header: tuple[str, str]) -> None:
    outcome, _, requests = await _ask(Fails(429, headers=(header,)), Says(RED))
    assert (outcome, requests) == ("answered", 2)


@pytest.mark.parametrize(
    "first",
    [
        Fails(429),
        Fails(429, headers=(("retry-after", "60"),)),
        Fails(429, headers=(("retry-after", "Wed, 25 Nov 2026 10:00:00 GMT"),)),
        Fails(503, headers=(("retry-after", "60"),)),
        Fails(400),
        Fails(401),
        Refuses(),
        Says("not json", strict=False),
        Says(RED, finish="length"),
    ],
    ids=str,
)
async def test_what_would_fail_again_is_not_tried_again(first: Answer) -> None:
    outcome, use, requests = await _ask(first, Says(RED))
    assert outcome != "answered"
    assert (use.requests, requests) == (1, 1)


async def test_no_second_try_without_time_for_it() -> None:
    outcome, _, requests = await _ask(Fails(500), Says(RED), limit_s=0.3)
    assert (outcome, requests) == ("bad_status", 1)


async def test_refused_request_is_counted_and_costs_nothing() -> None:
    _, use, _ = await _ask(Fails(400))
    assert use == ModelUse(requests=1)


@pytest.mark.parametrize(
    "answer", [SaysNothing(), Says(RED, first_token_after_s=60), Says(RED, piece_letters=1, drip_s=0.05)], ids=str
)
async def test_timed_out_answer_is_counted_with_its_prompt(answer: Answer) -> None:
    outcome, use, _ = await _ask(answer, limit_s=0.2)
    assert outcome == "timeout"
    assert use.requests == 1
    assert use.prompt_tokens > 20
    assert use.cost > 0


async def test_cancelled_request_is_counted() -> None:
    meter = Meter()
    async with OpenAIServer(lambda _: Says(RED, piece_letters=2, stall_after=3)) as server:
        model = LanguageModel(model=MODEL, api_key=KEY, base_url=server.base_url, price=PRICE)
        asked = asyncio.create_task(model.structured("system", "user", SCHEMA, PLENTY_S, meter))
        await server.wait_asked()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await server.wait_cut_off()
        await model.close()
    assert meter.use.requests == 1
    assert meter.use.prompt_tokens > 20


async def test_resting_server_costs_nothing() -> None:
    breaker, meter = Breaker(most_failures=1), Meter()
    breaker.note_failure()
    async with OpenAIServer(lambda _: Says(RED)) as server:
        model = LanguageModel(model=MODEL, api_key=KEY, base_url=server.base_url, breaker=breaker)
        with pytest.raises(LanguageModelFailed):
            await model.structured("system", "user", SCHEMA, PLENTY_S, meter)
        await model.close()
    assert meter.use == NO_MODEL_USE
