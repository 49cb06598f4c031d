"""Instructions obeyed: each line of the client's file that concerned this call, with its path."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from voicebot.domain.decisions import Action
from voicebot.domain.instructions import Instructions
from voicebot.domain.scenario import Outcome
from voicebot.quality.judging.call_in_hand import CallInHand, Decided
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.client_in_hand import client_in_hand
from voicebot.quality.judging.questions import ASKS
from voicebot.quality.judging.verdict import Area, Evidence

CHECKS = Checks(Area.INSTRUCTIONS)
_NOBODY = ".transfer.if_nobody"


@CHECKS.check(
    "greeting",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="L'accueil est celui de l'heure (ouvert, fermé, ou d'un créneau), et il est dit.",
    en="The greeting is that of the hour (open, closed, or of a time of day), and is spoken.",
)
def greeting(call: CallInHand) -> Iterator[Found]:
    greeted = call.decided(Action.GREET)
    if not greeted or call.instructions is None or not call.exchanges[0].said:
        return
    wanted = greeting_of_the_hour(call.instructions, greeted[0].at)
    said = [t.phrase for t in call.exchanges[0].said]
    evidence = (Evidence(call.exchanges[0].said[-1].number),)
    found = next((phrase for phrase in said if phrase.startswith("greeting.")), "no greeting")
    yield Found(found == wanted, wanted, found, wanted, evidence)


def greeting_of_the_hour(instructions: Instructions, at: datetime) -> str:
    """Path of the greeting that holds at `at` (aware)."""
    local = at.astimezone(instructions.identity.zone)
    minute = local.hour * 60 + local.minute
    for place, timed in enumerate(instructions.greeting.by_time):
        if timed.between.opens_minute <= minute < timed.between.closes_minute:
            return f"greeting.by_time[{place}]"
    return "greeting.open" if instructions.hours.is_open(at, instructions.identity.zone) else "greeting.closed"


@CHECKS.check(
    "notices",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Chaque annonce temporaire en vigueur est dite une fois, pas davantage.",
    en="Each temporary notice in force is spoken once, and not again.",
)
def notices(call: CallInHand) -> Iterator[Found]:
    if call.instructions is None or not call.said or not call.decided(Action.GREET):
        return
    for notice in call.instructions.notices:
        path = f"notices[{notice.id}].say"
        times = sum(t.phrase == path for t in call.said)
        yield Found(times == 1, f"{path} once", f"{times} times", path)


@CHECKS.check(
    "details_asked",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Chaque information obligatoire du motif est connue ou a été demandée quand le message est pris.",
    en="Each mandatory detail of the scenario is known, or was asked for, when the message is taken.",
)
def details_asked(call: CallInHand) -> Iterator[Found]:
    record, taken = call.record, call.decided(Action.TAKE_MESSAGE)
    if record is None or call.instructions is None or not taken or record.call.handover.talked_with:
        return
    last = taken[-1]
    asked = {d.subject for d in call.decided(*ASKS) if d.event <= last.event}
    wanted, path = _mandatory(call, call.instructions, last)
    for detail in wanted:
        known = record.call.details.get(detail)
        given = known is not None and known.complete
        there = given or detail in asked
        yield Found(there, f"{detail} is asked or known", "known" if given else "asked" if there else "neither", path)


def _mandatory(call: CallInHand, instructions: Instructions, taken: Decided) -> tuple[tuple[str, ...], str]:
    """What the call's danger, filter or scenario must bring, and the line that says so."""
    assert call.record is not None
    state = call.record.call
    never = instructions.confidentiality.never_keep
    held, scenario = instructions.filter(state.filter), instructions.scenario(state.scenario)
    dangers = [r for flag in state.safety_script_given if (r := instructions.red_flag_rule(flag))]
    if state.safety_script_given:
        wanted, path = (
            tuple(d for rule in dangers for d in rule.details),
            f"red_flags[{state.safety_script_given[0]}].details",
        )
    elif held and held.details is not None:
        wanted, path = held.details, f"filters[{held.id}].details"
    elif scenario:
        wanted, path = scenario.details, f"scenarios[{scenario.id}].details"
    else:
        return (), ""
    exhausted = not taken.values.get("missing") and not taken.because.startswith(path.rpartition(".")[0])
    return (() if exhausted else tuple(d for d in wanted if d not in never)), path


