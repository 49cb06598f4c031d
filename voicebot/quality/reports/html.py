"""A run as one HTML file that needs nothing else: decision, figures, charts, and the calls, worst first."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from voicebot.domain.language import Language
from voicebot.domain.replay import ReplayReport
from voicebot.quality.comparing.compare import CASE
from voicebot.quality.comparing.comparison import Comparison
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.reports import charts
from voicebot.quality.reports.decision import decide
from voicebot.quality.reports.embedded import Sounds, embedded_calls, json_for_script
from voicebot.quality.reports.figures import figures_of
from voicebot.quality.reports.words import said, sentence, words
from voicebot.quality.running.result import RunResult

DECISION_CALLS = 8
"""Calls that the decision names; the list below has them all."""


def html_report(
    result: RunResult,
    comparison: Comparison | None = None,
    *,
    replay: ReplayReport | None = None,
    audio: Sounds | None = None,
    language: Language = Language.FRENCH,
) -> str:
    """One page that opens from disk and asks for nothing from anywhere; its policy forbids it to.

    Args:
        replay: past calls under changed instructions, shown side by side. audio: reads the sound that a transcript names;
            failed calls get a player. language: in which it opens; the page has both.
    """
    figures, decision = figures_of(result), decide(result, comparison)
    calls = embedded_calls(result.cases, comparison, audio)
    style, script = _part("report.css"), _part("report.js")
    latency = charts.latency_of(figures.quantities)
    said_by = {to.value: sentence(decision, to) for to in Language}
    return _template().render(
        t=lambda key, **parts: _t(language, key, parts),
        plain=lambda key, **parts: said(key, language, parts),
        f=lambda value: _figure(value, language),
        known=lambda key: key in words()[language],
        language=language.value,
        result=result,
        figures=figures,
        comparison=comparison,
        replay=replay,
        decision=decision,
        decision_said=said_by,
        decision_calls=decision.calls[:DECISION_CALLS],
        changes={change.check: change for change in comparison.checks} if comparison else {},
        measured={change.name: change for change in comparison.quantities} if comparison else {},
        totals=_totals(result),
        calls=calls,
        calls_json=Markup(calls.json),
        words_json=Markup(json_for_script({to.value: words()[to] for to in Language})),
        areas_json=Markup(json_for_script({check.check: check.area.value for check in figures.checks})),
        charts=charts,
        CASE=CASE,
        client_rows=charts.rate_rows(figures.groups["client"]),
        area_bars=charts.failure_bars(figures.failures),
        latency=latency,
        columns=charts.columns(latency.values) if latency else (),
        points=charts.pass_hat_points(figures.pass_hat) if len(figures.pass_hat) > 1 else (),
        rate=_rate,
        interval=_interval,
        points_of=_points_of,
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@cache
def _template() -> Any:
    pages = Environment(
        loader=PackageLoader("voicebot.quality.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return pages.get_template("report.html")


@cache
def _part(name: str) -> str:
    return (files("voicebot.quality.reports") / "templates" / name).read_text("utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _t(language: Language, key: str, parts: Mapping[str, Any]) -> Markup:
    """Words that the page's switch turns into the other language."""
    text = {name: str(value) for name, value in parts.items()}
    given = Markup(' data-parts="{}"').format(json.dumps(text, ensure_ascii=False)) if text else ""
    return Markup('<span data-t="{}"{}>{}</span>').format(key, given, said(key, language, text))


def _figure(value: object, language: Language) -> Markup:
    """A figure whose decimal point the switch turns into a comma."""
    text = str(value)
    shown = text.replace(".", ",") if language is Language.FRENCH else text
    return Markup('<span data-f="{}">{}</span>').format(text, escape(shown))


def _rate(rate: Rate) -> str:
    return "–" if rate.value is None else f"{100 * rate.value:.1f} %"


def _interval(rate: Rate) -> str:
    low, high = rate.interval
    return f"{100 * low:.1f}–{100 * high:.1f}"


def _points_of(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _totals(result: RunResult) -> dict[str, int]:
    return {
        "calls": len({case.case for case in result.cases}),
        "failed": sum(not case.passed for case in result.cases),
        "critical": sum(any(verdict.critical for verdict in case.failed) for case in result.cases),
    }
