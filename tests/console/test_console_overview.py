"""The page Overview over HTTP: figures of those clients that a visitor may see, as page, chart and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from tests.console.open_console import OpenConsole, open_console, user
from tests.store.made_calls import MadeCall, save_call
from voicebot.console.access.figures import FIGURES, Wanted, figures_of
from voicebot.console.charts import bar_chart
from voicebot.console.pages import overview
from voicebot.console.scope import Visitor
from voicebot.domain.agent import Role
from voicebot.domain.call import EndReason
from voicebot.domain.language import Language
from voicebot.domain.message import MessageState

NOW = datetime(2026, 11, 23, 17, 40, tzinfo=UTC)
PEOPLE = (
    user("claire", Role.SUPERVISOR),
    user("vera", Role.CLIENT_VIEWER, "cabinet-lilas"),
    user("nobody", Role.CLIENT_VIEWER),
    user("paul", Role.AGENT),
    user("eve", Role.QA, language=Language.ENGLISH),
)
CALLS = (
    MadeCall(client="chauffage-morel", at=NOW - timedelta(hours=2), message=MessageState.COMPLETE),
    MadeCall(client="chauffage-morel", at=NOW - timedelta(hours=3), ended=EndReason.CALLER_HUNG_UP),
    MadeCall(client="cabinet-lilas", at=NOW - timedelta(hours=4), message=MessageState.PARTIAL, missing=("=cmd", "address")),
    MadeCall(client="cabinet-lilas", at=NOW - timedelta(days=8), message=MessageState.COMPLETE),
)


@asynccontextmanager
async def _console(tmp_path: Path) -> AsyncIterator[tuple[OpenConsole, httpx.AsyncClient]]:
    async with open_console(tmp_path, [overview.routes], PEOPLE, clock=lambda: NOW) as console:
        for number, made in enumerate(CALLS):
            await save_call(console.house.book, f"call-{number}", made)
        async with httpx.AsyncClient(base_url=console.address, timeout=60) as asking:
            yield console, asking


async def _csv(console: OpenConsole, asking: httpx.AsyncClient, who: str, **query: str) -> list[dict[str, str]]:
    answer = await asking.get("/overview/figure.csv", headers=console.headers(who), params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_figures_are_of_the_clients_that_the_visitor_may_see(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        volume = {
            who: (await _csv(console, asking, who, figure="volume"))[0]["value"] for who in ("claire", "vera", "nobody")
        }
        assert volume == {"claire": "3", "vera": "1", "nobody": "0"}
        of_lilas = await _csv(console, asking, "claire", figure="volume", client="cabinet-lilas")
        assert (of_lilas[0]["value"], of_lilas[0]["before"]) == ("1", "1")
        assert (await _csv(console, asking, "claire", figure="volume", client="gone"))[0]["value"] == "0"
        for path in ("/overview", "/overview/chart.svg?figure=volume", "/overview/figure.csv?figure=volume"):
            both = "&" if "?" in path else "?"
            others = await asking.get(f"{path}{both}client=chauffage-morel", headers=console.headers("vera"))
            assert others.status_code == 404
            assert (await asking.get(path, headers=console.headers("paul"))).status_code == 404
            assert (await asking.get(path)).status_code == 401
        shown = (await asking.get("/overview", headers=console.headers("vera"))).text
        assert "Cabinet médical des Lilas" in shown
        assert "Chauffage Morel" not in shown


async def test_each_figure_has_a_definition_a_table_a_chart_and_a_csv(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        for who, what in (("claire", "Ce qui est compté"), ("eve", "What is counted")):
            page = (await asking.get("/overview?days=28", headers=console.headers(who))).text
            assert page.count(f"<summary>{what}</summary>") == len(FIGURES)
        for figure in FIGURES:
            chart = await asking.get(f"/overview/chart.svg?figure={figure}&days=28", headers=console.headers("claire"))
            assert chart.status_code == 200
            assert chart.headers["content-type"] == "image/svg+xml"
            assert "script-src" not in chart.headers["content-security-policy"]
            drawn = ElementTree.fromstring(chart.content)
            assert [one.tag for one in drawn.iter() if one.tag.endswith("script")] == []
            rows = await _csv(console, asking, "claire", figure=figure, days="28")
            assert {row["part"] for row in rows} == {"measure", "bar"}
        assert (await asking.get("/overview/chart.svg?figure=x", headers=console.headers("claire"))).status_code == 404
        assert (await asking.get("/overview/figure.csv?figure=x", headers=console.headers("claire"))).status_code == 404


async def test_rates_have_their_interval_and_cells_are_no_formulas(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        rows = await _csv(console, asking, "claire", figure="outcomes")
        abandoned = next(row for row in rows if row["name"] == "abandoned" and row["part"] == "measure")
        assert (float(abandoned["value"]), abandoned["n"]) == (pytest.approx(1 / 3), "3")
        assert 0 < float(abandoned["low_95"]) < 1 / 3 < float(abandoned["high_95"]) < 1
        rows = await _csv(console, asking, "claire", figure="completeness")
        assert {row["name"] for row in rows if row["part"] == "bar"} == {
            "complete", "partial", "missing.address", "missing.=cmd",
        }  # fmt: skip


PERIODS: tuple[tuple[dict[str, str], str], ...] = (
    ({}, "3"),
    ({"days": "1"}, "3"),
    ({"days": "28"}, "4"),
    ({"days": "0"}, "3"),
    ({"days": "x"}, "3"),
    ({"first": "2026-11-15", "last": "2026-11-15"}, "1"),
    ({"first": "2026-11-15", "last": "2026-11-23"}, "4"),
    ({"first": "2026-11-23", "last": "2026-11-15"}, "3"),
    ({"first": "2026-11-16"}, "3"),
)


async def test_the_period_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        for query, count in PERIODS:
            assert (await _csv(console, asking, "claire", figure="volume", **query))[0]["value"] == count, query


async def test_the_period_before_is_as_long_and_ends_where_this_one_begins(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, _):
        wanted = Wanted(NOW - timedelta(days=7), NOW)
        (volume,) = await figures_of(console.house, Visitor(PEOPLE[0], "s", "c"), wanted, ("volume",))
        assert (volume.measures[0].value, volume.measures[0].before) == (3, 1)
        assert {bar.name: bar.now for bar in volume.bars if bar.now} == {"14": 1, "15": 1, "16": 1}


def test_a_chart_has_whole_numbers_and_one_bar_for_each_value() -> None:
    for lying in (False, True):
        drawn = bar_chart(["a", "b < c"], [("now", [3, 0]), ("before", [1, 2])], lying=lying).decode()
        assert "b &lt; c" in drawn
        tree = ElementTree.fromstring(drawn)
        bars = [one for one in tree.iter() if one.get("class", "").startswith("rect")]
        assert len(bars) == 4
    ElementTree.fromstring(bar_chart([], [("now", []), ("before", [])]))
