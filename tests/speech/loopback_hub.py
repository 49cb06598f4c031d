"""A Hugging Face hub on loopback: HEAD with hash and size, a redirect of large files to its store, ranges, faults."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c0ffee" + "0" * 34
LARGE_BYTES = 10_000


@dataclass
class LoopbackHub:
    """files: content by "repository/path". served_bytes: of file bodies. cut_after: bytes before a body breaks off, once."""

    files: dict[str, bytes]
    address: str = ""
    served_bytes: int = 0
    ranges: list[str] = field(default_factory=list)
    asked_with: set[str] = field(default_factory=set)
    cut_after: int | None = None
    damaged: bool = False


@contextmanager
def loopback_hub(files: dict[str, bytes]) -> Iterator[LoopbackHub]:
    hub = LoopbackHub(files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _etag(content: bytes) -> str:
    if len(content) > LARGE_BYTES:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()


def _handler(hub: LoopbackHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            hub.asked_with.add(self.headers.get("Authorization", ""))
            if self.path.startswith("/store/"):
                self._send_body(hub.files[self.path.removeprefix("/store/")])
            else:
                self._resolve()

        def _resolve(self) -> None:
            repo, _, rest = self.path.lstrip("/").partition("/resolve/")
            revision, _, path = rest.partition("/")
            if not any(name.startswith(f"{repo}/") for name in hub.files) or revision not in ("main", COMMIT):
                self._refuse("RepoNotFound")
                return
            content = hub.files.get(f"{repo}/{path}")
            if content is None:
                self._refuse("EntryNotFound")
            elif len(content) <= LARGE_BYTES:
                self._send_body(content)
            else:
                self._redirect(repo, path, content)

        def _redirect(self, repo: str, path: str, content: bytes) -> None:
            self.send_response(302)
            self._state(content)
            self.send_header("X-Linked-Size", str(len(content)))
            self.send_header("X-Linked-Etag", f'"{_etag(content)}"')
            self.send_header("Location", f"{hub.address}/store/{repo}/{path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _state(self, content: bytes) -> None:
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{_etag(content)}"')

        def _refuse(self, code: str) -> None:
            self.send_response(404)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _send_body(self, content: bytes) -> None:
            asked = self.headers.get("Range", "")
            start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
            body = content[start:]
            self.send_response(206 if asked else 200)
            self._state(content)
            if asked:
                hub.ranges.append(asked)
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            if hub.damaged:
                body = bytes(b ^ 0xFF for b in body)
            if hub.cut_after is not None and len(body) > hub.cut_after:
                body, hub.cut_after = body[: hub.cut_after], None
                self.close_connection = True
            self.wfile.write(body)
            hub.served_bytes += len(body)

    return Handler
