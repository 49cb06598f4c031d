"""Draws a call's timeline: two lanes, each wait in milliseconds, interruptions, words as labels and tooltips."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from voicebot.call_file.call_record import Audible, CallFile, Exchange, Timeline
from voicebot.call_file.lane import LEVEL_MS
from voicebot.domain.events import CallEvent, EventKind

GOOD_WAIT_MS = 600
LONG_WAIT_MS = 1000
"""Half of the answers should come within the first, nearly all within the second."""

_WIDTH, _LEFT, _RIGHT, _TOP = 1200, 112, 24, 84
_CALLER_Y, _VOICE_Y, _LANE_H, _ROW_H = 34, 106, 40, 192
_BAR_MS = 80
_LETTER_PX = 6.0
_CALLER, _VOICE, _INK, _SOFT, _RULE = "#b3541e", "#1f5fa8", "#1b1f24", "#5b6470", "#d8dde3"
_WAIT_COLOURS = ("#1a7f37", "#9a6700", "#c01c28")
_STYLE = (
    f"text{{font:12px system-ui,sans-serif;fill:{_INK}}}.s{{fill:{_SOFT};font-size:11px}}"
    ".h{font-size:17px;font-weight:600}"
    ".w{font-weight:600;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4px}.m{text-anchor:middle}.e{text-anchor:end}"
    f".c{{fill:{_CALLER};fill-opacity:.13;stroke:{_CALLER};stroke-opacity:.45}}"
    f".v{{fill:{_VOICE};fill-opacity:.12;stroke:{_VOICE};stroke-opacity:.45}}"
    f".cb{{stroke:{_CALLER};stroke-width:2}}.vb{{stroke:{_VOICE};stroke-width:2}}.cut{{fill:#c01c28;fill-opacity:.28}}"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the drawing: from_ms to to_ms, drawn from y downwards."""

    from_ms: int
    to_ms: int
    y: int

    def x(self, ms: float) -> float:
        inside = min(max(ms, self.from_ms), self.to_ms) - self.from_ms
        return round(_LEFT + inside * (_WIDTH - _LEFT - _RIGHT) / (self.to_ms - self.from_ms), 1)

    def shows(self, ms: int) -> bool:
        return self.from_ms <= ms < self.to_ms

    def overlaps(self, started_ms: int, ended_ms: int) -> bool:
        return started_ms < self.to_ms and ended_ms > self.from_ms


@dataclass(frozen=True, slots=True)
class _Label:
    """Words on a lane, from started_ms on."""

    started_ms: int
    text: str


def timeline_svg(record: CallFile, levels: tuple[NDArray[np.uint16], NDArray[np.uint16]], zone: tzinfo) -> bytes:
    """The drawing, readable on its own on a white page, with French labels.

    Args:
        record: with a timeline.
        levels: of caller and receptionist (see Tape.levels), shown as bars inside the spans.
        zone: of the time of day in the heading.
    """
    timeline = record.timeline
    if timeline is None:
        raise ValueError("a call without a timeline cannot be drawn")
    rows = _rows(timeline.length_ms)
    height = _TOP + len(rows) * _ROW_H + 8
    svg = ET.Element(
        "svg", xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {_WIDTH} {height}", width=str(_WIDTH), height=str(height)
    )
    ET.SubElement(svg, "title").text = _clean(f"Appel {record.call.id}")
    ET.SubElement(svg, "style").text = _STYLE
    ET.SubElement(svg, "rect", width="100%", height="100%", fill="#fff")
    _heading(svg, record, timeline, zone)
    heard, spoken = _heard_labels(record.exchanges), _spoken_labels(record.exchanges)
    for row in rows:
        group = ET.SubElement(svg, "g", transform=f"translate(0 {row.y})")
        _axis(group, row)
        _lane(group, row, "c", _CALLER_Y, timeline.caller, levels[0], heard)
        _lane(group, row, "v", _VOICE_Y, timeline.receptionist, levels[1], spoken)
        _interruptions(group, row, timeline)
        _waits(group, row, timeline)
        _marks(group, row, record)
    return ET.tostring(svg, encoding="utf-8", xml_declaration=True)


