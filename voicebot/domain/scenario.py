"""Motives of calls (motifs): what shows them, what is asked, where they lead."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from voicebot.domain.details import DetailKind
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.written import Dated, Duration, Id, Localised, LocalisedWords, Part


class Outcome(StrEnum):
    """What a scenario leads to.

    MESSAGE: a message. ANSWER: only its approved answer. REFUSAL: a polite refusal (its answer) and no message.
    TRANSFER: to people, a message when nobody takes it. ON_CALL: the person on call is woken, and a message.
    """

    MESSAGE = "message"
    ANSWER = "answer"
    REFUSAL = "refusal"
    TRANSFER = "transfer"
    ON_CALL = "on_call"


class Promise(Part):
    """What is said once the message is recorded, inside and outside hours; "{reopening}" is said as day and hour.

    Only what the client commits itself to: « Un technicien vous rappellera {reopening}. »
    """

    open: Localised
    closed: Localised


class CheckDigit(StrEnum):
    """How the last characters of a reference prove the others."""

    LUHN = "luhn"
    """Last digit by the Luhn sum (ISO/IEC 7812-1), as on cards and SIRET numbers."""
    MOD97 = "mod97"
    """Last two digits: 97 minus the rest modulo 97, as in French social security numbers."""
    ISO7064_MOD11_2 = "iso7064_mod11_2"
    """Last character 0-9 or X (ISO/IEC 7064, MOD 11-2)."""


class ClientDetail(Part):
    """A detail that only this client asks for, or another way to ask for a house detail.

    ask: the question spoken. again: the question when it must be asked a second time; without it the house's.
    pattern: a regular expression that a reference must match whole, on capitals and digits without blanks.
    least, most: bounds of a number. keys: may be given on the keypad.
    """

    id: Id
    kind: DetailKind
    ask: Localised
    again: Localised | None = None
    pattern: str = ""
    check_digit: CheckDigit | None = None
    least: int | None = None
    most: int | None = None
    keys: bool = False

    @model_validator(mode="after")
    def _usable(self) -> Self:
        try:
            re.compile(self.pattern)
        except re.error as wrong:
            raise ValueError(f'pattern "{self.pattern}" is not a regular expression: {wrong}') from wrong
        if (self.pattern or self.check_digit) and self.kind is not DetailKind.REFERENCE:
            raise ValueError("pattern and check_digit belong to kind: reference")
        if (self.least is not None or self.most is not None) and self.kind is not DetailKind.NUMBER:
            raise ValueError("least and most belong to kind: number")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least is greater than most")
        return self


class Transfer(Part):
    """Whom a call is put through to, and what happens when nobody takes it.

    to: id of a person or team. warm: the human is told first who calls and why, and accepts.
    """

    to: Id
    warm: bool = True
    maximum_wait_s: Annotated[int, Field(ge=10, le=600)] = 60
    if_nobody: Literal[Outcome.MESSAGE, Outcome.ON_CALL] = Outcome.MESSAGE


class Escalation(Part):
    """An answer that changes how urgent a scenario is: « ça coule en continu » → on call now.

    detail, equals: the answer, "yes" / "no" or a value; at_least: a number from which it holds.
    """

    detail: Id
    equals: str = ""
    at_least: int | None = None
    urgency: UrgencyLevel
    outcome: Outcome | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        if bool(self.equals) == (self.at_least is not None):
            raise ValueError("write either equals: or at_least:")
        return self


class Scenario(Dated):
    """One motive of calls (motif).

    callers_say: words that show it, per language. details: mandatory, asked in this order, only when missing.
    optional_details: asked once each, after the mandatory ones; the message is whole without them.
    outcome: what it leads to; outside_hours: the same outside opening hours, None means no difference.
    deadline: within which somebody calls back, for staff. answer: approved sentence spoken when the scenario is
    recognised. unless: words that show that it is not this one, « ce n'est pas pour un devis ».
    """

    id: Id
    title: Localised
    callers_say: LocalisedWords
    unless: LocalisedWords = Field(default_factory=dict)
    details: tuple[Id, ...] = ("caller_name", "callback_number", "reason")
    optional_details: tuple[Id, ...] = ()
    outcome: Outcome = Outcome.MESSAGE
    outside_hours: Outcome | None = None
    urgency: UrgencyLevel = UrgencyLevel.P3
    escalations: tuple[Escalation, ...] = ()
    transfer: Transfer | None = None
    deadline: Duration | None = None
    answer: Localised | None = None
    promise: Promise | None = None
    cost_notice: Localised | None = None
    """Said before somebody is sent out: « Le déplacement de nuit coûte cent vingt euros. »"""

    def outcome_when(self, *, is_open: bool) -> Outcome:
        return self.outcome if is_open or self.outside_hours is None else self.outside_hours

    @property
    def deadline_within(self) -> timedelta | None:
        return self.deadline


class Faq(Dated):
    """A question and its approved answer. rephrase: a language model may say the same facts in other words."""

    id: Id
    callers_say: LocalisedWords
    answer: Localised
    rephrase: bool = False


class TemporaryNotice(Dated):
    """Something that callers are told after the greeting while it holds: « Le cabinet déménage le 1er décembre. »"""

    id: Id
    say: Localised

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.valid_to is None:
            raise ValueError("a temporary notice needs valid_to: the last day on which it is said")
        return self
