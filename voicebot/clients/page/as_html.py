"""A page as one self-contained HTML file, made to be printed on A4 and signed."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from voicebot.clients.page.blocks import Page


def page_html(page: Page) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = files("voicebot.clients.page").joinpath("page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(template).render(page=page)
