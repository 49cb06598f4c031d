"""Makes clips: sentences of the corpus, said by espeak callers over a telephone line.

python -m tools.practice_ears.make_data train  --seed 11 --count 90000 --out data/train
python -m tools.practice_ears.make_data held-out --seed 901 --count 1000 --out data/noisy --snr-low 5 --snr-high 20
"""

import json
import random
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer

from tools.practice_ears.clips import ClipWriter
from tools.practice_ears.corpus import Sentence, Split, hand_written_sentences, sentences
from tools.practice_ears.espeak import Synthesiser
from tools.practice_ears.random_voices import add_random_variants
from tools.practice_ears.telephone import (
    LINE_HZ,
    NOISE_KINDS,
    TELEPHONE_BAND_HZ,
    UNSEEN_NOISE_KINDS,
    Samples,
    add_noise,
    babble,
    band_pass,
    encode_mu_law,
    make_noise,
    to_line_rate,
)  # fmt: skip
from tools.practice_ears.voices import Caller, draw_caller

MADE_UP_VOICES = 100  # espeak-ng holds 350 voices in all, its own included
LONGEST_S = 14.0
SHORTEST_S = 0.2
PAUSE_MS = (300, 900)
SPEECH_BEFORE_LINE_PEAK = (0.15, 0.9)
EDGE_SILENCE = 0.003  # below this share of full scale, espeak's own silence at the ends of a group is cut

app = typer.Typer(add_completion=False)
Seed = Annotated[int, typer.Option(help="same seed, same clips")]
Count = Annotated[int, typer.Option(help="number of clips")]
Out = Annotated[Path, typer.Option(help="folder to write")]


