"""Phantom transcripts: what Whisper writes on silence, noise and tones, told from what a caller said."""

from __future__ import annotations

import re
import tomllib
import unicodedata
import zlib
from dataclasses import dataclass
from pathlib import Path

PHRASES_FILE = Path(__file__).with_name("phantoms.toml")

SHORTEST_VOICED_MS = 60
"""« un » by a hurried caller has 80 ms of voice; a click or a knock has less than this."""
HARDLY_VOICED_MS = 100
CHARACTERS_PER_S = 40.0
"""Twice the fastest speech (French: about 20 characters a second): more text than that was not said in this time."""
NO_SPEECH = 0.6
DOUBTED_LOG_PROBABILITY = -1.0
"""Both are Whisper's own thresholds: openai/whisper, transcribe(no_speech_threshold=0.6, logprob_threshold=-1.0)."""
BELIEVED_LOG_PROBABILITY = -0.7
"""A mean token probability of one half: words that the practice ears find in noise have less, true words in 5 dB of
noise mostly have more."""
UNPITCHED_LOG_PROBABILITY = -0.4
"""The same for sound without the regularity of any vowel: of 60 pieces of swelling noise 6 gave words with a mean token
probability up to 0.60 (shipped practice ears, beam of 5)."""
COMPRESSION = 2.4
"""openai/whisper, transcribe(compression_ratio_threshold=2.4)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the ears know about one decoded text. no_speech: 0-1. log_probability: mean per token, natural log.

    pitched: the sound has the regularity of vowels somewhere (sound.has_pitch).
    """

    text: str
    voiced_ms: int
    no_speech: float
    log_probability: float
    pitched: bool = True


@dataclass(frozen=True, slots=True)
class Sifted:
    """text: what remains, "" when all was thrown away. dropped: why ("no_speech", "phantom", "repetition",
    "too_short"), or ""."""

    text: str
    dropped: str = ""


class PhantomFilter:
    """Rules over evidence and a list of known phrases. Source: phantoms.toml, beside this file."""

    def __init__(self, phrases_file: Path = PHRASES_FILE) -> None:
        phrases = tomllib.loads(phrases_file.read_text(encoding="utf-8"))
        self._never_said = {bare(p) for p in phrases["never_said"]}
        self._never_begin = tuple(bare(p) for p in phrases["never_begin"])
        self._doubtful = {bare(p) for p in phrases["doubtful"]}
        self._numbers = {bare(w) for w in phrases["number_words"]}

    def sift(self, heard: Evidence) -> Sifted:
        """What of heard.text a caller really said."""
        if not bare(heard.text):
            return Sifted("", "no_speech")
        if heard.voiced_ms < SHORTEST_VOICED_MS:
            return Sifted("", "too_short" if heard.voiced_ms else "no_speech")
        if heard.no_speech > NO_SPEECH and heard.log_probability < DOUBTED_LOG_PROBABILITY:
            return Sifted("", "no_speech")
        if heard.log_probability < UNPITCHED_LOG_PROBABILITY and not heard.pitched:
            return Sifted("", "no_speech")
        if self._loops(heard.text):
            return Sifted("", "repetition")
        if len(heard.text) > 12 + CHARACTERS_PER_S * heard.voiced_ms / 1000:
            return Sifted("", "phantom")
        said = self._without_captions(heard.text)
        if not said or (bare(said) in self._doubtful and _is_doubted(heard)):
            return Sifted("", "phantom")
        return Sifted(said)

    def _without_captions(self, text: str) -> str:
        # "Amara.org" must not be cut in two, so a sentence ends only before a space.
        sentences = re.split(r"(?<=[.!?…])\s+", text.strip())
        kept = [s for s in sentences if not self._is_caption(bare(s))]
        return text.strip() if len(kept) == len(sentences) else " ".join(kept)

    def _is_caption(self, sentence: str) -> bool:
        return sentence in self._never_said or sentence.startswith(self._never_begin)

    def _loops(self, text: str) -> bool:
        words = bare(text).split()
        if len(words) < 6:
            return False
        longest_lawful = 12 if all(w in self._numbers or w.isdigit() for w in words) else 5
        for size in range(1, min(8, len(words) // 3) + 1):
            if _most_in_a_row(words, size) > (longest_lawful if size == 1 else longest_lawful - 2):
                return True
        return longest_lawful == 5 and compression(text) > COMPRESSION


def bare(text: str) -> str:
    """Lower case, without accents and punctuation, one space between words."""
    plain = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if unicodedata.category(c) != "Mn")
    return " ".join(letters.split())


def compression(text: str) -> float:
    """Whisper's measure of repetition: bytes per compressed byte."""
    written = text.encode()
    return len(written) / len(zlib.compress(written))


def _most_in_a_row(words: list[str], size: int) -> int:
    """How many times in a row the same `size` words come, at most."""
    most = 1
    for start in range(len(words) - size):
        run, at = 1, start + size
        while words[at : at + size] == words[start : start + size]:
            run, at = run + 1, at + size
        most = max(most, run)
    return most


def _is_doubted(heard: Evidence) -> bool:
    return (
        heard.voiced_ms < HARDLY_VOICED_MS or heard.no_speech > NO_SPEECH or heard.log_probability < BELIEVED_LOG_PROBABILITY
    )
