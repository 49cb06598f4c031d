"""A server of our own that speaks OpenAI's chat completions: streaming, strict schemas, and every way to fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from voicebot.llm.schema_check import breach

KEY = "sk-test"
MODEL = "test-model"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request as the server read it."""

    model: str
    system: str
    user: str
    schema: dict[str, Any]
    stream: bool
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Says:
    """An answer, streamed in pieces.

    content: JSON value, or text sent as it is. first_token_after_s: silence before the first piece.
    stall_after, break_after, error_after: pieces after which nothing comes, the connection is reset, or an error comes.
    drip_s: seconds between two pieces. usage: (prompt, completion) tokens of the last chunk, where it was asked for.
    strict: a JSON value is checked against the schema, as a real server guarantees; False sends it anyway.
    """

    content: Any
    first_token_after_s: float = 0.0
    piece_letters: int = 24
    finish: str = "stop"
    stall_after: int | None = None
    break_after: int | None = None
    error_after: int | None = None
    strict: bool = True
    drip_s: float = 0.0
    usage: tuple[int, int] | None = (420, 35)

    @property
    def pieces(self) -> list[str]:
        text = self.content if isinstance(self.content, str) else json.dumps(self.content, ensure_ascii=False)
        size = self.piece_letters
        return [text[i : i + size] for i in range(0, len(text), size)] or [""]


@dataclass(frozen=True, slots=True)
class Refuses:
    """A refusal in the place of an answer."""

    why: str = "I'm sorry, I cannot help with that."


@dataclass(frozen=True, slots=True)
class Fails:
    """An HTTP error with OpenAI's error body. headers: more of them, as {"retry-after": "1"}."""

    status: int
    code: str = "server_error"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Resets:
    """The connection is reset before any answer."""


@dataclass(frozen=True, slots=True)
class SaysNothing:
    """The request is read and never answered."""


Answer = Says | Refuses | Fails | Resets | SaysNothing
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Server Error",
}