@CHECKS.check(
    "outcome_of_the_hour",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Le motif mène où la fiche le dit à cette heure (outcome, ou outside_hours quand c'est fermé).",
    en="The scenario leads where the file says at that hour (outcome, or outside_hours when closed).",
)
def outcome_of_the_hour(call: CallInHand) -> Iterator[Found]:
    led, instructions = call.record.call.orientation if call.record else None, call.instructions
    if led is None or instructions is None or not call.decisions:
        return
    scenario = instructions.scenario(led.because.removeprefix("scenarios[").partition("]")[0])
    if scenario is None or not led.because.endswith((".outcome", ".outside_hours", _NOBODY)):
        return
    hours, zone = instructions.hours, instructions.identity.zone
    allowed: dict[str, str] = {}
    for d in call.decisions:
        is_open = hours.is_open(d.at, zone)
        outside = not is_open and scenario.outside_hours is not None
        path = f"scenarios[{scenario.id}].{'outside_hours' if outside else 'outcome'}"
        allowed[path] = scenario.outcome_when(is_open=is_open)
    if led.because.endswith(_NOBODY):
        # What holds when nobody takes a transfer holds only where one was due at that hour, or by an answer.
        due = {*allowed.values(), *(e.outcome for e in scenario.escalations)}
        passed = Outcome.TRANSFER in due
    else:
        passed = allowed.get(led.because) == led.outcome
    expected = ", ".join(f"{path}: {outcome}" for path, outcome in allowed.items())
    yield Found(passed, expected, f"{led.because}: {led.outcome}", led.because)


@CHECKS.check(
    "promise_of_the_hour",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="La promesse dite est celle du motif, ouverte ou fermée selon l'heure ; aucune n'est dite sans consigne.",
    en="The promise spoken is the scenario's, for open or closed hours; none is spoken without an instruction.",
    critical=True,
)
def promise_of_the_hour(call: CallInHand) -> Iterator[Found]:
    instructions = call.instructions
    if instructions is None:
        return
    for turn in call.said:
        at = call.said_at(turn)
        if not turn.phrase.endswith("].promise") or at is None:
            continue
        decision = call.rule_of.get(turn.number)
        scenario = instructions.scenario(turn.phrase.removeprefix("scenarios[").partition("]")[0])
        own = scenario.promise if scenario else None
        language = turn.language or instructions.language
        is_open = instructions.hours.is_open(at, instructions.identity.zone)
        wanted = (own.open if is_open else own.closed)[language] if own else "no promise"
        before, _, after = " ".join(wanted.split()).partition("{reopening}")
        passed = own is not None and turn.text.startswith(before) and turn.text.endswith(after)
        passed = passed and decision is not None and decision.because == turn.phrase
        yield Found(passed, wanted, turn.text, turn.phrase, (Evidence(turn.number),))


@CHECKS.check(
    "answers",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Chaque réponse décidée est dite avec les mots approuvés de sa consigne.",
    en="Each answer that was decided is spoken in the approved words of its instruction.",
)
def answers(call: CallInHand) -> Iterator[Found]:
    if call.instructions is None:
        return
    known = client_in_hand(call.instructions).sentences
    for d in call.decided(Action.ANSWER, Action.SAY_NOTICE, Action.SAY_COST):
        said = [t for t in call.exchange_of(d).said if t.phrase == d.because]
        there = bool(said) or not any(path == d.because for path, _ in known)
        yield Found(there, f"the words of {d.because}", "spoken" if there else "not spoken", d.behind, call.where(d))


@CHECKS.check(
    "cost_notice",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Le coût du déplacement est dit avant que l'astreinte soit appelée pour ce motif, quand la fiche en a un.",
    en="The cost notice is spoken before people on call are woken for the scenario, where the file has one.",
)
def cost_notice(call: CallInHand) -> Iterator[Found]:
    for d in call.decided(Action.WAKE_ON_CALL):
        scenario = (
            call.instructions.scenario(d.because.removeprefix("scenarios[").partition("]")[0]) if call.instructions else None
        )
        if scenario and scenario.cost_notice and d.because.startswith("scenarios["):
            told = [c for c in call.decided(Action.SAY_COST) if c.event <= d.event]
            path = f"scenarios[{scenario.id}].cost_notice"
            yield Found(bool(told), path, "told" if told else "not told", path, call.where(d))


@CHECKS.check(
    "never_kept",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Ce que le client interdit de garder n'est pas dans le message.",
    en="What the client forbids to keep is not in the message.",
    critical=True,
)
def never_kept(call: CallInHand) -> Iterator[Found]:
    message = call.record.message if call.record else None
    never = call.instructions.confidentiality.never_keep if call.instructions else ()
    if message is not None and never:
        kept = [detail for detail in never if detail in message.details]
        yield Found(not kept, "none of " + ", ".join(never), ", ".join(kept) or "none", "confidentiality.never_keep")


@CHECKS.check(
    "version",
    Need.RECORD,
    fr="Le message porte la version des consignes auxquelles l'appel a obéi.",
    en="The message names the version of the instructions that the call obeyed.",
)
def version(call: CallInHand) -> Iterator[Found]:
    message = call.record.message if call.record else None
    if message is not None and call.record is not None:
        wanted, found = call.record.call.instructions_version, message.instructions_version
        yield Found(wanted == found, str(wanted), str(found))


@CHECKS.check(
    "obeys.*",
    Need.RECORD,
    Need.REFERENCE,
    fr="Cette consigne a été suivie (ou ne l'a pas été), comme attendu pour cet appel.",
    en="This line of the instructions was followed (or was not), as expected of this call.",
)
def obeys(call: CallInHand) -> Iterator[Found]:
    paths = [(d.because, call.where(d)) for d in call.decisions]
    paths += [(t.phrase, (Evidence(t.number),)) for t in call.said if t.phrase]
    if call.record and call.record.call.orientation:
        paths.append((call.record.call.orientation.because, ()))
    for line, wanted in (call.expect.obeys if call.expect else {}).items():
        followed = [where for path, where in paths if path == line or path.startswith((f"{line}.", f"{line}["))]
        evidence = followed[0] if followed else ()
        yield Found(bool(followed) is wanted, _yes(wanted), _yes(bool(followed)), line, evidence, part=line)


def _yes(followed: bool) -> str:
    return "followed" if followed else "not followed"
