"""Runs: the same in one process and in several, cached, broken off and gone on with, and what becomes of dying processes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from voicebot.clients.directory import Clients, load_clients
from voicebot.quality.judging.verdict import judged_json
from voicebot.quality.running.cache import JudgedCache
from voicebot.quality.running.cases import Case, cases_of
from voicebot.quality.running.code_digest import ROOMS
from voicebot.quality.running.judge_case import Ground
from voicebot.quality.running.pool import Finished, Shelf, judging_processes
from voicebot.quality.running.result import RunResult, run_json
from voicebot.quality.running.run import Run, judged_here, load_result, on_processes, run_to_folder
from voicebot.quality.running.run_folder import CASES, FINISHED, RESULT
from voicebot.quality.running.suite import Suite, read_suite
from voicebot.settings import shipped

CALLS = """
at: "2026-11-23 22:15"
answers:
  caller_name: je m'appelle paul martin
  callback_number: zéro six trente-neuf quatre-vingt-dix-huit douze trente-quatre
calls:
  - {name: gas, client: chauffage-morel, turns: ça sent le gaz dans ma cuisine, expect: {message: {urgency: p0}}}
  - {name: cold, client: chauffage-morel, turns: je n'ai plus de chauffage, expect: {message: {urgency: p0}}}
  - {name: lawyer, client: avocat-delmas, turns: je voudrais un rendez-vous, expect: {}}
  - {name: nobody, client: no-such-client, turns: bonjour, expect: {}}
"""


@pytest.fixture(scope="module")
def clients() -> Clients:
    return load_clients(shipped("client_configs"))


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    (tmp_path / "calls.yaml").write_text(CALLS, encoding="utf-8")
    (tmp_path / "suite.yaml").write_text("name: tried\ncases: {conversations: calls.yaml}\n", encoding="utf-8")
    return read_suite(tmp_path / "suite.yaml")


class Judged:
    """Judges in this process and notes which cases it was asked for; may be broken off after some."""

    def __init__(self, ground: Ground, break_off_after: int = 1000) -> None:
        self.ground = ground
        self.names: list[str] = []
        self._left = break_off_after

    @asynccontextmanager
    async def __call__(self, cases: Iterator[Case]) -> AsyncIterator[AsyncIterator[Finished]]:
        async with judged_here(self.ground, self._noted(cases)) as finished:
            yield finished

    def _noted(self, cases: Iterator[Case]) -> Iterator[Case]:
        for case in cases:
            if self._left == 0:
                raise KeyboardInterrupt
            self._left -= 1
            self.names.append(case.name)
            yield case


def lines_of(run: Run) -> bytes:
    return (run.path / CASES).read_bytes()


async def test_two_processes_give_the_same_bytes_as_one(suite: Suite, clients: Clients, tmp_path: Path) -> None:
    ground = Ground.of(clients)
    one = await run_to_folder(suite, ground, Judged(ground), tmp_path / "one")
    two = await run_to_folder(suite, ground, on_processes(ground, 2), tmp_path / "two")
    assert lines_of(one) == lines_of(two)
    result = load_result(one)
    assert [(case.name, case.passed) for case in result.cases] == [
        ("gas", True),
        ("cold", False),
        ("lawyer", True),
        ("nobody", False),
    ]
    assert "no-such-client" in result.cases[3].trouble
    assert [v.check for v in result.cases[1].failed] == ["message.urgency"]
    assert result.cases[1].transcript is not None
    assert run_json.validate_json((one.path / RESULT).read_bytes()) == result


async def test_run_that_was_broken_off_judges_only_what_is_left(suite: Suite, clients: Clients, tmp_path: Path) -> None:
    ground, folder = Ground.of(clients), tmp_path / "runs"
    whole = await run_to_folder(suite, ground, Judged(ground), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        await run_to_folder(suite, ground, Judged(ground, break_off_after=2), folder)
    (left,) = folder.glob(f"*/{FINISHED}")
    with left.open("ab") as file:
        file.write(b'2 j\t{"case": "half a li')
    second = Judged(ground)
    run = await run_to_folder(suite, ground, second, folder)
    assert second.names == ["lawyer", "nobody"]
    assert (run.resumed, run.cases) == (2, 4)
    assert lines_of(run) == lines_of(whole)
    third = Judged(ground)
    await run_to_folder(suite, ground, third, folder)
    assert len(third.names) == 4


async def test_changed_client_and_fresh_begin_anew(suite: Suite, clients: Clients, tmp_path: Path) -> None:
    ground, folder = Ground.of(clients), tmp_path / "runs"
    with pytest.raises(KeyboardInterrupt):
        await run_to_folder(suite, ground, Judged(ground, break_off_after=2), folder)
    other = Ground({**ground.clients, "avocat-delmas": ground.clients["avocat-delmas"] + "# later\n"})
    changed, fresh = Judged(other), Judged(ground)
    await run_to_folder(suite, other, changed, folder)
    await run_to_folder(suite, ground, fresh, folder, fresh=True)
    assert len(changed.names) == len(fresh.names) == 4


async def test_changed_client_file_judges_its_own_cases_again(suite: Suite, clients: Clients, tmp_path: Path) -> None:
    ground = Ground.of(clients)
    with JudgedCache(tmp_path / "cache") as cache:
        first, again = Judged(ground), Judged(ground)
        one = await run_to_folder(suite, ground, first, tmp_path / "runs", cache=cache)
        two = await run_to_folder(suite, ground, again, tmp_path / "runs", cache=cache)
    # What could not be judged is tried again.
    assert again.names == ["nobody"]
    assert (two.cached, lines_of(two)) == (3, lines_of(one))
    changed = Ground({**ground.clients, "avocat-delmas": ground.clients["avocat-delmas"] + "# one line more\n"})
    with JudgedCache(tmp_path / "cache") as cache:
        third = Judged(changed)
        await run_to_folder(suite, changed, third, tmp_path / "runs", cache=cache)
    assert third.names == ["lawyer", "nobody"]


def test_cache_is_bounded_and_two_runs_may_share_it(tmp_path: Path) -> None:
    lines = [bytes([97 + n % 26]) * 3 + str(n).encode() * 40 for n in range(100)]
    with JudgedCache(tmp_path, most_bytes=600) as cache, JudgedCache(tmp_path) as other:
        for number, line in enumerate(lines):
            cache.keep(f"key-{number}", line)
            if number % 10 == 9:
                cache.flush()
        assert other.find("key-99") == lines[99]
        assert other.find("key-0") is None
        other.keep("key-other", b"{}")
        other.flush()
        assert cache.find("key-other") == b"{}"


DYING = """
import os, sys
from pathlib import Path
from voicebot.quality.running import worker
from voicebot.quality.running.judge_case import CaseJudge
judge = CaseJudge.judge
async def dying(self, case):
    mark = Path({folder!r}) / case.name
    if case.name == "gas" or (case.name == "lawyer" and not mark.exists()):
        mark.touch()
        os._exit(9)
    return await judge(self, case)
CaseJudge.judge = dying
worker.main()
"""


async def test_case_whose_process_dies_is_tried_once_more_then_told(
    suite: Suite, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dying_worker.py").write_text(DYING.format(folder=str(tmp_path)), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path.cwd()}")
    ground = Ground.of(clients)
    shelf = Shelf(ground, "dying_worker")
    async with judging_processes(ground, cases_of(suite), 1, shelf=shelf) as finished:
        judged = {one.case.name: judged_json.validate_json(one.line) async for one in finished}
    await shelf.close()
    assert {name: case.trouble for name, case in judged.items() if name != "nobody"} == {
        "gas": "The process that judged it died 2 times.",
        "cold": "",
        "lawyer": "",
    }


def test_digest_of_the_code_holds_every_room_that_a_judge_reads() -> None:
    program = "import voicebot.quality.running.worker, sys; print(*[m for m in sys.modules if m.startswith('voicebot.')])"
    told = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    rooms = {module.split(".")[1] for module in told.stdout.split()}
    assert rooms - {"errors", "settings"} <= set(ROOMS)


def test_result_holds_a_thousand_transcripts_at_most(
    suite: Suite, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicebot.quality.running.run.MOST_TRANSCRIPTS", 2)
    ground = Ground.of(clients)
    run = asyncio.run(run_to_folder(suite, ground, Judged(ground), tmp_path / "runs"))
    result: RunResult = load_result(run)
    assert [case.transcript is not None for case in result.cases] == [True, True, False, False]
    assert len(result.cases) == 4
