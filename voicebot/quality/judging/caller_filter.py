"""Filtering: who calls was recognised as the client wants, and treated so."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.domain.decisions import Action
from voicebot.domain.scenario import Outcome
from voicebot.quality.facts import NONE
from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area

CHECKS = Checks(Area.FILTER)


@CHECKS.check(
    "decision",
    Need.RECORD,
    Need.REFERENCE,
    fr="Le filtre du client qui devait s'appliquer (ou aucun) s'est appliqué.",
    en="The client's filter that was to hold (or none) held.",
)
def decision(call: CallInHand) -> Iterator[Found]:
    if call.expect and call.expect.filter and call.record:
        found = call.record.call.filter or NONE
        yield Found(call.expect.filter == found, call.expect.filter, found, f"filters[{found}]" if found != NONE else "")


@CHECKS.check(
    "listed_number",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Un numéro inscrit dans les listes du client est reconnu.",
    en="A number that stands on the client's lists is recognised.",
)
def listed_number(call: CallInHand) -> Iterator[Found]:
    shown = call.record.call.caller_number if call.record else ""
    listed = [f.id for f in call.instructions.filters if shown in f.numbers] if shown and call.instructions else []
    if listed and call.record and call.record.call.turns:
        found = call.record.call.filter or NONE
        yield Found(found != NONE, listed[0], found, f"filters[{listed[0]}].numbers")


@CHECKS.check(
    "obeyed",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Le filtre reconnu mène l'appel où le client le veut ; un refus dit sa phrase et ne prend pas de message.",
    en="The filter that holds leads the call where the client wants; a refusal says its sentence and takes no message.",
)
def obeyed(call: CallInHand) -> Iterator[Found]:
    if call.record is None or call.instructions is None:
        return
    held, led = call.instructions.filter(call.record.call.filter), call.record.call.orientation
    if held is None or led is None or led.because != f"filters[{held.id}].outcome":
        return
    said = any(t.phrase == f"filters[{held.id}].answer" for t in call.said)
    taken = call.decided(Action.TAKE_MESSAGE)
    refused = held.outcome is Outcome.REFUSAL
    passed = led.outcome is held.outcome and (not refused or (said and not taken))
    found = f"{led.outcome}{', its sentence said' if said else ''}{', message taken' if taken else ''}"
    yield Found(passed, held.outcome, found, led.because)
