"""Every check and every measure by code, in the order of reports."""

from __future__ import annotations

from voicebot.quality.judging import (
    caller_filter,
    disclosure,
    forbidden,
    handoff,
    hearing,
    length,
    message,
    obeyed,
    promises,
    questions,
    spoken_facts,
    spoken_language,
    timing,
    urgency,
)
from voicebot.quality.judging.checks import Check, Checks, Measured

AREAS: tuple[Checks, ...] = (
    message.CHECKS,
    urgency.URGENCY,
    urgency.EMERGENCY,
    handoff.CHECKS,
    spoken_facts.HANDOFF,
    caller_filter.CHECKS,
    obeyed.CHECKS,
    spoken_facts.INSTRUCTIONS,
    questions.CHECKS,
    promises.CHECKS,
    forbidden.CHECKS,
    disclosure.CHECKS,
    spoken_language.CHECKS,
    length.CHECKS,
    spoken_facts.LENGTH,
    timing.LATENCY,
    timing.SILENCE,
    timing.INTERRUPTIONS,
    hearing.CHECKS,
)

CHECKS: tuple[Check, ...] = tuple(check for area in AREAS for check in area.checks)
MEASURES: tuple[Measured, ...] = tuple(measured for area in AREAS for measured in area.measures)
