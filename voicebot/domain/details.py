"""Details: the pieces of a message. House details are known to every client; clients add their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.acts import Confidence


class DetailKind(StrEnum):
    """What a detail is made of: decides how it is captured, read back and keyed."""

    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    YES_NO = "yes_no"
    NUMBER = "number"
    REFERENCE = "reference"
    DATE = "date"
    FREE_TEXT = "free_text"


CALLER_NAME = "caller_name"
CALLBACK_NUMBER = "callback_number"
REASON = "reason"
ADDRESS = "address"
COMPANY = "company"

HOUSE_DETAILS: dict[str, DetailKind] = {
    CALLER_NAME: DetailKind.NAME,
    CALLBACK_NUMBER: DetailKind.PHONE,
    REASON: DetailKind.FREE_TEXT,
    ADDRESS: DetailKind.ADDRESS,
    COMPANY: DetailKind.NAME,
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
