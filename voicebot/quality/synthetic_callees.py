"""People whose telephones are rung: what each does when it rings, what each presses, what becomes of SMS to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class PickUp(StrEnum):
    PERSON = "person"
    MACHINE = "machine"
    """A voicemail: it hears everything and presses nothing."""
    NOBODY = "nobody"
    BUSY = "busy"
    FAILS = "fails"
    """The number cannot be reached."""


class SmsFate(StrEnum):
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    NOT_TOLD = "not_told"
    """Sent, and no receipt ever comes."""


@dataclass(frozen=True, slots=True)
class Callee:
    """What one person does, once. Seconds are those of the story, not of the clock (SyntheticTwilio.speed).

    rings_s: until they pick up. keys: what they press at the first question, the second, …: "" lets one go by; after the
    last they press nothing. thinks_s: from a question's end to the first key. patience: questions that they hear before they
    hang up. talks_s: how long they talk in a conference. detected: Twilio's word for who answered; "" is the true one.
    """

    picks_up: PickUp = PickUp.PERSON
    rings_s: float = 6.0
    keys: tuple[str, ...] = ()
    thinks_s: float = 1.0
    patience: int = 20
    talks_s: float = 30.0
    detected: str = ""
    detected_after_s: float = 3.0

    def ringing_for(self, rings_s: float) -> Callee:
        return replace(self, rings_s=rings_s)

    def talking_for(self, talks_s: float) -> Callee:
        return replace(self, talks_s=talks_s)

    def taken_for_a_machine(self, after_s: float = 3.0) -> Callee:
        """The detection errs about this one."""
        return replace(self, detected="machine_start", detected_after_s=after_s)


def no_answer() -> Callee:
    return Callee(PickUp.NOBODY)


def busy() -> Callee:
    return Callee(PickUp.BUSY)


def failed() -> Callee:
    return Callee(PickUp.FAILS)


def voicemail() -> Callee:
    return Callee(PickUp.MACHINE, rings_s=15.0)


def silent() -> Callee:
    """Picks up and presses nothing."""
    return Callee()


def presses(*keys: str, eta: int | None = None, opening: str = "5") -> Callee:
    """Presses `opening` to hear the message, then keys in order; eta in minutes, with "#", when they are asked."""
    return Callee(keys=(opening, *keys) + (() if eta is None else (f"{eta}#",)))


def hears_again(then: str = "1", *, eta: int | None = None) -> Callee:
    return presses("3", then, eta=eta)


def presses_late(key: str = "1") -> Callee:
    """Lets the first opening and the first choices go by."""
    return Callee(keys=("", "5", "", key))


def hangs_up_after(questions: int, *keys: str) -> Callee:
    return Callee(keys=keys, patience=questions)


@dataclass(frozen=True, slots=True)
class Handset:
    """SMS to one number. answers: what is written back to each, "" nothing; {code} is the first four-digit number in it."""

    fate: SmsFate = SmsFate.DELIVERED
    answers: str = ""
    error: int = 30003
    """Twilio's error code of an SMS that did not arrive."""
