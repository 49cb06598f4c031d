"""A replay as one self-contained HTML page: counts, flips by rule, and each flipped call side by side."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from voicebot.domain.replay import ReplayedCall, ReplayReport
from voicebot.quality.replaying.rule_groups import by_rule, flip_rate, told

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1c2430;background:#fff}
table{border-collapse:collapse;width:100%;margin:.6rem 0 1.4rem}th,td{text-align:left;vertical-align:top;padding:.4rem;
border-bottom:1px solid #d9dee6}th{font-weight:600;background:#f4f6f9}.differs td{background:#fff6df}
.danger{color:#a11212;font-weight:600}.soft{color:#566}summary{cursor:pointer;padding:.4rem 0}td{width:33%}
code{background:#f1f3f6;padding:0 .25rem}
"""


def replay_page(report: ReplayReport) -> str:
    """The whole page; opens without a network."""
    title = f"{report.client}: {report.before} → {report.after}"
    body = f"<h1>{escape(title)}</h1>{replay_section(report)}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def replay_section(report: ReplayReport) -> str:
    """The same without the page around it, for other reports."""
    groups = "".join(
        f'<tr{_marked(group.dangerous)}><td><code>{escape(group.because)}</code> <span class="soft">{escape(group.rule)}'
        f"</span></td><td>{escape(group.what)}</td><td>{len(group.calls)}</td></tr>"
        for group in by_rule(report)
    )
    table = f"<table><tr><th>instruction and rule</th><th>what flips</th><th>calls</th></tr>{groups}</table>"
    counts = f"<p>{report.calls} calls replayed, {len(report.flipped)} flipped: {escape(str(flip_rate(report)))}.</p>"
    notes = _note("Drifted since they were held", report.drifted) + _note("Their own version is not kept", report.assumed)
    notes += _note("Skipped", (f"{call} ({why})" for call, why in report.skipped))
    return (
        counts
        + (table if groups else "<p>No call changes its outcome.</p>")
        + "".join(_call(call) for call in report.flipped)
        + notes
    )


def _call(call: ReplayedCall) -> str:
    flips = "; ".join(
        f'<span class="{"danger" if flip.towards_danger else ""}">{escape(told(flip))}</span> '
        f"← <code>{escape(flip.because)}</code> at turn {flip.turn}"
        for flip in call.flips
    )
    rows = "".join(
        f"<tr{' class=differs' if turn.before != turn.after or turn.said_after is not None else ''}>"
        f"<td>{_said(turn.said, turn.said_after)}</td><td>{_lines(turn.before)}</td><td>{_lines(turn.after)}</td></tr>"
        for turn in call.turns
    )
    open_questions = (
        f'<p class="soft">Never answered then: {escape(", ".join(call.unanswered))}</p>' if call.unanswered else ""
    )
    return (
        f"<details open><summary>{escape(call.call)} · {escape(call.scenario)} · {call.started_at:%Y-%m-%d %H:%M} UTC: "
        f"{flips}</summary>{open_questions}<table><tr><th>caller</th><th>before</th><th>after</th></tr>{rows}</table></details>"
    )


def _said(said: str, said_after: str | None) -> str:
    return escape(said) + (f'<div class="soft">after: {escape(said_after or "–")}</div>' if said_after is not None else "")


def _lines(lines: Iterable[str]) -> str:
    return "<br>".join(escape(line) for line in lines)


def _note(title: str, calls: Iterable[str]) -> str:
    listed = ", ".join(calls)
    return f'<p class="soft">{escape(title)}: {escape(listed)}</p>' if listed else ""


def _marked(dangerous: bool) -> str:
    return ' class="danger"' if dangerous else ""
