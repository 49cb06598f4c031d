"""A run of audio evals: every caller under every condition, the conditions in turn, judged call by call."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from voicebot.domain.instructions import Instructions
from voicebot.domain.work import WorkKind
from voicebot.policy.figures import CallOutcome
from voicebot.quality.judging.verdict import JudgedCase, Judgement
from voicebot.quality.listening.audio_calls import HeardCall, PlannedCall, TelephonedHouse, babble_voices, place
from voicebot.quality.listening.by_ear import joined, judge_by_ear
from voicebot.quality.listening.conditions import AudioSuite, Limits
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.records.transcript import Transcript
from voicebot.quality.running.result import RunResult

APART_S = 1.5
"""Between the first calls of a run, so that greetings do not all fall together."""
_SEED = 20261123

Judge = Callable[[Transcript, Instructions | None], Judgement]
OnCall = Callable[[HeardCall, JudgedCase], None]


def plan(suite: AudioSuite) -> Iterator[PlannedCall]:
    """Caller by caller, for each of them the conditions in turn (A B C A B C), so that a busy machine blurs all alike.

    A caller's call has the same seed under every condition: reaction times are the same, and figures are paired.
    """
    for number in range(suite.calls):
        caller = suite.callers[number % len(suite.callers)]
        for condition in suite.conditions:
            yield PlannedCall(caller, condition, number // len(suite.callers), _SEED + number)


async def run_audio(
    suite: AudioSuite,
    house: TelephonedHouse,
    judge: Judge,
    instructions: Mapping[str, Instructions],
    *,
    folder: Path,
    together: int = 2,
    on_call: OnCall = lambda _heard, _case: None,
    digests: Mapping[str, str] | None = None,
) -> RunResult:
    """Places all calls, `together` at a time.

    Args:
        judge: judging.judge.judge_transcript. instructions, digests: by client.
        folder: sound of each call is written there, left the caller as the network took them, right the receptionist.
    """
    began_at, began_s = datetime.now(UTC), time.perf_counter()
    talkers = await asyncio.to_thread(babble_voices)
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    planned = list(plan(suite))
    waiting = iter(planned)
    cases: dict[str, JudgedCase] = {}

    async def worker(number: int) -> None:
        await asyncio.sleep(number * APART_S)
        for call in waiting:
            heard = await place(call, house, talkers)
            case = await asyncio.to_thread(judged, heard, judge, instructions[call.caller.client], suite.limits, folder)
            cases[call.case] = case
            on_call(heard, case)

    await asyncio.gather(*(worker(number) for number in range(together)))
    return RunResult(
        suite=suite.name,
        began_at=began_at,
        took_s=time.perf_counter() - began_s,
        code=version("voicebot"),
        understanding="rules",
        cases=tuple(cases[call.case] for call in planned),
        clients=dict(digests or {}),
    )


def judged(heard: HeardCall, judge: Judge, instructions: Instructions, limits: Limits, folder: Path) -> JudgedCase:
    """One call's case, its sound written to folder."""
    planned = heard.planned
    case = JudgedCase(
        case=planned.case,
        name=f"{planned.caller.name}-{planned.number}",
        client=planned.caller.client,
        scenario="",
        language=instructions.language,
        digest=_digest(planned),
        tags=planned.condition.tags,
        trouble=heard.trouble,
    )
    if heard.record is None:
        return case
    sound = folder / f"{planned.condition.name}-{planned.caller.name}-{planned.number}.wav"
    heard.carried.write_wav(sound)
    said = tuple(turn.text for turn in heard.turns)
    transcript = transcript_of(
        heard.record,
        name=case.name,
        source=planned.case,
        expect=planned.caller.expect.model_copy(update={"heard": said}),
        audio=str(sound),
        tags=case.tags,
    )
    judgement = joined(judge(transcript, instructions), judge_by_ear(heard, transcript, limits))
    return replace(
        case,
        scenario=heard.record.call.scenario or "",
        language=heard.record.call.language,
        outcome=_outcome(heard),
        verdicts=judgement.verdicts,
        quantities=judgement.quantities,
        transcript=transcript,
    )


def _outcome(heard: HeardCall) -> str:
    record = heard.record
    if record is None:
        return ""
    if record.has_work(WorkKind.WAKE):
        return CallOutcome.ON_CALL
    return CallOutcome.MESSAGE if record.message else CallOutcome.ABANDONED


def _digest(planned: PlannedCall) -> str:
    parts = (planned.caller.model_dump_json(), planned.condition.model_dump_json(), str(planned.number), str(planned.seed))
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
