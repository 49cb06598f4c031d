"""Every check and every measure by code, in the order of reports."""

from __future__ import annotations

from voicebot.quality.judging import message, promises, questions, spoken_facts
from voicebot.quality.judging.checks import Check, Checks, Measured

AREAS: tuple[Checks, ...] = (message.CHECKS, questions.CHECKS, promises.CHECKS, *spoken_facts.CHECKS)

CHECKS: tuple[Check, ...] = tuple(check for area in AREAS for check in area.checks)
MEASURES: tuple[Measured, ...] = tuple(measured for area in AREAS for measured in area.measures)
