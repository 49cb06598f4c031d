"""Receipts that come back by e-mail: delivery status notifications (RFC 3464) and disposition notifications (RFC 8098)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from voicebot.channels.email_address import from_xtext
from voicebot.domain.dispatch import DispatchStatus

LONGEST_RECEIPT_BYTES = 5_000_000
_STATUS = {
    "failed": DispatchStatus.FAILED,
    "delivered": DispatchStatus.DELIVERED,
    "displayed": DispatchStatus.READ,
}
_ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_DISPATCH = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,200}")


@dataclass(frozen=True, slots=True)
class EmailReceipt:
    """What a mail system says of one dispatch.

    dispatch: its id, as the receipt gives it; it may be of another house. action: failed, delayed, delivered, relayed,
    expanded or displayed. status: what it makes of the dispatch, None for nothing. code: "5.1.1", "" when none.
    """

    dispatch: str
    action: str
    status: DispatchStatus | None
    code: str = ""


def read_receipt(raw: bytes) -> list[EmailReceipt]:
    """Receipts in one e-mail; none in anything else, however broken. One per recipient that a notification names."""
    if len(raw) > LONGEST_RECEIPT_BYTES:
        return []
    try:
        return list(_receipts(message_from_bytes(raw, policy=compat32)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # The email package fails in these ways on crafted mails; such a mail is no receipt.
        return []


def _receipts(mail: Message) -> Iterator[EmailReceipt]:
    if mail.get_content_type() != "multipart/report":
        return
    parts = _inner(mail)
    returned = _returned_message_id(parts)
    for part in parts:
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            yield from _delivery(part, returned)
        elif kind in ("message/disposition-notification", "message/global-disposition-notification"):
            yield from _disposition(part, returned)


def _delivery(part: Message, returned: str) -> Iterator[EmailReceipt]:
    groups = _groups(part)
    if len(groups) < 2:
        return
    envelope = from_xtext(_one(groups[0], "Original-Envelope-Id"))
    dispatch = envelope if _DISPATCH.fullmatch(envelope) else returned
    for group in groups[1:]:
        action = _one(group, "Action").casefold()
        if dispatch and action in _ACTIONS:
            found = _ENHANCED.search(_one(group, "Status"))
            yield EmailReceipt(dispatch, action, _STATUS.get(action), found[0] if found else "")


def _disposition(part: Message, returned: str) -> Iterator[EmailReceipt]:
    for group in _groups(part):
        dispatch = _local_part(_one(group, "Original-Message-ID")) or returned
        # "manual-action/MDN-sent-manually; displayed/error": what counts stands after the semicolon.
        action = _one(group, "Disposition").rpartition(";")[2].partition("/")[0].strip().casefold()
        if dispatch and action == "displayed":
            yield EmailReceipt(dispatch, action, _STATUS[action])


def _groups(part: Message) -> list[Message]:
    """Groups of fields: parsed ones, or the text of a part that came encoded."""
    groups = _inner(part)
    if any(group.keys() for group in groups):
        return groups
    text = "\n".join(str(group.get_payload()) for group in groups) if groups else str(part.get_payload())
    encoded = text.encode("utf-8", "replace")
    if str(part.get("Content-Transfer-Encoding", "")).strip().casefold() == "base64":
        encoded = base64.b64decode(encoded)
    return [message_from_bytes(block + b"\n\n", policy=compat32) for block in re.split(rb"\r?\n\r?\n", encoded.strip())]


def _inner(part: Message) -> list[Message]:
    content = part.get_payload()
    return [inner for inner in content if isinstance(inner, Message)] if isinstance(content, list) else []


def _returned_message_id(parts: list[Message]) -> str:
    """The Message-ID of our own mail, whose headers come back with the receipt."""
    for part in parts:
        kind = part.get_content_type()
        inner, decoded = _inner(part), part.get_payload(decode=True)
        if kind in _RETURNED and inner:
            return _local_part(_one(inner[0], "Message-ID"))
        if kind in _RETURNED and isinstance(decoded, bytes):
            return _local_part(_one(message_from_bytes(decoded, policy=compat32), "Message-ID"))
    return ""


def _local_part(message_id: str) -> str:
    local = message_id.strip().removeprefix("<").partition("@")[0]
    return local if _DISPATCH.fullmatch(local) else ""


def _one(group: Message, name: str) -> str:
    return " ".join(str(group.get(name, "")).split())
