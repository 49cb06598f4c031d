"""A house on a folder and a database of its own, with one client whose messages go by webhook and one by e-mail."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tools.bench_outbox.receiver import Receiver
from tools.chaos.callers import ScriptedCaller, conversations
from voicebot.domain.call import Call, EndReason
from voicebot.domain.events import CallEvent
from voicebot.domain.message import Message, MessageState
from voicebot.domain.speaking import Heard, Reply, Then
from voicebot.domain.work import Work, WorkKind
from voicebot.settings import Settings
from voicebot.wiring.calls import new_call, receptionist_of
from voicebot.wiring.house import House, open_house

BY_HOOK, BY_MAIL = "chauffage-morel", "avocat-delmas"
_RULES = {
    BY_HOOK: '  - {{id: bench, channel: webhook, address: "{url}"}}\n\n',
    BY_MAIL: "  - {{id: bench, channel: email, to: [lea-girard]}}\n\n",
}
_DELIVERIES = re.compile(r"^deliveries:.*?(?=^[a-z])", re.MULTILINE | re.DOTALL)
_SHIPPED = Path(__file__).parents[2] / "client_configs"


@dataclass(frozen=True, slots=True)
class Sample:
    """A real call that left a message: every measured message is a copy of it under another id."""

    call: Call
    events: tuple[CallEvent, ...]
    message: Message


@dataclass
class BenchHouse:
    """samples: by client."""

    house: House
    samples: dict[str, Sample]
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def save(self, client: str, *, work: bool) -> float:
        """Saves a call as its last turn does, with or without work to follow. Returns: seconds until it was on disk."""
        sample, call_id = self.samples[client], f"bench-{next(self.numbers):06d}"
        call = replace(sample.call, id=call_id, carrier_call_id=call_id)
        message = replace(sample.message, id=f"{call_id}-message", call=call_id)
        due = [Work(f"{call_id}-deliver-final", WorkKind.DELIVER, call_id)] if work else []
        began = time.perf_counter()
        await self.house.book.save(call, sample.events[-4:], message, due)
        return time.perf_counter() - began


def environment(folder: Path, database: str, to: Receiver) -> dict[str, Any]:
    """Settings of the house; any process that has them is the same house."""
    return {
        "data_dir": str(folder / "data"),
        "clients_dir": str(folder / "clients"),
        "database_url": database,
        "secret": "a secret of this benchmark alone",
        "smtp_host": "127.0.0.1",
        "smtp_port": to.mail_port,
        "smtp_security": "none",
        "mail_from": "reception@example.org",
        "private_webhooks": True,
    }


@asynccontextmanager
async def bench_house(folder: Path, database: str, to: Receiver) -> AsyncIterator[BenchHouse]:
    _write_clients(folder / "clients", to.hook_url)
    settings = Settings(**environment(folder, database, to), llm_api_key=None)
    async with open_house(settings) as house:
        yield BenchHouse(house, {client: await _sample(house, client) for client in _RULES})


def _write_clients(folder: Path, url: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for client, rule in _RULES.items():
        written = "deliveries:\n" + rule.format(url=url)
        text = (_SHIPPED / f"{client}.yaml").read_text(encoding="utf-8")
        (folder / f"{client}.yaml").write_text(_DELIVERIES.sub(lambda _, w=written: w, text), encoding="utf-8")


async def _sample(house: House, client: str) -> Sample:
    """The first labelled conversation of the client that leaves a whole message which wakes nobody."""
    for conversation in conversations():
        if conversation.client != client:
            continue
        instructions = house.clients.of(client)
        call = new_call(instructions, house.clock(), carrier="bench", digest=house.clients.digest_of(client))
        receptionist, caller = receptionist_of(house, call, instructions), ScriptedCaller(conversation)
        reply: Reply = await receptionist.pick_up()
        while reply.then is Then.LISTEN and caller.turns < 30:
            reply = await receptionist.hear(Heard(caller.next_line(reply.expectation, receptionist.call)))
        # Not hung up: its own message is not sent.
        message, events = await house.book.message(call.id), await house.book.events(call.id)
        if message and message.state is MessageState.COMPLETE and not receptionist.call.handover.on_call_woken:
            ended = replace(receptionist.call, ended=EndReason.GOODBYE, ended_at=house.clock())
            await house.book.save(ended, ())
            return Sample(ended, tuple(events), message)
    raise ValueError(f"no labelled conversation of {client} leaves a whole message")
