"""What becomes of dispatches, as transactions: queued, begun, taken, refused, failed, replaced, given to the operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from voicebot.channels.ports import Taken
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.message import Message
from voicebot.domain.message_event import MessageEventKind
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import UnknownClient
from voicebot.messages import happenings
from voicebot.messages.alarms import raise_alarm
from voicebot.messages.backoff import wait_s
from voicebot.messages.terms import Terms
from voicebot.policy.deliveries import content_of, dead_letters, fallbacks_for, is_urgent
from voicebot.store.delivery_book import DeliveryRows

SEND_DISPATCH, SEND_DIGEST = "send_dispatch", "send_digest"
"""Names of workflows: one for each dispatch or digest and each moment at which it is due."""
WAITS_AT_ONCE_S = 2.0
"""Real seconds that a workflow may wait within itself; for longer the queue keeps it, and any process may take it up."""
EARLY_FALLBACK_S = 120.0
EARLY_FALLBACK_REFUSALS = 3
"""After either, an urgent message goes by its fallback too, while its first channel is still tried."""
MAYBE_TAKEN = frozenset({"timeout", "connection", "server", "fault"})
"""Refusals after which the other side may have the letter all the same, with the words of that try: it drops a later one
under the same id, so that nobody can say what its reader saw."""
UNWRITABLE = ("letter", "template", "fault")
"""Troubles of a letter, not of a channel: other letters fare well, this one may never."""
MOST_UNWRITABLE = 3
GOT_OUT = (DispatchStatus.SENT, DispatchStatus.DELIVERED, DispatchStatus.READ)


YIELD = timedelta(seconds=3)
"""Before a later letter looks again whether an earlier one to the same reader has settled."""


SENDER_IS_GONE = timedelta(seconds=60)
"""Real time, whatever the house's: a letter is handed over in less, or never."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a channel did not take a letter: reason and the rest as in ChannelError, or one of UNWRITABLE."""

    reason: str
    temporary: bool
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes in one letter: one dispatch, or all of a digest. members: at least one, of one client, rule and channel.

    repeated: a process began this very attempt and did not live to say what came of it. since: when it began.
    updated: its reader had an earlier state of the message.
    """

    id: str
    members: tuple[Dispatch, ...]
    digest: Digest | None = None
    repeated: bool = False
    since: datetime | None = None
    updated: bool = False

    @property
    def first(self) -> Dispatch:
        return self.members[0]


class Settling:
    """Rows in, rows out; each method inside a transaction that its caller holds."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def queue(self, rows: DeliveryRows, dispatch: Dispatch, message: Message, *, start: bool = True) -> None:
        """Adds a dispatch and starts what sends it. One that is gathered: its digest is held open (see planning).

        start: False when the caller's own workflow sends it.
        """
        now = self._terms.tempo.now()
        rows.put(dispatch)
        rows.note([happenings.queued(dispatch, now, content_of(message))])
        if start and not dispatch.digest:
            self.start(rows, dispatch, message.urgency.level)

    def start(self, rows: DeliveryRows, dispatch: Dispatch, level: UrgencyLevel, digest: Digest | None = None) -> None:
        """Starts what sends a dispatch, or a whole digest, when it is due; once for each moment."""
        name, parcel = (SEND_DIGEST, digest) if digest else (SEND_DISPATCH, dispatch)
        argument = sending(dispatch, level, digest)
        delay_s = self._terms.tempo.until_s(parcel.due_at)
        workflow_id = f"{parcel.id}~{parcel.due_at:%Y%m%dT%H%M%S%fZ}"
        rows.start(name, workflow_id, argument, delay_s=delay_s if delay_s > WAITS_AT_ONCE_S else 0.0)

    def begin(self, rows: DeliveryRows, identity: str, due_at: datetime, *, gathered: bool) -> Parcel | None:
        """Writes down that an attempt begins. Returns: None when there is nothing to send any more, or not at this moment.

        A moment that is not the row's own was overtaken: by a resend, a receipt, a later try.
        """
        digest = rows.close_digest(identity) if gathered else None
        if gathered:
            found = rows.of_digest(identity) if digest and digest.due_at == due_at else []
        else:
            alone = rows.dispatch(identity)
            found = [alone] if alone and alone.due_at == due_at and not alone.digest else []
        members = tuple(d for d in found if d.status is DispatchStatus.QUEUED)
        if not members:
            return None
        first = members[0]
        if digest is None and not first.attempts and self._yields(rows, first):
            return None
        updated = digest is None and _told_before(first, rows.of_call(first.call, lock=False))
        if first.attempts and not rows.has_event(first.call, happenings.tried_key(first)):
            return Parcel(identity, members, digest, repeated=True, since=first.changed_at, updated=updated)
        now = self._terms.tempo.now()
        begun = tuple(replace(d, attempts=d.attempts + 1, changed_at=now) for d in members)
        rows.put(*begun)
        return Parcel(identity, begun, digest, updated=updated)

    def _yields(self, rows: DeliveryRows, dispatch: Dispatch) -> bool:
        """Two letters of one message to one reader are never under way together. The later one waits for the earlier one,
        and is not sent at all when that one, written late, has told the same. Returns: whether nothing is to be sent now.
        """
        # Their locks first: whoever holds them may be writing down what an earlier letter told of a newer message.
        of_call = rows.of_call(dispatch.call)
        earlier = [e for e in of_call if same_reader(e, dispatch) and e.created_at < dispatch.created_at]
        recorded = rows.recorded(dispatch.call)
        if recorded is None or not earlier or dispatch.fallback_of:
            return False
        now = self._terms.tempo.now()
        gone_before = now - SENDER_IS_GONE * self._terms.tempo.speed
        last = earlier[-1]
        # A carrier that could not deliver made its fallback tell this reader.
        instead = [d for d in of_call if last.status is DispatchStatus.FAILED and d.fallback_of == last.id]
        busy = [e.due_at for e in earlier if _is_under_way(rows, e, gone_before)]
        busy += [f.due_at for f in instead if f.status is DispatchStatus.QUEUED and not _refused_before(rows, f)]
        if busy:
            later = replace(dispatch, due_at=max(now, *busy) + YIELD, changed_at=now)
            rows.put(later)
            self.start(rows, later, recorded.message.urgency.level)
            return True
        told_by = next((f for f in instead if f.status in GOT_OUT), last)
        shown = happenings.contents_shown(rows.events(dispatch.call)).get(told_by.id)
        if not shown or told_by.status not in GOT_OUT or shown != content_of(recorded.message):
            return False
        told = replace(dispatch, status=told_by.status, changed_at=now)
        if told_by.channel is dispatch.channel:
            told = replace(told, provider_id=told_by.provider_id)
        rows.put(told)
        rows.note([happenings.status(told, now, told.status, "house", told_by=told_by.id, content=shown)])
        return True

    def taken(self, rows: DeliveryRows, parcel: Parcel, taken: Taken, contents: dict[str, str]) -> None:
        """The channel took the letter. contents: by call, what its reader sees unless an earlier try got through."""
        now = self._terms.tempo.now()
        status = DispatchStatus.DELIVERED if taken.delivered else DispatchStatus.SENT
        for member in self._as_they_are(rows, parcel.members):
            unsure = parcel.repeated or any(trouble in MAYBE_TAKEN for _, trouble in self._tries(rows, member))
            content = "" if unsure else contents.get(member.call, "")
            rows.note([happenings.tried(member, now, "", taken.provider_id, content)])
            known = replace(member, provider_id=taken.provider_id or member.provider_id, changed_at=now)
            # A receipt may have come before this line: it knows more.
            if member.status is DispatchStatus.QUEUED:
                known = replace(known, status=status, trouble="")
                rows.note([happenings.status(known, now, status, "house")])
            rows.put(known)

    def refused(self, rows: DeliveryRows, parcel: Parcel, refusal: Refusal) -> None:
        """The channel did not take the letter: it is tried again later, or it has failed."""
        now = self._terms.tempo.now()
        members = self._as_they_are(rows, parcel.members)
        rows.note(happenings.tried(m, now, refusal.reason, "", "") for m in members)
        waiting = [replace(m, trouble=refusal.reason) for m in members if m.status is DispatchStatus.QUEUED]
        if not waiting:
            return
        tries = self._tries(rows, waiting[0])
        begun_at = tries[0][0] if tries else now
        unwritable = sum(trouble in UNWRITABLE for _, trouble in tries)
        gives_up = (now - begun_at).total_seconds() >= self._terms.gives_up_s or unwritable >= MOST_UNWRITABLE
        if gives_up or not refusal.temporary:
            self.failed(rows, waiting, refusal.reason, parcel.digest)
            return
        recorded = rows.recorded(waiting[0].call)
        level = recorded.message.urgency.level if recorded else UrgencyLevel.P3
        urgent = recorded is not None and is_urgent(recorded.message)
        wait = wait_s(len(tries), self._terms.chance(), urgent=urgent, retry_after_s=refusal.retry_after_s)
        due_at = now + timedelta(seconds=wait)
        later = [replace(m, due_at=due_at, changed_at=now) for m in waiting]
        rows.put(*later)
        digest = replace(parcel.digest, due_at=due_at) if parcel.digest else None
        if digest:
            rows.digest_due(digest.id, due_at)
        self.start(rows, later[0], level, digest)
        early_at = begun_at + timedelta(seconds=EARLY_FALLBACK_S)
        if recorded and urgent and (len(tries) >= EARLY_FALLBACK_REFUSALS or due_at >= early_at):
            at = now if len(tries) >= EARLY_FALLBACK_REFUSALS else max(now, early_at)
            for member in later:
                self._replace_by_fallback(rows, member, at)

    def failed(self, rows: DeliveryRows, members: Sequence[Dispatch], trouble: str, digest: Digest | None = None) -> None:
        """Given up for good: the fallback takes over; where nothing does, it is a dead letter and the operator is told."""
        now = self._terms.tempo.now()
        gathered: list[Dispatch] = []
        for member in members:
            gone = replace(member, status=DispatchStatus.FAILED, trouble=trouble, changed_at=now)
            rows.put(gone)
            fallbacks = self._replace_by_fallback(rows, gone, now, digest)
            rows.note([happenings.failed(gone, now, trouble, next((f.id for f in fallbacks), ""))])
            gathered += [f for f in fallbacks if f.digest]
            root = gone.fallback_of or gone.id
            for dead in dead_letters(rows.of_call(gone.call)):
                if dead.id == root:
                    raise_alarm(rows, self._terms, dead, trouble)
        self._send_gathered_fallbacks(rows, gathered, now)

    def given_up(self, rows: DeliveryRows, parcel: Parcel) -> None:
        """Failed, with no more asked of the client's rules, which are what is broken: a dead letter."""
        now = self._terms.tempo.now()
        for member in self._as_they_are(rows, parcel.members):
            gone = replace(member, status=DispatchStatus.FAILED, trouble="fault", changed_at=now)
            rows.put(gone)
            rows.note([happenings.failed(gone, now, "fault", "")])
            raise_alarm(rows, self._terms, gone, "fault")

    def _replace_by_fallback(
        self, rows: DeliveryRows, dispatch: Dispatch, at: datetime, digest: Digest | None = None
    ) -> list[Dispatch]:
        """The dispatches that take over: those that do already, else new ones. digest: they are gathered as it was."""
        if dispatch.fallback_of:
            return []
        there = [d for d in rows.of_call(dispatch.call) if d.fallback_of == dispatch.id]
        recorded = rows.recorded(dispatch.call)
        if there or recorded is None:
            return there
        try:
            instructions = self._terms.instructions_of(dispatch.client)
        except UnknownClient:
            return []
        new = [replace(f, due_at=at) for f in fallbacks_for(dispatch, instructions, self._terms.tempo.now())]
        if digest:
            new = [replace(f, digest=f"{digest.id}-by-{f.channel}-{n}") for n, f in enumerate(new)]
        for fallback in new:
            self.queue(rows, fallback, recorded.message)
        return new

    def _send_gathered_fallbacks(self, rows: DeliveryRows, fallbacks: Iterable[Dispatch], now: datetime) -> None:
        for f in {f.digest: f for f in fallbacks}.values():
            digest = Digest(f.digest, f.client, f.rule, f.channel, f.recipient, f.address, now, closed=True)
            self.start(rows, f, UrgencyLevel.P3, rows.open_digest(digest))

    def _as_they_are(self, rows: DeliveryRows, members: Iterable[Dispatch]) -> list[Dispatch]:
        return [now for member in members if (now := rows.dispatch(member.id)) is not None]

    def _tries(self, rows: DeliveryRows, dispatch: Dispatch) -> list[tuple[datetime, str]]:
        """(when, trouble) of each try since an operator last sent it."""
        tries: list[tuple[datetime, str]] = []
        for event in rows.events(dispatch.call):
            if event.data.get("dispatch") != dispatch.id:
                continue
            if event.kind is MessageEventKind.DISPATCH_RESENT:
                tries = []
            elif event.kind is MessageEventKind.DISPATCH_TRIED:
                tries.append((event.at, str(event.data["trouble"])))
        return tries


