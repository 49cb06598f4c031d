"""Plans the dispatches of a message in one transaction: who gets it, what they had before, which digest takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message
from voicebot.domain.message_event import MessageEvent
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import UnknownClient
from voicebot.messages import happenings
from voicebot.messages.settling import MAYBE_TAKEN, Settling, same_reader, sending
from voicebot.messages.terms import Terms
from voicebot.policy.deliveries import (
    HOUSE_RULE,
    content_of,
    digest_after,
    dispatches_for,
    house_dispatch,
    is_urgent,
    rule_of,
)
from voicebot.store.delivery_book import DeliveryRows


class Planning:
    """One for each process; its methods run inside transactions."""

    def __init__(self, terms: Terms, settling: Settling) -> None:
        self._terms = terms
        self._settling = settling

    def plan(self, rows: DeliveryRows, call: str, revision: str) -> tuple[dict[str, Any], ...]:
        """Queues every dispatch of the message that is not queued yet.

        Returns: those of this revision that are due from the first, as arguments for sending: their sending is the
            caller's, and done again they are returned again. The others are started here.
        """
        recorded = rows.recorded(call, lock=True)
        if recorded is None:
            return ()
        message, now = recorded.message, self._terms.tempo.now()
        earlier = rows.of_call(call)
        known = {dispatch.id for dispatch in earlier}
        events = rows.events(call)
        fresh = [d for d in self._wanted(message, revision, now) if d.id not in known]
        due = [d for d in fresh if not _had_it(d, earlier, content_of(message), events)]
        if is_urgent(message):
            for dispatch in fresh:
                self._bring_forward(rows, dispatch, earlier, message)
        for dispatch in due:
            placed = self._in_open_digest(rows, dispatch)
            self._settling.queue(rows, placed, message, start=not _due_at_first(placed))
            if dispatch.rule == HOUSE_RULE:
                rows.note([happenings.alarm(dispatch, now, "no_rule")])
        ours = (d for d in rows.of_call(call) if d.revision == revision and _due_at_first(d))
        return tuple(sending(d, message.urgency.level) for d in ours)

    def to_operator(self, rows: DeliveryRows, call: str, revision: str) -> tuple[dict[str, Any], ...]:
        """Queues the message for the operator, where its rules cannot be obeyed. Returns: see plan."""
        recorded = rows.recorded(call)
        if recorded is None:
            return ()
        message, now = recorded.message, self._terms.tempo.now()
        dispatch = house_dispatch(message, self._terms.operator_email, now, revision)
        there = rows.dispatch(dispatch.id)
        if there is None:
            self._settling.queue(rows, dispatch, message, start=False)
            rows.note([happenings.alarm(dispatch, now, "not_planned")])
        ours = [d for d in (there or dispatch,) if _due_at_first(d)]
        return tuple(sending(d, message.urgency.level) for d in ours)

    def _wanted(self, message: Message, revision: str, now: datetime) -> tuple[Dispatch, ...]:
        instructions = self._instructions(message.client)
        wanted = dispatches_for(message, instructions, now, revision) if instructions else ()
        # What is unwanted and no rule asks for is kept in the house: nobody waits for it.
        if wanted or message.urgency.level is UrgencyLevel.P4:
            return wanted
        return (house_dispatch(message, self._terms.operator_email, now, revision),)

    def _in_open_digest(self, rows: DeliveryRows, dispatch: Dispatch) -> Dispatch:
        """The dispatch in the first digest of its rule and recipient that is still open, which is held until the end."""
        instructions = self._instructions(dispatch.client)
        if not dispatch.digest or instructions is None:
            return dispatch
        rule, zone = rule_of(dispatch, instructions), instructions.identity.zone
        moment = self._terms.tempo.now()
        while True:
            digest = rows.open_digest(digest_after(dispatch, rule, zone, moment))
            if not digest.closed:
                break
            # Closed by a clock that is ahead of ours: the next one takes it.
            moment = max(moment, digest_after(dispatch, rule, zone, moment).due_at)
        gathered = replace(dispatch, digest=digest.id, due_at=digest.due_at)
        self._settling.start(rows, gathered, UrgencyLevel.P3, digest)
        return gathered

    def _bring_forward(self, rows: DeliveryRows, dispatch: Dispatch, earlier: list[Dispatch], message: Message) -> None:
        """What waits for the end of quiet hours, or in a digest, goes now that its message has become urgent."""
        last = next((e for e in reversed(earlier) if same_reader(e, dispatch)), None)
        if last and last.status is DispatchStatus.QUEUED and not last.attempts and last.due_at > dispatch.due_at:
            sooner = replace(last, due_at=dispatch.due_at, digest="", changed_at=self._terms.tempo.now())
            rows.put(sooner)
            self._settling.start(rows, sooner, message.urgency.level)

    def _instructions(self, client: str) -> Instructions | None:
        try:
            return self._terms.instructions_of(client)
        except UnknownClient:
            return None


def _due_at_first(dispatch: Dispatch) -> bool:
    """Does its own planning send it? Whatever is due at another moment has a workflow of that moment."""
    alone = not dispatch.digest and not dispatch.fallback_of
    return alone and dispatch.status is DispatchStatus.QUEUED and dispatch.due_at == dispatch.created_at


def _had_it(dispatch: Dispatch, earlier: list[Dispatch], content: str, events: list[MessageEvent]) -> bool:
    """Has this reader got, or will they get, a letter in which they would see the same?"""
    same = [e for e in earlier if same_reader(e, dispatch)]
    if not same:
        return False
    last = same[-1]
    # One that waits for a try, its first or its next, is written when it is sent, from the message as it is by then. A try
    # that is under way may have been written before, and one that may have got through has told what it told.
    under_way = last.attempts > 0 and not any(event.key == happenings.tried_key(last) for event in events)
    unsure = any(trouble in MAYBE_TAKEN for trouble in happenings.troubles_of(last, events))
    waits = last.status is DispatchStatus.QUEUED and not under_way and not unsure
    return waits or happenings.contents_shown(events).get(last.id) == content
