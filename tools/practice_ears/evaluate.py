"""Hears held-out clips with the converted model and counts the mistakes.

python -m tools.practice_ears.evaluate --model voicebot/speech/practice_ears --data data/noisy --data data/clean
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated

import jiwer
import numpy as np
import typer

from tools.practice_ears.clips import Clip, Clips
from tools.practice_ears.french_numbers import number_words
from tools.practice_ears.listener import Heard, Listener
from tools.practice_ears.telephone import decode_mu_law

SNR_BANDS = ((5, 10), (10, 15), (15, 20))
FORMS = ("fr", "fr_BE", "fr_CH")
NUMBER_WORDS = frozenset(
    word for form in FORMS for number in range(101) for word in number_words(number, form).replace("-", " ").split()
) | {"double", "plus", "vingts", "cents"}
GROUPINGS: dict[str, Callable[[Clip], str]] = {
    "kind": lambda clip: clip.kind,
    "language": lambda clip: clip.language,
    "noise": lambda clip: str(clip.noise),
    "voice": lambda clip: clip.voice.partition("+")[2],
}


SOUND_ALIKE = {"vingts": "vingt", "cents": "cent"}


def dictated(text: str) -> list[str]:
    """The number words of a text, whatever stands before or between them, without plurals that nobody hears."""
    return [SOUND_ALIKE.get(word, word) for word in text.split() if word in NUMBER_WORDS]


def exact_numbers(heard: Iterable[Heard]) -> int:
    """Clips whose number words are all right."""
    return sum(dictated(item.clip.text) == dictated(item.text) for item in heard)


def phones_of(heard: Iterable[Heard]) -> list[Heard]:
    """Clips of a whole French phone number."""
    return [item for item in heard if item.clip.kind == "phone" and item.clip.language == "fr"]


def word_error_rate(heard: Sequence[Heard]) -> float:
    return jiwer.wer([item.clip.text for item in heard], [item.text for item in heard])


def grouped(heard: Iterable[Heard], key: Callable[[Clip], str]) -> list[tuple[str, list[Heard]]]:
    groups: dict[str, list[Heard]] = defaultdict(list)
    for item in heard:
        groups[key(item.clip)].append(item)
    return sorted(groups.items())


def confusions(heard: Iterable[Heard]) -> Counter[tuple[str, str]]:
    """Substituted, lost and added words; a dash stands for no word."""
    counts: Counter[tuple[str, str]] = Counter()
    for item in heard:
        output = jiwer.process_words(item.clip.text, item.text)
        for chunk in output.alignments[0]:
            if chunk.type != "equal":
                said = " ".join(output.references[0][chunk.ref_start_idx : chunk.ref_end_idx])
                written = " ".join(output.hypotheses[0][chunk.hyp_start_idx : chunk.hyp_end_idx])
                counts[said or "-", written or "-"] += 1
    return counts


def report_speech(heard: list[Heard]) -> None:
    """Word error rates by kind, language, noise and voice, exact numbers, and how sure the model was."""
    perfect = np.mean([item.text == item.clip.text for item in heard])
    typer.echo(f"word error rate {word_error_rate(heard):.1%}; sentences without a mistake {perfect:.1%}")
    if phones := phones_of(heard):
        exact = exact_numbers(phones)
        typer.echo(f"French phone numbers exact {exact} of {len(phones)} = {exact / len(phones):.1%}")
    for title, key in GROUPINGS.items():
        rates = (f"{name} {word_error_rate(group):.1%} ({len(group)})" for name, group in grouped(heard, key))
        typer.echo(f"by {title}: {', '.join(rates)}")
    for low, high in SNR_BANDS:
        band = [item for item in heard if item.clip.snr_db is not None and low <= item.clip.snr_db < high]
        if band:
            phones = phones_of(band)
            exact = f"numbers exact {exact_numbers(phones)} of {len(phones)}"
            typer.echo(f"{low}-{high} dB: {word_error_rate(band):.1%} ({len(band)}), {exact}")
    no_speech = np.percentile([item.no_speech for item in heard], [50, 95, 99]).round(3)
    sure = np.percentile([item.log_probability for item in heard], [50, 5, 1]).round(2)
    typer.echo(f"no_speech p50/p95/p99 {no_speech}, log probability p50/p5/p1 {sure}")
    typer.echo(f"speech taken for silence (empty text): {sum(not item.text for item in heard)}")


def report_quiet(heard: list[Heard]) -> None:
    """Words heard where nobody spoke."""
    false = [item for item in heard if item.text]
    typer.echo(f"nobody speaks: words in {len(false)} of {len(heard)} clips")
    noises = grouped(heard, GROUPINGS["noise"])
    typer.echo("by noise: " + ", ".join(f"{name} {sum(bool(h.text) for h in group)}/{len(group)}" for name, group in noises))
    no_speech = np.percentile([item.no_speech for item in heard], [1, 5, 50]).round(3)
    typer.echo(f"no_speech p1/p5/p50 {no_speech}")
    for item in false[:12]:
        sure = f"no_speech {item.no_speech:.3f} log probability {item.log_probability:.2f}"
        typer.echo(f"  {item.clip.noise}: {item.text!r} {sure}")


def report_mistakes(heard: list[Heard], count: int) -> None:
    """The most frequent confusions and the first wrong sentences."""
    for (said, written), times in confusions(heard).most_common(count):
        typer.echo(f"  {times} × {said} -> {written}")
    for item in [item for item in heard if item.text != item.clip.text][:count]:
        typer.echo(f"  {item.clip.text} | {item.text}")


def main(
    model: Annotated[Path, typer.Option()],
    data: Annotated[list[Path], typer.Option(help="folder of held-out clips; may be given several times")],
    beam: int = 1,
    limit: Annotated[int | None, typer.Option(help="only the first clips of each folder")] = None,
    whole_window: Annotated[
        bool, typer.Option("--whole-window", help="through WhisperModel.transcribe, 30 s windows")
    ] = False,
    show: Annotated[int, typer.Option(help="mistakes and confusions to print")] = 0,
) -> None:
    """Prints the figures of each folder."""
    listener = Listener(model, beam, whole_window)
    for folder in data:
        clips = Clips([folder])
        count = min(len(clips), limit or len(clips))
        started = time.process_time()
        heard = [Heard(clips.clip(i), *listener.hear(decode_mu_law(clips.codes(i)))) for i in range(count)]
        each_ms = (time.process_time() - started) / count * 1000
        context = "whole window" if whole_window else "short context"
        typer.echo(f"\n== {folder.name}: {count} clips, beam {beam}, {context}, {each_ms:.0f} ms of CPU each")
        speech = [item for item in heard if item.clip.text]
        if speech:
            report_speech(speech)
            report_mistakes(speech, show)
        if quiet := [item for item in heard if not item.clip.text]:
            report_quiet(quiet)


if __name__ == "__main__":
    typer.run(main)
