"""Dead letters reach the operator: one e-mail for all of some minutes, and a line in the log for each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog

from voicebot.domain.delivery import Channel
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch
from voicebot.messages import happenings
from voicebot.messages.terms import Terms
from voicebot.policy.deliveries import dead_letters
from voicebot.store.delivery_book import DeliveryRows

SEND_ALARM = "send_alarm"
BETWEEN_ALARMS_S = 300.0
"""One e-mail in so many seconds, however many messages die."""
GATHERED_S = 10.0
"""Messages die together, with their channel: the e-mail waits so long for the others."""
_ALARMS = "alarms"

_log = structlog.get_logger()


def raise_alarm(rows: DeliveryRows, terms: Terms, dead: Dispatch, why: str) -> None:
    """Records that this message reaches nobody, and starts the e-mail that says so unless one is on its way."""
    now = terms.tempo.now()
    rows.note([happenings.alarm(dead, now, why)])
    _log.error("dead_letter", dispatch=dead.id, call=dead.call, client=dead.client, channel=dead.channel, trouble=why)
    if not terms.operator_email:
        return
    # The row is the lock of all alarms; its due_at is the moment of the last e-mail, or of the one under way.
    never = now - timedelta(seconds=BETWEEN_ALARMS_S)
    last = rows.open_digest(Digest(_ALARMS, "", _ALARMS, Channel.EMAIL, "", terms.operator_email, never, closed=True))
    if last.due_at > now:
        return
    due_at = max(now + timedelta(seconds=GATHERED_S), last.due_at + timedelta(seconds=BETWEEN_ALARMS_S))
    rows.digest_due(_ALARMS, due_at)
    argument = {
        "id": f"alarm-{due_at:%Y%m%dT%H%M%SZ}",
        "since": min(last.due_at, now).isoformat(),
        "due_at": due_at.isoformat(),
        "begun_at": due_at.isoformat(),
        "refusals": 0,
    }
    start_alarm(rows, terms, argument)


def start_alarm(rows: DeliveryRows, terms: Terms, argument: dict[str, Any]) -> None:
    """Starts the e-mail. argument: id, since (of the dead letters that it counts), due_at, begun_at, refusals so far."""
    delay_s = terms.tempo.until_s(datetime.fromisoformat(argument["due_at"]))
    rows.start(SEND_ALARM, f"{argument['id']}~{argument['refusals']}", argument, delay_s=delay_s)


def dead_since(rows: DeliveryRows, since: datetime) -> list[Dispatch]:
    """Dead letters of every message of which a dispatch failed at `since` or later."""
    calls = dict.fromkeys(d.call for d in rows.failed_since(since))
    return [dead for call in calls for dead in dead_letters(rows.of_call(call, lock=False))]
