"""The ladder book: who is tried for an urgent call, what came of each try, and who has it, once and for all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import error as engine_errors
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningUpdate

from voicebot.domain.ladder import Attempt, CallEnd, Claim, Ladder, LadderPlan, LadderStatus, Way
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.store import reply_codes as codes
from voicebot.store.ladder_rows import (
    attempt_row,
    insert_once,
    ladder_of,
    new_ladder_row,
    read_attempt,
    read_ladder,
)
from voicebot.store.ladder_standing import Standing, read_standing
from voicebot.store.message_events import add_message_events
from voicebot.store.open_database import OpenDatabase
from voicebot.store.reply_codes import ReplyCode
from voicebot.store.tables import ladder_attempts, ladders

NUDGE_TOPIC = "ladder"
"""Topic on which the ladder's workflow is told to look at the rows again. The rows are the truth, never the nudge."""
TAKEN_LATE = "on_call_taken_late"
"""Workflow that tells the others when a ladder is acknowledged after it was over."""

ALARM_MAIL = "on_call_alarm_mail"
"""Workflow that writes to the operator that an alarm was raised, until the mail server has taken it."""

_DAY = timedelta(days=1)
_log = structlog.get_logger()


class LadderBook:
    """Rows of ladders. See OpenDatabase for how they are read and written.

    Every change is one transaction with the message event that is its receipt and with the nudge to the workflow that
    climbs the ladder. Doing anything twice is harmless. Times are aware. Raises everywhere: StoreError, and
    UnknownMessage for ids that no row has.
    """

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def begin(self, plan: LadderPlan, now: datetime) -> Ladder:
        """Begins the ladder once. Returns: its row; of several plans the first one holds."""
        begun = {"contacts": [contact.id for contact in plan.contacts], "starts_at": plan.starts_at.isoformat()}

        def write(connection: Connection) -> Ladder:
            insert_once(connection, ladders, new_ladder_row(plan, now))
            ladder = read_ladder(connection, plan.id)
            if ladder.plan == plan:
                _add(connection, ladder, MessageEventKind.LADDER_BEGUN, now, "begun", begun)
            return ladder

        return await self._database.write(write)

    async def ladder(self, ladder_id: str) -> Ladder:
        return await self._database.read(lambda connection: read_ladder(connection, ladder_id))

    async def of_call(self, call_id: str) -> Ladder | None:
        """None when the call has no ladder."""
        query = sa.select(ladders).where(ladders.c.call == call_id)

        def read(connection: Connection) -> Ladder | None:
            row = connection.execute(query).mappings().first()
            return None if row is None else ladder_of(row)

        return await self._database.read(read)

    async def attempt(self, attempt_id: str) -> Attempt:
        return await self._database.read(lambda connection: read_attempt(connection, attempt_id))

    async def newest(self, limit: int, *, everything: bool = False) -> list[Ladder]:
        """Ladders that nobody has acknowledged, newest first. everything: those that somebody has, too."""
        query = sa.select(ladders.c.id).order_by(ladders.c.begun_at.desc(), ladders.c.id).limit(limit)
        if not everything:
            query = query.where(ladders.c.acknowledged_by == "")

        def read(connection: Connection) -> list[Ladder]:
            return [read_ladder(connection, ladder_id) for ladder_id in connection.execute(query).scalars().all()]

        return await self._database.read(read)

    async def knows_carrier_call(self, carrier_call_id: str) -> bool:
        """Is this the carrier's id of one of our calls to contacts?"""
        query = sa.select(ladder_attempts.c.id).where(ladder_attempts.c.carrier_call_id == carrier_call_id).limit(1)
        return await self._database.read(lambda connection: connection.execute(query).first() is not None)

    async def standing(self, ladder_id: str) -> Standing:
        return await self._database.read(lambda connection: read_standing(connection, ladder_id))

    async def progress(self, ladder_id: str, status: LadderStatus, round_: int, trying: str, now: datetime) -> None:
        """How far it has been climbed. trying: id of the contact, "" for none. A claim's status stays."""
        values = {"status": status.value, "round": round_, "trying": trying, "changed_at": now}
        open_still = (ladders.c.id == ladder_id) & (ladders.c.acknowledged_by == "")
        taken = (ladders.c.id == ladder_id) & (ladders.c.acknowledged_by != "")

        def write(connection: Connection) -> None:
            connection.execute(sa.update(ladders).where(open_still).values(values))
            connection.execute(sa.update(ladders).where(taken).values(round=round_, trying="", changed_at=now))

        await self._database.write(write)

    async def begin_attempt(self, attempt: Attempt) -> Attempt | None:
        """Notes that this call is about to be placed. Returns: its row, or None when somebody already has the ladder."""

        def write(connection: Connection) -> Attempt | None:
            if read_ladder(connection, attempt.ladder, locked=True).acknowledged_by:
                return None
            insert_once(connection, ladder_attempts, attempt_row(attempt))
            return read_attempt(connection, attempt.id)

        return await self._database.write(write)

    async def rung(self, attempt_id: str, carrier_call_id: str, now: datetime) -> None:
        """The carrier has taken the call: it counts against the day's limit, and the telephone rings."""

        def write(connection: Connection) -> None:
            attempt = read_attempt(connection, attempt_id)
            ladder = read_ladder(connection, attempt.ladder)
            _change_attempt(connection, attempt_id, ladder_attempts.c.carrier_call_id == "", carrier_call_id=carrier_call_id)
            codes.note_use(connection, attempt_id, "call", ladder.client, now)
            data = {"contact": attempt.contact, "attempt": attempt_id, "number_ends": attempt.phone[-2:]}
            _add(connection, ladder, MessageEventKind.CONTACT_RUNG, now, f"{attempt_id}-rung", data)

        await self._database.write(write)

    async def answered(self, attempt_id: str, now: datetime) -> None:
        """Somebody or something picked up; the first time stays."""

        def write(connection: Connection) -> None:
            read_attempt(connection, attempt_id)
            _change_attempt(connection, attempt_id, ladder_attempts.c.answered_at.is_(None), answered_at=now)

        await self._database.write(write)

    async def heard(self, attempt_id: str, now: datetime) -> None:
        """A key was pressed and the message is being read."""

        def write(connection: Connection) -> None:
            attempt = read_attempt(connection, attempt_id)
            ladder = read_ladder(connection, attempt.ladder)
            _change_attempt(connection, attempt_id, ladder_attempts.c.answered_at.is_(None), answered_at=now)
            if _change_attempt(connection, attempt_id, ladder_attempts.c.heard_at.is_(None), heard_at=now):
                data = {"contact": attempt.contact, "attempt": attempt_id}
                _add(connection, ladder, MessageEventKind.CONTACT_HEARD, now, f"{attempt_id}-heard", data)
                self._nudge(connection, ladder, f"{attempt_id}-heard")

        await self._database.write(write)

    async def ended(self, attempt_id: str, how: CallEnd, now: datetime) -> None:
        """The call is over; the first end stays. The call in which the contact took it has no CallEnd, only its hour."""

        def write(connection: Connection) -> None:
            attempt = read_attempt(connection, attempt_id)
            ladder = read_ladder(connection, attempt.ladder, locked=True)
            took_it = ladder.acknowledged_by == attempt.contact and ladder.acknowledged_way is Way.KEYPAD
            ended = None if took_it and how is CallEnd.SILENT else how.value
            if not _change_attempt(connection, attempt_id, ladder_attempts.c.ended_at.is_(None), ended=ended, ended_at=now):
                return
            if ended is not None:
                data = {"contact": attempt.contact, "attempt": attempt_id, "how": ended}
                _add(connection, ladder, MessageEventKind.CONTACT_ENDED, now, f"{attempt_id}-ended", data)
                if how is CallEnd.PASSED:
                    passed = {"contact": attempt.contact, "way": Way.KEYPAD.value, "round": attempt.round}
                    _add(connection, ladder, MessageEventKind.PASSED_ON, now, f"{attempt_id}-passed", passed)
            self._nudge(connection, ladder, f"{attempt_id}-ended")

        await self._database.write(write)

    async def pass_on(self, ladder_id: str, contact: str, way: Way, now: datetime) -> Ladder:
        """A contact passes on in writing, for this round. Returns: the ladder; nothing is noted once somebody has it."""

        def write(connection: Connection) -> Ladder:
            ladder = read_ladder(connection, ladder_id, locked=True)
            if not ladder.acknowledged_by:
                key = f"passed-{contact}-{ladder.round}"
                data = {"contact": contact, "way": way.value, "round": ladder.round}
                _add(connection, ladder, MessageEventKind.PASSED_ON, now, key, data)
                self._nudge(connection, ladder, key)
            return ladder

        return await self._database.write(write)

    async def claim(self, ladder_id: str, contact: str, name: str, way: Way, now: datetime) -> Claim:
        """Gives the ladder to whoever comes first; whoever comes again still has it.

        One statement decides, with its receipt and what must follow in the same transaction: the workflow is told, or,
        when the ladder is over, another one is started that tells the others.
        """

        def write(connection: Connection) -> Claim:
            taken = connection.execute(_claim(ladder_id, contact, name, way, now)).mappings().first()
            ladder = read_ladder(connection, ladder_id) if taken is None else ladder_of(taken)
            first = ladder.acknowledged_by == contact
            data = {"contact": contact, "name": name, "way": way.value, "first": first}
            _add(connection, ladder, MessageEventKind.ACKNOWLEDGED, now, f"acknowledged-{contact}", data)
            if taken is not None and ladder.over:
                self._database.outbox.start(connection, TAKEN_LATE, f"{ladder_id}-taken", {"ladder": ladder_id})
            elif taken is not None:
                self._nudge(connection, ladder, "acknowledged")
            return Claim(first, ladder.acknowledged_by, ladder.acknowledged_name)

        return await self._database.write(write)

    async def give_eta(self, ladder_id: str, contact: str, minutes: int, now: datetime) -> bool:
        """When they will be there. Returns: False, and nothing is noted, from anybody but the one who has it."""
        theirs = (ladders.c.id == ladder_id) & (ladders.c.acknowledged_by == contact) & (ladders.c.acknowledged_by != "")

        def write(connection: Connection) -> bool:
            ladder = read_ladder(connection, ladder_id)
            new = sa.update(ladders).where(theirs).values(eta_min=minutes, changed_at=now).returning(ladders.c.id)
            if connection.execute(new).first() is None:
                return False
            data = {"contact": contact, "minutes": minutes}
            _add(connection, ladder, MessageEventKind.ETA_GIVEN, now, f"eta-{minutes}", data)
            return True

        return await self._database.write(write)

    async def told(
        self, ladder_id: str, contact: str, way: str, key: str, now: datetime, *, what: str = "", trouble: str = ""
    ) -> None:
        """A contact was told in writing, or could not be. way: "sms" or "email". what: "has_it" for who has it."""

        def write(connection: Connection) -> None:
            ladder = read_ladder(connection, ladder_id)
            data = {"contact": contact, "way": way, "trouble": trouble} | ({"what": what} if what else {})
            _add(connection, ladder, MessageEventKind.CONTACT_TOLD, now, key, data)
            if way == Way.SMS and not trouble:
                codes.note_use(connection, key, "sms", ladder.client, now)

        await self._database.write(write)

    async def alarm(self, ladder_id: str, call_id: str, why: str, key: str, round_: int, now: datetime) -> None:
        """The alarm is raised, and the operator will be written to; alarmed_at is the first one's.

        Noted even when the ladder itself could not be begun.
        """
        mail = {"ladder": ladder_id, "call": call_id, "why": why, "key": key, "round": round_, "at": now.isoformat()}
        event = MessageEvent(
            key, call_id, now, MessageEventKind.ALARM_RAISED, {"ladder": ladder_id, "why": why, "dispatch": ""}
        )

        def write(connection: Connection) -> None:
            first = (ladders.c.id == ladder_id) & ladders.c.alarmed_at.is_(None)
            connection.execute(sa.update(ladders).where(first).values(alarmed_at=now, changed_at=now))
            add_message_events(connection, [event])
            self._database.outbox.start(connection, ALARM_MAIL, f"{key}-mail", mail)

        await self._database.write(write)

    async def restarted(self, ladder_id: str, round_: int, key: str, now: datetime) -> None:
        def write(connection: Connection) -> None:
            ladder = read_ladder(connection, ladder_id)
            _add(connection, ladder, MessageEventKind.LADDER_RESTARTED, now, key, {"round": round_})

        await self._database.write(write)

    async def finish(self, ladder_id: str, how: LadderStatus, now: datetime) -> Ladder:
        """No rung is climbed any more. Returns: the row; an ALARM that a claim forestalled is not noted, see its status."""

        def write(connection: Connection) -> Ladder:
            ladder = read_ladder(connection, ladder_id, locked=True)
            if how is LadderStatus.ALARM and ladder.acknowledged_by:
                return ladder
            over = sa.update(ladders).where(ladders.c.id == ladder_id)
            over = over.values(over=True, status=how.value, trying="", changed_at=now).returning(ladders)
            ladder = ladder_of(connection.execute(over).mappings().one())
            _add(connection, ladder, MessageEventKind.LADDER_ENDED, now, f"ended-{how.value}", {"how": how.value})
            return ladder

        return await self._database.write(write)

    async def code_for(self, number: str, ladder_id: str, contact: str, now: datetime) -> str:
        """The four digits that this contact's SMS asks for: the same ones for this ladder whenever it is asked for."""
        return await self._database.write(lambda connection: codes.give_code(connection, number, ladder_id, contact, now))

    async def codes_of(self, number: str) -> tuple[ReplyCode, ...]:
        """Every code that this number was given, newest first."""
        return await self._database.read(lambda connection: codes.codes_of(connection, number))

    async def note_use(self, use_id: str, what: str, client: str, now: datetime) -> None:
        """One call or SMS that left the house; the same id is counted once. what: "call" or "sms"."""
        await self._database.write(lambda connection: codes.note_use(connection, use_id, what, client, now))

    async def uses_in_a_day(self, now: datetime) -> int:
        """Calls and SMS that left the house in the last 24 hours."""
        return await self._database.read(lambda connection: codes.uses_since(connection, now - _DAY))

    def _nudge(self, connection: Connection, ladder: Ladder, key: str) -> None:
        try:
            with connection.begin_nested():
                outbox = self._database.outbox
                outbox.nudge(connection, ladder.id, NUDGE_TOPIC, {"look": key}, key=f"{ladder.id}/{key}")
        except engine_errors.DBOSNonExistentWorkflowError:
            # Its rows were purged, or it was never enqueued: what is written here holds all the same.
            _log.warning("ladder_without_workflow", ladder=ladder.id)


