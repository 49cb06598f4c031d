"""The campaign: calls come in, processes are killed and started again, until enough died; then all of it must settle."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tools.chaos.clients_folder import telephones, write_clients
from tools.chaos.outside import OUR_NUMBER, Outside, outside, people
from tools.chaos.plans import LONGEST_LIFE_S, UNDISTURBED, Moment, next_plan
from tools.chaos.settled import wait_until_settled
from tools.chaos.story import Story
from tools.chaos.victims import Victim, Zygote
from voicebot.domain.instructions import Instructions

AFTER_EFFECT_S = 0.004
"""A victim that dies after an outside effect dies so soon after it: before, while or after it hears that it was done."""
COMES_BACK = 0.5
"""Share of callers who ring through again when their line broke."""
HANGS_UP = 0.2
GONE_LIMIT_S = 30.0
OPEN_LIMIT_S = 120.0
LAST_CALLS = 4
"""Of callers who ring each process that lives on: a house that survived must work."""
CALLS_AT_OPENING = 2
"""A victim lives for a second: callers do not wait until chance sends them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """kills: processes killed. together: how many live at a time. calls_per_s: real seconds. settle_s: real seconds."""

    kills: int
    database: str
    seed: int = 1
    together: int = 2
    speed: float = 120.0
    calls_per_s: float = 1.2
    settle_s: float = 180.0


@dataclass
class Happened:
    """What the oracle saw. acknowledged: calls whose caller heard that their message is recorded, with the phrase."""

    kills: Counter[str] = field(default_factory=Counter)
    began: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    acknowledged: dict[str, str] = field(default_factory=dict)
    told_on_call: dict[str, str] = field(default_factory=dict)
    resumed: int = 0
    worked: int = 0
    died_by_itself: list[str] = field(default_factory=list)
    died_at: list[datetime] = field(default_factory=list)
    killing_s: float = 0.0
    settling_s: float = 0.0
    unsettled: list[str] = field(default_factory=list)


class Campaign:
    """One run. happened: where it writes down what it sees."""

    def __init__(self, asked: Asked, story: Story, zygote: Zygote, world: Outside, happened: Happened) -> None:
        self.asked, self.story, self.zygote, self.world, self.happened = asked, story, zygote, world, happened
        self._chance = random.Random(asked.seed)
        self._calls: dict[str, tuple[Victim, int]] = {}
        self._broken: list[tuple[str, int]] = []
        self._victims: list[Victim | None] = [None] * asked.together
        self._done = asyncio.Event()

    def hear(self, victim: Victim, told: dict[str, Any]) -> None:
        """What a victim tells."""
        happened, call = self.happened, told.get("call", "")
        match told["what"]:
            case "began":
                happened.began.add(call)
                self._calls[call] = (victim, told["order"]["conversation"])
            case "said" if "on_call" in told["phrase"]:
                happened.told_on_call.setdefault(call, told["phrase"])
            case "said":
                happened.acknowledged.setdefault(call, told["phrase"])
            case "ended":
                happened.ended.add(call)
                self._calls.pop(call, None)
            case "open":
                for _ in range(CALLS_AT_OPENING):
                    self._order_call(victim)
            case "working":
                happened.worked += 1
            case _:
                pass

    async def kill_all_day(self, ports: list[int]) -> None:
        began = time.monotonic()
        calling = asyncio.create_task(self._place_calls())
        try:
            await asyncio.gather(*(self._one_place(number, port) for number, port in enumerate(ports)))
        finally:
            calling.cancel()
            await asyncio.gather(calling, return_exceptions=True)
        self.happened.killing_s = time.monotonic() - began

    async def settle(self, ports: list[int], database: str) -> None:
        """Nobody dies any more, and the outside behaves: what was begun must come to its end."""
        began = time.monotonic()
        self.world.behave()
        for number, port in enumerate(ports):
            victim = await self.zygote.spawn(f"house-{number}", port, UNDISTURBED, self._seed())
            await _first(victim.open.wait(), victim.ended.wait(), limit_s=OPEN_LIMIT_S)
            if not victim.open.is_set():
                raise RuntimeError(f"{victim.name} did not open within {OPEN_LIMIT_S} s or died; see {self.zygote.log}")
            for _ in range(LAST_CALLS):
                self._order_call(victim)
        await asyncio.sleep(1.0)
        self.happened.unsettled = await wait_until_settled(database, self.story, self.asked.settle_s)
        await self.world.twilio.settled(30)
        self.happened.settling_s = time.monotonic() - began

    async def _one_place(self, number: int, port: int) -> None:
        """One process after the other at this place."""
        while sum(self.happened.kills.values()) < self.asked.kills:
            plan = next_plan(self._chance)
            victim = await self.zygote.spawn(f"house-{number}", port, plan, self._seed())
            self._victims[number] = victim
            await self._let_die(victim)
            self.happened.kills[plan.moment] += 1
            self.happened.died_at.append(self.story.now())
            self._lines_break(victim)

    async def _let_die(self, victim: Victim) -> None:
        plan = victim.plan
        if plan.moment in (Moment.RANDOM, Moment.START):
            await _first(victim.ended.wait(), limit_s=plan.after_s)
        elif plan.moment is Moment.OUTSIDE:
            await _first(victim.ended.wait(), self._effect_after_start(victim), limit_s=plan.after_s)
        else:
            await _first(victim.ended.wait(), limit_s=LONGEST_LIFE_S)
        planned = plan.moment in (Moment.IN_TRANSACTION, Moment.COMMITTED)
        if victim.ended.is_set() and not planned:
            self.happened.died_by_itself.append(f"{victim.name} (pid {victim.pid}); see {self.zygote.log}")
        victim.kill()
        async with asyncio.timeout(GONE_LIMIT_S):
            await victim.ended.wait()

    async def _effect_after_start(self, victim: Victim) -> None:
        await victim.open.wait()
        await self.world.touched.wait()
        await asyncio.sleep(self._chance.uniform(0, AFTER_EFFECT_S))

    def _lines_break(self, victim: Victim) -> None:
        for call, (who, conversation) in tuple(self._calls.items()):
            if who is victim:
                del self._calls[call]
                if self._chance.random() < COMES_BACK:
                    self._broken.append((call, conversation))

    async def _place_calls(self) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(self.asked.calls_per_s))
            ready = [v for v in self._victims if v is not None and v.open.is_set() and not v.ended.is_set()]
            if not ready:
                continue
            self._order_call(self._chance.choice(ready))

    def _order_call(self, victim: Victim) -> None:
        """A caller rings, or rings through again after their line broke."""
        hangs_up = self._chance.randint(1, 6) if self._chance.random() < HANGS_UP else -1
        if self._broken and self._chance.random() < COMES_BACK:
            call, conversation = self._broken.pop(0)
            self.happened.resumed += 1
            victim.order(conversation=conversation, hangs_up_after=hangs_up, resume=call)
        else:
            victim.order(conversation=self._chance.randrange(self.zygote.conversations), hangs_up_after=hangs_up)

    def _seed(self) -> int:
        return self._chance.randrange(1 << 31)