def speak(sentence: Sentence, caller: Caller, rng: random.Random, espeak: Synthesiser) -> Samples:
    """The sentence at 8 kHz, with real silences between its groups."""
    hyphens = rng.random() < 0.7
    parts: list[Samples] = []
    for group in sentence.groups:
        if parts:
            parts.append(np.zeros(LINE_HZ * rng.randint(*PAUSE_MS) // 1000, dtype=np.float32))
        written = group if hyphens else group.replace("-", " ")
        spoken = espeak.speak(
            written + rng.choice(("", "", ".", "?", ",")), caller.voice, caller.words_per_minute, caller.pitch
        )
        samples = to_line_rate(spoken)
        loud = np.flatnonzero(np.abs(samples) > EDGE_SILENCE)
        parts.append(samples[loud[0] : loud[-1] + 1] if len(loud) else samples[:0])
    return np.concatenate(parts)


def over_the_line(samples: Samples, rng: random.Random, split: Split) -> Samples:
    """Band-pass and loudness of one line; training lines differ from each other, held-out ones are G.712's band."""
    if split == "held_out":
        samples = band_pass(samples, *TELEPHONE_BAND_HZ)
    elif rng.random() < 0.8:
        samples = band_pass(samples, rng.uniform(80, 380), rng.uniform(3_000, 3_900))
    return samples / (np.abs(samples).max() + 1e-6) * rng.uniform(*SPEECH_BEFORE_LINE_PEAK)


def excluded_texts(files: list[Path]) -> set[str]:
    """Texts of index files of clips (JSON lines with a `text`) that a held-out set must not contain."""
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    return {json.loads(line)["text"] for line in lines}


def made_noise(kind: str, length: int, rng: np.random.Generator) -> Samples:
    """Noise with a mean power of 1, or digital silence."""
    return np.zeros(length, np.float32) if kind == "silence" else make_noise(kind, length, rng)


def fits(samples: Samples) -> bool:
    return SHORTEST_S * LINE_HZ <= len(samples) <= LONGEST_S * LINE_HZ


def add_speech(writer: ClipWriter, samples: Samples, sentence: Sentence, caller: Caller, **noise: object) -> None:
    writer.add(
        encode_mu_law(samples),
        text=sentence.text,
        kind=sentence.kind,
        language=sentence.language,
        voice=caller.voice,
        words_per_minute=caller.words_per_minute,
        **noise,
    )


def add_quiet(writer: ClipWriter, samples: Samples, noise: str) -> None:
    writer.add(encode_mu_law(samples), text="", kind="quiet", language="", voice="", words_per_minute=0, noise=noise)


@app.command()
def train(
    seed: Seed,
    count: Count,
    out: Out,
    quiet_share: float = 0.03,
    random_voices: Annotated[int, typer.Option(help="made-up voice variants, for half of the callers")] = MADE_UP_VOICES,
) -> None:
    """Clean training clips (training adds the noise), and some with noise or silence only and no text."""
    rng, noise_rng = random.Random(seed), np.random.default_rng(seed)
    source = sentences(seed, "train")
    with ClipWriter(out) as writer, TemporaryDirectory() as scratch:
        data, made = add_random_variants(Path(scratch), random_voices, seed)
        espeak = Synthesiser(str(data))
        for _ in range(count):
            if rng.random() < quiet_share:
                length = rng.randint(LINE_HZ // 2, LINE_HZ * 6)
                kind = rng.choice(("silence", *NOISE_KINDS))
                add_quiet(writer, made_noise(kind, length, noise_rng) * 10 ** rng.uniform(-3.5, -0.9), kind)
                continue
            while True:
                sentence = next(source)
                caller = draw_caller(rng, sentence.language, "train", made)
                samples = speak(sentence, caller, rng, espeak)
                if fits(samples):
                    break
            add_speech(writer, over_the_line(samples, rng, "train"), sentence, caller)
        typer.echo(f"{count} clips, {writer.samples / LINE_HZ / 3600:.1f} h")


def held_out_sentences(kind: str, seed: int) -> Iterator[Sentence]:
    """Sentences of the held-out side of one kind."""
    if kind == "hand-written":
        yield from cycle(Sentence(language, "hand-written", line) for language, line in hand_written_sentences())
    for sentence in sentences(seed, "held_out"):
        if (sentence.kind == "dictionary") == (kind == "dictionary"):
            yield sentence


@app.command()
def held_out(
    seed: Seed,
    count: Count,
    out: Out,
    snr_low: Annotated[float | None, typer.Option(help="lowest noise ratio, dB; without it no noise")] = None,
    snr_high: float = 20.0,
    kind: Annotated[str, typer.Option(help="reception, dictionary (random words) or hand-written")] = "reception",
    exclude: Annotated[list[Path] | None, typer.Option(help="index files whose texts must not occur")] = None,
) -> None:
    """Clips that training never saw: sentences, voice variants, speeds; noise is in the clips."""
    rng, noise_rng = random.Random(seed), np.random.default_rng(seed)
    forbidden = excluded_texts(exclude or [])
    espeak = Synthesiser()
    voices: list[Samples] = []
    written = 0
    with ClipWriter(out) as writer:
        for sentence in held_out_sentences(kind, seed):
            if written == count:
                break
            caller = draw_caller(rng, sentence.language, "held_out")
            samples = over_the_line(speak(sentence, caller, rng, espeak), rng, "held_out")
            if sentence.text in forbidden or not fits(samples):
                continue
            voices = [*voices[-5:], samples]
            samples = np.pad(samples, (rng.randint(800, 4000), rng.randint(800, 4000)))
            about: dict[str, object] = {}
            if snr_low is not None:
                snr_db = rng.uniform(snr_low, snr_high)
                noise_kind = rng.choice((*NOISE_KINDS, "babble") if len(voices) > 3 else NOISE_KINDS)
                if noise_kind == "babble":
                    noise = babble(voices[:-1], len(samples), noise_rng)
                else:
                    noise = make_noise(noise_kind, len(samples), noise_rng)
                samples = add_noise(samples, noise, snr_db)
                about = {"snr_db": snr_db, "noise": noise_kind}
            add_speech(writer, samples, sentence, caller, **about)
            written += 1
        typer.echo(f"{count} clips, {writer.samples / LINE_HZ / 3600:.2f} h")


@app.command()
def quiet(seed: Seed, count: Count, out: Out) -> None:
    """Clips in which nobody speaks: digital silence and noises from -60 to -20 dB of full scale."""
    rng, noise_rng = random.Random(seed), np.random.default_rng(seed)
    with ClipWriter(out) as writer:
        for _ in range(count):
            length = rng.randint(LINE_HZ // 2, LINE_HZ * 8)
            kind = rng.choice(("silence", *NOISE_KINDS, *UNSEEN_NOISE_KINDS))
            add_quiet(writer, made_noise(kind, length, noise_rng) * 10 ** rng.uniform(-3.0, -1.0), kind)


if __name__ == "__main__":
    app()
