"""Runs a suite: what is known from before is taken over, the rest is judged, and everything is kept as it finishes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from voicebot.clients.directory import Clients
from voicebot.quality.judging.verdict import JudgedCase, Verdict
from voicebot.quality.running.cache import JudgedCache, cache_key
from voicebot.quality.running.cases import Case, cases_of
from voicebot.quality.running.code_digest import code_told
from voicebot.quality.running.judge_case import RULES, Ground, case_judge, line_of
from voicebot.quality.running.pool import Finished, judging_processes
from voicebot.quality.running.result import RunResult, run_json
from voicebot.quality.running.run_folder import RESULT, RunFolder, RunHead, judged_in, new_run, unfinished_run
from voicebot.quality.running.suite import Suite
from voicebot.settings import Settings, settings
from voicebot.understanding.ports import Understanding

MOST_TRANSCRIPTS = 1000
"""Transcripts that a RunResult holds, the first ones of the suite; cases.jsonl has them all."""
MOST_IN_RESULT_FILE = 10_000
"""A run of more cases leaves its cases.jsonl, and no result.json beside it that says the same again."""

Judging = Callable[[Iterator[Case]], AbstractAsyncContextManager[AsyncIterator[Finished]]]
"""Judges cases somewhere; they come back in any order."""
Told = Callable[["Progress"], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """done: cases so far, of total; None while large files of transcripts are being read.

    cached, resumed: of those, taken from the cache or from the run that goes on.
    """

    done: int
    total: int | None
    cached: int
    resumed: int


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is over. path: of its folder. resumed: how many cases were there when it began."""

    path: Path
    head: RunHead
    took_s: float
    cases: int
    cached: int
    resumed: int


async def run_suite(
    suite: Suite,
    clients: Clients,
    *,
    jobs: int = 1,
    attempts: int | None = None,
    only: str = "",
    understanding: Understanding | None = None,
    cache: JudgedCache | None = None,
) -> RunResult:
    """Runs a suite without keeping its folder.

    Args:
        jobs: processes; 1 judges in this one. understanding: another one than the built-in rules, in this process only.

    Raises: EvalFileError, StoreError.
    """
    ground = Ground.of(clients, RULES if understanding is None else type(understanding).__name__)
    with tempfile.TemporaryDirectory(prefix="voicebot-eval-") as folder:
        judging = partial(judged_here, ground, understanding=understanding) if jobs == 1 else on_processes(ground, jobs)
        run = await run_to_folder(
            suite, ground, judging, Path(folder), attempts=attempts, only=only, cache=cache, fresh=True
        )
        return load_result(run)


async def run_to_folder(
    suite: Suite,
    ground: Ground,
    judging: Judging,
    folder: Path,
    *,
    attempts: int | None = None,
    only: str = "",
    cache: JudgedCache | None = None,
    fresh: bool = False,
    tell: Told | None = None,
) -> Run:
    """Runs a suite into a folder of its own in `folder`, or goes on with the run there that was broken off.

    Memory does not grow with the cases, but for 8 bytes each. Cancelled, it leaves a run that can be gone on with.

    Args:
        judging: where cases are judged. attempts: None means as the suite says, where chance plays a part.
        fresh: begins anew. tell: called whenever a case is done.

    Raises: EvalFileError, StoreError, OSError.
    """
    began = time.perf_counter()
    times = attempts_of(suite, ground, attempts)
    head = _head(suite, ground, times, only)
    run = _open(folder, head, fresh=fresh)
    resumed = run.done
    try:
        cases: Iterable[Case] = cases_of(suite, attempts=times, only=only)
        total: int | None = None
        if not suite.is_large:
            cases = list(cases)
            total = len(cases)

        def left() -> Iterator[Case]:
            for case in cases:
                if run.has(case.number):
                    continue
                known = cache.find(cache_key(case, ground, head.code)) if cache else None
                if known is None:
                    yield case
                else:
                    note(Finished(case, known), cached=True)

        def note(finished: Finished, *, cached: bool = False) -> None:
            run.add(finished.case.number, finished.line, cached=cached)
            if tell:
                tell(Progress(run.done, total, run.cached, resumed))

        async with judging(left()) as finished:
            async for one in finished:
                note(one)
                if cache and b'"trouble":""' in one.line:
                    cache.keep(cache_key(one.case, ground, head.code), one.line)
        run.finish()
    finally:
        run.close()
    done = Run(run.path, run.head, time.perf_counter() - began, run.done, run.cached, resumed)
    if done.cases <= MOST_IN_RESULT_FILE:
        (run.path / RESULT).write_bytes(run_json.dump_json(load_result(done)))
    return done


