"""Runs to report of: calls of evals/conversations held and judged, and the same ones with faults put into their records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from voicebot.clients.directory import load_clients
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.urgency import UrgencyLevel
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.conversation_evals import hold_call, passing_book
from voicebot.quality.conversation_file import WrittenConversation, read_conversations
from voicebot.quality.judging.judge import judge_transcript
from voicebot.quality.judging.verdict import Area, Evidence, JudgedCase, Verdict
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.records.transcript import Speaker, Transcript, Turn
from voicebot.quality.running.result import RunResult
from voicebot.understanding.rules import Rules

ROOT = Path(__file__).parents[2]
FILES = ("heating.yaml", "medical.yaml", "property.yaml", "english.yaml")
BEGAN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@cache
def good_and_faulty(calls: int = 24) -> tuple[RunResult, RunResult]:
    """Calls as the receptionist of today holds them, and the same ones, of which three have faults.

    A digit swapped, an urgency missed, advice and a promise that nobody made. Not within a running event loop.
    """
    return asyncio.run(_held(calls))


def made_case(name: str, *verdicts: Verdict, **more: Any) -> JudgedCase:
    """A case without a call behind it."""
    known: dict[str, Any] = {"client": "cabinet-lilas", "scenario": "appointment", "language": "fr", "digest": f"d-{name}"}
    return JudgedCase(case=f"made.yaml/{name}", name=name, verdicts=verdicts, **(known | more))


def made_run(*cases: JudgedCase, **more: Any) -> RunResult:
    known: dict[str, Any] = {"code": "0.1.0 abc", "understanding": "rules", "clients": {"cabinet-lilas": "0a1b2c"}}
    return RunResult(suite="made", began_at=BEGAN, took_s=1.5, cases=cases, **(known | more))


def verdict(check: str, passed: bool, *, critical: bool = False, evidence: tuple[Evidence, ...] = ()) -> Verdict:
    wanted, area = ("Paul Martin", Area.MESSAGE) if check.startswith("message") else ("none", Area.FORBIDDEN)
    return Verdict(check, area, passed, wanted, "Paul Marin", critical, "details.ask_missing ← house", evidence)


def made_transcript(name: str, *lines: str, audio: str = "") -> Transcript:
    """Lines in turn: the receptionist begins."""
    who = (Speaker.RECEPTIONIST, Speaker.CALLER)
    turns = tuple(Turn(n + 1, who[n % 2], line, started_s=4.0 * n, ended_s=4.0 * n + 3) for n, line in enumerate(lines))
    return Transcript(name, "cabinet-lilas", turns, audio=audio)


Fault = Callable[[CallRecord], CallRecord]


async def _held(calls: int) -> tuple[RunResult, RunResult]:
    clients = load_clients(ROOT / "client_configs")
    written = read_conversations([ROOT / "evals" / "conversations" / name for name in FILES])
    step = max(1, len(written) // calls)
    left = set(_FAULTS)
    good: list[JudgedCase] = []
    faulty: list[JudgedCase] = []
    async with passing_book() as book:
        for number, call in enumerate(written[::step][:calls]):
            instructions = clients.of(call.client)
            record = (await hold_call(call, instructions, Rules(), book, number)).record
            good.append(_judged(call, record, instructions))
            fault = next((fault for fault in _FAULTS if fault in left and _can_be_found(fault, call, record)), None)
            left.discard(fault)
            faulty.append(_judged(call, fault(record), instructions) if fault else good[-1])
    assert not left
    digests = {case.client: f"{sum(map(ord, case.client)):012x}" for case in good}
    run = RunResult("conversations", BEGAN, 2.4, "0.1.0 5348619", "rules", tuple(good), digests)
    return run, replace(run, cases=tuple(faulty))


def _can_be_found(fault: Fault, call: WrittenConversation, record: CallRecord) -> bool:
    wanted, message = call.conversation.expect.message, record.message
    if wanted is None or message is None:
        return False
    if fault is _digit_swapped:
        return "callback_number" in wanted.details
    return message.urgency.level in (UrgencyLevel.P0, UrgencyLevel.P1) and wanted.urgency is not None


def _judged(call: WrittenConversation, record: CallRecord, instructions: Instructions) -> JudgedCase:
    name, message = call.conversation.name, record.message
    transcript = transcript_of(record, name=name, source=f"{call.file}:{call.line}", expect=call.conversation.expect)
    judged = judge_transcript(transcript, instructions)
    return JudgedCase(
        case=f"{call.file}/{name}",
        name=name,
        client=call.client,
        scenario=(message.scenario if message else None) or "",
        language=record.call.language.value,
        digest=f"{call.line:08x}",
        outcome="message" if message else "answered",
        verdicts=judged.verdicts,
        quantities=judged.quantities,
        transcript=transcript,
    )


def _digit_swapped(record: CallRecord) -> CallRecord:
    assert record.message is not None
    details = dict(record.message.details)
    number = details["callback_number"]
    details["callback_number"] = replace(number, value=number.value[:-2] + number.value[-1] + number.value[-2])
    return replace(record, message=replace(record.message, details=details))


def _urgency_missed(record: CallRecord) -> CallRecord:
    assert record.message is not None
    urgency = replace(record.message.urgency, level=UrgencyLevel.P3)
    return replace(record, message=replace(record.message, urgency=urgency))


def _says_more(record: CallRecord) -> CallRecord:
    """The last sentence goes on: pills are advised, and somebody is said to be on the way."""
    last = max(event.number for event in record.events if event.kind is EventKind.RECEPTIONIST_SAYS)
    more = " Prenez un comprimé d'ibuprofène, le technicien est en route et arrive dans dix minutes."
    return replace(record, events=tuple(_said(e, more) if e.number == last else e for e in record.events))


def _said(event: CallEvent, more: str) -> CallEvent:
    return replace(event, data=event.data | {"text": event.data["text"] + more})


_FAULTS: tuple[Fault, ...] = (_digit_swapped, _urgency_missed, _says_more)
