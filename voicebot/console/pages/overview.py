"""Overview: how the house does, by client and period, each figure with its definition, its table, its chart and its CSV."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from voicebot.console import charts
from voicebot.console.access import figures as access
from voicebot.console.access.figures import FIGURES, Wanted
from voicebot.console.frame import HEADERS, Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Visitor
from voicebot.domain.language import Language
from voicebot.policy.figures import Bar, Figure, Measure

PERIODS_DAYS = (1, 7, 28, 90)
USUAL_DAYS = 7
LONGEST_DAYS = 366
_HOUSE_ZONE = ZoneInfo("Europe/Paris")
"""Of days that are chosen for several clients at once."""
_LEADING_TO_FORMULAS = ("=", "+", "-", "@", "\t")


def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    page = _OverviewPage(house, frame)
    router = APIRouter()
    router.add_api_route("/overview", page.shown, methods=["GET"])
    router.add_api_route("/overview/chart.svg", page.chart, methods=["GET"])
    router.add_api_route("/overview/figure.csv", page.table, methods=["GET"])
    return router


class _OverviewPage:
    def __init__(self, house: ConsoleHouse, frame: Frame) -> None:
        self._house = house
        self._frame = frame

    async def shown(self, request: Request) -> Response:
        visitor = await self._frame.visitor(request)
        clients = access.clients_with_figures(self._house, visitor)
        asked = _Asked(dict(request.query_params))
        wanted = self._wanted(asked)
        made = await access.figures_of(self._house, visitor, wanted)
        names = {client: self._house.clients().of(client).identity.name for client in clients}
        zone = self._zone(wanted.client)
        words = self._frame.words("overview", visitor.language)
        return self._frame.page(
            visitor,
            "overview.html",
            figures=made,
            clients=names,
            asked=asked,
            wanted=wanted,
            before=wanted.since - (wanted.until - wanted.since),
            zone=zone,
            periods=PERIODS_DAYS,
            query=urlencode(asked.query()),
            shown=lambda measure: _shown(measure, visitor.language),
            number=lambda value, unit: _number(value, unit, visitor.language),
            label=lambda figure, bar: _label(figure.id, bar, words.get),
            total=sum(figure.n for figure in made),
        )

    async def chart(self, request: Request, figure: str) -> Response:
        visitor = await self._frame.visitor(request)
        made = await self._one(visitor, request, figure)
        if made is None:
            return json_answer({"error": "unknown_figure"}, 404)
        words = self._frame.words("overview", visitor.language)
        labels = [_label(figure, bar, words.get) for bar in made.bars]
        series = [
            (words["overview.now"], [bar.now for bar in made.bars]),
            (words["overview.before"], [bar.before for bar in made.bars]),
        ]
        lying = max(map(len, labels)) * len(labels) > 80
        drawn = charts.bar_chart(labels, series, lying=lying)
        return Response(drawn, media_type="image/svg+xml", headers=HEADERS | charts.HEADERS)

    async def table(self, request: Request, figure: str) -> Response:
        visitor = await self._frame.visitor(request)
        made = await self._one(visitor, request, figure)
        if made is None:
            return json_answer({"error": "unknown_figure"}, 404)
        wanted = self._wanted(_Asked(dict(request.query_params)))
        disposition = f'attachment; filename="voicebot-{figure}-{wanted.since:%Y%m%d}-{wanted.until:%Y%m%d}.csv"'
        headers = HEADERS | {"Content-Disposition": disposition}
        return Response(_csv(made, wanted), media_type="text/csv; charset=utf-8", headers=headers)

    async def _one(self, visitor: Visitor, request: Request, figure: str) -> Figure | None:
        access.clients_with_figures(self._house, visitor)
        if figure not in FIGURES:
            return None
        wanted = self._wanted(_Asked(dict(request.query_params)))
        return (await access.figures_of(self._house, visitor, wanted, (figure,)))[0]

    def _wanted(self, asked: _Asked) -> Wanted:
        zone = self._zone(asked.client)
        now = self._house.clock()
        if asked.first and asked.last:
            since = datetime.combine(asked.first, time(), zone)
            until = datetime.combine(asked.last + timedelta(days=1), time(), zone)
            return Wanted(since, until, asked.client)
        until = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return Wanted(until - timedelta(days=asked.days), until, asked.client)

    def _zone(self, client: str) -> ZoneInfo:
        found = self._house.clients().instructions.get(client)
        return found.identity.zone if found else _HOUSE_ZONE


class _Asked:
    """What the address asks for; what cannot be read is as if it were not there."""

    def __init__(self, query: dict[str, str]) -> None:
        self.client = query.get("client", "")
        written = query.get("days", "")
        self.days = int(written) if written.isdecimal() and 1 <= int(written) <= LONGEST_DAYS else USUAL_DAYS
        self.first, self.last = _day(query.get("first", "")), _day(query.get("last", ""))
        if self.first and self.last and not timedelta() <= self.last - self.first < timedelta(days=LONGEST_DAYS):
            self.first = self.last = None

    def query(self) -> dict[str, str]:
        days = {"first": str(self.first), "last": str(self.last)} if self.first and self.last else {"days": str(self.days)}
        return {"client": self.client} | days if self.client else days


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _label(figure: str, bar: Bar, word: Any) -> str:
    """In words where there are some; steps of time as "≤ 20 s"; a detail that only a client has by its id."""
    said = word(f"overview.bar.{figure}.{bar.name}") or word(f"overview.bar.{bar.name}")
    if said:
        return said
    if bar.name.startswith("missing."):
        detail = bar.name.removeprefix("missing.")
        return str(word("overview.bar.missing")).format(detail=word(f"overview.detail.{detail}") or detail)
    if figure == "acknowledgement":
        return f"≤ {float(bar.name) / 60:g} min".replace(".", word("overview.decimal"))
    if figure in ("first_sound", "wait"):
        return f"≤ {float(bar.name):g} s".replace(".", word("overview.decimal"))
    return bar.name


def _number(value: float | None, unit: str, language: Language) -> str:
    if value is None:
        return "–"
    if unit == "count":
        return f"{value:.0f}"
    if unit == "rate":
        shown = f"{100 * value:.1f} %"
    elif value >= 120:
        return f"{value // 60:.0f} min {value % 60:02.0f} s"
    else:
        shown = f"{value:.2f} s" if value < 10 else f"{value:.0f} s"
    return shown.replace(".", ",") if language is Language.FRENCH else shown


def _shown(measure: Measure, language: Language) -> str:
    return _number(measure.value, measure.unit, language)


def _csv(figure: Figure, wanted: Wanted) -> bytes:
    """Measures first, then the bars; a spreadsheet must not take a cell for a formula."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(
        ["figure", "part", "name", "unit", "value", "low_95", "high_95", "n", "before", "since", "until", "client"]
    )
    tail = [wanted.since.isoformat(), wanted.until.isoformat(), wanted.client]
    for one in figure.measures:
        row = [figure.id, "measure", one.name, one.unit, one.value, one.low, one.high, one.n, one.before, *tail]
        table.writerow(_safe(row))
    for bar in figure.bars:
        table.writerow(_safe([figure.id, "bar", bar.name, "count", bar.now, None, None, figure.n, bar.before, *tail]))
    return written.getvalue().encode()


def _safe(row: list[Any]) -> list[Any]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_LEADING_TO_FORMULAS) else cell for cell in row]
