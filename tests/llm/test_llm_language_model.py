"""The language model's client against a server that answers, fails, stalls and talks nonsense."""

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
from voicebot.errors import LanguageModelFailed
from voicebot.llm.breaker import Breaker
from voicebot.llm.language_model import LanguageModel

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "blue"]}},
    "required": ["colour"],
    "additionalProperties": False,
}
RED = {"colour": "red"}
PLENTY_S, SHORT_S = 30.0, 0.2


def _model(server: OpenAIServer, *, key: str = KEY, name: str = MODEL, breaker: Breaker | None = None) -> LanguageModel:
    return LanguageModel(model=name, api_key=key, base_url=server.base_url, breaker=breaker)


async def _reason(answer: Answer, limit_s: float = PLENTY_S) -> str:
    async with OpenAIServer(lambda _: answer) as server:
        model = _model(server)
        with pytest.raises(LanguageModelFailed) as failed:
            await model.structured("system", "user", SCHEMA, limit_s)
        await model.close()
        return failed.value.reason


async def test_answer_is_the_value_of_the_schema() -> None:
    async with OpenAIServer(lambda _: Says(RED, piece_letters=3)) as server:
        model = _model(server)
        answer = await model.structured("be brief", "which colour?", SCHEMA, PLENTY_S)
        await model.close()
    assert answer.value == RED
    assert 0 < answer.first_token_ms <= answer.took_ms
    (request,) = server.requests
    assert (request.system, request.user, request.schema, request.stream) == ("be brief", "which colour?", SCHEMA, True)
    assert request.body["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Refuses(), "refused"),
        (Fails(400, "invalid_request_error"), "bad_status"),
        (Fails(401, "invalid_api_key"), "bad_status"),
        (Fails(429, "rate_limit_exceeded"), "rate_limited"),
        (Fails(500), "bad_status"),
        (Says("{colour: red", strict=False), "bad_json"),
        (Says("", strict=False), "bad_json"),
        (Says({"colour": "green"}, strict=False), "schema"),
        (Says({"colour": "red", "size": 3}, strict=False), "schema"),
        (Says(["red"], strict=False), "schema"),
        (Says(RED, finish="length"), "truncated"),
        (Says(RED, finish="content_filter"), "content_filter"),
        (Says('{"colour": "' + "x" * 40_000, strict=False), "truncated"),
        (Resets(), "connection"),
        (Says(RED, piece_letters=2, break_after=2), "connection"),
        (Says(RED, piece_letters=2, error_after=2), "bad_status"),
    ],
    ids=lambda part: part if isinstance(part, str) else str(part)[:40],
)
async def test_failure_has_its_reason(answer: Answer, reason: str) -> None:
    assert await _reason(answer) == reason


@pytest.mark.parametrize(
    "answer",
    [SaysNothing(), Says(RED, first_token_after_s=60.0), Says(RED, piece_letters=2, stall_after=2)],
    ids=["nothing", "slow_first_token", "stall_in_mid_stream"],
)
async def test_slow_answer_times_out_and_closes_the_connection(answer: Answer) -> None:
    async with OpenAIServer(lambda _: answer) as server:
        model = _model(server)
        with pytest.raises(LanguageModelFailed) as failed:
            await model.structured("s", "u", SCHEMA, SHORT_S)
        assert failed.value.reason == "timeout"
        await server.wait_cut_off()
        await model.close()


async def test_cancelling_closes_the_connection() -> None:
    async with OpenAIServer(lambda _: Says(RED, piece_letters=2, stall_after=1)) as server:
        model = _model(server)
        asked = asyncio.create_task(model.structured("s", "u", SCHEMA, PLENTY_S))
        await server.wait_asked()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await server.wait_cut_off()
        assert not model.breaker.is_open
        await model.close()


@pytest.mark.parametrize(("key", "name"), [("sk-wrong", MODEL), (KEY, "no-such-model")])
async def test_wrong_key_or_model_is_a_bad_status(key: str, name: str) -> None:
    async with OpenAIServer(lambda _: Says(RED)) as server:
        model = _model(server, key=key, name=name)
        with pytest.raises(LanguageModelFailed) as failed:
            await model.structured("s", "u", SCHEMA, PLENTY_S)
        await model.close()
    assert failed.value.reason == "bad_status"


async def test_server_that_is_not_there_is_a_connection_failure() -> None:
    async with OpenAIServer(lambda _: Says(RED)) as server:
        model = _model(server)
    with pytest.raises(LanguageModelFailed) as failed:
        await model.structured("s", "u", SCHEMA, PLENTY_S)
    await model.close()
    assert failed.value.reason == "connection"


class _Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def _by_turn(*answers: Answer) -> Callable[[ChatRequest], Answer]:
    left = list(answers)
    return lambda _: left.pop(0)


async def test_after_failures_in_a_row_the_server_is_left_alone_for_a_while() -> None:
    clock = _Clock()
    breaker = Breaker(most_failures=2, rest_s=10, clock=clock)
    dead = Fails(501)
    async with OpenAIServer(_by_turn(dead, dead, dead, Says(RED))) as server:
        model = _model(server, breaker=breaker)
        for reason in ("bad_status", "bad_status", "resting"):
            with pytest.raises(LanguageModelFailed) as failed:
                await model.structured("s", "u", SCHEMA, PLENTY_S)
            assert failed.value.reason == reason
        assert len(server.requests) == 2
        clock.now_s = 10.0
        with pytest.raises(LanguageModelFailed):
            await model.structured("s", "u", SCHEMA, PLENTY_S)
        clock.now_s = 25.0
        assert model.breaker.is_open, "a failed trial doubles the rest"
        clock.now_s = 30.0
        answer = await model.structured("s", "u", SCHEMA, PLENTY_S)
        await model.close()
    assert answer.value == RED
    assert not breaker.is_open


async def test_refusals_do_not_rest_the_server() -> None:
    async with OpenAIServer(lambda _: Refuses()) as server:
        model = _model(server, breaker=Breaker(most_failures=1))
        for _ in range(3):
            with pytest.raises(LanguageModelFailed):
                await model.structured("s", "u", SCHEMA, PLENTY_S)
        await model.close()
    assert len(server.requests) == 3
