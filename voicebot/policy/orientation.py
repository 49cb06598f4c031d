"""Orientation: where the call is led. Danger, then who calls, then why, then the answers given, then whom they ask for."""

from __future__ import annotations

from voicebot.domain.acts import StateRequest
from voicebot.domain.details import REASON
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Escalation, Outcome, Scenario
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.policy.danger import led_by_danger
from voicebot.policy.filters import led_by_filter
from voicebot.policy.people import led_by_wish, overflowed, reach
from voicebot.policy.turn import URGENT_BY_HINT, Turn


def orient(turn: Turn) -> None:
    """Settles where the call is led and how urgent it is, as far as is known now."""
    turn.change(orientation=where_to(turn), urgency=_how_urgent(turn))


def where_to(turn: Turn) -> Orientation:
    """The first of the rules that has something to say; a message when none has."""
    danger = led_by_danger(turn)
    if danger:
        return danger
    who, why, wish = led_by_filter(turn), _led_by_scenario(turn), led_by_wish(turn)
    # A filter that only takes a message holds no urgency back.
    if who and not (who.outcome is Outcome.MESSAGE and why and why.outcome is Outcome.ON_CALL):
        return _more_than_an_answer(turn, who, wish)
    if why is None:
        return wish or Orientation(Outcome.MESSAGE)
    if why.outcome is Outcome.MESSAGE and wish and wish.outcome is Outcome.TRANSFER:
        return wish
    return _more_than_an_answer(turn, why, wish)


def _more_than_an_answer(turn: Turn, led: Orientation, wish: Orientation | None) -> Orientation:
    """An approved answer is not the end for a caller who wants a human, or asked what it does not say."""
    if led.outcome is not Outcome.ANSWER:
        return led
    return wish or (Orientation(Outcome.MESSAGE) if turn.call.question_noted else led)


def leaves_no_message(orientation: Orientation) -> bool:
    """An approved answer that was all the caller wanted, or a refusal, leaves no message."""
    return orientation.outcome in (Outcome.REFUSAL, Outcome.ANSWER)


def escalation_of(turn: Turn) -> tuple[int, Escalation] | None:
    """(place in the file, the most urgent escalation of the scenario whose answer was given)."""
    scenario = turn.scenario
    if scenario is None:
        return None
    held = [(place, e) for place, e in enumerate(scenario.escalations) if _holds(turn, e)]
    return min(held, key=lambda found: (found[1].urgency, found[0]), default=None)


def _holds(turn: Turn, rule: Escalation) -> bool:
    answer = turn.call.details.get(rule.detail)
    if answer is None or not answer.complete:
        return False
    if rule.at_least is not None:
        return answer.value.isascii() and answer.value.isdigit() and int(answer.value) >= rule.at_least
    return answer.value.casefold() == rule.equals.casefold()


def _led_by_scenario(turn: Turn) -> Orientation | None:
    scenario = turn.scenario
    if scenario is None:
        return None
    escalated = escalation_of(turn)
    if escalated and escalated[1].outcome:
        return _towards(turn, scenario, escalated[1].outcome, f"scenarios[{scenario.id}].escalations[{escalated[0]}]")
    outside = not turn.is_open and scenario.outside_hours is not None
    path = f"scenarios[{scenario.id}].{'outside_hours' if outside else 'outcome'}"
    return _towards(turn, scenario, scenario.outcome_when(is_open=turn.is_open), path)


def _towards(turn: Turn, scenario: Scenario, outcome: Outcome, path: str) -> Orientation:
    if outcome is not Outcome.TRANSFER:
        return Orientation(outcome, because=path)
    rule, failed = scenario.transfer, turn.call.handover.failed
    if rule is None:
        if "" not in failed:
            return Orientation(Outcome.TRANSFER, "", path)
        return overflowed(turn) or Orientation(Outcome.MESSAGE, "", path)
    reached = reach(turn, rule.to)
    instead = turn.facilities.on_call and not turn.facilities.transfer and rule.if_nobody is Outcome.ON_CALL
    if reached and not instead:
        return Orientation(Outcome.TRANSFER, reached[0], path if reached[0] == rule.to else reached[1])
    return Orientation(rule.if_nobody, rule.to, f"scenarios[{scenario.id}].transfer.if_nobody")


def _how_urgent(turn: Turn) -> Urgency | None:
    """The danger, else the most urgent of what the filter, the scenario and its answers say; None for a normal message."""
    if turn.endangered:
        return turn.call.urgency
    known, scenario, held = turn.call.urgency, turn.scenario, turn.filter
    said: list[Urgency] = []
    if URGENT_BY_HINT in turn.call.told:
        said.append(Urgency(UrgencyLevel.P1, scenario.id if scenario else "house", known.words if known else ""))
    if held:
        refused = held.outcome is Outcome.REFUSAL
        said.append(Urgency(UrgencyLevel.P4 if refused else held.urgency, held.id))
    if scenario and not (held and held.outcome is Outcome.REFUSAL):
        said.append(Urgency(scenario.urgency, scenario.id, _words_of(turn, scenario, known)))
        if escalated := escalation_of(turn):
            answer = turn.call.details[escalated[1].detail]
            said.append(Urgency(escalated[1].urgency, scenario.id, answer.words))
    most = min(said, key=lambda urgency: urgency.level, default=None)
    return most if most and most.level is not UrgencyLevel.P3 else None


def _words_of(turn: Turn, scenario: Scenario, known: Urgency | None) -> str:
    stated = next((act.words for act in turn.every(StateRequest) if act.scenario == scenario.id), "")
    if stated:
        return stated
    if known and known.criterion == scenario.id:
        return known.words
    reason = turn.call.details.get(REASON)
    return reason.words if reason else ""
