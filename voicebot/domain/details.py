"""Details: the pieces of a message. House details are known to every client; clients add their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.acts import Confidence


class DetailKind(StrEnum):
    """What a detail is made of: decides how it is captured, read back and keyed. Canonical values stand beside each."""

    NAME = "name"
    """As on paper: "Jean Martin"."""
    PERSON = "person"
    """Someone of the client's directory: the id, or the name as said when the directory has none."""
    PHONE = "phone"
    """E.164."""
    EMAIL = "email"
    """Lower case: "jean.martin@free.fr"."""
    ADDRESS = "address"
    YES_NO = "yes_no"
    """One of "yes" and "no"."""
    NUMBER = "number"
    """Digits."""
    REFERENCE = "reference"
    """Capitals and digits without blanks: "AB1234"."""
    DATE = "date"
    """ISO 8601 in the client's zone: a day "2026-11-24", a moment "2026-11-24T09:00", or an interval of two of one kind
    "2026-11-24T14:00/2026-11-24T18:00"; the caller's words when no day can be made of them (UNSURE)."""
    FREE_TEXT = "free_text"


CALLER_NAME = "caller_name"
CALLBACK_NUMBER = "callback_number"
REASON = "reason"
ADDRESS = "address"
ACCESS_CODES = "access_codes"
"""How to get in: door code, name on the bell, floor, door."""
COMPANY = "company"
EMAIL = "email"
PREFERRED_SLOT = "preferred_slot"
"""When the caller can be called back or wants to come."""

HOUSE_DETAILS: dict[str, DetailKind] = {
    CALLER_NAME: DetailKind.NAME,
    CALLBACK_NUMBER: DetailKind.PHONE,
    REASON: DetailKind.FREE_TEXT,
    ADDRESS: DetailKind.ADDRESS,
    ACCESS_CODES: DetailKind.FREE_TEXT,
    COMPANY: DetailKind.NAME,
    EMAIL: DetailKind.EMAIL,
    PREFERRED_SLOT: DetailKind.DATE,
}


class DetailSource(StrEnum):
    SPEECH = "speech"
    KEYPAD = "keypad"
    LINE = "line"
    """The number that the carrier showed."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail as the call knows it now.

    value: canonical text (see acts.GiveDetail.value). words: the caller's words.
    confirmed: the caller agreed to the read-back.
    """

    value: str
    words: str
    confidence: Confidence = Confidence.SURE
    source: DetailSource = DetailSource.SPEECH
    complete: bool = True
    confirmed: bool = False
