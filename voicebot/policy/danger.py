"""Danger: red flags are answered first, with fixed sentences, whatever else was said and whoever calls."""

from __future__ import annotations

from voicebot.domain.acts import RaiseRedFlag
from voicebot.domain.call import Stage
from voicebot.domain.decisions import Action
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import RED_FLAGS, RedFlag, RedFlagRule, Urgency, UrgencyLevel
from voicebot.policy.turn import Turn
from voicebot.policy.wordings import holds_one_of

DANGER_DETAILS = ("address", "callback_number", "caller_name")
"""What a person who is sent there needs first; asked after the safety script, never before it."""

DANGER_ORDER = (
    "fire", "carbon_monoxide", "gas_smell", "electricity_in_water", "on_motorway", "violence", "child_in_danger",
    "unconscious", "breathing_trouble", "heavy_bleeding", "chest_pain", "stroke_signs", "seizure", "allergic_reaction",
    "poisoning", "serious_injury", "childbirth", "suicidal_words", "trapped_in_lift",
    "death_now", "police_custody", "hearing_today", "deadline_expiring", "rehousing", "burst_main", "continuous_leak",
    "no_heating_in_frost", "street_door_open", "animal_torsion", "animal_poisoning", "animal_convulsions",
    "animal_cannot_urinate", "animal_accident", "payment_fraud", "urgent_address_change",
)  # fmt: skip
"""Most dangerous first, among flags of one level: what surrounds everybody there (protect, then alert), then one
person's life, then people without danger of death, then animals and property."""


def raise_red_flags(turn: Turn) -> None:
    """Gives the safety script of each new red flag, once per call, and makes the call urgent."""
    raised = [act for act in turn.every(RaiseRedFlag) if act.red_flag in RED_FLAGS]
    for act in sorted(raised, key=lambda a: _rank(turn, a.red_flag)):
        flag, rule = RED_FLAGS[act.red_flag], turn.instructions.red_flag_rule(act.red_flag)
        if flag.id in turn.call.safety_script_given or _not_this_urgency(turn, flag, rule, act.words):
            continue
        level = level_of(turn, flag.id)
        because = f"red_flags[{flag.id}]" if rule else "house"
        if flag.has_script:
            turn.decide(Action.SAFETY_SCRIPT, "danger.red_flag", because, flag.id, level=level.value)
        else:
            turn.decide(Action.ACKNOWLEDGE, "danger.urgent", because, flag.id, level=level.value)
        known = turn.call.urgency
        more_urgent = known is None or not turn.endangered or level < known.level
        turn.change(
            safety_script_given=(*turn.call.safety_script_given, flag.id),
            urgency=Urgency(level, flag.id, act.words) if more_urgent else known,
            stage=Stage.QUALIFYING,
            message_complete=False,
            in_question="",
        )


def level_of(turn: Turn, red_flag: str) -> UrgencyLevel:
    """The client's level where it writes one, else the house's."""
    rule = turn.instructions.red_flag_rule(red_flag)
    return rule.level if rule and "level" in rule.model_fields_set else RED_FLAGS[red_flag].level


def danger_details(turn: Turn) -> tuple[str, ...] | None:
    """Ids of the details that an urgent call needs, or None when the call is not urgent by a red flag.

    What the client asks for each of its dangers comes first; what any danger needs follows where it has no rule.
    """
    if not turn.endangered:
        return None
    rules = [turn.instructions.red_flag_rule(flag) for flag in raised_flags(turn)]
    listed = [detail for rule in rules if rule for detail in rule.details]
    return tuple(dict.fromkeys((*listed, *(() if all(rules) else DANGER_DETAILS))))


def details_path(turn: Turn, detail: str) -> str:
    """Path of the rule that asks for a detail of an urgent call."""
    rules = (turn.instructions.red_flag_rule(flag) for flag in raised_flags(turn))
    asking = next((rule for rule in rules if rule and detail in rule.details), None)
    return f"red_flags[{asking.red_flag}].details" if asking else "house"


def raised_flags(turn: Turn) -> tuple[str, ...]:
    """Every red flag of the call, most dangerous first."""
    known = (flag for flag in turn.call.safety_script_given if flag in RED_FLAGS)
    return tuple(sorted(known, key=lambda flag: _rank(turn, flag)))


def led_by_danger(turn: Turn) -> Orientation | None:
    """Whoever is on call, where the client has a roster and a danger is of its own trade; else an urgent message."""
    if not turn.endangered:
        return None
    flag = leading_flag(turn)
    path = f"red_flags[{flag}]" if turn.instructions.red_flag_rule(flag) else "house"
    return Orientation(Outcome.ON_CALL if _wakes(turn, flag) else Outcome.MESSAGE, because=path)


def leading_flag(turn: Turn) -> str:
    """The red flag that decides where the call is led: the most dangerous that wakes people, else the most dangerous."""
    flags = raised_flags(turn)
    return next((flag for flag in flags if _wakes(turn, flag)), flags[0] if flags else "")


def is_scripted(turn: Turn) -> bool:
    """Has a safety script been given in this call?"""
    return turn.endangered and any(RED_FLAGS[flag].has_script for flag in raised_flags(turn))


def _wakes(turn: Turn, red_flag: str) -> bool:
    rule = turn.instructions.red_flag_rule(red_flag)
    wanted = rule.on_call if rule else not RED_FLAGS[red_flag].has_script
    return wanted and turn.instructions.on_call is not None


def _rank(turn: Turn, red_flag: str) -> tuple[str, int]:
    order = DANGER_ORDER.index(red_flag) if red_flag in DANGER_ORDER else len(DANGER_ORDER)
    return level_of(turn, red_flag), order


def _not_this_urgency(turn: Turn, flag: RedFlag, rule: RedFlagRule | None, words: str) -> bool:
    """The client's own words that show that it is not this urgency; never for a danger that has a script."""
    if flag.has_script or rule is None:
        return False
    said = (words, *turn.call.verbatim[-1:])
    return any(holds_one_of(text, unless) for unless in rule.unless.values() for text in said)
