"""What a run of a suite came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from voicebot.quality.judging.verdict import JudgedCase


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run.

    suite: its name. code: version and digest of the program; understanding: "rules" or the model and its prompts' digest;
    clients: digest of each client file. attempts: how often each case was held (k). cases: in the order of the suite, the
    attempts of a case side by side; the same whatever the number of processes or machines. cached: how many were not judged
    again because nothing they depend on has changed.
    """

    suite: str
    began_at: datetime
    took_s: float
    code: str
    understanding: str
    cases: tuple[JudgedCase, ...]
    clients: dict[str, str] = field(default_factory=dict)
    attempts: int = 1
    cached: int = 0


run_json: TypeAdapter[RunResult] = TypeAdapter(RunResult)
"""result.json of a run's folder. A baseline has no transcripts, took_s 0 and cached 0: equal runs give equal files."""
