"""The durable workflows of delivery: plan a message, send one letter, tell the operator of dead letters.

They have no steps of the engine's own. Each reads its rows, does one thing outside, and settles it in one transaction that
also starts what follows; done again after a crash, it finds in the rows how far it came. So a letter that waits is a row
and a queued piece of work, which any process may take up, and not a task in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from dbos import DBOS

from voicebot.channels.ports import Letter, Sender, Taken
from voicebot.domain.delivery import Channel
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.work import WorkKind
from voicebot.errors import ChannelError, StoreError, TemplateError, UnknownClient
from voicebot.messages.alarms import SEND_ALARM, dead_since, start_alarm
from voicebot.messages.backoff import wait_s
from voicebot.messages.health import DeliveryHealth
from voicebot.messages.planning import Planning
from voicebot.messages.settling import SEND_DIGEST, SEND_DISPATCH, Parcel, Refusal, Settling
from voicebot.messages.terms import LetterWriter, Terms
from voicebot.messages.turns import Turns, turns_of_channels
from voicebot.policy.deliveries import content_of, rule_of
from voicebot.policy.follow_up import FINAL
from voicebot.store.delivery_book import DeliveryBook, DeliveryRows, Recorded

CLOCKS_DIFFER_S = 30.0
"""A channel is asked what it took since an attempt began, by our clock less this."""
MOST_RECOVERIES = 10_000
"""The engine drops a workflow that it had to begin again more often; a process that is restarted in a loop loses nothing."""
PLANNED_AT_ONCE = 2
JOBS_AT_ONCE = 4
"""Jobs of deliveries in the database at once: live calls save there too, and never wait behind a backlog."""
_STORE_WAITS_S = (0.2, 1.0, 5.0, 15.0)

_T = TypeVar("_T")
_log = structlog.get_logger()


class DeliveryWorkflows:
    """Registers the workflows; they run on the engine's loop, and so do the senders."""

    def __init__(
        self,
        book: DeliveryBook,
        terms: Terms,
        settling: Settling,
        writer: LetterWriter,
        senders: Mapping[Channel, Sender],
        health: DeliveryHealth,
    ) -> None:
        self._book = book
        self._terms = terms
        self._settling = settling
        self._planning = Planning(terms, settling)
        self._writer = writer
        self._senders = senders
        self._health = health
        self._turns = turns_of_channels()
        self._planners = Turns(PLANNED_AT_ONCE)
        self._jobs = asyncio.Semaphore(JOBS_AT_ONCE)

    def register(self) -> None:
        """Declares the workflows to the engine, before it is launched."""

        @DBOS.workflow(name=WorkKind.DELIVER.value, max_recovery_attempts=MOST_RECOVERIES)
        async def deliver_message(argument: dict[str, Any]) -> None:
            await self.deliver(argument)

        @DBOS.workflow(name=SEND_DISPATCH, max_recovery_attempts=MOST_RECOVERIES)
        async def send_dispatch(argument: dict[str, Any]) -> None:
            await self.send(argument, gathered=False)

        @DBOS.workflow(name=SEND_DIGEST, max_recovery_attempts=MOST_RECOVERIES)
        async def send_digest(argument: dict[str, Any]) -> None:
            await self.send(argument, gathered=True)

        @DBOS.workflow(name=SEND_ALARM, max_recovery_attempts=MOST_RECOVERIES)
        async def send_alarm(argument: dict[str, Any]) -> None:
            await self.send_alarm(argument)

        del deliver_message, send_dispatch, send_digest, send_alarm

    async def deliver(self, argument: dict[str, Any]) -> None:
        """Plans the dispatches of a call's message and sends what is due, side by side; what is later starts by itself."""
        call, revision = argument["call"], argument["revision"]
        # Only urgent messages are sent before the end of the call.
        level = UrgencyLevel.P3 if revision == FINAL else UrgencyLevel.P1
        async with self._planners.turn("", level):
            try:
                due = await self._patiently(lambda: self._book.write(lambda rows: self._planning.plan(rows, call, revision)))
            except Exception as fault:  # noqa: BLE001 - whatever is wrong with the rules, somebody must get the message
                _log.error("message_not_planned", call=call, revision=revision, fault=type(fault).__name__)
                due = await self._patiently(
                    lambda: self._book.write(lambda rows: self._planning.to_operator(rows, call, revision))
                )
        _log.info("message_planned", call=call, revision=revision, due=len(due))
        sends = (self.send(one, gathered=False) for one in due)
        # Not a task group: a fault in one must not cancel another that is talking to its server.
        for fault in await asyncio.gather(*sends, return_exceptions=True):
            if isinstance(fault, BaseException):
                raise fault

    async def send(self, argument: dict[str, Any], *, gathered: bool) -> None:
        """Sends one dispatch or digest once, at its moment, and settles what came of it."""
        identity, due_at = argument["id"], datetime.fromisoformat(argument["due_at"])
        await asyncio.sleep(self._terms.tempo.until_s(due_at))
        channel, level = Channel(argument["channel"]), UrgencyLevel(argument["level"])
        async with self._turns[channel].turn(argument["client"], level):
            parcel = await self._write(lambda rows: self._settling.begin(rows, identity, due_at, gathered=gathered))
            if parcel is not None:
                await self._attempt(parcel)

    async def _attempt(self, parcel: Parcel) -> None:
        first, recorded = parcel.first, dict[str, Recorded]()
        try:
            recorded = await self._read(lambda rows: _recorded(rows, parcel))
            letter = await asyncio.to_thread(self._written, parcel, recorded)
        except UnknownClient as unknown:
            outcome: Taken | Refusal = Refusal(unknown.code, temporary=False)
        except TemplateError as wrong:
            _log.warning("letter_not_written", dispatch=parcel.id, code=wrong.code)
            outcome = Refusal("template", temporary=True)
        except Exception as fault:  # noqa: BLE001 - one message that cannot be written holds up no other, whatever is wrong
            _log.error("letter_not_written", dispatch=parcel.id, fault=type(fault).__name__)
            outcome = Refusal("letter", temporary=True)
        else:
            outcome = await self._handed_over(parcel, letter)
            self._health.note(first.channel, first.client, outcome.reason if isinstance(outcome, Refusal) else "")
        if isinstance(outcome, Refusal):
            refusal = outcome
            try:
                await self._write(lambda rows: self._settling.refused(rows, parcel, refusal))
            except Exception as fault:  # noqa: BLE001 - what cannot be settled by its rules is told, never left in the queue
                _log.error("dispatch_not_settled", dispatch=parcel.id, fault=type(fault).__name__)
                await self._write(lambda rows: self._settling.given_up(rows, parcel))
            _log.info("dispatch_refused", dispatch=parcel.id, channel=first.channel, trouble=refusal.reason)
        else:
            taken, contents = outcome, {call: content_of(one.message) for call, one in recorded.items()}
            await self._write(lambda rows: self._settling.taken(rows, parcel, taken, contents))
            _log.info("dispatch_sent", dispatch=parcel.id, channel=first.channel)

    def _written(self, parcel: Parcel, recorded: dict[str, Recorded]) -> Letter:
        first, now = parcel.first, self._terms.tempo.now()
        instructions = self._terms.instructions_of(first.client)
        rule = rule_of(first, instructions)
        if parcel.digest is not None:
            parts = [(m, recorded[m.call]) for m in parcel.members]
            return self._writer.gathered(parcel.digest, parts, instructions, rule, now)
        return self._writer.one(first, recorded[first.call], instructions, rule, now, updated=parcel.updated)

    async def _handed_over(self, parcel: Parcel, letter: Letter) -> Taken | Refusal:
        sender = self._senders.get(letter.channel)
        if sender is None:
            return Refusal("not_configured", temporary=False)
        if not letter.address:
            return Refusal("bad_address", temporary=False)
        try:
            async with asyncio.timeout(self._terms.send_limit_s):
                if parcel.repeated and parcel.since is not None:
                    since = parcel.since - timedelta(seconds=CLOCKS_DIFFER_S)
                    before = await sender.sent_before(letter, since)
                    if before is not None:
                        return before
                return await sender.send(letter)
        except ChannelError as refused:
            return Refusal(refused.reason, refused.temporary, refused.retry_after_s)
        except TimeoutError:
            return Refusal("timeout", temporary=True)
        except Exception as fault:  # noqa: BLE001 - a fault of one letter or channel holds up no other
            _log.error("channel_fault", dispatch=parcel.id, channel=letter.channel, fault=type(fault).__name__)
            return Refusal("fault", temporary=True)

    async def send_alarm(self, argument: dict[str, Any]) -> None:
        """Tells the operator of the dead letters since the last alarm, in one e-mail; tried again as long as a message."""
        since = datetime.fromisoformat(argument["since"])
        await asyncio.sleep(self._terms.tempo.until_s(datetime.fromisoformat(argument["due_at"])))
        dead = await self._read(lambda rows: dead_since(rows, since))
        sender, now = self._senders.get(Channel.EMAIL), self._terms.tempo.now()
        if not dead:
            return
        if sender is None:
            _log.error("alarm_not_sent", dead_letters=len(dead), trouble="not_configured")
            return
        letter = await asyncio.to_thread(self._writer.alarm, argument["id"], self._terms.operator_email, dead, now)
        try:
            await sender.send(letter)
        except ChannelError as refused:
            await self._alarm_later(argument, refused)
        else:
            self._health.note(Channel.EMAIL, "")
            _log.info("alarm_sent", dead_letters=len(dead))

    async def _alarm_later(self, argument: dict[str, Any], refused: ChannelError) -> None:
        refusals, now = int(argument["refusals"]) + 1, self._terms.tempo.now()
        self._health.note(Channel.EMAIL, "", refused.reason)
        _log.error("alarm_not_sent", trouble=refused.reason, refusals=refusals)
        tried_for_s = (now - datetime.fromisoformat(argument["begun_at"])).total_seconds()
        if refused.temporary and tried_for_s < self._terms.gives_up_s:
            wait = wait_s(refusals, self._terms.chance(), urgent=True, retry_after_s=refused.retry_after_s)
            due_at = (now + timedelta(seconds=wait)).isoformat()
            again = argument | {"due_at": due_at, "refusals": refusals}
            await self._write(lambda rows: start_alarm(rows, self._terms, again))

    async def _write(self, write: Callable[[DeliveryRows], _T]) -> _T:
        async with self._jobs:
            return await self._patiently(lambda: self._book.write(write))

    async def _read(self, read: Callable[[DeliveryRows], _T]) -> _T:
        async with self._jobs:
            return await self._patiently(lambda: self._book.read(read))

    async def _patiently(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Asks the database until it answers: what came of a letter must not be forgotten because the disk was full."""
        refusals = 0
        while True:
            try:
                return await ask()
            except StoreError as failure:
                _log.warning("delivery_waits_for_the_database", code=failure.code)
            await asyncio.sleep(_STORE_WAITS_S[min(refusals, len(_STORE_WAITS_S) - 1)])
            refusals += 1


def _recorded(rows: DeliveryRows, parcel: Parcel) -> dict[str, Recorded]:
    found = ((m.call, rows.recorded(m.call)) for m in parcel.members)
    return {call: recorded for call, recorded in found if recorded is not None}
