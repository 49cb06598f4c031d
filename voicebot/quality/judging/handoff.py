"""Handing over: to whom and why, only to people who are there, and the truth for whoever asks for a human."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from voicebot.domain.decisions import Action
from voicebot.domain.details import REASON
from voicebot.domain.instructions import Instructions
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.ladder.plan import ladder_starts
from voicebot.quality.judging.call_in_hand import CallInHand, Decided
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence

CHECKS = Checks(Area.HANDOFF)
KINDS = {Action.TRANSFER: "transfer", Action.WAKE_ON_CALL: "on_call", Action.PROMISE_CALLBACK: "callback"}
MOST_TRIES = 2
"""Turns in which whoever asks for a human is offered one or told the truth."""
_ANSWERS = (
    Action.TRANSFER, Action.SAY_NOBODY_AVAILABLE, Action.ASK_WHICH_PERSON, Action.WAKE_ON_CALL, Action.SAY_ON_CALL,
    Action.SAY_QUEUE, Action.OFFER_CALLBACK, Action.PROMISE_CALLBACK, Action.WAIT, Action.TAKE_MESSAGE, Action.CONNECT,
    Action.KEEP_PARTIAL_MESSAGE, Action.ASK_TO_STAY,
)  # fmt: skip


@CHECKS.check(
    "decision",
    Need.RECORD,
    Need.REFERENCE,
    fr="Un humain a été fait intervenir comme attendu : transfert, astreinte, rappel, ou pas du tout.",
    en="A human came into the call as expected: transfer, on call, callback, or not at all.",
    critical=True,
)
def decision(call: CallInHand) -> Iterator[Found]:
    wanted = call.expect.handoff if call.expect else None
    if wanted:
        made = call.decided(*KINDS)
        kinds = list(dict.fromkeys(KINDS[Action(d.action)] for d in made))
        evidence = call.where(made[0]) if made else ()
        passed = wanted in kinds if wanted != "none" else not kinds
        yield Found(passed, wanted, ", ".join(kinds) or "none", made[0].behind if made else "", evidence)


@CHECKS.check(
    "because",
    Need.RECORD,
    Need.REFERENCE,
    fr="La consigne derrière cette intervention est celle attendue.",
    en="The instruction behind that handoff is the expected one.",
)
def because(call: CallInHand) -> Iterator[Found]:
    wanted = call.expect.handoff_because if call.expect else None
    if wanted:
        paths = list(dict.fromkeys(d.because for d in call.decided(*KINDS)))
        yield Found(wanted in paths, wanted, ", ".join(paths) or "no handoff", paths[0] if paths else "")


@CHECKS.check(
    "available",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Jamais de transfert vers un service fermé ou un absent, ni d'astreinte réveillée hors de ses heures ou vide.",
    en="Never a transfer to a closed desk or somebody away, nor a roster woken outside its hours or with nobody on it.",
    critical=True,
)
def available(call: CallInHand) -> Iterator[Found]:
    instructions = call.instructions
    for d in call.decided(Action.TRANSFER, Action.WAKE_ON_CALL) if instructions else ():
        assert instructions is not None
        why = _absent(instructions, d) if d.action == Action.TRANSFER else _asleep(call, instructions, d)
        yield Found(not why, "somebody who is there", why or "somebody who is there", d.behind, call.where(d))


def _absent(instructions: Instructions, d: Decided) -> str:
    """Why nobody can take a transfer then, "" when somebody can. Any agent of our own floor has no hours here."""
    team = instructions.team(d.subject)
    ids = team.people if team else (d.subject,) if d.subject else ()
    people = [p for i in ids if (p := instructions.person(i))]
    if d.subject and not people:
        return f"{d.subject} is not in the directory"
    zone = instructions.identity.zone
    there = [p for p in people if p.is_there(d.at, zone, instructions.hours)]
    return "" if there or not d.subject else f"{d.subject} is not there at {d.at.astimezone(zone):%a %H:%M}"


def _asleep(call: CallInHand, instructions: Instructions, d: Decided) -> str:
    duty, zone = instructions.on_call, instructions.identity.zone
    if duty is None or not instructions.roster_in_use(d.at):
        return "the roster is not in use then"
    if not (duty.contacts_at(d.at, zone) or duty.manager):
        return "nobody is on the roster then"
    return _quiet(call, instructions, d.at)


def _quiet(call: CallInHand, instructions: Instructions, at: datetime) -> str:
    urgency = call.record.call.urgency if call.record else None
    duty = instructions.on_call
    assert duty is not None
    starts = ladder_starts(duty, instructions.identity.zone, urgency.level if urgency else UrgencyLevel.P1, at)
    return "the roster sleeps then" if starts > at else ""


@CHECKS.check(
    "human_answered",
    Need.RECORD,
    fr="Qui demande un humain en obtient un, ou apprend la vérité, en deux tours au plus.",
    en="Whoever asks for a human is offered one, or told the truth, within two turns.",
    critical=True,
)
def human_answered(call: CallInHand) -> Iterator[Found]:
    for exchange in call.exchanges:
        wished = any(act["kind"] in ("ask_for_human", "ask_for_person") for act in exchange.acts)
        if not wished or not exchange.decisions:
            continue
        following = call.exchanges[exchange.number : exchange.number + MOST_TRIES]
        answered = any(e.decided(*_ANSWERS) for e in following)
        over = len(following) < MOST_TRIES
        asked = [d for e in following for d in e.decided(Action.ASK) if d.because != "house" or d.subject == REASON]
        human_before = call.decided(Action.TRANSFER, Action.WAKE_ON_CALL)
        if not answered and not over and not asked and not human_before:
            evidence = tuple(Evidence(t.number) for e in following for t in e.said[:1])
            yield Found(False, "a human, or the truth", "neither", "", (*exchange.evidence, *evidence))
        else:
            yield Found(True, "a human, or the truth", "answered", "", exchange.evidence)
        return
