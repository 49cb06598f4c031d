"""The oracle's judgement: what must be true once everything has settled, whatever was killed in between."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.chaos.campaign import Ran
from tools.chaos.left_behind import LeftBehind
from tools.chaos.received import Received
from voicebot.domain.call import EndReason
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.ladder import LadderStatus
from voicebot.domain.message import Message
from voicebot.domain.message_event import MessageEvent, MessageEventKind

ARRIVED = (DispatchStatus.SENT, DispatchStatus.DELIVERED, DispatchStatus.READ)
HOUSE = "house"


@dataclass
class Verdict:
    """violations: each with the id of its call. figures: by name, in the order of the report."""

    violations: list[str] = field(default_factory=list)
    figures: dict[str, object] = field(default_factory=dict)


def judge(ran: Ran, left: LeftBehind) -> Verdict:
    received = Received.of(ran.world)
    verdict = Verdict()
    for found in (_calls, _messages, _claims, _once, _ladders):
        verdict.violations += found(ran, left, received)
    happened = ran.happened
    verdict.violations += [f"not settled: {what}" for what in happened.unsettled]
    verdict.violations += [f"work ended by an error: {what}" for what in left.failed_work]
    verdict.violations += [f"a process ended that nobody killed: {what}" for what in happened.died_by_itself]
    verdict.violations += [f"database: {what}" for what in left.damage]
    verdict.figures = _figures(ran, left, received)
    return verdict


def _calls(ran: Ran, left: LeftBehind, _received: Received) -> Iterator[str]:
    """What a caller was told is recorded is in the store; every call has ended; its events are numbered without a gap."""
    for call, phrase in ran.happened.acknowledged.items():
        if call not in left.messages:
            yield f"{call}: the caller heard {phrase}, and there is no message"
    for call in ran.happened.told_on_call:
        if call not in left.ladders_by_call:
            yield f"{call}: the caller was told of people on call, and there is no ladder"
    for call in left.calls.values():
        if call.ended is None:
            yield f"{call.id}: never ended"
        numbers = left.event_numbers.get(call.id, [])
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"{call.id}: its events are not numbered 1 to {len(numbers)}"
    for call in ran.happened.began - left.calls.keys():
        yield f"{call}: began, and is not in the store"


def _messages(ran: Ran, left: LeftBehind, _received: Received) -> Iterator[str]:
    """Every message reached everybody whom the client's rules name, or is a dead letter with an alarm."""
    for message in left.messages.values():
        if message.call in _refused(ran, left):
            continue
        dispatches, events = left.dispatches_of(message.call), left.after_call.get(message.call, [])
        for rule, recipient in _wanted(ran, message):
            tried = [d for d in dispatches if d.rule == rule and (not recipient or d.recipient == recipient)]
            if not tried:
                yield f"{message.call}: nothing was ever sent by rule {rule} to {recipient or 'its address'}"
            elif not any(_got_through(d, dispatches) for d in tried) and not _alarmed(tried, events):
                states = ", ".join(f"{d.id} {d.status} {d.trouble}" for d in tried)
                yield f"{message.call}: rule {rule} reached nobody and raised no alarm ({states})"


def _refused(ran: Ran, left: LeftBehind) -> set[str]:
    """Calls that turned out to be unwanted, as a canvasser's: a draft may be left, nobody was promised anything."""
    ended = {call.id for call in left.calls.values() if call.ended is EndReason.REFUSED}
    return ended - ran.happened.acknowledged.keys()


def _wanted(ran: Ran, message: Message) -> Iterator[tuple[str, str]]:
    """(rule, recipient) of the rules that fit, read from the client's file without the product's own rules."""
    for rule in ran.clients[message.client].deliveries:
        urgency = not rule.urgency or message.urgency.level in rule.urgency
        if urgency and (not rule.scenarios or message.scenario in rule.scenarios):
            yield from ((rule.id, recipient) for recipient in rule.to or ("",))


def _got_through(dispatch: Dispatch, every: list[Dispatch]) -> bool:
    return dispatch.status in ARRIVED or any(d.fallback_of == dispatch.id and d.status in ARRIVED for d in every)


def _alarmed(tried: list[Dispatch], events: list[MessageEvent]) -> bool:
    named = {event.data.get("dispatch") for event in events if event.kind is MessageEventKind.ALARM_RAISED}
    return any(d.status is DispatchStatus.FAILED and d.id in named for d in tried)


def _claims(_ran: Ran, left: LeftBehind, received: Received) -> Iterator[str]:
    """What the rows say was taken, the receiver has: in its own letter, or in the one that told the same before."""
    by_id = {dispatch.id: dispatch for dispatch in left.dispatches}
    events = (event for events in left.after_call.values() for event in events)
    told_by = {str(event.data["dispatch"]): str(event.data["told_by"]) for event in events if event.data.get("told_by")}
    for dispatch in left.dispatches:
        letter = dispatch
        while letter.id in told_by:
            letter = by_id[told_by[letter.id]]
        if dispatch.status in ARRIVED and not received.has(letter):
            yield f"{dispatch.call}: {dispatch.id} is {dispatch.status}, and its receiver never had it"


