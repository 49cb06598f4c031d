"""Our own addresses as the outside sees them, behind proxies or on loopback."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection


class PublicAddress:
    """Args: public_url: "https://phone.example.org", a path in front included; "" where carriers reach us directly."""

    def __init__(self, public_url: str = "") -> None:
        self._public_url = public_url.rstrip("/")

    def http(self, request: HTTPConnection, path: str) -> str:
        """Absolute address of path. Without a public address it is the one that the request was sent to."""
        if self._public_url:
            return self._public_url + path
        scheme = {"ws": "http", "wss": "https"}.get(request.url.scheme, request.url.scheme)
        return f"{scheme}://{request.url.netloc}{path}"

    def websocket(self, request: HTTPConnection, path: str) -> str:
        return "ws" + self.http(request, path).removeprefix("http")

    def asked(self, request: HTTPConnection) -> str:
        """The address that the client wrote, as a carrier signs it, query included."""
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        make = self.websocket if request.scope["type"] == "websocket" else self.http
        return make(request, path)

    def is_ours(self, request: HTTPConnection) -> bool:
        """A page of ours sent this: its Origin is our own, and without a public address our name is a loopback one.

        The second half keeps out foreign names that were pointed at 127.0.0.1 (DNS rebinding).
        """
        origin = urlsplit(request.headers.get("origin", ""))
        if not origin.scheme or not origin.netloc:
            return False
        here = urlsplit(self.http(request, ""))
        if (origin.scheme, origin.netloc) != (here.scheme, here.netloc):
            return False
        return bool(self._public_url) or _is_loopback_or_address(here.hostname or "")


def _is_loopback_or_address(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
