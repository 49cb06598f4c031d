"""A fault: what goes wrong, for whom, and where in the receptionist it is put."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from voicebot.domain.acts import Act
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.policy.decide import Verdict
from voicebot.quality.judging.verdict import Area


class Seam(StrEnum):
    """Places of the receptionist at which one value passes that a fault may change. Value of each:

    READING        understanding.ports.Reading of one turn
    KEYS           acts of pressed keys, None while more are expected
    VERDICT        policy.decide.Verdict of one turn
    SENTENCES      tuple of speaking.Sentence, one reply
    MESSAGE        message.Message as it stands, None while there is none
    WRITTEN        tuple of events.CallEvent that are about to be saved
    WORK           tuple of work.Work that a turn or the end of the call makes due
    QUEUED         tuple of handoffs and callbacks that a turn makes due
    INSTRUCTIONS   the client's instructions.Instructions, as they hold on the day of the call
    FACILITIES     orientation.Facilities of this moment
    """

    READING = "reading"
    KEYS = "keys"
    VERDICT = "verdict"
    SENTENCES = "sentences"
    MESSAGE = "message"
    WRITTEN = "written"
    WORK = "work"
    QUEUED = "queued"
    INSTRUCTIONS = "instructions"
    FACILITIES = "facilities"


class Severity(StrEnum):
    """CRITICAL: somebody may come to harm, or is told what is not true. SERIOUS: the client loses a caller or is misled.
    MINOR: the caller is annoyed.
    """

    CRITICAL = "critical"
    SERIOUS = "serious"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a fault sees beside the value. Fields that a seam does not know keep their defaults.

    call: as it was before the value was made. words: of the caller's turn. rule: function of policy.decide.
    others: instructions of the other clients. decide: goes on with acts from a call as the unchanged rules would.
    memory: a fault's own, empty when a call begins.
    """

    call: Call | None = None
    instructions: Instructions | None = None
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    words: str = ""
    rule: str = ""
    can: Facilities = ONLY_MESSAGES
    others: tuple[Instructions, ...] = ()
    decide: Callable[[Call, tuple[Act, ...]], Verdict] | None = None
    memory: dict[str, Any] = field(default_factory=dict)


Change = Callable[[Any, Scene], Any]
"""(value of the seam, scene) → the value as the fault has it, equal where it does not bite. Touches nothing but memory."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One known fault. name: stable. harm: one sentence: what would go wrong for whom. area: who ought to catch it."""

    name: str
    harm: str
    severity: Severity
    area: Area
    changes: Mapping[Seam, Change]
