"""Baselines: what a suite came to when people last said that it was good, as a file that a diff can be read in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voicebot.errors import EvalFileError
from voicebot.quality.judging.verdict import Area, JudgedCase, Quantity, Verdict
from voicebot.quality.running.result import RunResult

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REMEDY = "Write it again with `voicebot eval run SUITE --update-baseline`."


class _Row(BaseModel):
    """One case. passed: numbers of checks. failed: number, expected, found. quantities: unit, values."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    case: str
    name: str
    client: str
    scenario: str
    language: str
    digest: str
    outcome: str
    attempt: int = 1
    passed: tuple[int, ...] = ()
    failed: tuple[tuple[int, str, str], ...] = ()
    quantities: dict[str, tuple[str, tuple[float, ...]]] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    trouble: str = ""


class _Baseline(BaseModel):
    """checks: name, area, critical; rows name them by their place."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    suite: str
    code: str
    understanding: str
    attempts: Annotated[int, Field(ge=1)]
    clients: dict[str, str]
    checks: tuple[tuple[str, Area, bool], ...]
    cases: tuple[_Row, ...]


def write_baseline(path: Path, result: RunResult) -> None:
    """One line for each case, so that a diff shows which calls changed. Equal runs give equal files. Raises: OSError."""
    checks = sorted({(v.check, v.area.value, v.critical) for case in result.cases for v in case.verdicts})
    places = {check: place for place, check in enumerate(checks)}
    head = {
        "suite": result.suite,
        "code": result.code,
        "understanding": result.understanding,
        "attempts": result.attempts,
        "clients": dict(sorted(result.clients.items())),
    }
    lines = [*(f"{_json(key)}: {_json(value)}," for key, value in head.items()), '"checks": [']
    lines += _listed(_json(check) for check in checks)
    lines += ["],", '"cases": [', *_listed(_json(_row(case, places)) for case in result.cases), "]"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + "\n".join(lines) + "\n}\n", encoding="utf-8")


def read_baseline(path: Path) -> RunResult:
    """A baseline as a run without transcripts. Raises: EvalFileError naming the file and the place."""
    try:
        written = _Baseline.model_validate_json(path.read_bytes())
        return RunResult(
            suite=written.suite,
            began_at=_EPOCH,
            took_s=0.0,
            code=written.code,
            understanding=written.understanding,
            cases=tuple(_case(row, written) for row in written.cases),
            clients=dict(written.clients),
            attempts=written.attempts,
        )
    except OSError as missing:
        raise EvalFileError(str(path), [f"cannot be read: {missing.strerror}"], _REMEDY) from missing
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise EvalFileError(str(path), [f"{place}: {first['msg']}"], _REMEDY) from wrong
    except IndexError as wrong:
        raise EvalFileError(str(path), ["cases: a row names a check that is not listed"], _REMEDY) from wrong


def _row(case: JudgedCase, places: dict[tuple[str, str, bool], int]) -> dict[str, Any]:
    def place(verdict: Verdict) -> int:
        return places[(verdict.check, verdict.area.value, verdict.critical)]

    row: dict[str, Any] = {
        "case": case.case,
        "name": case.name,
        "client": case.client,
        "scenario": case.scenario,
        "language": case.language,
        "digest": case.digest,
        "outcome": case.outcome,
        "attempt": case.attempt,
        "passed": sorted(place(v) for v in case.verdicts if v.passed),
        "failed": [(place(v), v.expected, v.found) for v in case.failed],
        "quantities": {q.name: (q.unit, q.values) for q in case.quantities},
        "tags": case.tags,
        "trouble": case.trouble,
    }
    kept = ("case", "name", "client", "scenario", "language", "digest", "outcome")
    return {key: value for key, value in row.items() if key in kept or (value and value != 1)}


def _case(row: _Row, written: _Baseline) -> JudgedCase:
    passed = [_verdict(written.checks[place], passed=True) for place in row.passed]
    failed = [_verdict(written.checks[place], passed=False, found=(e, f)) for place, e, f in row.failed]
    return JudgedCase(
        case=row.case,
        name=row.name,
        client=row.client,
        scenario=row.scenario,
        language=row.language,
        digest=row.digest,
        outcome=row.outcome,
        attempt=row.attempt,
        verdicts=(*failed, *passed),
        quantities=tuple(Quantity(name, unit, values) for name, (unit, values) in row.quantities.items()),
        tags=dict(row.tags),
        trouble=row.trouble,
    )


def _verdict(check: tuple[str, Area, bool], *, passed: bool, found: tuple[str, str] = ("", "")) -> Verdict:
    name, area, critical = check
    return Verdict(name, area, passed, expected=found[0], found=found[1], critical=critical)


def _listed(rows: Any) -> list[str]:
    written = list(rows)
    return [row + ("," if place < len(written) else "") for place, row in enumerate(written, 1)]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=False, separators=(",", ":"))
