"""The frame of every page: its template, its words in two languages, its visitor, and the headers that keep it safe."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import structlog
from fastapi import FastAPI, Request
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from ruamel.yaml import YAML
from starlette.responses import JSONResponse, RedirectResponse, Response

from voicebot.console.scope import Deed, Kind, Visitor
from voicebot.domain.language import Language
from voicebot.errors import (
    HandoffRefused,
    NotAllowed,
    ReviewRefused,
    UnknownCall,
    UnknownClient,
    UnknownHandoff,
    UnknownMessage,
    UnknownUser,
    UserRefused,
    VoicebotError,
)

ROOT = "/console"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    # Not no-referrer: browsers then send "Origin: null" with our own forms, and the door asks for our Origin.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
NAVIGATION: tuple[tuple[str, Kind], ...] = (
    ("desk", Kind.QUEUE),
    ("live", Kind.LIVE),
    ("messages", Kind.MESSAGES),
    ("calls", Kind.CALLS),
    ("clients", Kind.CLIENTS),
    ("reviews", Kind.REVIEWS),
    ("overview", Kind.FIGURES),
    ("agents", Kind.USERS),
)
"""Pages in the order of the navigation: path under the root and key of their name; shown to whoever may see the kind."""
Seat = Callable[[Request], Awaitable[Visitor | None]]
"""Who sends a request (voicebot.console.door); None for nobody."""

log = structlog.get_logger()


class SignInFirst(Exception):
    """Nobody is signed in: a page leads to the sign-in, everything else is refused with 401."""


class Frame:
    """Renders pages and knows who asks.

    Args:
        seat: from the door. Unsafe requests without the visitor's CSRF token never reach a page (console.door).
    """

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._pages = Environment(
            loader=PackageLoader("voicebot.console", "templates"), autoescape=select_autoescape(), undefined=StrictUndefined
        )

    async def visitor(self, request: Request) -> Visitor:
        """Raises: SignInFirst."""
        visitor = await self._seat(request)
        if visitor is None:
            raise SignInFirst
        return visitor

    def page(self, visitor: Visitor | None, template: str, language: Language | None = None, **values: Any) -> Response:
        """A whole page. Its words: words/<name>.yaml for "<name>.html" and "<name>_part.html", and words/frame.yaml.

        In templates: t("queue.empty", n=3), has_word(key), visitor, language, navigation, root, Kind, Deed. In scripts: the
        same words, from /console/static/words.js.
        """
        language = language or (visitor.language if visitor else Language.FRENCH)
        here = _page_of(template)
        words = _words("frame")[language] | _words(here)[language]
        shown = self._pages.get_template(template).render(
            t=lambda key, **parts: _said(words, key, parts),
            words=json.dumps(words, ensure_ascii=False),
            has_word=lambda key: key in words,
            visitor=visitor,
            language=language.value,
            root=ROOT,
            here=here,
            navigation=[path for path, kind in NAVIGATION if visitor and visitor.may(kind)],
            Kind=Kind,
            Deed=Deed,
            **values,
        )
        return Response(shown, media_type="text/html", headers=HEADERS)

    def words(self, page: str, language: Language) -> Mapping[str, str]:
        """What a page says, for what is not made by a template: labels of charts."""
        return _words("frame")[language] | _words(page)[language]


def json_answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """content: JSON values (use a TypeAdapter's dump_python(mode="json") for types of the house). headers: more of them."""
    return JSONResponse(content, status, headers={**HEADERS, **(headers or {})})


@cache
def _page_of(template: str) -> str:
    """ "sign_in" for sign_in.html, which has words of its own; "calls" for calls_list.html, which has its page's."""
    name = template.removesuffix(".html")
    own = files("voicebot.console") / "words" / f"{name}.yaml"
    return name if own.is_file() else name.partition("_")[0]


@cache
def _words(name: str) -> dict[Language, dict[str, str]]:
    """words/<name>.yaml: key → {fr: …, en: …}, flat keys with points; empty where there is no file.

    `also: [card]` takes the words of words/card.yaml too.
    """
    file = files("voicebot.console") / "words" / f"{name}.yaml"
    read: dict[str, Any] = YAML(typ="safe").load(file.read_text("utf-8")) if file.is_file() else {}
    words: dict[Language, dict[str, str]] = {language: {} for language in Language}
    for other in read.pop("also", ()):
        for language in Language:
            words[language] |= _words(other)[language]
    for language in Language:
        words[language] |= {key: said[language.value] for key, said in read.items()}
    return words


def _said(words: Mapping[str, str], key: str, parts: Mapping[str, Any]) -> str:
    return words[key].format(**parts) if parts else words[key]


@cache
def static_files() -> dict[str, bytes]:
    folder = files("voicebot.console") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name[0] not in "._"}


def answer_errors(app: FastAPI) -> None:
    """What goes wrong in a page, as an answer: {"error": code, "reason": …}; pages lead to the sign-in."""

    async def sign_in_first(request: Request, _: Exception) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "") and request.method == "GET"
        if wants_page:
            return RedirectResponse(f"{ROOT}/sign-in", 303, headers=HEADERS)
        return json_answer({"error": "sign_in"}, 401)

    async def refused(_: Request, wrong: Exception) -> Response:
        assert isinstance(wrong, VoicebotError)
        status = _STATUS.get(type(wrong), 503)
        log.info("console_refused", code=wrong.code, status=status, what=wrong.what)
        return json_answer({"error": wrong.code, "reason": getattr(wrong, "reason", "")}, status)

    app.add_exception_handler(SignInFirst, sign_in_first)
    app.add_exception_handler(VoicebotError, refused)


# What somebody may not see is, for them, not there.
_STATUS: dict[type[VoicebotError], int] = {
    NotAllowed: 404,
    UnknownCall: 404,
    UnknownClient: 404,
    UnknownMessage: 404,
    UnknownHandoff: 404,
    UnknownUser: 404,
    HandoffRefused: 409,
    UserRefused: 409,
    ReviewRefused: 409,
}
