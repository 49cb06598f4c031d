"""Synthetic callers: languages, espeak variants, speeds and pitches, some of them never used in training."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tools.practice_ears.corpus import Language, Split

LANGUAGE_VOICES: dict[Language, tuple[str, ...]] = {
    "fr": ("fr", "fr", "fr", "fr", "fr", "fr", "fr-be", "fr-ch"),
    "en": ("en-us", "en", "en", "en-gb-x-rp", "en-gb-scotland"),
}
COMMON_VARIANTS = ("", "", "", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5")
RARE_VARIANTS = tuple(
    """
    Alex Alicia Andrea Andy Diogo Gene Henrique Jacky Lee Mario Michael Mike Reed adam anika announcer antonio aunty
    benjamin caleb david ed edward grandma ian iven2 john marcelo max norbert pablo paul pedro rob robert sandro steph
    travis victor zac
    """.split()  # noqa: SIM905
)
HELD_OUT_VARIANTS = tuple(
    "Annie Denis Hugo Marco belinda boris linda michel miguel quincy shelby steph3".split()  # noqa: SIM905
)
TRAINING_SPEEDS = tuple(
    speed
    for speed in range(115, 206)
    if speed not in range(130, 135) and speed not in range(166, 171) and speed not in range(186, 191)
)
HELD_OUT_SPEEDS = (132, 168, 188)


@dataclass(frozen=True, slots=True)
class Caller:
    """A voice: espeak name with variant, words per minute, pitch 0-99."""

    voice: str
    words_per_minute: int
    pitch: int


def draw_caller(rng: random.Random, language: Language, split: Split, made: Sequence[str] = ()) -> Caller:
    """A caller of one side of the split. made: names of random variants, for half of the training callers."""
    language_voice = rng.choice(LANGUAGE_VOICES[language])
    if split == "held_out":
        return Caller(
            f"{language_voice}+{rng.choice(HELD_OUT_VARIANTS)}",
            rng.choice(HELD_OUT_SPEEDS),
            rng.randint(25, 75),
        )
    if made and rng.random() < 0.5:
        variant = rng.choice(made)
    else:
        variant = rng.choice(COMMON_VARIANTS if rng.random() < 0.6 else RARE_VARIANTS)
    voice = f"{language_voice}+{variant}" if variant else language_voice
    return Caller(voice, rng.choice(TRAINING_SPEEDS), rng.randint(20, 80))
