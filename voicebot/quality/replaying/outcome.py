"""What came of a call, fact by fact, and where in it each fact stood."""

from __future__ import annotations

from collections.abc import Iterable

from voicebot.domain.call import Call
from voicebot.domain.decisions import Action
from voicebot.domain.urgency import UrgencyLevel
from voicebot.quality.facts import NONE
from voicebot.quality.replaying.past_call import Row
from voicebot.quality.replaying.replay_call import Done, Way

UNKNOWN_AFTER_STOP = frozenset({"message", "missing", "promise", "end"})
"""What nobody can know of a call that a human has from here on."""


def outcome_of(way: Way) -> dict[str, str]:
    """Every fact of domain.replay.Flip.what, as the files write it; "none" for nothing."""
    record = way.record
    facts = standing(record.call, [d for step in way.steps for d in step.decisions])
    message = record.message
    facts["message"] = str(message.state) if message else NONE
    facts["missing"] = _listed(message.missing) if message else NONE
    facts["end"] = str(record.call.ended or NONE)
    return facts


def standing(call: Call, decisions: Iterable[Row]) -> dict[str, str]:
    """The same facts while the call goes on, as far as they stand. decisions: all so far."""
    led, made = call.orientation, list(decisions)
    actions = {d["action"] for d in made}
    handoff = "transfer" if Action.TRANSFER in actions else "callback" if Action.PROMISE_CALLBACK in actions else NONE
    return {
        "urgency": str(call.urgency.level if call.urgency else UrgencyLevel.P3),
        "scenario": call.scenario or NONE,
        "outcome": str(led.outcome) if led else NONE,
        "to": (led.to if led else "") or NONE,
        "filter": call.filter or NONE,
        "handoff": handoff,
        "on_call": "woken" if Action.WAKE_ON_CALL in actions else NONE,
        "safety_script": _listed(call.safety_script_given),
        "answer": _listed({d["subject"] for d in made if d["action"] == Action.ANSWER}),
        "promise": call.promise or NONE,
        "message": _message(actions),
        "missing": NONE,
        "end": next((str(d["subject"]) for d in made if d["action"] == Action.END_CALL), NONE),
    }


def standing_after(steps: Iterable[Done]) -> list[dict[str, str]]:
    """The facts after each step."""
    made: list[Row] = []
    stood: list[dict[str, str]] = []
    for step in steps:
        made += step.decisions
        stood.append(standing(step.call, made))
    return stood


def _message(actions: set[str]) -> str:
    if Action.TAKE_MESSAGE in actions:
        return "complete"
    return "partial" if Action.KEEP_PARTIAL_MESSAGE in actions else NONE


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or NONE
