"""Promises: what was said to be done, or to be done soon, has its receipt in the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from voicebot.quality.commitments import QUOTES_THE_CALLER, committing_words
from voicebot.quality.judging.call_in_hand import CallInHand, quoted
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence, Quantity
from voicebot.quality.promises import FRESH, Finding, verify

CHECKS = Checks(Area.PROMISES)
AFTERWARDS = FRESH - timedelta(seconds=1)
"""A call is judged as it stood just after its end: what leaves the house later may still be on its way."""


@CHECKS.check(
    "receipts",
    Need.RECORD,
    fr="Chaque promesse faite à l'appelant a sa preuve (message enregistré, sonnerie, acquittement, envoi).",
    en="Each promise made to the caller has its receipt (message recorded, somebody rung, acknowledged, sent).",
    critical=True,
)
def receipts(call: CallInHand) -> Iterator[Found]:
    record = call.record
    if record is None or not record.events:
        return
    verified = verify([record], record.events[-1].at + AFTERWARDS)
    for finding in verified.findings:
        turn = next((t for t in call.said if t.text == finding.text), None)
        rule = call.rule_of.get(turn.number) if turn else None
        yield Found(False, _receipt(finding), finding.missing, rule.behind if rule else "", _place(call, finding))
    if verified.commitments and not verified.findings:
        yield Found(True, "a receipt for each", f"{verified.commitments} promises, all with their receipt")


def _receipt(finding: Finding) -> str:
    return f"a receipt for « {finding.text} » ({finding.commitment})"


def _place(call: CallInHand, finding: Finding) -> tuple[Evidence, ...]:
    return tuple(quoted(t, finding.text, finding.commitment) for t in call.said if t.text == finding.text)[:1]


@CHECKS.measure(
    "promises_unverified",
    fr="Promesses en mots d'un appel venu d'ailleurs : aucune preuve ne peut être cherchée.",
    en="Promises in words in a call from elsewhere: no receipt can be looked for.",
)
def unverified(call: CallInHand) -> Iterator[Quantity]:
    if call.record is None and call.said:
        found = sum(1 for t in call.said if t.phrase not in QUOTES_THE_CALLER and committing_words(t.text))
        yield Quantity("promises_unverified", "promises", (float(found),))
