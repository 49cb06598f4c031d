"""Where messages go: who receives which, by what channel, at once or gathered."""

from __future__ import annotations

from datetime import time
from enum import StrEnum

from pydantic import Field

from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.written import Id, Part, QuietHours


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"
    CHAT = "chat"


class Gathered(StrEnum):
    """AT_ONCE, or one digest per hour or day."""

    AT_ONCE = "at_once"
    HOURLY = "hourly"
    DAILY = "daily"


class Attachment(StrEnum):
    TRANSCRIPT = "transcript"
    RECORDING = "recording"


class Delivery(Part):
    """One rule of delivery; every rule that fits is obeyed.

    to: ids of people. address: of a webhook or chat channel, instead of people. urgency, scenarios: empty means all.
    fallback: channel that is used when this one fails for good. template: name of a message template; "" means the house's.
    daily_at: local time of a daily digest. quiet: local hours in which only p0 and p1 are sent; the rest waits.
    attach: by e-mail, where confidentiality.attachments allows it.
    """

    id: Id
    channel: Channel
    to: tuple[Id, ...] = ()
    address: str = ""
    urgency: tuple[UrgencyLevel, ...] = ()
    scenarios: tuple[Id, ...] = ()
    gathered: Gathered = Gathered.AT_ONCE
    fallback: Channel | None = None
    template: str = Field(default="", pattern=r"^([a-z][a-z0-9_-]{1,47})?$")
    daily_at: time = time(8)
    quiet: QuietHours | None = None
    attach: tuple[Attachment, ...] = ()
