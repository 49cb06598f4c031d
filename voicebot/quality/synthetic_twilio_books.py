"""What the synthetic Twilio writes down: its calls and SMS, as people heard them and as its REST API tells them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from voicebot.quality.synthetic_twilio_rooms import Rooms

API_VERSION = "2010-04-01"
FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass(eq=False)
class PlacedCall:
    """One call, in or out. status: Twilio's own words, "queued" to FINAL.

    heard: what was said into the telephone, in order. pressed: the keys. rooms: conferences that it was in.
    webhooks: paths that were asked and told, in order. request: fields of the REST request, {} for an incoming call.
    """

    sid: str
    account_sid: str
    to: str
    from_: str
    direction: str
    created_at: datetime
    request: dict[str, str] = field(default_factory=dict)
    status: str = "queued"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    answered_by: str | None = None
    heard: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    document: str = ""
    """One that a REST request puts in place of the running one; "" when none waits."""
    ending: bool = False
    """A REST request wants it over."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def next_document(self) -> str:
        """The one that a REST request put in place; it waits no more."""
        document, self.document = self.document, ""
        self.changed.clear()
        return document

    @property
    def over(self) -> bool:
        return self.status in FINAL

    def as_json(self) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Calls/{self.sid}"
        parts = ("Events", "Notifications", "Payments", "Recordings", "Siprec", "Streams", "Transcriptions")
        duration = (self.ended_at - self.started_at).seconds if self.ended_at and self.started_at else None
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.from_,
            "from_formatted": self.from_,
            "status": self.status,
            "direction": self.direction,
            "date_created": format_datetime(self.created_at),
            "date_updated": format_datetime(self.ended_at or self.started_at or self.created_at),
            "start_time": _date(self.started_at),
            "end_time": _date(self.ended_at),
            "duration": None if duration is None else str(duration),
            "answered_by": self.answered_by,
            "price": None,
            "price_unit": "EUR",
            "parent_call_sid": None,
            "phone_number_sid": None,
            "group_sid": None,
            "trunk_sid": None,
            "forwarded_from": None,
            "caller_name": None,
            "queue_time": "0",
            "uri": f"{uri}.json",
            "subresource_uris": {name.lower(): f"{uri}/{name}.json" for name in parts},
        }


@dataclass(frozen=True, slots=True)
class RestLine:
    """An incoming call that a SyntheticCarrier carries, as the REST API of a SyntheticTwilio sees it."""

    call: PlacedCall
    rooms: Rooms


@dataclass(eq=False)
class PlacedText:
    """One SMS. direction: "outbound-api", "outbound-reply" or "inbound"."""

    sid: str
    account_sid: str
    to: str
    from_: str
    body: str
    direction: str
    created_at: datetime
    segments: int = 1
    request: dict[str, str] = field(default_factory=dict)
    status: str = "queued"
    sent_at: datetime | None = None
    error: int | None = None

    def as_json(self) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "to": self.to,
            "from": self.from_,
            "body": self.body,
            "direction": self.direction,
            "status": self.status,
            "num_segments": str(self.segments),
            "num_media": "0",
            "date_created": format_datetime(self.created_at),
            "date_updated": format_datetime(self.sent_at or self.created_at),
            "date_sent": _date(self.sent_at),
            "error_code": self.error,
            "error_message": None if self.error is None else "Message could not be delivered",
            "price": None,
            "price_unit": "EUR",
            "messaging_service_sid": None,
            "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }


def new_sid(kind: str) -> str:
    """Twilio's form: two letters and 32 hexadecimal digits."""
    return kind + secrets.token_hex(16)


def _date(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)
