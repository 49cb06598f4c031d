"""Who gets a message: by which rules, at which address, when; what replaces a dispatch that failed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from voicebot.domain.delivery import Channel, Delivery, Gathered
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message
from voicebot.domain.people import Person
from voicebot.domain.telephone_numbers import takes_sms
from voicebot.domain.urgency import UrgencyLevel

HOUSE_RULE = "house"
"""Rule of a dispatch that no rule of the client asked for: the message goes to the operator rather than to nobody."""
TO_PEOPLE = (Channel.EMAIL, Channel.SMS)
"""Channels with an address per person; the others have one of their own."""
_LONGEST_ID = 120
"""The column holds 160: room for what fallbacks and resent dispatches add."""


def is_urgent(message: Message) -> bool:
    """Never waits for quiet hours or digests, and its fallback is used early."""
    return message.urgency.level <= UrgencyLevel.P1


def fitting_rules(message: Message, instructions: Instructions) -> tuple[Delivery, ...]:
    """Every rule that takes this message."""
    return tuple(rule for rule in instructions.deliveries if _fits(rule, message))


def _fits(rule: Delivery, message: Message) -> bool:
    level = not rule.urgency or message.urgency.level in rule.urgency
    return level and (not rule.scenarios or message.scenario in rule.scenarios)


def dispatches_for(message: Message, instructions: Instructions, now: datetime, revision: str) -> tuple[Dispatch, ...]:
    """One dispatch per fitting rule and recipient; none when no rule fits.

    A dispatch that is gathered names the digest of its next full hour or time of day, which may turn out to be closed:
    see digest_after.

    Args:
        now: aware. revision: state of the message that is sent, "turn-7" or "final".
    """
    return tuple(
        dispatch
        for rule in fitting_rules(message, instructions)
        for dispatch in _by_rule(rule, message, instructions, now.astimezone(UTC), revision)
    )


def house_dispatch(message: Message, operator_email: str, now: datetime, revision: str) -> Dispatch:
    """What is sent when no rule takes a message: an e-mail to the operator."""
    return _dispatch(message, house_rule(operator_email), "", operator_email, now.astimezone(UTC), revision)


def house_rule(operator_email: str = "") -> Delivery:
    return Delivery(id=HOUSE_RULE, channel=Channel.EMAIL, address=operator_email)


def rule_of(dispatch: Dispatch, instructions: Instructions) -> Delivery:
    """The rule of a dispatch as it is now, with the dispatch's own channel; a plain one when it is gone from the file."""
    known = next((rule for rule in instructions.deliveries if rule.id == dispatch.rule), None)
    if known is None:
        return Delivery(id=dispatch.rule, channel=dispatch.channel, address=dispatch.address)
    return known if known.channel is dispatch.channel else known.model_copy(update={"channel": dispatch.channel})


def _by_rule(
    rule: Delivery, message: Message, instructions: Instructions, now: datetime, revision: str
) -> Iterator[Dispatch]:
    seen: set[str] = set()
    for recipient, address in recipients_of(rule, instructions, now):
        if (address or recipient) in seen:
            continue
        seen.add(address or recipient)
        dispatch = _dispatch(message, rule, recipient, address, now, revision)
        if rule.gathered is not Gathered.AT_ONCE and not is_urgent(message):
            digest = digest_after(dispatch, rule, instructions.identity.zone, now)
            yield replace(dispatch, due_at=digest.due_at, digest=digest.id)
        elif rule.quiet is not None and not is_urgent(message):
            yield replace(dispatch, due_at=_after_quiet(rule, instructions.identity.zone, now))
        else:
            yield dispatch


def recipients_of(rule: Delivery, instructions: Instructions, now: datetime) -> tuple[tuple[str, str], ...]:
    """(id of the person or "", address) of everybody whom the rule names; address "" when there is none."""
    if rule.channel not in TO_PEOPLE or not rule.to:
        return (("", rule.address),)
    today = now.astimezone(instructions.identity.zone).date()
    readers = [(named, _stand_in(named, instructions, rule.channel, today)) for named in rule.to]
    return tuple((p.id, address_of(p, rule.channel)) if p else (named, "") for named, p in readers)


def _stand_in(named: str, instructions: Instructions, channel: Channel, today: date) -> Person | None:
    """Whoever reads for this person: the first in the line of backups who is not away and can be reached."""
    person = first = instructions.person(named)
    tried = {named}
    while person is not None and any(away.first <= today <= away.last for away in person.away):
        person = instructions.person(person.backup)
        if person is None or person.id in tried:
            return first
        tried.add(person.id)
    return person if person is not None and address_of(person, channel) else first


def address_of(person: Person, channel: Channel) -> str:
    """Where this person is reached by the channel: a mobile first for SMS; "" when nowhere."""
    if channel is Channel.EMAIL:
        return person.email or ""
    if channel is Channel.SMS:
        return next((n for n in person.phones if takes_sms(n)), next(iter(person.phones), ""))
    return ""


