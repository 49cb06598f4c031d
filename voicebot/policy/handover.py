"""Handover: humans are rung only when that can be done now; otherwise the truth is said and the message tells what to do."""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from voicebot.domain.acts import AskForHuman
from voicebot.domain.call import Awaited, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, REASON
from voicebot.domain.orientation import OnCallNews
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy import people
from voicebot.policy.danger import is_scripted, leading_flag
from voicebot.policy.details import ask_before_transfer
from voicebot.policy.ladder.plan import ladder_starts
from voicebot.policy.turn import Turn

FEWEST_SILENCES_IN_TRANSFER = 3
MOST_RINGS = 2
"""Times that any human is looked for in one call; the second time only when the caller asks again."""
MOST_HANDOFFS = 6
"""Of one call, stand-ins and takers who were lost included: after that a message is taken, whatever happens."""


def under_way(turn: Turn) -> bool:
    """Is somebody being rung for this call now, or being connected with it?"""
    return turn.call.handover.to is not None or turn.call.handover.connects


def put_through(turn: Turn, *, count: bool = True) -> bool:
    """Puts the call through when that is wanted and can be done; first what a human wants to know before taking it.

    Returns: whether the turn is settled: the call is being put through, or a question was asked for that.
    """
    wanted = _wanted(turn)
    settled = turn.recorded and not turn.wished and not turn.endangered
    if wanted is None or settled or not can_put_through(turn):
        return False
    to, because, first = wanted
    if ask_before_transfer(turn, first, because, count=count):
        return True
    _look_for(turn, to, because)
    return True


def put_through_again(turn: Turn) -> bool:
    """Whoever had the caller, or was to have them, is gone: somebody else is looked for. Returns: whether that is so."""
    wanted = _wanted(turn)
    if wanted is None or not turn.facilities.transfer or turn.call.handover.handoffs >= MOST_RINGS:
        return False
    _look_for(turn, wanted[0], wanted[1])
    return True


def _look_for(turn: Turn, to: str, because: str) -> None:
    handover = turn.call.handover
    looking = replace(handover, to=to, handoffs=handover.handoffs + 1, position=0, queued_at=turn.now, told_at=None)
    turn.change(handover=looking, stage=Stage.QUALIFYING, silences=0)
    turn.decide(Action.TRANSFER, "handover.transfer", because, to)
    turn.expect(Awaited.NOTHING, patient=True)


def can_put_through(turn: Turn) -> bool:
    """Can a human be looked for now? After one had the caller only when the caller asks again, or in a new danger."""
    handover = turn.call.handover
    again = not handover.talked_with or turn.wished or turn.just_endangered
    return turn.facilities.transfer and again and handover.handoffs < MOST_HANDOFFS and _wanted(turn) is not None


def hold_on(turn: Turn) -> None:
    """While somebody is being rung, the caller is asked for patience."""
    turn.decide(Action.WAIT, "handover.hold", "house", "transfer")
    turn.expect(Awaited.NOTHING, patient=True)


def most_silences(turn: Turn) -> int:
    """Long silences after which a call that waits is taken back, should nobody tell us how the queue stands."""
    return max(FEWEST_SILENCES_IN_TRANSFER, ceil(turn.instructions.handoff.max_wait_s / turn.instructions.limits.hold_s))


def stop_looking(turn: Turn) -> None:
    """The caller goes on without a human."""
    handover = turn.call.handover
    if handover.to is not None:
        turn.change(handover=replace(handover, to=None, failed=(*handover.failed, handover.to)))


def give_up_transfer(turn: Turn) -> str:
    """Nobody took the call. Returns: who was rung, "" for any agent."""
    to = turn.call.handover.to or ""
    stop_looking(turn)
    return to


def say_nobody_took_it(turn: Turn, to: str, *, offer: bool) -> None:
    """offer: a message is offered, as nobody else is rung."""
    because = turn.call.orientation.because if turn.call.orientation else "house"
    turn.tell_once(f"nobody:{to}")
    instead = "" if offer else "yes"
    turn.decide(Action.SAY_NOBODY_AVAILABLE, "handover.failed", because, to, why="failed", instead=instead)


def say_truth(turn: Turn) -> None:
    """Humans are due and cannot be had: said once, and the message is taken as urgent when it is."""
    led, call = turn.call.orientation, turn.call
    if led is None or turn.decided(Action.SAY_NOBODY_AVAILABLE, Action.SAFETY_SCRIPT) or call.handover.talked_with:
        return
    if led.outcome is Outcome.ON_CALL and not is_scripted(turn) and not call.handover.on_call_woken:
        can_be_had = can_wake(turn) or can_put_through(turn)
        rule, why, path = "handover.nobody_on_call", "urgent", "nobody:on_call"
    elif led.outcome is Outcome.TRANSFER and not call.human_asked:
        can_be_had = turn.facilities.transfer
        rule, why, path = "handover.nobody", "unreachable", f"nobody:{led.to}"
    elif led.because.endswith(".if_nobody") and led.outcome is Outcome.MESSAGE:
        can_be_had = False
        rule, why, path = "handover.absent", people.why_absent(turn, led.to), f"nobody:{led.to}"
    else:
        return
    if not can_be_had and turn.tell_once(path):
        turn.decide(Action.SAY_NOBODY_AVAILABLE, rule, led.because, led.to, why=why)


