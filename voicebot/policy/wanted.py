"""Wanted details: what this call must bring, what it may bring, and what is not kept."""

from __future__ import annotations

from voicebot.domain.details import ACCESS_CODES, ADDRESS, CALLBACK_NUMBER, HOUSE_DETAILS
from voicebot.domain.handoff import TaskKind
from voicebot.domain.scenario import Outcome
from voicebot.policy.danger import danger_details
from voicebot.policy.turn import DEFAULT_DETAILS, Turn
from voicebot.policy.ways import ways

WHO_AND_WHEN = frozenset(HOUSE_DETAILS) - {ADDRESS, ACCESS_CODES}
"""House details that say who calls and how to call back: kept whatever the scenario."""


def wanted_details(turn: Turn) -> tuple[str, ...]:
    """Ids of the mandatory details, in the order in which they are asked."""
    urgent = danger_details(turn)
    if urgent is not None:
        wanted = urgent
    elif turn.filter and turn.filter.details is not None:
        wanted = turn.filter.details
    else:
        wanted = turn.scenario.details if turn.scenario else DEFAULT_DETAILS
    orientation = turn.call.orientation
    led_to_nobody = orientation is None or orientation.outcome is not Outcome.TRANSFER or not turn.facilities.transfer
    led_to_nobody = led_to_nobody or bool(turn.call.handover.talked_with)
    if asked := asked_by_agent(turn):
        wanted = (asked, *(d for d in wanted if d != asked))
    if turn.call.human_asked and led_to_nobody and CALLBACK_NUMBER not in wanted:
        wanted = (*wanted, CALLBACK_NUMBER)
    return tuple(d for d in wanted if d not in turn.instructions.confidentiality.never_keep)


def asked_by_agent(turn: Turn) -> str:
    """Id of the detail that an agent told us to ask for; "" for none, and for one that nobody knows."""
    task = turn.call.handover.task
    if task is None or task.kind is not TaskKind.TAKE_DETAIL:
        return ""
    known = task.detail in HOUSE_DETAILS or turn.instructions.detail(task.detail) is not None
    return task.detail if known else ""


def optional_details(turn: Turn) -> tuple[str, ...]:
    """Ids of details that are asked once, after the mandatory ones; none in an urgent or filtered call."""
    if turn.scenario is None or turn.endangered or (turn.filter and turn.filter.details is not None):
        return ()
    never = turn.instructions.confidentiality.never_keep
    return tuple(d for d in turn.scenario.optional_details if d not in never and d not in turn.scenario.details)


def may_keep(turn: Turn, detail: str) -> bool:
    """May this detail be kept? Never what the client forbids; in a known scenario only what it asks for (RGPD)."""
    if detail in turn.instructions.confidentiality.never_keep:
        return False
    scenario = turn.scenario
    if scenario is None or turn.endangered:
        return True
    asked = {*wanted_details(turn), *scenario.details, *scenario.optional_details, *(e.detail for e in scenario.escalations)}
    return detail in WHO_AND_WHEN or detail in asked


def missing_detail(turn: Turn, wanted: tuple[str, ...], pending: str | None = None) -> str | None:
    """The next of the `wanted` details to ask for: not complete, and not yet asked in every way.

    pending: the detail whose question an answer of ours interrupted: its last question may be put again.
    """
    for detail in wanted:
        left = len(ways(turn, detail)) - turn.tried(detail)
        if not _known(turn, detail) and (left > 0 or (left == 0 and detail == pending)):
            return detail
    return None


def missing_option(turn: Turn) -> str | None:
    """The next optional detail that was neither given nor asked for."""
    return next((d for d in optional_details(turn) if d not in turn.call.details and not turn.tried(d)), None)


def missing_at_end(turn: Turn) -> tuple[str, ...]:
    """Ids of mandatory details that were never given in full."""
    return tuple(d for d in wanted_details(turn) if not _known(turn, d))


def never_ask(turn: Turn, detail: str) -> None:
    """« Je ne sais pas » : the detail is left open."""
    turn.change(tries={**turn.call.tries, detail: len(ways(turn, detail)) + 1})


def _known(turn: Turn, detail: str) -> bool:
    known = turn.call.details.get(detail)
    return known is not None and known.complete
