"""Checks of handing over: a wait that can end as it is written, and texts that fit into three SMS."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, warning
from voicebot.domain.instructions import Instructions

LONGEST_IN_UNICODE = 201
"""Three segments of 67 signs, once a sign stands outside the alphabet of SMS (3GPP TS 23.038, TS 23.040)."""
_REPLACED = "’‘“”«»–—…œŒŸ€"
"""Signs beyond Latin letters that are sent as plain ones, or that the alphabet has."""


def overflow_to_nobody(instructions: Instructions) -> Iterator[Finding]:
    if instructions.handoff.overflow == "on_call" and instructions.on_call is None:
        yield warning(
            "handoff.overflow",
            "handoff.overflow",
            "leads to people on call, and this client has none: a message is taken",
            "write on_call:, or overflow: message",
        )


def longer_than_the_call(instructions: Instructions) -> Iterator[Finding]:
    rules, call_s = instructions.handoff, instructions.limits.call_s
    if rules.max_wait_s >= call_s:
        yield warning(
            "handoff.max_wait",
            "handoff.max_wait_s",
            f"a caller may wait {rules.max_wait_s} s, but the call ends after {call_s} s (limits.call_s)",
            "write a shorter max_wait_s, or a longer limits.call_s",
        )


def callback_never_offered(instructions: Instructions) -> Iterator[Finding]:
    rules = instructions.handoff
    if rules.callback_after_s is not None and rules.callback_after_s >= rules.max_wait_s:
        yield warning(
            "handoff.callback",
            "handoff.callback_after_s",
            f"a callback is offered after {rules.callback_after_s} s, when nobody waits any more",
            "write less than max_wait_s, or callback_after_s: null",
        )


def text_too_long(instructions: Instructions) -> Iterator[Finding]:
    for text in instructions.texts:
        for language, body in text.body.items():
            sign = next((c for c in body if ord(c) > 0xFF and c not in _REPLACED), "")
            if sign and len(body) > LONGEST_IN_UNICODE:
                yield warning(
                    "handoff.text_too_long",
                    f"texts[{text.id}].body.{language}",
                    f'"{sign}" is not in the alphabet of SMS: the text is sent as more than three',
                    f"replace it, or write at most {LONGEST_IN_UNICODE} signs",
                )


CHECKS: tuple[Check, ...] = (overflow_to_nobody, longer_than_the_call, callback_never_offered, text_too_long)