def say_cost(turn: Turn) -> None:
    """The client's cost notice, once, before anybody is sent out; never in one breath with a safety script."""
    orientation, scenario = turn.call.orientation, turn.scenario
    if orientation is None or orientation.outcome is not Outcome.ON_CALL or turn.decided(Action.SAFETY_SCRIPT):
        return
    if turn.endangered:
        subject, path = leading_flag(turn), "red_flags"
        rule = turn.instructions.red_flag_rule(subject)
    else:
        rule, subject, path = scenario, scenario.id if scenario else "", "scenarios"
    if rule and rule.cost_notice and turn.tell_once(f"{path}[{subject}].cost_notice"):
        turn.decide(Action.SAY_COST, "handover.cost", f"{path}[{subject}].cost_notice", subject)


def wake_on_call(turn: Turn, *, last_moment: bool = False) -> None:
    """Wakes the people on call, once: in danger as soon as the caller can be called back, else with the message.

    Args:
        last_moment: the message is being taken or the call is ending.
    """
    orientation, urgency = turn.call.orientation, turn.call.urgency
    if orientation is None or orientation.outcome is not Outcome.ON_CALL or turn.call.handover.on_call_woken:
        return
    number = turn.call.details.get(CALLBACK_NUMBER)
    reachable = bool(turn.call.caller_number) or (number is not None and number.complete)
    if not can_wake(turn) or not (last_moment or (turn.endangered and reachable)):
        return
    turn.change(handover=replace(turn.call.handover, on_call_woken=True, told=OnCallNews.TRYING))
    criterion = leading_flag(turn) or (urgency.criterion if urgency else turn.call.scenario or "")
    turn.decide(Action.WAKE_ON_CALL, "handover.wake", orientation.because, criterion)


def can_wake(turn: Turn) -> bool:
    """Can people on call be woken now: by the house, by a roster that is in use and has no hole, outside its quiet hours?"""
    duty, urgency, zone = turn.instructions.on_call, turn.call.urgency, turn.instructions.identity.zone
    if duty is None or not turn.facilities.on_call or not turn.instructions.roster_in_use(turn.now):
        return False
    if ladder_starts(duty, zone, urgency.level if urgency else UrgencyLevel.P1, turn.now) > turn.now:
        return False
    return bool(duty.contacts_at(turn.now, zone) or duty.manager)


def _wanted(turn: Turn) -> tuple[str, str, tuple[str, ...]] | None:
    """(whom to ring, path of the instruction, what they are told first), or None."""
    orientation, scenario, held = turn.call.orientation, turn.scenario, turn.filter
    if orientation is None:
        return None
    if orientation.outcome is Outcome.TRANSFER and _may_ring(turn, orientation.to):
        return orientation.to, orientation.because, _told_first(turn)
    if turn.tried(people.HUMAN) and _may_ring(turn, ""):
        return "", "house", ()
    if _needs_a_human(turn):
        rule = scenario.transfer if scenario and not turn.endangered and not held else None
        to = rule.to if rule else ""
        return (to, orientation.because, ()) if _may_ring(turn, to) else None
    return None


def _may_ring(turn: Turn, to: str) -> bool:
    """Nobody is looked for twice, but any human once more when the caller asks again."""
    times = turn.call.handover.failed.count(to)
    again = not to and turn.first(AskForHuman) is not None and not people.wishes_exhausted(turn)
    return times == 0 or (again and times < MOST_RINGS)


def _needs_a_human(turn: Turn) -> bool:
    """Danger keeps a human line, and so does an urgency for which the roster sleeps: nobody is woken for them."""
    orientation, handover = turn.call.orientation, turn.call.handover
    if orientation is None or handover.on_call_woken:
        return False
    on_call = orientation.outcome is Outcome.ON_CALL
    return (on_call and not can_wake(turn)) or (is_scripted(turn) and not on_call)


def _told_first(turn: Turn) -> tuple[str, ...]:
    orientation, scenario, held = turn.call.orientation, turn.scenario, turn.filter
    if orientation is None or orientation.because == "house":
        return ()
    if orientation.because.startswith("filters["):
        return (held.details or ()) if held else ()
    by_name = turn.call.person_asked is not None and orientation.because.startswith(("people[", "teams["))
    if scenario and scenario.transfer and not by_name:
        return scenario.details if scenario.transfer.warm else ()
    return (CALLER_NAME, REASON)
