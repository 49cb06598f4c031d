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


def bar_chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], *, slanted: bool = False) -> bytes:
    """Bars side by side. labels: under the bars. series: (name, values), one colour each, the present one first."""
    chart = pygal.Bar(
        style=_STYLE,
        width=WIDTH,
        height=HEIGHT,
        explicit_size=True,
        js=(),
        disable_xml_declaration=False,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(series),
        legend_box_size=10,
        margin=6,
        spacing=6,
        show_y_guides=True,
        x_label_rotation=28 if slanted else 0,
        truncate_label=-1,
        truncate_legend=-1,
        integer_y=True,
        min_scale=2,
        max_scale=5,
        range=None if any(any(values) for _, values in series) else (0, 1),
        formatter=lambda value: f"{value:.0f}",
        show_minor_x_labels=True,
    )
    chart.x_labels = list(labels)
    for name, values in series:
        chart.add(name, list(values))
    return _SCRIPT.sub("", chart.render().decode()).encode()
