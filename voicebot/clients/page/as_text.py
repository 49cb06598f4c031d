"""A page as text for a terminal or an e-mail: headings, and one line after the other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from voicebot.clients.page.blocks import Block, Bullets, Grid, Page, Paragraph, Part, Spoken

WIDTH = 100


def page_text(page: Page) -> str:
    lines = [f"FICHE DE CONSIGNES — {page.title}", ""]
    lines += [f"{name} : {value}" for name, value in page.facts]
    for section in page.sections:
        lines += ["", section.heading.upper(), "-" * len(section.heading)]
        for block in section.blocks:
            lines += _lines(block)
    for signer in page.signers:
        lines += ["", "", f"{signer} : ________________________   Date : ______________"]
        lines.append("(nom, signature précédée de « lu et approuvé »)")
    return "\n".join(lines) + "\n"


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from _wrapped(text, "")
        case Spoken(when, text, language):
            yield from _wrapped(f"{when}{f' ({language})' if language != 'fr' else ''} : « {text} »", "  ")
        case Bullets(items):
            for item in items:
                yield from _wrapped(f"- {item}", "  ")
        case Grid(rows, header):
            if header and rows:
                yield " | ".join(header)
            for row in rows:
                yield from _wrapped(" : ".join(row) if len(row) == 2 else " | ".join(row), "  ")
        case Part(heading, blocks):
            yield ""
            yield f"* {heading}"
            for inner in blocks:
                yield from (f"  {line}" for line in _lines(inner))


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)
