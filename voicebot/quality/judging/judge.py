"""Judges one finished call by code: every check that applies to it, without luck, networks or a language model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import structlog

from voicebot.domain.instructions import Instructions
from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.checks import Check, Found, Measured, Need
from voicebot.quality.judging.every_check import CHECKS, MEASURES
from voicebot.quality.judging.verdict import Evidence, Judgement, Quantity, Verdict
from voicebot.quality.records.transcript import Transcript

_ODD = (KeyError, ValueError, TypeError, AttributeError, IndexError)
"""What a transcript that is not shaped as ours makes of a check: then it says nothing."""
_MOST_TOLD = 3

_log = structlog.get_logger()


def judge_transcript(
    transcript: Transcript,
    instructions: Instructions | None,
    *,
    others: frozenset[str] = frozenset(),
    limits: Mapping[str, float] | None = None,
) -> Judgement:
    """Everything that can be judged of a call.

    Args:
        instructions: the client's, as they were when the call was held; None where they are not known: less is judged then.
        others: texts that stand only in other clients' files (see judging.canaries), and must not be heard in this call.
        limits: agreed limits, by name of judging.latency.LIMITS; what has none is measured and not judged.

    Never raises for an odd transcript: what cannot be judged gives no verdict.
    """
    call = CallInHand(transcript, instructions, others=others, limits=dict(limits or {}))
    have = needs_met(call)
    verdicts = [v for check in CHECKS if check.needs <= have for v in _verdicts(check, call)]
    quantities = [q for measured in MEASURES if measured.needs <= have for q in _quantities(measured, call)]
    return Judgement(tuple(verdicts), tuple(quantities))


def needs_met(call: CallInHand) -> frozenset[Need]:
    """What is there to judge this call by."""
    there = {
        Need.RECORD: call.record is not None,
        Need.INSTRUCTIONS: call.instructions is not None,
        Need.REFERENCE: call.expect is not None,
        Need.TIMES: any(turn.ended_s is not None for turn in call.transcript.turns),
    }
    return frozenset(need for need, met in there.items() if met)


def _verdicts(check: Check, call: CallInHand) -> Iterator[Verdict]:
    try:
        found = list(check.judge(call))
    except _ODD as odd:
        _log.warning("check could not judge", check=check.id, call=call.transcript.id, why=type(odd).__name__)
        return
    parts: dict[str, list[Found]] = {}
    for one in found:
        parts.setdefault(one.part, []).append(one)
    for part, ones in parts.items():
        yield _verdict(check, part, ones)


def _verdict(check: Check, part: str, ones: list[Found]) -> Verdict:
    """One verdict per check and part: what is wrong first, a few of it told."""
    wrong = [one for one in ones if not one.passed]
    told = (wrong or ones)[:_MOST_TOLD]
    return Verdict(
        check=check.id.replace("*", part) if part else check.id.removesuffix(".*"),
        area=check.area,
        passed=not wrong,
        expected=_joined(one.expected for one in told),
        found=_joined(one.found for one in told),
        critical=check.critical,
        rule=next((one.rule for one in told if one.rule), ""),
        evidence=tuple(dict.fromkeys(evidence for one in told for evidence in one.evidence)),
    )


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))


def _quantities(measured: Measured, call: CallInHand) -> Iterator[Quantity]:
    try:
        yield from list(measured.measure(call))
    except _ODD as odd:
        _log.warning("nothing measured", measure=measured.names[0], call=call.transcript.id, why=type(odd).__name__)


__all__ = ["Evidence", "judge_transcript", "needs_met"]
