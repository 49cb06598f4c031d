"""The events of deliveries, with keys by which the same thing told again is kept once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.message_event import MessageEvent, MessageEventKind

_CONTENTS = (MessageEventKind.DISPATCH_QUEUED, MessageEventKind.DISPATCH_TRIED, MessageEventKind.DISPATCH_STATUS)


def contents_shown(events: Iterable[MessageEvent]) -> dict[str, str]:
    """What the reader of each dispatch saw last, or will see as far as is known, as digests."""
    known = (e for e in events if e.kind in _CONTENTS and e.data.get("content"))
    return {str(e.data["dispatch"]): str(e.data["content"]) for e in known}


def troubles_of(dispatch: Dispatch, events: Iterable[MessageEvent]) -> list[str]:
    """How each try of a dispatch ended, "" where it was taken."""
    tries = (e for e in events if e.kind is MessageEventKind.DISPATCH_TRIED and e.data["dispatch"] == dispatch.id)
    return [str(event.data["trouble"]) for event in tries]


def tried_key(dispatch: Dispatch) -> str:
    return f"{dispatch.id}-try-{dispatch.attempts}"


def queued(dispatch: Dispatch, at: datetime, content: str) -> MessageEvent:
    """content: digest of what its reader would see (see policy.deliveries.content_of), "" when not known."""
    data = {
        "dispatch": dispatch.id,
        "rule": dispatch.rule,
        "channel": dispatch.channel.value,
        "recipient": dispatch.recipient,
        "due_at": dispatch.due_at,
        "content": content,
    }
    return _event(dispatch, f"{dispatch.id}-queued", at, MessageEventKind.DISPATCH_QUEUED, data)


def tried(dispatch: Dispatch, at: datetime, trouble: str, provider_id: str, content: str) -> MessageEvent:
    data = {
        "dispatch": dispatch.id,
        "attempt": dispatch.attempts,
        "channel": dispatch.channel.value,
        "trouble": trouble,
        "provider_id": provider_id,
        "content": content,
    }
    return _event(dispatch, tried_key(dispatch), at, MessageEventKind.DISPATCH_TRIED, data)


def status(
    dispatch: Dispatch, at: datetime, new: DispatchStatus, who: str, *, told_by: str = "", content: str = ""
) -> MessageEvent:
    """told_by: id of the dispatch whose letter told this reader the same, so that this one was not sent. content: what that
    letter told, which may be more than was known when this one was queued."""
    key = f"{dispatch.id}-{dispatch.attempts}-{new}"
    data = {"dispatch": dispatch.id, "status": new.value, "who": who}
    data |= {"told_by": told_by, "content": content} if told_by else {}
    return _event(dispatch, key, at, MessageEventKind.DISPATCH_STATUS, data)


def failed(dispatch: Dispatch, at: datetime, trouble: str, fallback: str) -> MessageEvent:
    data = {"dispatch": dispatch.id, "trouble": trouble, "fallback": fallback}
    return _event(dispatch, f"{dispatch.id}-failed-{dispatch.attempts}", at, MessageEventKind.DISPATCH_FAILED, data)


def resent(dispatch: Dispatch, at: datetime, who: str, instead_of: str) -> MessageEvent:
    """instead_of: id of the dispatch that the operator sent again, the same where it is simply queued again."""
    data = {"dispatch": dispatch.id, "who": who, "instead_of": instead_of}
    return _event(dispatch, f"{dispatch.id}-resent-{at.isoformat()}", at, MessageEventKind.DISPATCH_RESENT, data)


def alarm(dispatch: Dispatch, at: datetime, why: str) -> MessageEvent:
    data = {"ladder": "", "why": why, "dispatch": dispatch.id}
    return _event(dispatch, f"{dispatch.id}-alarm-{dispatch.attempts}", at, MessageEventKind.ALARM_RAISED, data)


def _event(dispatch: Dispatch, key: str, at: datetime, kind: MessageEventKind, data: dict[str, Any]) -> MessageEvent:
    return MessageEvent(key, dispatch.call, at, kind, data)
