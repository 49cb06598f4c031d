"""voicebot clients show: the instructions as a page in French that a client reads and signs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.clients.page.as_html import page_html
from voicebot.clients.page.as_text import page_text
from voicebot.clients.page.page import page_of
from voicebot.clients.page.reception import HouseSentences
from voicebot.domain.language import Language
from voicebot.errors import SettingsError
from voicebot.replies.phrasebook import phrasebook
from voicebot.settings import settings
from voicebot.wiring.house import real_clock


def show(
    client: Annotated[str, typer.Argument(help="Client id.")],
    html: Annotated[Path | None, typer.Option(help="Write one printable HTML file instead of printing text.")] = None,
) -> None:
    """The instructions of a client as a page to be read and signed, in French."""
    with told_to_operator():
        clients = load_clients(settings().clients_dir)
        clients.of(client)
        page = page_of(clients.files[client], house_sentences(), real_clock())
        if html is None:
            print(page_text(page), end="")
            return
        try:
            html.write_text(page_html(page), encoding="utf-8")
        except OSError as refused:
            raise SettingsError(f"{html} cannot be written: {refused.strerror}.", "Choose another file.") from refused
        print(html)


def house_sentences() -> HouseSentences:
    """What the house says by law."""
    books = {language: phrasebook(language) for language in Language}
    return HouseSentences(
        {language: book.phrases["notice"] for language, book in books.items()},
        {language: book.phrases["recording_notice"] for language, book in books.items()},
        books[Language.FRENCH].safety,
    )