def _once(ran: Ran, left: LeftBehind, _received: Received) -> Iterator[str]:
    """Nobody gets the same state of a message under two ids, which no receiver could know for a double; see _told_twice."""
    for told in _told_twice(ran, left, after_a_crash=False):
        yield f"{told}, under two ids"


def _told_twice(ran: Ran, left: LeftBehind, *, after_a_crash: bool) -> Iterator[str]:
    """Readers who got the same twice.

    A try that a crash cut off is made again with the message as it is by then; when the message has changed meanwhile,
    the update that was queued beside it says the same (docs/durable-work.md).
    """
    for call, events in left.after_call.items():
        by_id = {d.id: d for d in left.dispatches_of(call)}
        taken: defaultdict[tuple[str, ...], dict[str, MessageEvent]] = defaultdict(dict)
        for event in events:
            d, content = by_id.get(str(event.data.get("dispatch"))), event.data.get("content")
            # What the carrier could not deliver nobody got.
            got = d is not None and d.status in ARRIVED
            if event.kind is MessageEventKind.DISPATCH_TRIED and d and got and content and not event.data["trouble"]:
                taken[(d.rule, d.recipient or d.address, d.channel, d.fallback_of, str(content))][d.id] = event
        for (rule, reader, channel, *_), tries in taken.items():
            if len(tries) < 2:
                continue
            crashed = any(by_id[i].created_at <= at <= event.at for i, event in tries.items() for at in ran.happened.died_at)
            if crashed is after_a_crash:
                yield f"{call}: {reader} got the same message {len(tries)} times by {channel} of rule {rule}"


def _ladders(_ran: Ran, left: LeftBehind, _received: Received) -> Iterator[str]:
    """Every ladder ends with a person or an alarm; whoever had it first keeps it."""
    for ladder in left.ladders_by_call.values():
        events = [e for e in left.after_call.get(ladder.call, []) if e.data.get("ladder") == ladder.id]
        first = [e for e in events if e.kind is MessageEventKind.ACKNOWLEDGED and e.data["first"]]
        alarms = [e for e in events if e.kind is MessageEventKind.ALARM_RAISED]
        if not ladder.over:
            yield f"{ladder.call}: its ladder never ended ({ladder.status})"
        elif ladder.status not in (LadderStatus.ACKNOWLEDGED, LadderStatus.ALARM):
            yield f"{ladder.call}: its ladder ended as {ladder.status}"
        if ladder.status is LadderStatus.ALARM and not (alarms and ladder.alarmed_at):
            yield f"{ladder.call}: its ladder ended without anybody and without an alarm"
        if len(first) > 1:
            yield f"{ladder.call}: {len(first)} people acknowledged its ladder first"
        if ladder.acknowledged_by and (not first or str(first[0].data["contact"]) != ladder.acknowledged_by):
            yield f"{ladder.call}: {ladder.acknowledged_by} has its ladder, and no receipt says so"
        keys = Counter(e.key for e in events)
        yield from (f"{ladder.call}: event {key} is there {n} times" for key, n in keys.items() if n > 1)


def _figures(ran: Ran, left: LeftBehind, received: Received) -> dict[str, object]:
    happened = ran.happened
    statuses = Counter(d.status for d in left.dispatches)
    ends: defaultdict[str, int] = defaultdict(int)
    for ladder in left.ladders_by_call.values():
        ends[f"{ladder.status}"] += 1
    overlaps = received.rung_together(happened.died_at)
    refused = _refused(ran, left) & left.messages.keys()
    return {
        "processes killed": sum(happened.kills.values()),
        "… by moment": ", ".join(f"{moment} {n}" for moment, n in sorted(happened.kills.items())),
        "calls begun": len(left.calls),
        "… resumed by another process": happened.resumed,
        "messages acknowledged to callers": len(happened.acknowledged),
        "messages in the store": f"{len(left.messages)} ({len(refused)} of refused calls)",
        "dispatches": len(left.dispatches),
        "… by status": ", ".join(f"{status} {n}" for status, n in sorted(statuses.items())),
        "… fallbacks": sum(bool(d.fallback_of) for d in left.dispatches),
        "e-mails kept by the server": f"{received.mails} ({received.mail_doubles} doubles, known by Message-ID)",
        "webhooks taken": f"{received.hooks} ({received.hook_doubles} doubles, known by webhook-id)",
        "SMS sent": f"{received.texts} ({received.text_doubles} doubles)",
        "telephones rung": f"{received.rings} ({received.ring_doubles} twice for one attempt)",
        "same message under two ids, after a crash": len(list(_told_twice(ran, left, after_a_crash=True))),
        "ladders": len(left.ladders_by_call),
        "… by end": ", ".join(f"{end} {n}" for end, n in sorted(ends.items())),
        "two rung at once for one ladder": f"{len(overlaps.explained)} after a crash, {len(overlaps.unexplained)} without"
        + "".join(f"; {pair}" for pair in overlaps.unexplained),
        "… one being put down while the next rang": len(overlaps.put_down),
        "time": f"{happened.killing_s:.0f} s of killing, {happened.settling_s:.0f} s until all was settled",
    }