@dataclass(frozen=True, slots=True)
class Ran:
    """A campaign that is over: what was asked, seen and left behind."""

    asked: Asked
    happened: Happened
    world: Outside
    database: str
    clients: dict[str, Instructions]
    folder: Path


@asynccontextmanager
async def campaign(asked: Asked, folder: Path, database: str) -> AsyncIterator[Ran]:
    """Runs all of it; the world outside still stands while the block looks at what is left."""
    ports = [free_port() for _ in range(asked.together)]
    story, happened = Story(time.time(), asked.speed), Happened()
    async with outside(asked.seed, story, f"http://127.0.0.1:{ports[0]}/twilio/sms") as world:
        clients = write_clients(folder / "clients", world.hooks.url)
        people(world, telephones(clients), asked.seed)
        given = settings(folder, database, ports[0], world)
        hear: list[Campaign] = []
        async with Zygote(folder, given, story, lambda victim, told: hear[0].hear(victim, told)) as zygote:
            running = Campaign(asked, story, zygote, world, happened)
            hear.append(running)
            await running.kill_all_day(ports)
            await running.settle(ports, database)
        yield Ran(asked, happened, world, database, clients, folder)


def settings(folder: Path, database: str, port: int, world: Outside) -> dict[str, Any]:
    """Of voicebot.settings.Settings, for every victim."""
    return {
        "data_dir": str(folder / "data"),
        "clients_dir": str(folder / "clients"),
        "database_url": database,
        "public_url": f"http://127.0.0.1:{port}",
        "secret": "a secret of the campaign alone",
        "twilio_account_sid": world.twilio.account_sid,
        "twilio_auth_token": world.twilio.auth_token,
        "twilio_number": OUR_NUMBER,
        "twilio_api_url": world.twilio.api_url,
        "smtp_host": "127.0.0.1",
        "smtp_port": world.mail.port,
        "smtp_security": "none",
        "mail_from": "reception@example.org",
        "operator_email": "operator@example.org",
        "private_webhooks": True,
        "most_calls_per_day": 1_000_000,
        "delivery_gives_up_h": 2.0,
        "llm_api_key": None,
        "ears_model": "practice",
        "voice_engine": "practice",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def _first(*waits: Any, limit_s: float) -> None:
    """Returns once one of them is over, or after limit_s."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
