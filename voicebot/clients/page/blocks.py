"""What a page is made of: headings, paragraphs, lists, tables, spoken sentences. How it looks is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence that callers hear, with what it is said for. language: code, "fr"."""

    when: str
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. header: of its columns, none when the first column says enough."""

    rows: tuple[tuple[str, ...], ...]
    header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a section under a heading of its own: one scenario, one filter."""

    heading: str
    blocks: tuple[Block, ...]


Block = Paragraph | Spoken | Bullets | Grid | Part


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """title: name of the client. facts: version, digest, dates, author. signers: who signs."""

    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    signers: tuple[str, ...] = field(default=())
