"""How much a call that goes on needs a human now: a score of plain facts, so that the cockpit shows the worst first.

Never of a voice's tone or of a caller's feelings: only of what rules, ears and clocks already know.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from voicebot.domain.call import Call
from voicebot.domain.card import Risk
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.urgency import RED_FLAGS, UrgencyLevel

MOST = 100
_LEVELS = {UrgencyLevel.P0: 60, UrgencyLevel.P1: 45, UrgencyLevel.P2: 15}
_SCRIPTED = 15
_HUMAN, _HUMAN_AGAIN, _REFUSED = 15, 10, 8
_UNCLEAR, _TRIES, _READ_BACKS, _SILENCE = 6, 4, 6, 5
_WAITED_EVERY_S, _WAITED, _MOST_WAITED = 30, 5, 30
_LOST, _TROUBLE = 15, 5
_TAIL = 40
"""Events that tell how the call goes now."""
_NEGATIVE = frozenset(("refuse", "do_not_know", "unclear"))


def risk_of(call: Call, events: Sequence[CallEvent], now: datetime) -> Risk:
    """The score and what it is made of. Each further fact makes it higher, none lower.

    Args:
        events: of the call, in order; only the last ones count. now: aware.
    Returns: score 0 for a call that is over or that a human has.
    """
    if call.ended is not None or call.handover.with_taker is not None:
        return Risk(0)
    points = {
        "danger": _danger(call),
        "urgent": _LEVELS.get(call.urgency.level, 0) if call.urgency else 0,
        "human_asked": _human(call),
        "waiting": _waiting(call, now),
        "misunderstood": _misunderstood(call),
        "refuses": _REFUSED * max(0, _in_a_row(events) - 1),
        "silent": _SILENCE * call.silences,
        "taken_back": _LOST * len(call.handover.talked_with),
        "failed": _LOST * len(call.handover.failed),
        "trouble": _TROUBLE * sum(e.kind in (EventKind.TROUBLE, EventKind.LINE_LOST) for e in events[-_TAIL:]),
    }
    reasons = sorted((reason for reason, n in points.items() if n > 0), key=lambda reason: (-points[reason], reason))
    return Risk(min(MOST, sum(points.values())), tuple(reasons))


def _danger(call: Call) -> int:
    raised = [flag for flag in call.safety_script_given if flag in RED_FLAGS]
    return _SCRIPTED * len(raised)


def _human(call: Call) -> int:
    wishes = sum(n for wish, n in call.tries.items() if wish.startswith("wish:") and wish != "wish:which_person")
    return (_HUMAN if call.human_asked else 0) + _HUMAN_AGAIN * max(0, wishes - 1)


def _waiting(call: Call, now: datetime) -> int:
    """Seconds in the queue; a caller who has left it does not wait."""
    since = call.handover.queued_at
    if call.handover.to is None or since is None:
        return 0
    waited_s = max(0.0, (now - since).total_seconds())
    return min(_MOST_WAITED, _WAITED * (1 + int(waited_s // _WAITED_EVERY_S)))


def _misunderstood(call: Call) -> int:
    """Turns that could not be used, details asked again, read-backs that were not right."""
    again = sum(max(0, n - 1) for what, n in call.tries.items() if ":" not in what)
    return _UNCLEAR * call.unclear + _TRIES * again + _READ_BACKS * max(0, call.read_backs - 1)


def _in_a_row(events: Sequence[CallEvent]) -> int:
    """Turns at the end in which the caller only refused, knew nothing, or was not understood."""
    count = 0
    for event in reversed(events[-_TAIL:]):
        if event.kind is not EventKind.ACTS_UNDERSTOOD:
            continue
        kinds = {act["kind"] for act in event.data["acts"]}
        if not kinds or not kinds <= _NEGATIVE:
            break
        count += 1
    return count
