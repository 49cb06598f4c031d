"""The console as one application, mounted under /console."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import APIRouter, FastAPI
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


async def _file(name: str) -> Response:
    content = static_files().get(name)
    if content is None:
        return Response(status_code=404)
    return Response(content, media_type=MEDIA_TYPES[name[name.rindex(".") :]], headers=HEADERS)
