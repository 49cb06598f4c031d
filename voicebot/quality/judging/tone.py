"""Tone and clarity by a language model: rubrics are files in prompts/, and a model that fails fails no call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from voicebot.errors import LanguageModelFailed
from voicebot.llm.language_model import LanguageModel
from voicebot.llm.metering import Meter
from voicebot.llm.prompt_file import hash_of, read_prompt
from voicebot.quality.judging.call_in_hand import quoted
from voicebot.quality.judging.verdict import Area, Evidence, Judgement, Quantity, Verdict
from voicebot.quality.records.transcript import Transcript

LOWEST_GOOD = 3
"""Grade from which a call passes."""
LIMIT_S = 30.0
MOST_LETTERS = 24_000
"""Of a call that are shown to the model; the middle of a longer one is left out."""
CALL = "judge_call.md"


class Rubric(StrEnum):
    TONE = "tone"
    CLARITY = "clarity"


_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "score": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
        "quote": {"type": "string"},
        "reason": {"type": "string"},
    },
    "required": ["score", "quote", "reason"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Grade:
    """score: 1-5. quote: words of the receptionist. prompt_hash: of the files that were sent."""

    score: int
    quote: str
    reason: str
    prompt_hash: str


async def judge_tone(
    transcript: Transcript,
    model: LanguageModel,
    prompts_dir: Path,
    *,
    rubrics: tuple[Rubric, ...] = tuple(Rubric),
    lowest_good: int = LOWEST_GOOD,
    limit_s: float = LIMIT_S,
    meter: Meter | None = None,
    told: Callable[[str], None] = lambda _trouble: None,
) -> Judgement:
    """Grades as quantities, "tone_score" and "clarity_score", and a verdict only for a grade below `lowest_good`.

    Args:
        prompts_dir: folder of the rubrics. told: hears why the model gave no grade; the call then has none.
    Raises: SettingsError when a rubric is missing.
    """
    verdicts: list[Verdict] = []
    quantities: list[Quantity] = []
    for rubric in rubrics if transcript.said else ():
        try:
            grade = await grade_of(transcript, rubric, model, prompts_dir, limit_s=limit_s, meter=meter)
        except LanguageModelFailed as failed:
            told(f"{rubric} of {transcript.id}: {failed.reason}")
            continue
        quantities.append(Quantity(f"{rubric}_score", "grade", (float(grade.score),)))
        if grade.score < lowest_good:
            expected, found = f"at least {lowest_good} of 5", f"{grade.score}: {grade.reason}"
            verdicts.append(
                Verdict(
                    f"tone.{rubric}",
                    Area.TONE,
                    False,
                    expected,
                    found,
                    rule=grade.prompt_hash,
                    evidence=_place(transcript, grade),
                )
            )
    return Judgement(tuple(verdicts), tuple(quantities))


async def grade_of(
    transcript: Transcript,
    rubric: Rubric,
    model: LanguageModel,
    prompts_dir: Path,
    *,
    limit_s: float = LIMIT_S,
    meter: Meter | None = None,
) -> Grade:
    """Raises: LanguageModelFailed with its reason, SettingsError when a rubric is missing."""
    system, call = read_prompt(prompts_dir / f"judge_{rubric}.md"), read_prompt(prompts_dir / CALL)
    lines = [{"speaker": t.speaker.value, "text": " ".join(t.text.split())} for t in transcript.turns if t.text.strip()]
    user = call.render(language=transcript.language or "unknown", turns=_shortened(lines))
    answer = await model.structured(system.render(), user, _SCHEMA, limit_s, meter)
    value = answer.value
    return Grade(int(value["score"]), str(value["quote"]), str(value["reason"]), hash_of(system, call))


def _shortened(lines: list[dict[str, str]]) -> list[dict[str, str]]:
    """The first and the last lines, as many as fit."""
    while len(lines) > 2 and sum(len(line["text"]) for line in lines) > MOST_LETTERS:
        middle = len(lines) // 2
        lines = [*lines[:middle], *lines[middle + 1 :]]
    return lines


def _place(transcript: Transcript, grade: Grade) -> tuple[Evidence, ...]:
    """Where the quote stands; a quote that the receptionist never said is no evidence."""
    found = next((t for t in transcript.said if grade.quote and grade.quote.casefold() in t.text.casefold()), None)
    return (quoted(found, grade.quote, grade.reason),) if found else ()
