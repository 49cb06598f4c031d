"""One judged call as a report tells it: plain values for JSON, with the decisions behind each turn and the message."""

from __future__ import annotations

from typing import Any

from voicebot.domain.events import EventKind
from voicebot.domain.message import Message
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.comparing.comparison import Comparison
from voicebot.quality.judging.verdict import JudgedCase, Verdict
from voicebot.quality.records.transcript import Transcript, Turn


class Changes:
    """Which calls and checks were lost or gained against the baseline, by the names of the calls."""

    def __init__(self, comparison: Comparison | None) -> None:
        self._lost: dict[str, list[str]] = {}
        self._gained: dict[str, list[str]] = {}
        for change in comparison.checks if comparison else ():
            for name in change.lost:
                self._lost.setdefault(name, []).append(change.check)
            for name in change.gained:
                self._gained.setdefault(name, []).append(change.check)

    def lost(self, name: str) -> list[str]:
        """Checks, "case" for the whole call."""
        return self._lost.get(name, [])

    def gained(self, name: str) -> list[str]:
        return self._gained.get(name, [])


def line_of(case: JudgedCase, changes: Changes) -> dict[str, Any]:
    """What the list of calls shows of it, and what filters ask. held: checks that hold."""
    failed = case.failed
    wrong = dict.fromkeys(verdict.check for verdict in failed)
    state = "trouble" if case.trouble else "failed" if failed else "passed"
    line: dict[str, Any] = {"id": case.case, "name": case.name, "client": case.client, "state": state}
    more = {
        "scenario": case.scenario,
        "language": case.language,
        "outcome": case.outcome,
        "attempt": case.attempt if case.attempt > 1 else 0,
        "critical": sum(verdict.critical for verdict in failed),
        "failed": list(wrong),
        "areas": list(dict.fromkeys(verdict.area.value for verdict in failed)),
        "held": [check for check in dict.fromkeys(v.check for v in case.verdicts) if check not in wrong],
        "tags": case.tags,
        "trouble": case.trouble,
        "lost": changes.lost(case.name),
        "gained": changes.gained(case.name),
    }
    return line | {key: value for key, value in more.items() if value}


def story_of(case: JudgedCase) -> dict[str, Any]:
    """All else that is shown when a call is opened: verdicts with their evidence, turns, message."""
    story: dict[str, Any] = {"verdicts": [_verdict(verdict) for verdict in case.failed]}
    transcript = case.transcript
    if transcript is None:
        return story
    story["turns"] = _turns(transcript)
    if transcript.record is not None:
        story["message"] = _message(transcript.record.message)
    return story


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "check": verdict.check,
        "area": verdict.area.value,
        "critical": verdict.critical,
        "expected": verdict.expected,
        "found": verdict.found,
        "rule": verdict.rule,
        "evidence": [[e.turn, e.start, e.end, e.note] for e in verdict.evidence],
    }


def _turns(transcript: Transcript) -> list[dict[str, Any]]:
    told: set[int] = set()
    turns: list[dict[str, Any]] = []
    for turn in transcript.turns:
        line = _turn(turn)
        if transcript.record is not None and turn.event:
            event, decisions = _decisions_before(transcript.record, turn.event)
            if decisions and event not in told and turn.speaker == "receptionist":
                told.add(event)
                line["why"] = decisions
        turns.append(line)
    return turns


def _turn(turn: Turn) -> dict[str, Any]:
    line: dict[str, Any] = {"n": turn.number, "who": turn.speaker.value, "text": turn.text}
    more = {"at": turn.started_s, "keys": turn.keys, "phrase": turn.phrase, "played": turn.played}
    return line | {key: value for key, value in more.items() if value not in (None, "", "all")}


def _decisions_before(record: CallRecord, number: int) -> tuple[int, list[str]]:
    """Number of the last event of decisions before event `number`, and each as "action subject: rule ← instruction"."""
    found = [event for event in record.events if event.kind is EventKind.DECIDED and event.number < number]
    if not found:
        return 0, []
    decisions = found[-1].data["decisions"]
    return found[-1].number, [
        f"{' '.join(filter(None, (d['action'], d['subject'])))}: {d['rule']} ← {d['because']}" for d in decisions
    ]


def _message(message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    where = message.orientation
    return {
        "state": message.state.value,
        "scenario": message.scenario_title or message.scenario or "",
        "urgency": f"{message.urgency.level.value.upper()} ({message.urgency.criterion})",
        "orientation": " ".join(filter(None, (where.outcome.value, where.to, f"← {where.because}"))) if where else "",
        "person": message.person_wanted or "",
        "missing": ", ".join(message.missing),
        "promise": message.callback_promised,
        "details": {name: detail.value for name, detail in message.details.items()},
    }
