"""Charts as SVG, drawn on the server: no script, no font or file from anywhere, readable in black and white."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pygal
from pygal.style import Style

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "X-Content-Type-Options": "nosniff"}
"""Of a chart that is served by itself: its own style, and nothing else."""
WIDTH, HEIGHT = 620, 250
_SANS = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif'
_SCRIPT = re.compile(r"<script\b[^>]*?(?:/>|>.*?</script>)", re.DOTALL)
_STYLE = Style(
    background="transparent",
    plot_background="transparent",
    foreground="#52606d",
    foreground_strong="#17212b",
    foreground_subtle="#d5dbe1",
    guide_stroke_color="#e3e7eb",
    colors=("#1b5a8f", "#b9c6d2"),
    font_family=_SANS,
    label_font_size=11,
    major_label_font_size=11,
    legend_font_size=12,
    value_font_size=10,
    opacity="1",
    opacity_hover="1",
    transition="none",
)


def bar_chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], *, lying: bool = False) -> bytes:
    """Bars beside each other. labels: of the bars. series: (name, values), one colour each, the present one first.

    lying: bars go to the right, under one another: for long labels.
    """
    most = max((value for _, values in series for value in values), default=0)
    options = {
        "style": _STYLE,
        "width": WIDTH,
        "height": max(HEIGHT, 60 + 24 * len(labels)) if lying else HEIGHT,
        "explicit_size": True,
        "js": (),
        "legend_at_bottom": True,
        "legend_at_bottom_columns": len(series),
        "legend_box_size": 10,
        "margin": 6,
        "spacing": 6,
        "truncate_label": -1,
        "truncate_legend": -1,
        "y_labels": _ticks(most),
        "range": (0, max(most, 1)),
        "formatter": lambda value: f"{value:.0f}",
    }
    # pygal draws lying bars from the bottom.
    order = slice(None, None, -1 if lying else 1)
    chart = pygal.HorizontalBar(**options) if lying else pygal.Bar(**options)
    chart.x_labels = list(labels)[order]
    for name, values in series:
        chart.add(name, list(values)[order])
    return _SCRIPT.sub("", chart.render().decode()).encode()


def _ticks(most: int) -> list[int]:
    """Whole numbers up to `most`, five or six of them at most, in steps of 1, 2, 5, 10 …"""
    step = 1
    for grown in (factor * 10**power for power in range(12) for factor in (1, 2, 5)):
        step = grown
        if most <= 5 * grown:
            break
    return list(range(0, max(most, 1) + 1, step))