def fallbacks_for(dispatch: Dispatch, instructions: Instructions, now: datetime) -> tuple[Dispatch, ...]:
    """The dispatches that replace this one by its rule's fallback channel; none when it has none, or is one itself."""
    rule = next((rule for rule in instructions.deliveries if rule.id == dispatch.rule), None)
    if rule is None or rule.fallback is None or rule.fallback is dispatch.channel or dispatch.fallback_of:
        return ()
    to = (dispatch.recipient,) if dispatch.recipient else rule.to
    by_other = rule.model_copy(update={"channel": rule.fallback, "to": to})
    return tuple(
        replacement(dispatch, f"{dispatch.id}-by-{rule.fallback}{'-' * bool(i)}{i or ''}", rule.fallback, who, address, now)
        for i, (who, address) in enumerate(recipients_of(by_other, instructions, now))
        if address
    )


def replacement(
    dispatch: Dispatch, identity: str, channel: Channel, recipient: str, address: str, now: datetime
) -> Dispatch:
    """A fresh dispatch that stands in for this one, or for the one that this one stands in for."""
    moment = now.astimezone(UTC)
    return replace(
        dispatch,
        id=identity,
        channel=channel,
        recipient=recipient,
        address=address,
        status=DispatchStatus.QUEUED,
        created_at=moment,
        due_at=moment,
        changed_at=moment,
        digest="",
        fallback_of=dispatch.fallback_of or dispatch.id,
        attempts=0,
        provider_id="",
        trouble="",
    )


def digest_after(dispatch: Dispatch, rule: Delivery, zone: ZoneInfo, moment: datetime) -> Digest:
    """The first digest of the dispatch's rule and recipient that is due after `moment` (aware)."""
    due = next_gathering(rule, zone, moment)
    who = dispatch.recipient or _short_digest(dispatch.address)
    identity = f"{dispatch.client}-{rule.id}-{who}-{due:%Y%m%dT%H%MZ}"
    return Digest(
        fitting_id(identity), dispatch.client, rule.id, dispatch.channel, dispatch.recipient, dispatch.address, due
    )


def next_gathering(rule: Delivery, zone: ZoneInfo, moment: datetime) -> datetime:
    """When the rule's next digest is due, strictly after `moment`: never within its quiet hours. Returns: aware UTC."""
    local = moment.astimezone(zone)
    if rule.gathered is Gathered.DAILY:
        due = _at(local, rule)
        if due <= moment.astimezone(UTC):
            due = _at(local + timedelta(days=1), rule)
    else:
        hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        # Zones are off by half an hour in places: the full hour is the client's.
        shift = timedelta(minutes=(local.utcoffset() or timedelta()).total_seconds() // 60 % 60)
        due = next(d for n in range(3) if (d := hour - shift + timedelta(hours=n)) > moment)
    return _after_quiet(rule, zone, due)


def _at(local: datetime, rule: Delivery) -> datetime:
    at = rule.daily_at
    return local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0, fold=0).astimezone(UTC)


def _after_quiet(rule: Delivery, zone: ZoneInfo, moment: datetime) -> datetime:
    if rule.quiet is None:
        return moment
    return max(rule.quiet.over_at(moment.astimezone(zone)).astimezone(UTC), moment.astimezone(UTC))


def content_of(message: Message) -> str:
    """Digest of what a reader of the message would see; the same while nothing worth another letter has changed.

    The caller's turns and the state are left out: they change with every « au revoir ».
    """
    orientation = message.orientation
    seen = [
        message.urgency.level,
        message.urgency.criterion,
        message.scenario,
        message.scenario_title,
        message.person_wanted,
        message.human_wanted,
        sorted((name, detail.value, detail.complete) for name, detail in message.details.items()),
        sorted(message.missing),
        message.callback_promised,
        [orientation.outcome, orientation.to] if orientation else None,
        message.caller_kind,
    ]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode("utf-8")).hexdigest()[:16]


def dead_letters(dispatches: Iterable[Dispatch]) -> list[Dispatch]:
    """Those that failed for good and of which no fallback, and nothing that an operator sent in their place, is alive."""
    every = list(dispatches)
    replaced = {d.fallback_of for d in every if d.fallback_of and d.status is not DispatchStatus.FAILED}
    return [d for d in every if d.status is DispatchStatus.FAILED and not d.fallback_of and d.id not in replaced]


def fitting_id(identity: str) -> str:
    """The id itself, or its beginning and a digest when it is too long for its column."""
    return identity if len(identity) <= _LONGEST_ID else f"{identity[: _LONGEST_ID - 17]}-{_short_digest(identity)}"


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _dispatch(message: Message, rule: Delivery, recipient: str, address: str, now: datetime, revision: str) -> Dispatch:
    who = recipient or _short_digest(address)
    return Dispatch(
        id=fitting_id(f"{message.call}-{revision}-{rule.id}-{who}"),
        call=message.call,
        message=message.id,
        client=message.client,
        rule=rule.id,
        channel=rule.channel,
        recipient=recipient,
        address=address,
        status=DispatchStatus.QUEUED,
        revision=revision,
        created_at=now,
        due_at=now,
        changed_at=now,
    )
