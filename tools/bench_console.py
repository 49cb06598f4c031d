"""How late open pages of the console are with many live calls, what that costs beside polling, and what pages weigh."""

from __future__ import annotations

import argparse
import asyncio
import re
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.console.open_console import user
from tests.fakes.agents_at_desk import AgentsAtDesk, agents_at_desk, events_of, told_to
from voicebot.console.pages import desk, live
from voicebot.domain.agent import Role
from voicebot.domain.call import Call
from voicebot.domain.handoff import Taker

MARK = re.compile(r"tick-(\d+)")


def share(values: list[float], part: float) -> float:
    return statistics.quantiles(values, n=100)[round(part * 100) - 1] if len(values) > 1 else values[0]


async def speak(at: AgentsAtDesk, calls: list[Call], until: float, every_s: float) -> int:
    """Each call says something every few seconds, spread evenly; the words carry when they were saved."""
    said = 0
    while time.monotonic() < until:
        call = calls[said % len(calls)]
        await at.speaks(call, f"tick-{time.monotonic_ns()}", said)
        said += 1
        await asyncio.sleep(every_s / len(calls))
    return said


async def by_stream(at: AgentsAtDesk, who: str, path: str, until: float, lags: list[float]) -> None:
    """Lag from the moment the words were about to be saved until a page has them."""
    seen: set[str] = set()
    async with told_to(at, who, path) as events:
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                async for event in events:
                    if event["event"] not in ("said", "calls_changed"):
                        continue
                    note(str(event["data"]), seen, lags)
        except TimeoutError:
            return


async def by_polling(at: AgentsAtDesk, who: str, path: str, until: float, lags: list[float]) -> None:
    """The alternative: the whole first burst of the same route is asked for again every second."""
    seen: set[str] = set()
    async with httpx.AsyncClient(headers=at.console.headers(who), timeout=20) as http:
        while time.monotonic() < until:
            asked = time.monotonic()
            async with http.stream("GET", at.console.address + path) as answer, aclosing(events_of(answer)) as events:
                async for event in events:
                    note(str(event["data"]), seen, lags)
                    if event["event"] in ("said", "calls"):
                        break
            await asyncio.sleep(max(0.0, asked + 1 - time.monotonic()))


def note(words: str, seen: set[str], lags: list[float]) -> None:
    now = time.monotonic_ns()
    for mark in MARK.findall(words):
        if mark not in seen:
            seen.add(mark)
            lags.append((now - int(mark)) / 1e6)


async def measure(way: Any, calls: int, agents: int, seconds: float) -> dict[str, float]:
    people = [user(f"agent{n:02}") for n in range(agents)]
    boss = user("sylvie", Role.SUPERVISOR)
    with tempfile.TemporaryDirectory() as folder:
        async with agents_at_desk(Path(folder), [desk.routes, live.routes], *people, boss) as at:
            on_line = [await at.caller(f"call-{n:02}", told=False) for n in range(calls)]
            for n, person in enumerate(people):
                await at.ready(person.id)
                await at.desk.take_over(on_line[n], taker(person.id))
            lags: list[float] = []
            until = time.monotonic() + seconds
            spent = resource.getrusage(resource.RUSAGE_SELF)
            async with AsyncExitStack() as stack:
                group = await stack.enter_async_context(asyncio.TaskGroup())
                for person in people:
                    group.create_task(way(at, person.id, "/desk/events", until, lags))
                group.create_task(way(at, boss.id, "/live/events", until, lags))
                await asyncio.sleep(1.5)
                lags.clear()
                said = await speak(at, on_line, until - 1, 5.0)
            now = resource.getrusage(resource.RUSAGE_SELF)
            cpu = (now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime) / seconds
    fresh = [lag for lag in lags if lag < 30_000]
    return {
        "n": len(fresh),
        "said": said,
        "p50": share(fresh, 0.5),
        "p95": share(fresh, 0.95),
        "max": max(fresh),
        "cpu": cpu,
    }


def taker(user_id: str) -> Taker:
    return Taker(user_id, user_id.title())


async def weigh(path: str) -> dict[str, int]:
    """Bytes of a page and of everything it loads, as they are sent: nothing is compressed."""
    boss = user("sylvie", Role.SUPERVISOR)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            agents_at_desk(Path(folder), [desk.routes, live.routes], boss) as at,
            httpx.AsyncClient(headers=at.console.headers("sylvie")) as http,
        ):
            root = at.console.address
            page = (await http.get(root + path)).content
            kinds = {"html": len(page), "css": 0, "js": 0, "other": 0}
            wanted, had = set(names(page.decode())), set()
            while wanted:
                name = wanted.pop()
                had.add(name)
                content = (await http.get(f"{root}/static/{name}")).content
                kind = name.rpartition(".")[2]
                kinds[kind if kind in kinds else "other"] += len(content)
                if kind == "js":
                    wanted |= set(re.findall(r'from "\./([\w.]+)"', content.decode())) - had
    return kinds | {"files": len(had) + 1, "all": sum(kinds.values())}


def names(page: str) -> Iterable[str]:
    return re.findall(r'/static/([\w.]+)"', page)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--calls", type=int, default=50)
    asked.add_argument("--agents", type=int, default=20)
    asked.add_argument("--seconds", type=float, default=20)
    given = asked.parse_args()
    print(f"{given.calls} live calls, each says something every 5 s; {given.agents} desks and one cockpit open; ms")
    for name, way in (("stream", by_stream), ("polling every second", by_polling)):
        found = asyncio.run(measure(way, given.calls, given.agents, given.seconds))
        print(f"{name:22}" + "  ".join(f"{key} {value:.2f}" for key, value in found.items()))
    for path in ("/desk", "/live"):
        print(f"{path:22}" + "  ".join(f"{key} {value}" for key, value in asyncio.run(weigh(path)).items()))


if __name__ == "__main__":
    main()
