"""The console as one application, mounted under /console."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from voicebot.console.frame import HEADERS, MEDIA_TYPES, Frame, answer_errors, static_files
from voicebot.console.house import ConsoleHouse

Page = Callable[[ConsoleHouse, Frame], APIRouter]
"""Routes of one page, without the root in their paths."""


def console_app(house: ConsoleHouse, frame: Frame, pages: Iterable[Page]) -> FastAPI:
    """Paths are under the mount's root. pages: see voicebot.console.pages."""
    app = FastAPI(title="voicebot console", docs_url=None, redoc_url=None, openapi_url=None)
    answer_errors(app)
    app.add_api_route("/static/{name}", _file, methods=["GET"], include_in_schema=False)
    for page in pages:
        app.include_router(page(house, frame))
    return app


async def _file(name: str, request: Request) -> Response:
    content = static_files().get(name)
    if content is None:
        return Response(status_code=404)
    # Asked again each time, sent again only when it has changed: nobody works with yesterday's scripts.
    headers = HEADERS | {"Cache-Control": "no-cache", "ETag": _tags()[name]}
    if request.headers.get("if-none-match") == _tags()[name]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPES[name[name.rindex(".") :]], headers=headers)


@cache
def _tags() -> dict[str, str]:
    return {name: f'"{sha256(content).hexdigest()[:20]}"' for name, content in static_files().items()}
