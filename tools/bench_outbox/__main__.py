"""python -m tools.bench_outbox: what the outbox costs a turn, how fast messages leave, and whether calls feel it."""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.fakes.postgres import running_postgres
from tools.bench_outbox.bench_house import bench_house, environment
from tools.bench_outbox.measures import (
    Lag,
    Spread,
    deliver,
    hang_up_to_mail,
    idle_cpu,
    only_save,
    saves,
    working_apart,
    working_here,
)
from tools.bench_outbox.receiver import receiver
from voicebot.cli.logs import set_up_logs

POLLS_S = (0.5, 0.2, 0.1, 0.05)


def main() -> None:
    asked = _asked()
    set_up_logs(as_json=False, quiet=True)
    console = Console(width=110, highlight=False)
    for kind in ("sqlite", "postgres") if asked.database == "both" else (asked.database,):
        with _database(kind) as (folder, database):
            asyncio.run(_measure(kind, folder, database, asked, console))


async def _measure(kind: str, folder: Path, database: str, asked: argparse.Namespace, console: Console) -> None:
    rows: list[tuple[str, str]] = []
    async with receiver() as to, bench_house(folder, database, to) as bench:
        # As voicebot serve does once it is warm (voice/shared_models.py): one full collection lasts 0.2 s.
        gc.collect()
        gc.freeze()
        without, with_work = await saves(bench, asked.messages)
        rows.append(("one save without work, p50 / p95", _spread(without)))
        rows.append(("the same save with work, p50 / p95", _spread(with_work)))
        before = len(to.taken_at)
        async with working_here(bench):
            # What the saves above made due.
            await to.wait_for(before + asked.messages)
            rows.append(
                ("hang-up to accepted e-mail, idle, p50 / p95", _spread(await hang_up_to_mail(bench, to, asked.calls)))
            )
            here = await deliver(bench, to, asked.messages)
        async with working_apart(environment(folder, database, to)):
            apart = await deliver(bench, to, asked.messages)
        alone = await only_save(bench, asked.messages, here.delivered_s)
        rows += [
            ("messages per second, engine in the calls' process", f"{asked.messages / here.delivered_s:.0f}"),
            ("messages per second, voicebot work apart", f"{asked.messages / apart.delivered_s:.0f}"),
            (f"lag of the calls' loop, {asked.messages} calls saved, no work: p50 / p99 / worst", _lag(alone)),
            ("… while they are delivered by the same process", _lag(here)),
            ("… while they are delivered by voicebot work", _lag(apart)),
        ]
        if asked.polls:
            for poll_s in POLLS_S:
                async with working_here(bench, poll_s):
                    cpu = await idle_cpu()
                    waited = await hang_up_to_mail(bench, to, asked.calls)
                rows.append((f"polls every {poll_s:g} s: idle CPU; hang-up to e-mail", f"{cpu:.1%}; {_spread(waited)}"))
    table = Table("ms unless said otherwise", kind, title=f"{asked.messages} messages")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _spread(spread: Spread) -> str:
    return f"{spread.p50:.2f} / {spread.p95:.2f} ({spread.count})"


def _lag(lag: Lag) -> str:
    return f"{lag.lag.p50:.2f} / {lag.lag.p99:.2f} / {lag.lag.worst:.1f} ({lag.lag.count})"


@contextmanager
def _database(kind: str) -> Iterator[tuple[Path, str]]:
    with tempfile.TemporaryDirectory(prefix="voicebot-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if kind == "sqlite":
            yield folder, f"sqlite:///{folder / 'data' / 'voicebot.db'}"
        else:
            with running_postgres(folder / "postgres") as url:
                yield folder, url


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.bench_outbox", description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--messages", type=int, default=200, help="messages of each measure")
    parser.add_argument("--calls", type=int, default=30, help="calls one after the other, for the time to an e-mail")
    parser.add_argument("--polls", action="store_true", help="compare how often the engine looks at its queue")
    return parser.parse_args()


if __name__ == "__main__":
    main()
