"""Voice variants that nobody wrote: espeak-ng's own data with made-up throats, so that ears learn voices, not names."""

import random
import shutil
from pathlib import Path

import espeakng_loader


def variant_text(rng: random.Random, name: str) -> str:
    """A variant file as espeak-ng reads it: per formant its frequency, height and width in per cent, and the pitch in Hz."""
    throat = rng.uniform(0.85, 1.25)
    lines = ["language variant", f"name {name}"]
    for formant in range(9):
        frequency = throat * rng.uniform(0.9, 1.12) * 100
        height, width = rng.uniform(40, 120), rng.uniform(80, 180)
        if formant >= 6 and rng.random() < 0.3:
            height = 10
        lines.append(f"formant {formant} {frequency:.0f} {height:.0f} {width:.0f}")
    lowest = rng.uniform(65, 190)
    lines.append(f"pitch {lowest:.0f} {lowest + rng.uniform(25, 110):.0f}")
    lines.append(f"flutter {rng.randint(0, 5)}")
    lines.append(f"roughness {rng.randint(0, 3)}")
    lines.append(f"voicing {rng.uniform(35, 140):.0f}")
    lines.append(f"consonants {rng.uniform(60, 140):.0f} {rng.uniform(60, 140):.0f}")
    if rng.random() < 0.15:
        lines.append(f"echo {rng.randint(20, 80)} {rng.randint(10, 60)}")
    return "\n".join(lines) + "\n"


def add_random_variants(folder: Path, count: int, seed: int) -> tuple[Path, list[str]]:
    """Copies espeak-ng's data into folder and adds variants there. Returns the data path and the variants' names."""
    data = folder / "espeak-ng-data"
    shutil.copytree(str(espeakng_loader.get_data_path()), data)
    rng = random.Random(seed)
    names = [f"made{number}" for number in range(count)]
    for name in names:
        (data / "voices" / "!v" / name).write_text(variant_text(rng, name), encoding="utf-8")
    return data, names
