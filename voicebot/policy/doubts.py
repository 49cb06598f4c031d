"""Doubts: what a value must be like before it is believed, by the client's pattern, check digit and bounds."""

from __future__ import annotations

import re

from voicebot.domain.details import DetailKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.scenario import ClientDetail
from voicebot.policy.check_digits import proves


def doubt_of(instructions: Instructions, detail: str, value: str) -> str:
    """Name of the client's rule that `value` breaks, "pattern", "check_digit", "least" or "most"; "" when it breaks none."""
    own = instructions.detail(detail)
    if own is None:
        return ""
    if own.kind is DetailKind.REFERENCE:
        return _of_reference(own, value)
    return _of_number(own, value) if own.kind is DetailKind.NUMBER else ""


def _of_reference(own: ClientDetail, value: str) -> str:
    written = re.sub(r"[\s\-./]", "", value).upper()
    if own.pattern and re.fullmatch(own.pattern, written) is None:
        return "pattern"
    return "check_digit" if own.check_digit and not proves(own.check_digit, written) else ""


def _of_number(own: ClientDetail, value: str) -> str:
    if own.least is None and own.most is None:
        return ""
    if not (value.isascii() and value.isdigit()):
        return "least" if own.least is not None else "most"
    if own.least is not None and int(value) < own.least:
        return "least"
    return "most" if own.most is not None and int(value) > own.most else ""
