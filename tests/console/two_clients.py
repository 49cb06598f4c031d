"""A house with two clients whose every kind of data carries a mark of its own: what shows where can then be read off."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.console.guarded_console import GuardedConsole, guarded_console
from tests.console.open_console import CLIENTS
from tests.store.stored_samples import a_call, a_message
from voicebot.call_file.folder import save_call_folder
from voicebot.clients.directory import load_clients
from voicebot.clients.scorecards import scorecard_for
from voicebot.domain.acts import Confidence
from voicebot.domain.agent import AgentState, AgentWay, Presence, Role, User
from voicebot.domain.call import Call, EndReason, Stage
from voicebot.domain.callback import Callback
from voicebot.domain.card import Correction
from voicebot.domain.delivery import Channel
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, Detail
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Handoff, HandoffStatus, Taker, Why
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.review import Draw, Only, Review
from voicebot.domain.scorecard import ItemKind
from voicebot.domain.tempo import Tempo
from voicebot.domain.urgency import UrgencyLevel
from voicebot.handoff.desk import HandoffDesk
from voicebot.handoff.ports import LiveCall
from voicebot.messages.delivery import desk_alone
from voicebot.messages.terms import Terms
from voicebot.store.call_book import CallBook
from voicebot.store.correction_book import CorrectionBook
from voicebot.store.presence_rows import put_presence
from voicebot.store.review_book import ReviewBook
from voicebot.store.tables import dispatches
from voicebot.store.user_book import UserBook


@dataclass(frozen=True, slots=True)
class Side:
    """One client. mark: in every text of its data. number: in every number; all its ids end on "-<key>"."""

    key: str
    client: str
    client_name: str
    mark: str
    number: str

    def id(self, of: str) -> str:
        return f"{of}-{self.key}"


ALBA = Side("alba", "boutique-oliva", "Boutique Oliva", "Albarine", "+33639981111")
BRUME = Side("brume", "cabinet-lilas", "Cabinet médical des Lilas", "Zorbrumelle", "+33639987777")
LIMITED = (Role.AGENT, Role.SUPERVISOR, Role.QA, Role.CLIENT_VIEWER)


def limited_users(side: Side) -> list[User]:
    """One of each role that a client can be given to; their names carry the mark."""
    names = {role: f"{role.value.replace('_', '-')}-{side.key}" for role in LIMITED}
    return [
        User(names[role], f"{side.mark} {role.value}", role, f"{names[role]}@example.org", (side.client,), phone=side.number)
        for role in LIMITED
    ]


ADMIN = User("admin", "Admin", Role.ADMIN)
EVERYBODY = [ADMIN, *limited_users(ALBA), *limited_users(BRUME)]


def two_client_files(folder: Path) -> Path:
    """Client files of both sides alone; their texts carry the marks."""
    folder.mkdir()
    for side in (ALBA, BRUME):
        text = (CLIENTS / f"{side.client}.yaml").read_text("utf-8")
        assert side.client_name in text
        (folder / f"{side.client}.yaml").write_text(
            text.replace(side.client_name, f"{side.mark} {side.client_name}"), "utf-8"
        )
    shutil.copytree(CLIENTS / "templates", folder / "templates")
    return folder


@asynccontextmanager
async def two_clients(folder: Path) -> AsyncIterator[GuardedConsole]:
    clients_dir = two_client_files(folder / "clients")

    def agents(book: CallBook) -> HandoffDesk:
        of = load_clients(clients_dir).of
        return HandoffDesk(book.database, UserBook(book.database).all, of, lambda: datetime.now(UTC))

    def messages(book: CallBook) -> Any:
        return desk_alone(book.database, Terms(load_clients(clients_dir).of, Tempo(lambda: datetime.now(UTC))))

    made = guarded_console(folder, EVERYBODY, clients_dir=clients_dir, agents=agents, messages=messages)
    async with made as console:
        for side in (ALBA, BRUME):
            await _fill(console, side)
        yield console


async def _fill(console: GuardedConsole, side: Side) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    house, version = console.house, console.house.clients().of(side.client).version
    for name, ended in (("call", EndReason.CALLER_HUNG_UP), ("live", None), ("waiting", None)):
        call = _call(side, name, version, now)
        events = _events(side, call, now)
        message = _message(side, call, now)
        queued: tuple[Handoff | Callback, ...] = ()
        if name == "waiting":
            queued = (_handoff(side, call, now),)
        elif name == "call":
            queued = (_over(side, call, now), _callback(side, call, now))
        await house.book.save(call, events, message, queued=queued)
        if name == "live":
            console.console.floor.calls.append(LiveCall(call, speaking=True))
        if ended:
            over = replace(call, ended=ended)
            last = CallEvent(len(events) + 1, now, EventKind.CALL_ENDED, {"reason": ended.value})
            await house.book.save(over, [last], message)
            await save_call_folder(house.call_folder(over), over, [*events, last], message, None)
    await _after(console, side, now)


async def _after(console: GuardedConsole, side: Side, now: datetime) -> None:
    database, call, agent = console.house.book.database, side.id("call"), side.id("agent")
    correction = Correction(CALLER_NAME, f"{side.mark} avant", f"{side.mark} après", agent, now)
    await CorrectionBook(database).add(call, side.client, correction)
    note = MessageEvent(f"{call}-note", call, now, MessageEventKind.DISPATCH_FAILED, {"why": f"{side.mark} refusé"})
    await console.house.book.note_after_call([note])
    presence = Presence(
        agent,
        AgentState.PAUSED,
        now,
        now,
        now,
        (side.client,),
        (Language.FRENCH,),
        AgentWay.BROWSER,
        "",
        f"{side.mark} pause",
    )
    sent = Dispatch(
        side.id("dispatch"), call, f"message-of-{call}", side.client, f"rule-{side.key}", Channel.EMAIL, agent,
        f"{side.mark}@example.org", DispatchStatus.FAILED, "r1", now, now, now, trouble="rejected",
    )  # fmt: skip
    row = {name: getattr(sent, name) for name in Dispatch.__slots__}
    row |= {"channel": sent.channel.value, "status": sent.status.value}

    def write(connection: Any) -> None:
        put_presence(connection, presence)
        connection.execute(dispatches.insert(), row)

    await database.write(write)
    await _reviewed(console, side, now)
    await console.audit.note_of(
        agent, "127.0.0.1", "listened", "audio", call, client=side.client, note=f"{side.mark} écouté"
    )


async def _reviewed(console: GuardedConsole, side: Side, now: datetime) -> None:
    """A call that two people of this side judged otherwise, for the admin to settle; their remarks carry the mark."""
    book, call, people = ReviewBook(console.house.book.database), side.id("call"), (side.id("supervisor"), side.id("qa"))
    card = scorecard_for(side.client, console.house.settings.scorecards_dir)
    draw = Draw(side.id("draw"), side.client, now, now, 1, 1, 7, Only.ALL, card.digest, people[0], now)
    review = Review(call, side.client, draw.id, side.id("token"), card.digest, *people, ADMIN.id, now)
    await book.add(draw, card.scorecard, [review])
    for reviewer, scale in zip(people, ("4", "2"), strict=True):
        answers = {ItemKind.YES_NO: "yes", ItemKind.SCALE: scale, ItemKind.CHOICE: "p3", ItemKind.TEXT: side.mark}
        given = {item.id: answers[item.kind] for item in card.scorecard.items}
        allowed = {item.id: given[item.id] if item.takes(given[item.id]) else "na" for item in card.scorecard.items}
        await book.submit(call, reviewer, allowed, f"{side.mark} remarque")


def _call(side: Side, name: str, version: int, now: datetime) -> Call:
    details = {
        CALLER_NAME: Detail(f"Zoé {side.mark}", f"zoé {side.mark}", Confidence.UNSURE),
        CALLBACK_NUMBER: Detail(side.number, f"{side.mark} numéro"),
    }
    return a_call(
        side.id(name),
        client=side.client,
        instructions_version=version,
        caller_number=side.number,
        dialled_number=side.number,
        started_at=now,
        details=details,
        verbatim=(f"C'est {side.mark}.",),
        scenario=None,
        person_asked=None,
        urgency=None,
        stage=Stage.QUALIFYING,
        expectation=a_call().expectation,
        promise=f"On vous rappelle, {side.mark}.",
    )


def _events(side: Side, call: Call, now: datetime) -> list[CallEvent]:
    opened = {
        "client": side.client, "instructions_version": call.instructions_version, "instructions_digest": "0" * 12,
        "carrier": "twilio", "carrier_call_id": call.carrier_call_id, "caller_number": side.number,
        "dialled_number": side.number,
    }  # fmt: skip
    words = f"C'est {side.mark}."
    heard = {"turn": 1, "text": words, "language": "fr", "confidence": 0.9, "started_ms": 500, "ended_ms": 1500}
    says = {
        "sentence": "s-1",
        "text": f"Bonjour {side.mark}.",
        "phrase": "greeting",
        "language": "fr",
        "interruptible": True,
    }
    acts: list[Any] = []
    return [
        CallEvent(1, now, EventKind.CALL_OPENED, opened),
        CallEvent(2, now, EventKind.LINE_OPENED, {"stream": f"stream-{side.key}", "resumed": False}),
        CallEvent(3, now, EventKind.RECEPTIONIST_SAYS, says),
        CallEvent(
            4, now, EventKind.SENTENCE_PLAYED, {"sentence": "s-1", "played": "all", "played_ms": 400, "started_ms": 0}
        ),
        CallEvent(5, now, EventKind.CALLER_SAID, heard | {"heard_by": "practice", "cut": False}),
        CallEvent(6, now, EventKind.ACTS_UNDERSTOOD, {"turn": 1, "acts": acts, "by": "rules", "fallback": "", "took_ms": 2}),
        CallEvent(7, now, EventKind.HINTED, {"by": side.id("supervisor"), "text": f"{side.mark} indice", "acts": []}),
    ]


def _message(side: Side, call: Call, now: datetime) -> Any:
    return a_message(
        call.id,
        client=side.client,
        instructions_version=call.instructions_version,
        taken_at=now,
        number_shown=side.number,
        scenario=None,
        scenario_title=f"Affaire {side.mark}",
        details=call.details,
        verbatim=call.verbatim,
    )


def _handoff(side: Side, call: Call, now: datetime) -> Handoff:
    return Handoff(side.id("handoff"), call.id, side.client, Language.FRENCH, UrgencyLevel.P2, now, now)


def _over(side: Side, call: Call, now: datetime) -> Handoff:
    taker = Taker(side.id("agent"), f"{side.mark} agent")
    over = replace(_handoff(side, call, now), id=side.id("handoff-over"), status=HandoffStatus.DONE, taker=taker)
    return replace(over, over_at=now, why=Why.CALLER_HUNG_UP)


def _callback(side: Side, call: Call, now: datetime) -> Callback:
    words = f"On vous rappelle, {side.mark}."
    urgency, note = UrgencyLevel.P2, f"{side.mark} note"
    return Callback(
        side.id("callback"),
        call.id,
        side.client,
        side.number,
        f"Zoé {side.mark}",
        Language.FRENCH,
        urgency,
        now,
        words,
        note=note,
    )