def _claim(ladder_id: str, contact: str, name: str, way: Way, now: datetime) -> ReturningUpdate[Any]:
    nobody_has_it = (ladders.c.id == ladder_id) & (ladders.c.acknowledged_by == "")
    return (
        sa.update(ladders)
        .where(nobody_has_it)
        .values(
            status=LadderStatus.ACKNOWLEDGED.value,
            acknowledged_by=contact,
            acknowledged_name=name,
            acknowledged_way=way.value,
            acknowledged_at=now,
            changed_at=now,
            trying="",
        )
        .returning(ladders)
    )


def _change_attempt(connection: Connection, attempt_id: str, still: sa.ColumnElement[bool], **values: Any) -> bool:
    """Changes the attempt's row while `still` holds. Returns: did it?"""
    same = (ladder_attempts.c.id == attempt_id) & still
    changed = sa.update(ladder_attempts).where(same).values(**values).returning(ladder_attempts.c.id)
    return connection.execute(changed).first() is not None


def _add(
    connection: Connection, ladder: Ladder, kind: MessageEventKind, at: datetime, key: str, data: dict[str, Any]
) -> None:
    whole = key if key.startswith(ladder.id) else f"{ladder.id}-{key}"
    add_message_events(connection, [MessageEvent(whole, ladder.call, at, kind, {"ladder": ladder.id, **data})])
