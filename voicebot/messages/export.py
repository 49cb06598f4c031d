"""Messages as a file for other programs: CSV that a spreadsheet opens without obeying it, or JSON with everything."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any, TextIO

from pydantic_core import to_jsonable_python

from voicebot.domain.call import call_json
from voicebot.domain.message import message_json
from voicebot.policy.deliveries import dead_letters
from voicebot.store.message_search import Found

_OBEYED = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What spreadsheets take for a formula, or what hides one: OWASP, "CSV Injection"."""
_COLUMNS = (
    "call", "message", "client", "instructions_version", "state", "taken_at", "language", "number_shown", "scenario",
    "scenario_title", "urgency", "criterion", "trigger_words", "person_wanted", "human_wanted", "caller_kind",
    "missing", "callback_promised", "outcome", "outcome_to", "outcome_because", "verbatim", "dispatches", "dead_letters",
    "on_call",
)  # fmt: skip


class ExportFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    """One message a line."""
    JSON = "json"
    """One array."""


def write_messages(out: TextIO, found: Sequence[Found], kind: ExportFormat) -> None:
    """Writes messages as they stand in `found`. out: opened with newline="". Blocks."""
    match kind:
        case ExportFormat.CSV:
            _write_csv(out, found)
        case ExportFormat.JSONL:
            out.writelines(json.dumps(_whole(one), ensure_ascii=False) + "\n" for one in found)
        case ExportFormat.JSON:
            out.write("[")
            out.writelines(
                (",\n" if number else "\n") + json.dumps(_whole(one), ensure_ascii=False) for number, one in enumerate(found)
            )
            out.write("\n]\n")


def cell(value: object) -> str:
    """The value as text that no spreadsheet takes for a formula: a quote before what begins like one."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_OBEYED) else text


def _write_csv(out: TextIO, found: Sequence[Found]) -> None:
    details = sorted({name for one in found for name in one.message.details})
    writer = csv.writer(out)
    writer.writerow([*_COLUMNS, *(f"detail.{name}" for name in details)])
    for one in found:
        row = dict(_cells(one))
        given = one.message.details
        values = [given[name].value if name in given else "" for name in details]
        writer.writerow([cell(value) for value in (*(row[name] for name in _COLUMNS), *values)])


def _cells(one: Found) -> Iterator[tuple[str, object]]:
    m, orientation = one.message, one.message.orientation
    yield from (("call", m.call), ("message", m.id), ("client", m.client))
    yield from (("instructions_version", m.instructions_version), ("state", m.state), ("taken_at", m.taken_at.isoformat()))
    yield from (("language", m.language), ("number_shown", m.number_shown), ("scenario", m.scenario))
    yield from (("scenario_title", m.scenario_title), ("urgency", m.urgency.level), ("criterion", m.urgency.criterion))
    yield from (("trigger_words", m.urgency.words), ("person_wanted", m.person_wanted), ("human_wanted", m.human_wanted))
    yield from (("caller_kind", m.caller_kind), ("missing", " ".join(m.missing)))
    yield "callback_promised", m.callback_promised
    yield "outcome", orientation.outcome if orientation else ""
    yield "outcome_to", orientation.to if orientation else ""
    yield "outcome_because", orientation.because if orientation else ""
    yield "verbatim", " | ".join(m.verbatim)
    yield "dispatches", "; ".join(f"{d.id} {d.channel} {d.address} {d.status} {d.trouble}".strip() for d in one.dispatches)
    yield "dead_letters", len(dead_letters(one.dispatches))
    yield "on_call", one.ladder


def _whole(one: Found) -> dict[str, Any]:
    return {
        "message": message_json.dump_python(one.message, mode="json"),
        "call": {k: v for k, v in call_json.dump_python(one.call, mode="json").items() if k in _OF_CALL},
        "dispatches": [to_jsonable_python(asdict(dispatch)) for dispatch in one.dispatches],
        "on_call": one.ladder,
    }


_OF_CALL = ("started_at", "ended", "caller_number", "dialled_number", "instructions_digest", "promise", "rehearsal")