class OpenAIServer:
    """Serves on loopback; `answer` makes the answer of each request.

    Use as `async with OpenAIServer(lambda request: Says({...})) as server:` and give `server.base_url` to the client.
    requests: what was asked, in order. cut_off: connections that ended before an answer did.
    """

    def __init__(self, answer: Callable[[ChatRequest], Answer]) -> None:
        self.answer = answer
        self.requests: list[ChatRequest] = []
        self.cut_off = 0
        self.base_url = ""
        self._server: asyncio.Server | None = None
        self._closed = asyncio.Event()
        self._cut = asyncio.Event()
        self._asked = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed.set()
        if self._server:
            self._server.close()

    async def wait_asked(self) -> None:
        """Returns once a request has come."""
        await self._asked.wait()

    async def wait_cut_off(self) -> None:
        """Returns once the client has closed a connection before its answer was whole."""
        await self._cut.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        whole = False
        try:
            while not self._closed.is_set():
                whole = await self._one(reader, writer)
                if not whole:
                    break
        except asyncio.IncompleteReadError:
            # The client hung up between two requests, or before the first was whole.
            whole = whole or self._closed.is_set()
        except (ConnectionError, asyncio.CancelledError):
            whole = self._closed.is_set()
        finally:
            if not whole:
                self._note_cut_off()
            writer.close()

    def _note_cut_off(self) -> None:
        self.cut_off += 1
        self._cut.set()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Reads one request and answers it. Returns: whether the connection is kept."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head.split("\r\n")[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))) or b"{}")
        wrong = _wrong(head.split(" ", 2)[1], headers, body)
        if wrong:
            return await _error(writer, wrong)
        request = _request(body)
        self.requests.append(request)
        self._asked.set()
        return await self._send(self.answer(request), request, reader, writer)

    async def _send(
        self, answer: Answer, request: ChatRequest, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if isinstance(answer, Fails):
            return await _error(writer, answer)
        if isinstance(answer, Resets):
            writer.transport.abort()
            return False
        gone = asyncio.ensure_future(reader.read(1))
        try:
            if isinstance(answer, SaysNothing):
                return await self._unless_gone(gone, self._closed.wait())
            _event_stream(writer)
            if isinstance(answer, Refuses):
                _chunk(writer, {"refusal": answer.why}, None)
                _chunk(writer, {}, "stop")
                return _end(writer)
            return await self._speak(answer, request, writer, gone)
        finally:
            gone.cancel()

    async def _speak(
        self, says: Says, request: ChatRequest, writer: asyncio.StreamWriter, gone: asyncio.Future[bytes]
    ) -> bool:
        if says.strict and not isinstance(says.content, str):
            problem = breach(says.content, request.schema)
            assert problem is None, f"a server with strict schemas would never say this: {problem}"
        _chunk(writer, {"role": "assistant", "content": ""}, None)
        if says.first_token_after_s and not await self._unless_gone(gone, asyncio.sleep(says.first_token_after_s)):
            return False
        for number, piece in enumerate(says.pieces):
            if number == says.break_after:
                writer.transport.abort()
                return False
            if number == says.error_after:
                _data(writer, json.dumps({"error": {"message": "overloaded", "type": "server_error", "code": "overloaded"}}))
                return _end(writer)
            if number == says.stall_after:
                return await self._unless_gone(gone, self._closed.wait())
            if says.drip_s and not await self._unless_gone(gone, asyncio.sleep(says.drip_s)):
                return False
            _chunk(writer, {"content": piece}, None)
            await writer.drain()
        _chunk(writer, {}, says.finish)
        if says.usage and (request.body.get("stream_options") or {}).get("include_usage"):
            _usage(writer, *says.usage)
        return _end(writer)

    async def _unless_gone(self, gone: asyncio.Future[bytes], waiting: Awaitable[object]) -> bool:
        """Waits; False when the client hangs up first."""
        task = asyncio.ensure_future(waiting)
        await asyncio.wait((gone, task), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            return False
        return True


def _wrong(target: str, headers: dict[str, str], body: dict[str, Any]) -> Fails | None:
    """What a faithful server would not accept."""
    if target != "/v1/chat/completions":
        return Fails(404, "not_found")
    if headers.get("authorization") != f"Bearer {KEY}":
        return Fails(401, "invalid_api_key")
    if body.get("model") != MODEL:
        return Fails(404, "model_not_found")
    response = body.get("response_format", {})
    if response.get("type") == "json_schema":
        wanted = response.get("json_schema", {})
        if wanted.get("strict") and not _is_strict(wanted.get("schema", {})):
            return Fails(400, "invalid_json_schema")
    return None


def _is_strict(schema: dict[str, Any]) -> bool:
    """Strict mode wants every property required and no other allowed, in every object of the schema."""
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
            return False
        return all(_is_strict(part) for part in properties.values())
    return _is_strict(schema["items"]) if schema.get("type") == "array" else True


def _request(body: dict[str, Any]) -> ChatRequest:
    said = {m["role"]: m["content"] for m in body["messages"]}
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return ChatRequest(body["model"], said.get("system", ""), said.get("user", ""), schema, body.get("stream", False), body)


async def _error(writer: asyncio.StreamWriter, fails: Fails) -> bool:
    body = json.dumps({"error": {"message": fails.code, "type": fails.code, "param": None, "code": fails.code}}).encode()
    reason = _REASONS.get(fails.status, "Error")
    more = "".join(f"{name}: {value}\r\n" for name, value in fails.headers)
    head = f"HTTP/1.1 {fails.status} {reason}\r\ncontent-type: application/json\r\n{more}content-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return True


def _event_stream(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")


def _chunk(writer: asyncio.StreamWriter, delta: dict[str, Any], finish: str | None) -> None:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    _event(writer, {"choices": [choice]})


def _usage(writer: asyncio.StreamWriter, prompt: int, completion: int) -> None:
    """The last chunk of a stream that was asked for its usage: no choices, only tokens."""
    counted = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    _event(writer, {"choices": [], "usage": counted})


def _event(writer: asyncio.StreamWriter, data: dict[str, Any]) -> None:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": MODEL}
    _data(writer, json.dumps(head | data, ensure_ascii=False))


def _data(writer: asyncio.StreamWriter, text: str) -> None:
    data = f"data: {text}\n\n".encode()
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def _end(writer: asyncio.StreamWriter) -> bool:
    _data(writer, "[DONE]")
    writer.write(b"0\r\n\r\n")
    return True
