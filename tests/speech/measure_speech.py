"""Figures of docs/speech.md: python tests/speech/measure_speech.py, from the root of the repository."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from voicebot.domain.language import Language
from voicebot.speech.ears import WhisperEars
from voicebot.speech.engine_queue import EngineQueue
from voicebot.speech.engines import PRACTICE_EARS
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ
from voicebot.speech.sound import voiced_ms
from voicebot.speech.voice_cache import SentenceKey, VoiceCache

SENTENCES = {
    "one word": "oui",
    "a name": "je m'appelle marie martin",
    "a request": "bonjour je voudrais prendre rendez-vous avec le docteur martin",
    "a number": "mon numéro c'est le zéro six douze trente quatre cinquante six soixante dix huit",
}
VOICES = ("fr+f1", "fr+f2", "fr+f3", "fr+m1", "fr+m3", "fr+m7")
SHORT_WORDS = ("oui", "non", "merci", "bonjour", "au revoir", "allô")
CHANCE = np.random.default_rng(2026)


def show(what: str, times_ms: list[float]) -> None:
    p50, p95 = np.percentile(times_ms, (50, 95))
    print(f"{what:<58} p50 {p50:8.2f} ms   p95 {p95:8.2f} ms")


def timed(what: str, work: Callable[[], object], times: int = 40) -> None:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    show(what, taken)


def noise(length: int, kind: str) -> np.ndarray:
    white = CHANCE.normal(size=length)
    if kind == "white":
        return white
    if kind == "brown":
        brown = np.cumsum(white) - np.linspace(0, white.sum(), length)
        return brown / (brown.std() + 1e-9)
    # As of a street or a hall: white noise whose level swells and falls within 20 dB, 1-3 times a second.
    swell = np.interp(np.arange(length), np.arange(length // 4000 + 2) * 4000, CHANCE.uniform(-1, 0, length // 4000 + 2))
    return white * 10**swell


async def measure_ears() -> None:
    for name, short in (("what is there", True), ("window of 30 s", False)):
        ears = WhisperEars(PRACTICE_EARS, name="practice ears", short_context=short, limit_s=60)
        loaded = await ears.warm()
        print(f"practice ears, {name}: loaded and warm in {loaded:.0f} ms")
        for what, words in SENTENCES.items():
            pcm = EspeakVoice().synthesise(words)
            taken = [(await ears.transcribe(pcm, Language.FRENCH)).took_ms for _ in range(20)]
            show(f"  {what}, {len(pcm) / RATE_HZ:.1f} s", taken)
        await ears.close()


async def measure_phantoms() -> None:
    ears = WhisperEars(PRACTICE_EARS, name="practice ears", short_context=True, limit_s=60)
    for kind in ("white", "brown", "swelling"):
        wrong = 0
        for level in (30, 100, 300, 1000, 3000):
            for seconds in (0.3, 0.6, 1, 2, 4, 8) * 2:
                sound = (noise(int(seconds * RATE_HZ), kind) * level).clip(-32768, 32767).astype(np.int16)
                wrong += bool((await ears.transcribe(sound, Language.FRENCH)).text)
        print(f"{kind} noise, 60 pieces of 0.3-8 s: {wrong} gave words")
    for snr_db in (40, 20, 10, 5):
        right = dropped = tried = 0
        for word in SHORT_WORDS:
            for voice in VOICES:
                for pace in (140, 180):
                    pcm = np.pad(EspeakVoice(voice, pace).synthesise(word), 2400).astype(float)
                    power = np.sqrt(np.mean(pcm[2400:-2400] ** 2))
                    mixed = pcm * 0.5 + noise(len(pcm), "white") * power * 0.5 / 10 ** (snr_db / 20)
                    heard = await ears.transcribe(mixed.astype(np.int16), Language.FRENCH)
                    tried, right, dropped = tried + 1, right + (heard.text == word), dropped + (not heard.text)
        print(f"one word at {snr_db} dB: {tried} said, {right} heard right, {dropped} dropped")
    await ears.close()


async def measure_queue() -> None:
    queue = EngineQueue("measured")
    taken = []
    for _ in range(500):
        began = time.perf_counter()
        await queue.submit(lambda _: None)
        taken.append((time.perf_counter() - began) * 1000)
    show("queue, there and back", taken)
    began = time.perf_counter()
    done = await asyncio.gather(*(queue.submit(lambda _: None) for _ in range(30)))
    print(
        f"queue, 30 jobs at once: {(time.perf_counter() - began) * 1000:.2f} ms in all, last waited {done[-1].waited_ms:.2f}"
    )
    await queue.close()


def measure_voices() -> None:
    sentence = "Bonjour, vous êtes bien au cabinet médical. Que puis-je faire pour vous ?"
    for repeatable in (False, True):
        voice = EspeakVoice(repeatable=repeatable)
        pcm = voice.synthesise(sentence)
        how = "repeatable" if repeatable else "shared library"
        timed(f"practice voice, {how}, {len(pcm) / RATE_HZ:.1f} s of speech", lambda v=voice: v.synthesise(sentence))
    timed("voiced time of 10 s", lambda: voiced_ms(np.resize(pcm, 10 * RATE_HZ)))
    with tempfile.TemporaryDirectory() as folder:
        key = SentenceKey("espeak", "fr+f2", "1", sentence)
        timed("fixed sentence, written to disk", lambda: VoiceCache(Path(folder)).keep(key, pcm.copy()))
        timed("fixed sentence, read from disk", lambda: VoiceCache(Path(folder)).load(key))
        cache = VoiceCache(Path(folder))
        cache.keep(key, pcm)
        timed("fixed sentence, from memory", lambda: cache.recall(key))


async def main() -> None:
    await measure_ears()
    await measure_phantoms()
    await measure_queue()
    measure_voices()


if __name__ == "__main__":
    asyncio.run(main())