def _rows(length_ms: int) -> list[_Row]:
    row_s = 20 if length_ms <= 120_000 else 30 if length_ms <= 300_000 else 60
    count = max(1, math.ceil(length_ms / (row_s * 1000)))
    return [_Row(n * row_s * 1000, (n + 1) * row_s * 1000, _TOP + n * _ROW_H) for n in range(count)]


def _heading(svg: ET.Element, record: CallFile, timeline: Timeline, zone: tzinfo) -> None:
    call = record.call
    _text(
        svg, 20, 30, f"{call.client} · {call.started_at.astimezone(zone):%d/%m/%Y %H:%M} · {_clock(timeline.length_ms)}", "h"
    )
    parts = [_many(len(timeline.waits), "attente", "attentes")]
    if timeline.median_wait_ms is not None:
        parts.append(f"médiane {timeline.median_wait_ms} ms, la plus longue {timeline.longest_wait_ms} ms")
    if timeline.first_sound_ms is not None:
        parts.append(f"premier son à {timeline.first_sound_ms} ms")
    gave_way = [b.voice_went_on_ms for b in timeline.barge_ins if b.gave_way]
    if gave_way:
        parts.append(f"{_many(len(gave_way), 'interruption', 'interruptions')}, voix tue en {max(gave_way)} ms au plus")
    if timeline.spoken_over:
        parts.append(f"{_many(len(timeline.spoken_over), 'réponse', 'réponses')} avant la fin de l'appelant")
    measured = "mesuré sur le son" if timeline.source == "audio" else "d'après la ligne, sans mesure du son"
    _text(svg, 20, 52, " · ".join([*parts, measured]), "")
    _text(svg, _WIDTH - _RIGHT, 30, f"appel {call.id}", "s e")
    for n, (colour, words) in enumerate(
        zip(_WAIT_COLOURS, (f"≤ {GOOD_WAIT_MS} ms", f"≤ {LONG_WAIT_MS} ms", "plus long"), strict=True)
    ):
        x = _WIDTH - _RIGHT - 250 + 86 * n
        ET.SubElement(svg, "path", d=f"M{x} 66v8m0-4h14m0-4v8", stroke=colour, fill="none").set("stroke-width", "2")
        _text(svg, x + 20, 74, words, "s")


def _axis(group: ET.Element, row: _Row) -> None:
    step_ms = 1000 if row.to_ms - row.from_ms <= 30_000 else 5000
    lines: list[str] = []
    for ms in range(row.from_ms, row.to_ms + 1, step_ms):
        lines.append(f"M{row.x(ms)} {20 if ms % 5000 == 0 else 26}V{_VOICE_Y + _LANE_H}")
        if ms % 5000 == 0:
            _text(group, row.x(ms), 14, _clock(ms), "s m")
    ET.SubElement(group, "path", d="".join(lines), stroke=_RULE, fill="none").set("stroke-width", ".6")
    for y, name in ((_CALLER_Y, "appelant"), (_VOICE_Y, "réceptionniste")):
        _text(group, _LEFT - 12, y + _LANE_H / 2 + 4, name, "e")
        middle = y + _LANE_H / 2
        ET.SubElement(group, "path", d=f"M{_LEFT} {middle}H{_WIDTH - _RIGHT}", stroke=_RULE)


def _lane(
    group: ET.Element,
    row: _Row,
    kind: str,
    y: int,
    spans: Iterable[Audible],
    levels: NDArray[np.uint16],
    labels: Sequence[_Label],
) -> None:
    bars: list[str] = []
    for span in spans:
        if not row.overlaps(span.started_ms, span.ended_ms):
            continue
        left, right = row.x(span.started_ms), row.x(span.ended_ms)
        box = ET.SubElement(group, "rect", x=str(left), y=str(y), width=f"{max(right - left, 1.5):.1f}", height=str(_LANE_H))
        box.set("rx", "4")
        box.set("class", kind)
        words = " ".join(label.text for label in labels if _near(label, span))
        lasted = f"{_clock(span.started_ms)} – {_clock(span.ended_ms)} ({span.ended_ms - span.started_ms} ms)"
        ET.SubElement(box, "title").text = _clean(f"{lasted} {words}".strip())
        bars += _bars(row, span, levels, y + _LANE_H / 2)
    if bars:
        ET.SubElement(group, "path", d="".join(bars)).set("class", f"{kind}b")
    _words(group, row, labels, y - 5 if kind == "c" else y + _LANE_H + 15)


