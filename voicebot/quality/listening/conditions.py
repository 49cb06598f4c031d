"""Under which circumstances synthetic callers telephone: a file of callers and conditions, evals/audio/*.yaml."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from voicebot.errors import EvalFileError
from voicebot.quality.facts import Facts

CLEAN = "clean"
"""The condition that all others are compared with: nothing is changed."""


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NoiseKind(StrEnum):
    HISS = "hiss"
    STREET = "street"
    BABBLE = "babble"
    """Other voices."""


class Noise(_Written):
    """snr_db: of the caller's speech while they speak over the noise, in the whole 4 kHz of the line."""

    kind: NoiseKind = NoiseKind.HISS
    snr_db: Annotated[float, Field(ge=-10, le=60)]


class Loss(_Written):
    """Gilbert-Elliott: frames are lost in bursts. rate: share of frames, 0-1. burst_frames: mean length of a burst.

    late_ms: 0 and a lost frame never comes; else it and what follows it come this much later, all at once.
    """

    rate: Annotated[float, Field(gt=0, lt=0.5)]
    burst_frames: Annotated[float, Field(ge=1, le=50)] = 3.0
    late_ms: Annotated[int, Field(ge=0, le=2000)] = 0


class Jitter(_Written):
    """Frames come late by an exponential time of this mean, most_ms at most, never out of order, never changed."""

    mean_ms: Annotated[float, Field(gt=0, le=500)]
    most_ms: Annotated[float, Field(gt=0, le=2000)] = 400.0


class Codec(StrEnum):
    """What the voice went through before the wire, which is µ-law itself."""

    NONE = "none"
    A_LAW = "a_law"
    """European trunk: A-law, then µ-law."""
    GSM = "gsm"
    """GSM 06.10 full rate, then µ-law."""
    BAND = "band"
    """Band of 300-3400 Hz."""


class Echo(_Written):
    """A speakerphone: what the receptionist says comes back. return_db: how much softer. room_ms: time to -60 dB."""

    return_db: Annotated[float, Field(ge=0, le=60)]
    delay_ms: Annotated[float, Field(ge=0, le=1000)] = 120.0
    room_ms: Annotated[float, Field(ge=0, le=400)] = 80.0


class Condition(_Written):
    """One circumstance; what is not written is not changed.

    tells: for readers. gain_db: of the voice. clip_dbfs: the microphone cuts off what is louder. pause_in_number_ms: between
    groups of a dictated number. thinks_s: silence before each answer. barge_in_ms: every second answer begins this long
    after the receptionist began to speak.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    tells: str = ""
    voice: str | None = None
    words_per_minute: Annotated[int | None, Field(ge=80, le=400)] = None
    noise: Noise | None = None
    loss: Loss | None = None
    jitter: Jitter | None = None
    codec: Codec = Codec.NONE
    echo: Echo | None = None
    gain_db: Annotated[float, Field(ge=-60, le=30)] = 0.0
    clip_dbfs: Annotated[float, Field(ge=-60, le=0)] = 0.0
    pause_in_number_ms: Annotated[int, Field(ge=0, le=10_000)] = 0
    thinks_s: Annotated[float, Field(ge=0, le=30)] = 0.0
    barge_in_ms: Annotated[int | None, Field(ge=0, le=10_000)] = None

    @property
    def tags(self) -> dict[str, str]:
        """What reports group by: the condition, and each thing that it changes."""
        names = set(type(self).model_fields) - {"name", "tells"}
        kept = {name for name in names if getattr(self, name) != type(self).model_fields[name].default}
        changed = self.model_dump(mode="json", include=kept)
        flat = {"condition": self.name}
        for name, value in changed.items():
            parts = value if isinstance(value, dict) else {"": value}
            flat |= {f"{name}_{part}".rstrip("_"): str(worth) for part, worth in parts.items()}
        return flat


def _texts(value: Any) -> Any:
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, dict) else value


Texts = Annotated[dict[str, str], BeforeValidator(_texts)]


class AudioCaller(_Written):
    """Who calls (see quality.persona.Persona) and what must be left of the call."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    client: str
    opening: str
    lines: Texts
    facts: Texts = Field(default_factory=dict)
    caller_number: Annotated[str, Field(pattern=r"^(\+[0-9]{6,15})?$")] = ""
    voice: str = "fr+m3"
    words_per_minute: Annotated[int, Field(ge=80, le=400)] = 150
    expect: Facts = Facts()


class Limits(_Written):
    """What a caller bears. wait_ms: 95th percentile of a call's waits. stop_ms: until she falls silent when interrupted."""

    first_sound_ms: float = 1500.0
    wait_ms: float = 2500.0
    stop_ms: float = 1000.0


class AudioSuite(_Written):
    """at: when the calls come in, in France. calls: per condition, the callers in turn."""

    name: str = "audio"
    at: str
    calls: Annotated[int, Field(ge=1, le=10_000)] = 6
    limits: Limits = Limits()
    callers: Annotated[tuple[AudioCaller, ...], Field(min_length=1)]
    conditions: Annotated[tuple[Condition, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _named_once(self) -> AudioSuite:
        for names in ([c.name for c in self.callers], [c.name for c in self.conditions]):
            if len(set(names)) < len(names):
                raise ValueError(f"a name stands twice: {', '.join(names)}")
        first = self.conditions[0]
        if first.name != CLEAN or first != Condition(name=CLEAN, tells=first.tells):
            raise ValueError(f"the first condition must be {CLEAN}, with nothing changed: the others are compared with it")
        return self

    def only(self, part: str) -> AudioSuite:
        """The clean condition and those whose name holds one of the parts ("noise,gsm"). Raises: EvalFileError for none."""
        parts = [piece.strip() for piece in part.split(",") if piece.strip()]
        kept = tuple(c for c in self.conditions if c.name == CLEAN or not parts or any(p in c.name for p in parts))
        if parts and not any(p in c.name for c in self.conditions for p in parts):
            names = ", ".join(c.name for c in self.conditions)
            raise EvalFileError(self.name, [f"no condition's name holds {part!r}"], f"There are: {names}.")
        return self.model_copy(update={"conditions": kept})


def read_suite(file: Path) -> AudioSuite:
    """Raises: EvalFileError naming file and field."""
    try:
        document = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
        return AudioSuite.model_validate(document)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise _refused(file, f"{place}: {first['msg'].removeprefix('Value error, ')}") from wrong
    except (OSError, YAMLError, UnicodeDecodeError) as broken:
        raise _refused(file, str(broken).splitlines()[0]) from broken


def _refused(file: Path, what: str) -> EvalFileError:
    return EvalFileError(str(file), [what], "Correct the file; docs/eval-audio.md has the format.")
