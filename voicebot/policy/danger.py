"""Danger: red flags are answered first, with fixed sentences, whatever else was said."""

from __future__ import annotations

from voicebot.domain.acts import RaiseRedFlag
from voicebot.domain.call import Stage
from voicebot.domain.decisions import Action
from voicebot.domain.urgency import RED_FLAGS, Urgency
from voicebot.policy.turn import Turn

DANGER_DETAILS = ("address", "callback_number", "caller_name")
"""What a person who is sent there needs first; asked after the safety script, never before it."""


def raise_red_flags(turn: Turn) -> None:
    """Gives the safety script of each new red flag, once per call, and makes the call urgent."""
    for act in turn.every(RaiseRedFlag):
        flag = RED_FLAGS.get(act.red_flag)
        if flag is None or act.red_flag in turn.call.safety_script_given:
            continue
        rule = turn.instructions.red_flag_rule(act.red_flag)
        level = rule.level if rule else flag.level
        because = f"red_flags[{act.red_flag}]" if rule else "house"
        if flag.has_script:
            turn.decide(Action.SAFETY_SCRIPT, "danger.red_flag", because, act.red_flag, level=level.value)
        known = turn.call.urgency
        more_urgent = known is None or level < known.level
        turn.change(
            safety_script_given=(*turn.call.safety_script_given, act.red_flag),
            urgency=Urgency(level, act.red_flag, act.words) if more_urgent else known,
            stage=Stage.QUALIFYING,
            message_complete=False,
        )


def danger_details(turn: Turn) -> tuple[str, ...] | None:
    """Ids of the details that an urgent call needs, or None when the call is not urgent by a red flag."""
    urgency = turn.call.urgency
    if urgency is None or urgency.criterion not in RED_FLAGS:
        return None
    rule = turn.instructions.red_flag_rule(urgency.criterion)
    return rule.details if rule else DANGER_DETAILS
