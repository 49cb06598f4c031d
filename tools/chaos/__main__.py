"""python -m tools.chaos --kills 1000 --database sqlite: kills processes of the house until enough died, then judges."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from tests.fakes.postgres import running_postgres
from tools.chaos.campaign import Asked, campaign
from tools.chaos.left_behind import left_behind
from tools.chaos.report import show, write
from tools.chaos.verdict import Verdict, judge


def main() -> int:
    asked = _asked()
    campaign_asked = Asked(
        asked.kills, asked.database, asked.seed, asked.together, asked.speed, asked.calls_per_s, asked.settle_s
    )
    folder = Path(tempfile.mkdtemp(prefix="voicebot-chaos-"))
    with _database(asked.database, folder) as database:
        verdict = asyncio.run(run(campaign_asked, folder, database))
    show(Console(width=120), campaign_asked, verdict)
    if asked.report:
        write(asked.report, [(campaign_asked, verdict)])
    if verdict.violations or asked.keep:
        print(f"Kept for a look: {folder}")
        return 1 if verdict.violations else 0
    shutil.rmtree(folder)
    return 0


async def run(asked: Asked, folder: Path, database: str) -> Verdict:
    async with campaign(asked, folder, database) as ran:
        return judge(ran, await left_behind(database))


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    """SQLAlchemy URL of a fresh database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'data' / 'voicebot.db'}"
        return
    with running_postgres(folder / "postgres") as url:
        yield url


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1, help="of callers, people, faults and moments of death")
    parser.add_argument("--together", type=int, default=2, help="processes that live at the same time")
    parser.add_argument("--speed", type=float, default=120.0, help="seconds of the story in one second")
    parser.add_argument("--calls-per-s", type=float, default=1.2, help="new calls in one real second")
    parser.add_argument("--settle-s", type=float, default=300.0, help="real seconds until all must have come to its end")
    parser.add_argument("--report", type=Path, help="write figures and violations to this file, as JSON")
    parser.add_argument("--keep", action="store_true", help="keep the folder: database, clients, log of the victims")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