def attempts_of(suite: Suite, ground: Ground, asked: int | None) -> int:
    """How often each case is held: as asked, else as the suite says where chance plays a part, else once."""
    if asked is not None:
        return asked
    return 1 if ground.understanding == RULES else suite.written.attempts


def load_result(run: Run) -> RunResult:
    """What a run came to. Equal verdicts are one object, and only the first 1,000 transcripts are held."""
    verdicts: dict[Verdict, Verdict] = {}
    cases = tuple(_lean(judged_in(run.path), verdicts))
    return RunResult(
        suite=run.head.suite,
        began_at=datetime.fromisoformat(run.head.began_at),
        took_s=round(run.took_s, 3),
        code=run.head.code,
        understanding=run.head.understanding,
        cases=cases,
        clients=run.head.clients,
        attempts=run.head.attempts,
        cached=run.cached,
    )


@asynccontextmanager
async def judged_here(
    ground: Ground, cases: Iterator[Case], *, understanding: Understanding | None = None
) -> AsyncIterator[AsyncIterator[Finished]]:
    """Judges in this process, in the order of the cases."""
    async with case_judge(ground, settings(), understanding) as judge:

        async def finished() -> AsyncIterator[Finished]:
            for case in cases:
                yield Finished(case, line_of(await judge.judge(case)))

        yield finished()


def on_processes(ground: Ground, jobs: int) -> Judging:
    """Judges on `jobs` processes of this machine."""

    def judging(cases: Iterator[Case]) -> AbstractAsyncContextManager[AsyncIterator[Finished]]:
        return judging_processes(ground, cases, jobs)

    return judging


def runs_folder(current: Settings, suite: Suite) -> Path:
    return current.data_dir / "evals" / suite.name


def _head(suite: Suite, ground: Ground, attempts: int, only: str) -> RunHead:
    named = suite.written.cases
    inputs = sha256(repr((suite.written.model_dump(mode="json"), only)).encode())
    for names, pattern in ((named.conversations, "*.yaml"), (named.transcripts, "*.jsonl"), (named.utterances, "*.yaml")):
        for file in suite.files(names, pattern):
            found = file.stat()
            inputs.update(f"{file.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    digests = {client: ground.digest_of(client) for client in ground.clients}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return RunHead(suite.name, now, code_told(), ground.understanding, digests, attempts, inputs.hexdigest()[:16])


def _open(folder: Path, head: RunHead, *, fresh: bool) -> RunFolder:
    before = None if fresh else unfinished_run(folder)
    if before is not None:
        try:
            run = RunFolder.resume(before)
            if run.head.same(head):
                return run
            run.close()
        except BlockingIOError:
            # Another process is at it: its run is not ours.
            pass
    return RunFolder.begin(new_run(folder, datetime.now(UTC)), head)


def _lean(cases: Iterable[JudgedCase], verdicts: dict[Verdict, Verdict]) -> Iterator[JudgedCase]:
    held = 0
    for case in cases:
        kept = tuple(verdicts.setdefault(v, v) if v.passed else v for v in case.verdicts)
        held += case.transcript is not None
        transcript = case.transcript if held <= MOST_TRANSCRIPTS else None
        yield replace(case, verdicts=kept, transcript=transcript)
