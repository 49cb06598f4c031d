"""How fast large sets of transcripts are judged: by one process, by several, and shared over PostgreSQL.

    python -m tools.bench_evals --transcripts 10000

Prints transcripts per second, peak memory, and whether the same came out in the same order.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.postgres import running_postgres
from voicebot.clients.directory import load_clients
from voicebot.quality.conversation_evals import hold_call, passing_book
from voicebot.quality.conversation_file import read_conversations
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.records.transcript import transcript_json
from voicebot.quality.running.judge_case import Ground
from voicebot.quality.running.run import Judging, judged_here, load_result, on_processes, run_to_folder
from voicebot.quality.running.run_folder import CASES
from voicebot.quality.running.shared import on_all_machines
from voicebot.quality.running.suite import read_suite
from voicebot.settings import settings, shipped
from voicebot.understanding.rules import Rules

NAMES = ("martin", "bernard", "thomas", "petit", "robert", "durand", "leroy", "moreau", "simon", "laurent")


async def make_transcripts(path: Path, wanted: int) -> None:
    """Recorded scenario calls, each with another id, name and number in all that was said and kept."""
    clients, chance = load_clients(settings().clients_dir), random.Random(6)
    texts: list[tuple[str, str]] = []
    async with passing_book() as book:
        for number, written in enumerate(read_conversations([shipped("evals") / "conversations"])):
            held = await hold_call(written, clients.of(written.client), Rules(), book, number)
            transcript = transcript_of(held.record, expect=written.conversation.expect, name=written.conversation.name)
            texts.append((transcript.id, transcript_json.dump_json(transcript, exclude_defaults=True).decode()))
    with path.open("w", encoding="utf-8") as file:
        for number in range(wanted):
            own, text = texts[number % len(texts)]
            name, phone = chance.choice(NAMES), f"{chance.randrange(10000):04d}"
            varied = text.replace(f'"{own}', f'"made-{number}').replace("39981234", f"3998{phone}")
            file.write(varied.replace("martin", name).replace("Martin", name.title()) + "\n")


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


async def measure(how: str, jobs: int, work: Path, database: str) -> dict[str, object]:
    """One run in this process, which must be fresh: peak memory never falls."""
    ground = Ground.of(load_clients(settings().clients_dir))
    suite = read_suite(work / "suite.yaml")
    judging: Judging = on_processes(ground, jobs)
    if how == "here":
        judging = lambda cases: judged_here(ground, cases)  # noqa: E731 - one line says it
    elif how == "shared":
        judging = on_all_machines(ground, database)
    began = time.perf_counter()
    run = await run_to_folder(suite, ground, judging, work / "runs", fresh=True)
    took_s = time.perf_counter() - began
    peak = peak_mib()
    result = load_result(run) if run.cases <= 200_000 else None
    return {
        "how": f"{how} {jobs}",
        "cases": run.cases,
        "took_s": round(took_s, 1),
        "per_s": round(run.cases / took_s, 1),
        "peak_mib": peak,
        "with_result_mib": peak_mib(),
        "passed": sum(case.passed for case in result.cases) if result else None,
        "digest": digest_of(run.path / CASES),
    }


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def child(how: str, jobs: int, work: Path, database: str) -> dict[str, object]:
    command = (sys.executable, "-m", "tools.bench_evals", "--measure", how, "--jobs", str(jobs), "--work", str(work))
    told = subprocess.run((*command, "--database", database), stdout=subprocess.PIPE, check=True)
    return json.loads(told.stdout.splitlines()[-1])


@contextmanager
def workers(database: str, count: int) -> Iterator[None]:
    """`voicebot eval work` processes, each judging one case at a time."""
    env = {**os.environ, "VOICEBOT_DATABASE_URL": database}
    command = (sys.executable, "-m", "voicebot", "eval", "work", "--jobs", "1", "--node")
    running = [subprocess.Popen((*command, f"bench-{n}"), env=env) for n in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def bench(transcripts: int, ways: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="voicebot-bench-evals-") as folder, running_postgres(Path(folder)) as database:
        work = Path(folder)
        began = time.perf_counter()
        asyncio.run(make_transcripts(work / "made.jsonl", transcripts))
        size = (work / "made.jsonl").stat().st_size / 1e6
        (work / "suite.yaml").write_text("name: made\ncases:\n  transcripts: made.jsonl\n", encoding="utf-8")
        print(
            f"{transcripts} transcripts, {size:.0f} MB, made in {time.perf_counter() - began:.1f} s; load {os.getloadavg()}"
        )
        found: list[dict[str, object]] = []
        for way in ways:
            how, _, jobs = way.partition(":")
            if how == "shared":
                with workers(database, int(jobs)):
                    found.append(child(how, int(jobs), work, database))
            else:
                found.append(child(how, int(jobs), work, database))
            print(json.dumps(found[-1]), flush=True)
        same = len({row["digest"] for row in found}) == 1
        print("The same results in the same order." if same else "THE RESULTS DIFFER.")
        if not same:
            raise SystemExit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transcripts", type=int, default=1000)
    parser.add_argument("--ways", nargs="+", default=["here:1", "processes:2", "shared:2"])
    parser.add_argument("--measure", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path())
    parser.add_argument("--database", default="")
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(asyncio.run(measure(given.measure, given.jobs, given.work, given.database))))
    else:
        bench(given.transcripts, given.ways)


if __name__ == "__main__":
    main()
