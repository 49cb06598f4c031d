"""Opens figures: the only place of the console that counts calls, and only those of clients that the visitor may see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.policy import figures as made
from voicebot.policy.figures import Figure, Rows
from voicebot.store.figures import FigureBook, Period

_Read = Callable[[FigureBook, Period], Awaitable[dict[str, Any]]]
_Make = Callable[[Rows, Rows], Figure]


@dataclass(frozen=True, slots=True)
class Wanted:
    """client: id, "" for all that the visitor may see. since, until: aware; the period before is as long."""

    since: datetime
    until: datetime
    client: str = ""


async def _calls(book: FigureBook, period: Period) -> dict[str, Any]:
    return {"begun": await book.begun(period)}


async def _sounds(book: FigureBook, period: Period) -> dict[str, Any]:
    return {"first_sounds_s": await book.first_sounds_s(period)}


async def _handoffs(book: FigureBook, period: Period) -> dict[str, Any]:
    return {"handoffs": await book.handoffs(period)}


async def _outcomes(book: FigureBook, period: Period) -> dict[str, Any]:
    return {"outcomes": await book.outcomes(period)}


async def _messages(book: FigureBook, period: Period) -> dict[str, Any]:
    found = await book.messages(period)
    counted = {"messages": found.messages, "complete": found.complete}
    return counted | {"urgencies": found.urgencies, "missing": found.missing}


async def _ladders(book: FigureBook, period: Period) -> dict[str, Any]:
    found = await book.ladders(period)
    return {"acknowledged_s": found.acknowledged_s, "alarms": found.alarms}


async def _callbacks(book: FigureBook, period: Period) -> dict[str, Any]:
    return {"callbacks": await book.callbacks(period)}


async def _dispatches(book: FigureBook, period: Period) -> dict[str, Any]:
    counts, saved = await book.dispatches(period)
    return {"dispatches": counts, "saved": saved}


_MADE_OF: dict[str, tuple[_Read, _Make | None]] = {
    "volume": (_calls, None),
    "first_sound": (_sounds, made.first_sound),
    "wait": (_handoffs, made.wait),
    "outcomes": (_outcomes, made.outcomes),
    "transfers": (_handoffs, made.transfers),
    "urgencies": (_messages, made.urgencies),
    "acknowledgement": (_ladders, made.acknowledgement),
    "completeness": (_messages, made.completeness),
    "callbacks": (_callbacks, made.callbacks),
    "deliveries": (_dispatches, made.deliveries),
}
FIGURES: tuple[str, ...] = tuple(_MADE_OF)
"""Ids of the figures, in the order of the page."""


def clients_with_figures(house: ConsoleHouse, visitor: Visitor) -> tuple[str, ...]:
    """Raises: NotAllowed."""
    require(visitor, Kind.FIGURES)
    return visitor.clients(Kind.FIGURES, house.known_clients())


async def figures_of(house: ConsoleHouse, visitor: Visitor, wanted: Wanted, ids: tuple[str, ...] = FIGURES) -> list[Figure]:
    """Figures of one client or of all that the visitor may see. Raises: NotAllowed, StoreError, KeyError (unknown id)."""
    clients = _counted(house, visitor, wanted.client)
    book = FigureBook(house.book.database)
    now = Period(wanted.since, wanted.until, clients)
    before = Period(wanted.since - (wanted.until - wanted.since), wanted.since, clients)
    read: dict[_Read, tuple[Rows, Rows]] = {}
    for name in ids:
        reading = _MADE_OF[name][0]
        if reading not in read:
            read[reading] = Rows(**await reading(book, now)), Rows(**await reading(book, before))
    return [_figure(house, name, *read[_MADE_OF[name][0]]) for name in ids]


def _figure(house: ConsoleHouse, name: str, now: Rows, before: Rows) -> Figure:
    make = _MADE_OF[name][1]
    if make is not None:
        return make(now, before)
    zones = {client: one.identity.zone for client, one in house.clients().instructions.items()}
    return made.volume(now, before, zones)


def _counted(house: ConsoleHouse, visitor: Visitor, client: str) -> tuple[str, ...]:
    if client:
        require(visitor, Kind.FIGURES, Deed.SEE, client)
        return (client,) if client in house.known_clients() else ()
    return clients_with_figures(house, visitor)
