"""What dies: a house that answers calls by text and does the work that follows, as voicebot serve does."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import event

from tools.chaos.callers import MOST_TURNS, ScriptedCaller, conversations
from tools.chaos.plans import Moment
from tools.chaos.story import Story
from tools.chaos.work import PACE, open_house_for
from voicebot.clients.archive import InstructionsArchive
from voicebot.domain.call import EndReason
from voicebot.domain.speaking import Heard, Reply, Then
from voicebot.errors import StoreError
from voicebot.quality.conversation_file import Conversation
from voicebot.reception.live_calls import LiveCalls
from voicebot.reception.receptionist import Receptionist
from voicebot.settings import Settings
from voicebot.store.call_book import CallBook
from voicebot.understanding.rules import Rules
from voicebot.wiring.calls import new_call, receptionist_from_store, receptionist_of
from voicebot.wiring.client_register import ClientRegister
from voicebot.wiring.house import House, archive_of
from voicebot.wiring.switchboard import Switchboard

TIDY_EVERY_S = 0.5
THINKS_S = 0.04
"""Longest pause of a caller between two turns, in real time."""
_TAKEN = "message_taken"
"""Phrases that tell the caller that the message is recorded begin so."""


@dataclass(frozen=True, slots=True)
class Warm:
    """What the zygote loads once: the clients, the rules that understand them, the callers."""

    settings: Settings
    story: Story
    register: ClientRegister
    rules: Rules
    conversations: list[Conversation] = field(default_factory=list)

    @classmethod
    def load(cls, given: dict[str, Any]) -> Warm:
        settings, story = Settings(**given["settings"]), Story(**given["story"])
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(given["log_level"]))
        register = ClientRegister.open(settings.clients_dir, InstructionsArchive(archive_of(settings)), story.now)
        return cls(settings, story, register, Rules(), conversations())


def live(plan: dict[str, Any], warm: Warm) -> None:
    """Lives until it is killed. plan: name, door (path of the parent's socket), port, moment, commit, seed."""
    _die_at_commit(Moment(plan["moment"]), plan["commit"])
    asyncio.run(_live(plan, warm))


class _Parent:
    """The line to the oracle. What was written is in the kernel's hands: a kill does not take it back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def tell(self, what: str, **more: Any) -> None:
        self._writer.write(json.dumps({"what": what, **more}).encode() + b"\n")

    async def orders(self) -> AsyncIterator[dict[str, Any]]:
        while line := await self._reader.readline():
            yield json.loads(line)


async def _live(plan: dict[str, Any], warm: Warm) -> None:
    parent = _Parent(*await asyncio.open_unix_connection(plan["door"]))
    parent.tell("hello", name=plan["name"], pid=os.getpid())
    chance = random.Random(plan["seed"])
    book = await CallBook.open(warm.settings.database, reserve_bytes=0, now=warm.story.now)
    settings = warm.settings.model_copy(update={"node": plan["name"]})
    house = House(settings, warm.register, book, warm.rules, LiveCalls(), warm.story.now)
    async with (
        open_house_for(house, warm.story, plan["port"]) as (house, after, switchboard),
        after.at_work(PACE, lambda: parent.tell("working")),
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(_tidy(switchboard))
        parent.tell("open")
        async for order in parent.orders():
            tasks.create_task(_answer(house, warm, order, parent, chance))


async def _answer(house: House, warm: Warm, order: dict[str, Any], parent: _Parent, chance: random.Random) -> None:
    """One call, from its first word or from where its line broke."""
    conversation = warm.conversations[order["conversation"]]
    resumed = order.get("resume", "")
    if resumed:
        receptionist = await receptionist_from_store(house, resumed)
        if receptionist.ended:
            return
        reply: Reply | None = await receptionist.resume()
    else:
        receptionist = await _begin(house, conversation)
        reply = await receptionist.pick_up()
    call_id, caller = receptionist.call.id, ScriptedCaller(conversation, resumed=bool(resumed))
    parent.tell("began", call=call_id, order=order)
    _tell_promises(parent, call_id, reply)
    while reply.then is Then.LISTEN and not receptionist.ended and caller.turns < MOST_TURNS:
        await asyncio.sleep(chance.uniform(0, THINKS_S))
        if caller.turns == order["hangs_up_after"]:
            break
        reply = await receptionist.hear(Heard(caller.next_line(reply.expectation, receptionist.call)))
        _tell_promises(parent, call_id, reply)
    await receptionist.hang_up(reply.ending or EndReason.CALLER_HUNG_UP)
    if not receptionist.unsaved:
        parent.tell("ended", call=call_id)


async def _begin(house: House, conversation: Conversation) -> Receptionist:
    instructions = house.clients.of(str(conversation.client))
    call = new_call(
        instructions,
        house.clock(),
        carrier="twilio",
        carrier_call_id=f"CA{random.getrandbits(128):032x}",
        caller_number=conversation.caller,
        dialled_number="",
        digest=house.clients.digest_of(instructions.id),
    )
    await house.book.save(call, ())
    return receptionist_of(house, call, instructions)


def _tell_promises(parent: _Parent, call_id: str, reply: Reply) -> None:
    for sentence in reply.sentences:
        if sentence.phrase.startswith(_TAKEN) or "on_call" in sentence.phrase:
            parent.tell("said", call=call_id, phrase=sentence.phrase)


async def _tidy(switchboard: Switchboard) -> None:
    """Closes calls whose process died and whose caller never came back, as voicebot serve does."""
    while True:
        await asyncio.sleep(TIDY_EVERY_S)
        try:
            await switchboard.tidy()
        except StoreError as refused:
            structlog.get_logger().error("tidying failed", code=refused.code)


def _die_at_commit(moment: Moment, number: int) -> None:
    """Kills this process before, or right after, its transaction of that number; the engine's own are counted as well."""
    if moment not in (Moment.IN_TRANSACTION, Moment.COMMITTED):
        return
    commits = 0

    def count(_connection: sa.Connection) -> None:
        nonlocal commits
        commits += 1
        if commits >= number and moment is Moment.IN_TRANSACTION:
            os.kill(os.getpid(), signal.SIGKILL)

    def given_back(_connection: object, _record: object) -> None:
        if commits >= number:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(sa.Engine, "commit", count)
    if moment is Moment.COMMITTED:
        event.listen(sa.pool.Pool, "checkin", given_back)
