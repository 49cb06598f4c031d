"""Which address is our own: what a request's Host, Origin, Referer and Sec-Fetch headers say of the page it comes from."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from voicebot.settings import Settings

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """ "https://phone.example.org" of any address there; "" for what is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" if port in (None, _PORTS[parts.scheme]) else f"{parts.scheme}://{host}:{port}"


class OwnAddress:
    """settings: public_url and host."""

    def __init__(self, settings: Settings) -> None:
        self._public = origin_of(settings.public_url)
        self._on_loopback = settings.on_loopback

    def base(self, asked: HTTPConnection) -> str:
        """Our origin as the browser sees it: scheme and Host of the request, the public address where that is it."""
        host = asked.headers.get("host", "")
        if self._public and self._public.partition("://")[2] == host.lower():
            return self._public
        scheme = {"ws": "http", "wss": "https"}.get(asked.url.scheme, asked.url.scheme)
        return origin_of(f"{scheme}://{host}")

    def is_secure(self, asked: HTTPConnection) -> bool:
        return self.base(asked).startswith("https://")

    def knows_host(self, asked: HTTPConnection) -> bool:
        """On loopback, a name that somebody made point to this machine is not ours (DNS rebinding)."""
        base = self.base(asked)
        if not base:
            return False
        host = base.partition("://")[2]
        return not self._on_loopback or base == self._public or host.rsplit(":", 1)[0] in _LOOPBACK or host in _LOOPBACK

    def may_change(self, asked: HTTPConnection) -> bool:
        """Does a changing request come from a page of ours? One that says nothing of where it comes from does not."""
        headers = asked.headers
        site, origin, referer = (headers.get(name) for name in ("sec-fetch-site", "origin", "referer"))
        if site not in (None, "same-origin", "none"):
            return False
        if origin is not None:
            return self._is_ours(asked, origin)
        if referer is not None:
            return self._is_ours(asked, referer)
        return site == "same-origin"

    def may_read(self, asked: HTTPConnection) -> bool:
        """Does a reading request come from a page of ours, or does somebody follow a link to us?"""
        headers = asked.headers
        origin = headers.get("origin")
        if origin is not None and not self._is_ours(asked, origin):
            return False
        if headers.get("sec-fetch-site") in (None, "same-origin", "none"):
            return True
        return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest", "document") == "document"

    def may_open_socket(self, asked: HTTPConnection) -> bool:
        """Browsers let any page open a websocket to anywhere, with cookies: only its Origin says which page it was."""
        return self._is_ours(asked, asked.headers.get("origin", ""))

    def _is_ours(self, asked: HTTPConnection, url: str) -> bool:
        origin = origin_of(url)
        return bool(origin) and origin in (self.base(asked), self._public)