def sending(dispatch: Dispatch, level: UrgencyLevel, digest: Digest | None = None) -> dict[str, Any]:
    """The argument of a workflow that sends a dispatch, or its whole digest."""
    parcel = digest or dispatch
    return {
        "id": parcel.id,
        "due_at": parcel.due_at.isoformat(),
        "client": dispatch.client,
        "channel": dispatch.channel.value,
        "level": level.value,
    }


def _told_before(dispatch: Dispatch, of_call: Iterable[Dispatch]) -> bool:
    """Did the reader get another state of the same message?"""
    return any(
        earlier.revision != dispatch.revision
        and (earlier.rule, earlier.recipient) == (dispatch.rule, dispatch.recipient)
        and earlier.created_at < dispatch.created_at
        and earlier.status in GOT_OUT
        for earlier in of_call
    )


def _refused_before(rows: DeliveryRows, dispatch: Dispatch) -> bool:
    """Is the try that was begun last over, with the next one still to come?"""
    return dispatch.attempts > 0 and rows.has_event(dispatch.call, happenings.tried_key(dispatch))


def _is_under_way(rows: DeliveryRows, dispatch: Dispatch, gone_before: datetime) -> bool:
    """Was it begun, and may its reader still be told something? The carrier may tell of it before its own sender does;
    a sender that died after that (gone_before) will never say what was in the letter."""
    if dispatch.status is DispatchStatus.QUEUED:
        return bool(dispatch.attempts)
    unsaid = bool(dispatch.attempts) and not rows.has_event(dispatch.call, happenings.tried_key(dispatch))
    return unsaid and dispatch.changed_at > gone_before


def same_reader(one: Dispatch, other: Dispatch) -> bool:
    """Does one rule send both to one recipient by one channel, neither in another's place?"""
    alike = (one.rule, one.recipient, one.channel) == (other.rule, other.recipient, other.channel)
    return alike and not one.fallback_of
