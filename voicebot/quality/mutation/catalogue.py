"""All known faults."""

from __future__ import annotations

from voicebot.errors import EvalFileError
from voicebot.quality.mutation.fault import Fault
from voicebot.quality.mutation.hearing_faults import HEARING_FAULTS
from voicebot.quality.mutation.house_faults import HOUSE_FAULTS
from voicebot.quality.mutation.rule_faults import RULE_FAULTS
from voicebot.quality.mutation.word_faults import WORD_FAULTS

FAULTS: dict[str, Fault] = {f.name: f for f in (*HEARING_FAULTS, *RULE_FAULTS, *WORD_FAULTS, *HOUSE_FAULTS)}


def faults_named(part: str) -> tuple[Fault, ...]:
    """Faults whose name holds `part`; "" means all. Raises: EvalFileError when none does."""
    found = tuple(fault for fault in FAULTS.values() if part in fault.name)
    if not found:
        raise EvalFileError("mutation", [f'no fault has "{part}" in its name'], "Names are in docs/eval-mutation.md.")
    return found