def _bars(row: _Row, span: Audible, levels: NDArray[np.uint16], middle: float) -> Iterable[str]:
    first = max(span.started_ms, row.from_ms)
    for ms in range(first, min(span.ended_ms, row.to_ms), _BAR_MS):
        heard = levels[ms // LEVEL_MS : min(ms + _BAR_MS, span.ended_ms) // LEVEL_MS]
        if len(heard):
            # -55 dBFS and below is flat, -10 dBFS fills the lane.
            loud = 20 * math.log10(max(float(heard.max()), 1.0) / 32768)
            half = max(0.6, min(1.0, (loud + 55) / 45) * (_LANE_H / 2 - 3))
            yield f"M{row.x(ms + len(heard) * LEVEL_MS / 2)} {middle - half:.1f}v{2 * half:.1f}"


def _words(group: ET.Element, row: _Row, labels: Sequence[_Label], y: float, indent: int = 0) -> None:
    here = [label for label in labels if row.shows(label.started_ms)]
    free = float(_LEFT)
    for n, label in enumerate(here):
        x = max(row.x(label.started_ms) + indent, free)
        until = row.x(here[n + 1].started_ms) - 8 if n + 1 < len(here) else _WIDTH - 4
        room = int((until - x) / _LETTER_PX)
        if room >= 4:
            shown = _shortened(label.text, room)
            _text(group, x, y, shown, "s", title=label.text if shown != label.text else "")
            free = x + len(shown) * _LETTER_PX + 4


def _interruptions(group: ET.Element, row: _Row, timeline: Timeline) -> None:
    for b in timeline.barge_ins:
        if not row.overlaps(b.started_ms, b.voice_until_ms + 1):
            continue
        left, right = row.x(b.started_ms), row.x(b.voice_until_ms)
        told = (
            f"l'appelant coupe la parole, la voix se tait en {b.voice_went_on_ms} ms"
            if b.gave_way
            else "l'appelant parle pendant que la voix continue"
        )
        if b.gave_way:
            cut = ET.SubElement(group, "rect", x=str(left), y=str(_VOICE_Y), width=f"{max(right - left, 1):.1f}")
            cut.set("height", str(_LANE_H))
            cut.set("class", "cut")
            ET.SubElement(cut, "title").text = told
        if row.shows(b.started_ms):
            colour = _WAIT_COLOURS[2] if b.gave_way else _SOFT
            mark = ET.SubElement(group, "path", d=f"M{left} {_VOICE_Y - 1}l-5-8h10z", fill=colour)
            ET.SubElement(mark, "title").text = told
        if b.gave_way and row.shows(b.voice_until_ms):
            words, fits = f"coupée en {b.voice_went_on_ms} ms", right < _WIDTH - 140
            x, y = (right + 6, _VOICE_Y + _LANE_H / 2 - 6) if fits else (left - 8, _VOICE_Y - 4)
            _text(group, x, y, words, "s" if fits else "s e", title=told)
    for c in timeline.spoken_over:
        if row.shows(c.started_ms):
            mark = ET.SubElement(
                group, "path", d=f"M{row.x(c.started_ms)} {_CALLER_Y + _LANE_H + 1}l-5 8h10z", fill=_WAIT_COLOURS[2]
            )
            ET.SubElement(mark, "title").text = "la voix a commencé avant que l'appelant ait fini"


def _waits(group: ET.Element, row: _Row, timeline: Timeline) -> None:
    y = (_CALLER_Y + _LANE_H + _VOICE_Y) // 2 + 7
    for wait in timeline.waits:
        if not row.overlaps(wait.spoke_until_ms, wait.answered_ms + 1):
            continue
        colour = _WAIT_COLOURS[(wait.wait_ms > GOOD_WAIT_MS) + (wait.wait_ms > LONG_WAIT_MS)]
        left, right = row.x(wait.spoke_until_ms), row.x(wait.answered_ms)
        # A wait that goes over the end of a row has its beginning on one row and its end on the next.
        begins = f"M{left} {_CALLER_Y + _LANE_H}V{y + 4}" if row.shows(wait.spoke_until_ms) else ""
        ends = f"M{right} {y - 4}V{_VOICE_Y}" if row.shows(wait.answered_ms) else ""
        line = ET.SubElement(group, "path", d=f"{begins}{ends}M{left} {y}H{right}", stroke=colour, fill="none")
        line.set("stroke-width", "1.6")
        told = f"attente de {wait.wait_ms} ms, de {_clock(wait.spoke_until_ms)} à {_clock(wait.answered_ms)}"
        ET.SubElement(line, "title").text = told
        if row.shows(wait.answered_ms):
            middle = min(max((left + right) / 2, _LEFT + 26), _WIDTH - _RIGHT - 26)
            _text(group, middle, y - 5, f"{wait.wait_ms} ms", "w").set("style", f"fill:{colour}")


def _marks(group: ET.Element, row: _Row, record: CallFile) -> None:
    marks: list[_Label] = []
    for event in record.events:
        told = _told(event)
        if told:
            marks.append(_Label(int((event.at - record.call.started_at).total_seconds() * 1000), told))
    y = _VOICE_Y + _LANE_H + 31
    for mark in marks:
        if row.shows(mark.started_ms):
            x = row.x(mark.started_ms)
            flag = ET.SubElement(group, "path", d=f"M{x} {y - 8}v9l7-4.5z", fill=_SOFT)
            ET.SubElement(flag, "title").text = _clean(f"{_clock(mark.started_ms)} {mark.text}")
    _words(group, row, marks, y, indent=10)


def _told(event: CallEvent) -> str:
    match event.kind:
        case EventKind.KEYS_PRESSED:
            return f"touches {event.data.get('keys', '')}"
        case EventKind.LINE_LOST:
            return "ligne perdue"
        case EventKind.LINE_OPENED if event.data.get("resumed"):
            return "ligne reprise"
        case EventKind.RECORDING_STOPPED:
            return "enregistrement refusé"
        case EventKind.MESSAGE_RECORDED if event.data.get("state") == "complete":
            return "message enregistré"
        case EventKind.TROUBLE:
            return f"incident {event.data.get('code', '')}"
        case _:
            return ""


def _heard_labels(exchanges: Iterable[Exchange]) -> list[_Label]:
    return [_Label(e.heard.started_ms, e.heard.text) for e in exchanges if e.heard and e.heard.ended_ms and e.heard.text]


def _spoken_labels(exchanges: Iterable[Exchange]) -> list[_Label]:
    sentences = [s for e in exchanges for s in e.sentences if s.started_ms is not None and s.played_ms]
    return sorted((_Label(s.started_ms or 0, s.text) for s in sentences), key=lambda label: label.started_ms)


def _near(label: _Label, span: Audible) -> bool:
    return span.started_ms - 400 <= label.started_ms < span.ended_ms


def _shortened(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def _text(parent: ET.Element, x: float, y: float, words: str, classes: str, title: str = "") -> ET.Element:
    text = ET.SubElement(parent, "text", x=f"{x:g}", y=f"{y:g}")
    if classes:
        text.set("class", classes)
    if title:
        ET.SubElement(text, "title").text = _clean(title)
        text[-1].tail = _clean(words)
    else:
        text.text = _clean(words)
    return text


def _clean(words: str) -> str:
    # XML has no control characters, and a line break would end a tooltip's line.
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _clock(ms: int) -> str:
    return f"{ms // 60000:02}:{ms // 1000 % 60:02}"


def _many(count: int, one: str, more: str) -> str:
    return f"{count} {one if count < 2 else more}"
