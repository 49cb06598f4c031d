"""What a judge says of one call: verdicts with their evidence, and quantities."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import TypeAdapter

from voicebot.quality.records.transcript import Transcript


class Area(StrEnum):
    """What a verdict is about; reports group and filter by it."""

    MESSAGE = "message"
    URGENCY = "urgency"
    HANDOFF = "handoff"
    FILTER = "filter"
    INSTRUCTIONS = "instructions"
    QUESTIONS = "questions"
    """Asked twice, asked too often, loops."""
    PROMISES = "promises"
    FORBIDDEN = "forbidden"
    """What must never be said: advice, another client's words, secrets, an emergency call that nobody made."""
    DISCLOSURE = "disclosure"
    EMERGENCY = "emergency"
    """The fixed safety script."""
    LANGUAGE = "language"
    LENGTH = "length"
    """Turns and seconds to the outcome, how the call ended."""
    LATENCY = "latency"
    SILENCE = "silence"
    INTERRUPTIONS = "interruptions"
    HEARING = "hearing"
    """Word error rate."""
    TONE = "tone"
    """Tone and clarity, by a language model."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a reader finds it. turn: number of the transcript's turn, 0 the whole call. start, end: characters of its text;
    0, 0 means all of it. note: what stands there, in a few words.
    """

    turn: int
    start: int = 0
    end: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One question answered yes or no.

    check: stable name, the same in every run, "message.details.caller_name", "questions.asked_twice"; paired tests and
    baselines compare by it. critical: whoever publishes with it must know. rule: "rule ← instruction" behind what was found,
    "" when none is. expected, found: for people.
    """

    check: str
    area: Area
    passed: bool
    expected: str = ""
    found: str = ""
    critical: bool = False
    rule: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of one call. name: "caller_turns", "seconds_to_outcome", "wait_ms", "word_error_rate".

    unit: turns, s, ms, rate. values: one for each turn that it was measured in, or one for the call.
    """

    name: str
    unit: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """Of one call. Only what applies to it is judged: no verdict means that there was nothing to judge."""

    verdicts: tuple[Verdict, ...]
    quantities: tuple[Quantity, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """One case of a run.

    case: unique in the run and the same in every run, "heating.yaml/leak-that-cannot-be-stopped", "store/20261123-…".
    digest: hash of its own text, not of its judges. attempt: 1 … k where it is held several times. scenario: of the call, ""
    unknown. outcome: what became of it (policy.figures.CallOutcome), "" unknown. trouble: why it could not be judged: counts
    as not passed. transcript: None in baselines.
    """

    case: str
    name: str
    client: str
    scenario: str
    language: str
    digest: str
    outcome: str = ""
    attempt: int = 1
    verdicts: tuple[Verdict, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    transcript: Transcript | None = None

    @property
    def failed(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if not verdict.passed)

    @property
    def passed(self) -> bool:
        return not self.trouble and not self.failed

    @property
    def badness(self) -> tuple[int, int, int]:
        """Sorts the worst first when reversed: could not be judged, critical failures, failures."""
        return int(bool(self.trouble)), sum(v.critical for v in self.failed), len(self.failed)


judged_json: TypeAdapter[JudgedCase] = TypeAdapter(JudgedCase)
judgement_json: TypeAdapter[Judgement] = TypeAdapter(Judgement)
