"""A web server on loopback that receives webhooks: it fails, sleeps, answers late, drops, and checks every signature."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError

_REASONS = {200: "OK", 204: "No Content", 302: "Found", 410: "Gone", 429: "Too Many Requests", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Answers:
    """An HTTP answer. after_s: the request is taken at once and the answer comes so late."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"{}"
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Drops:
    """The connection breaks without an answer. kept: the request was taken before, so that a double will come."""

    kept: bool = False


Answer = Answers | Drops


@dataclass(frozen=True, slots=True)
class Hook:
    """One request as it came. verified: its Standard Webhooks signature is right; None where no key was given."""

    path: str
    headers: dict[str, str]
    body: bytes
    verified: bool | None

    @property
    def id(self) -> str:
        """What the receiver knows a double by."""
        return self.headers.get("webhook-id") or self.headers.get("idempotency-key", "")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Judge = Callable[[Hook], Answer]


class WebhookSink:
    """Serves on loopback until the block ends: `async with WebhookSink(Answers(503), key=key) as sink: … sink.url`.

    An idempotent receiver: requests holds everything that came; taken holds, by id, the first that it answered 2xx or
    kept; doubles counts those that it knew already.

    Args:
        answers: what the first requests get, in order; the rest is taken. One callable instead answers every request.
        key: secret bytes of the signature; b"" checks none. A wrong signature is answered 401, whatever the plan.
    """

    def __init__(self, *answers: Answer | Judge, key: bytes = b"", port: int = 0) -> None:
        judges = [answer for answer in answers if not isinstance(answer, Answers | Drops)]
        planned = iter([answer for answer in answers if isinstance(answer, Answers | Drops)])
        self.answer: Judge = judges[0] if judges else lambda _hook: next(planned, Answers())
        self.key = key
        self.port = port
        self.requests: list[Hook] = []
        self.taken: dict[str, Hook] = {}
        self.doubles = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._came = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begins to serve; after stop(), again on the same port and with what came before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody can connect any more, and who is connected is cut off."""
        if self._server:
            self._server.close()
            self._server = None
        for writer in tuple(self._writers):
            writer.transport.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_for(self, requests: int, timeout_s: float = 5.0) -> None:
        """Returns once so many requests have come. Raises: TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while len(self.requests) < requests:
                self._came.clear()
                await self._came.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            # The client closed a kept connection between two requests, or the sink stops.
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Reads one request and answers it. Returns: whether the connection is kept."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head.split("\r\n")[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        hook = Hook(head.split(" ", 2)[1], headers, body, self._verified(headers, body))
        answer = self.answer(hook) if hook.verified is not False else Answers(401)
        if isinstance(answer, Drops):
            self._note(hook, kept=answer.kept)
            writer.transport.abort()
            return False
        self._note(hook, kept=200 <= answer.status < 300)
        if answer.after_s:
            await asyncio.sleep(answer.after_s)
        lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Error')}", f"content-length: {len(answer.body)}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body)
        await writer.drain()
        return True

    def _note(self, hook: Hook, *, kept: bool) -> None:
        self.requests.append(hook)
        if kept and hook.id in self.taken:
            self.doubles += 1
        elif kept:
            self.taken[hook.id] = hook
        self._came.set()

    def _verified(self, headers: dict[str, str], body: bytes) -> bool | None:
        if not self.key:
            return None
        try:
            Webhook(self.key).verify(body, headers)
        except WebhookVerificationError:
            return False
        return True
