"""Measures barge-in on synthetic callers: how soon words stop the voice, and how often « hmm », « oui » do.

Repeat: .venv/bin/python -m tests.voice.measure_barge_in
Real voice detector and practice ears; times from the first sample of the caller's sound, in the audio's own clock.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.voice.measure_turns import VOICES, trimmed
from voicebot.domain.identity import VoiceChoice
from voicebot.domain.language import Language
from voicebot.settings import Settings
from voicebot.speech.engines import SpeechEngines
from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.understanding.ports import Completeness
from voicebot.voice.backchannels import first_sense_of, sense_of
from voicebot.voice.hearing import Hearing
from voicebot.voice.shared_models import shared_models
from voicebot.voice.turn_signals import AsideDropped, BargeIn, Floor, GoOn, Hesitate, Look, Peek, Signal, TurnRules
from voicebot.voice.turn_taking import TurnTaking
from voicebot.voice.voice_activity import VoiceActivity

WORDS = (
    "attendez s'il vous plaît", "non je voudrais un rendez-vous", "je veux parler à quelqu'un", "excusez-moi madame",
    "mon numéro c'est le zéro six", "c'est pour une fuite d'eau", "pardon je n'ai pas compris", "je m'appelle paul martin",
)  # fmt: skip
BACKCHANNELS = ("oui", "d'accord", "ok", "oui oui", "très bien", "ah oui", "ouais", "hum")
EARS_MS = 40
RULES = TurnRules()
SLOW_MS = 320


def hums() -> dict[str, Pcm]:
    """« mmm » of closed mouths: a voice's buzz through a nose, from 180 to 500 ms."""
    made = {}
    for pitch_hz, length_ms in itertools.product((105, 140, 190, 230), (180, 280, 380, 500)):
        time_s = np.arange(length_ms * 8) / RATE_HZ
        glide = pitch_hz * (1 - 0.15 * time_s / time_s[-1])
        phase = 2 * np.pi * np.cumsum(glide) / RATE_HZ
        # Nasal murmur: a formant near 250 Hz, others 25-35 dB below.
        buzz = sum(np.sin(k * phase) / (1 + (max(0.0, k * pitch_hz - 250) / 120) ** 2) for k in range(1, 18))
        made[f"hum {pitch_hz} Hz {length_ms} ms"] = (np.asarray(buzz) * np.hanning(len(time_s)) ** 0.3 * 6000).astype(
            np.int16
        )
    return made


@dataclass(frozen=True)
class Effect:
    """ms from the sound's first sample until the voice fell silent, went on, and was given up; None when it did not."""

    silent_ms: int | None
    went_on_ms: int | None
    stopped_ms: int | None
    heard: str

    @property
    def gap_ms(self) -> int:
        return (self.went_on_ms or 0) - (self.silent_ms or 0)


async def effect(sound: Pcm, engines: SpeechEngines, noise_db: float) -> Effect:
    """What a sound over the receptionist's voice does to it."""
    models = await shared_models()
    lead = 1000 * 8 + int(np.random.default_rng(len(sound)).integers(0, 256))
    audio = np.concatenate([np.zeros(lead), sound, np.zeros(8000)])
    audio += np.random.default_rng(2).normal(0, 32768 * 10 ** (noise_db / 20), len(audio))
    line = decode_ulaw(encode_ulaw(np.clip(audio, -32768, 32767).astype(np.int16)))
    taking = TurnTaking(RULES)
    taking.give_floor(Floor.SPEAKING)
    heard: list[str] = []
    at: dict[type, int] = {}
    due: list[tuple[int, Look | Peek, str]] = []
    asked: list[Look | Peek] = []

    def act(signals: list[Signal]) -> None:
        for signal in signals:
            if isinstance(signal, (Hesitate, GoOn, BargeIn)):
                at.setdefault(type(signal), hearing.now_ms - lead // 8)
            if isinstance(signal, AsideDropped):
                heard.append("dropped")
            if isinstance(signal, (Look, Peek)):
                asked.append(signal)

    hearing = Hearing(VoiceActivity(models.new_detector()), taking, act)
    for first in range(0, len(line), 160):
        hearing.feed(line[first : first + 160])
        for question in asked:
            last_ms = question.at_ms if isinstance(question, Peek) else question.ended_ms
            pcm = hearing.audio(question.started_ms, last_ms)
            text = (await engines.ears.transcribe(pcm, Language.FRENCH)).text
            heard.append(f"{type(question).__name__} {text!r}")
            due.append((hearing.now_ms + EARS_MS, question, text))
        asked.clear()
        for answer in [d for d in due if d[0] <= hearing.now_ms]:
            due.remove(answer)
            _, question, text = answer
            if isinstance(question, Peek):
                act(taking.learn_peek(question.number, first_sense_of(text)))
            else:
                act(taking.learn_words(question.number, sense_of(text), Completeness.UNKNOWN))
    silent_ms = min((ms for ms in (at.get(Hesitate), at.get(BargeIn)) if ms is not None), default=None)
    return Effect(silent_ms, at.get(GoOn), at.get(BargeIn), ", ".join(heard))


async def main() -> None:
    settings = Settings(data_dir=Path(tempfile.gettempdir()) / "voicebot-measure")
    engines = SpeechEngines(settings)
    for noise_db in (-65, -42):
        for name, texts in (("words", WORDS), ("backchannels", BACKCHANNELS)):
            effects = {}
            for text, voice in itertools.product(texts, VOICES):
                mouth = engines.voice(VoiceChoice(piper="-", practice=voice, words_per_minute=155), Language.FRENCH)
                effects[f"{text} ({voice})"] = await effect(trimmed(await mouth.say(text)) // 2, engines, noise_db)
            report(f"noise {noise_db} dB: {name}", effects, name == "words")
        hummed = {name: await effect(sound, engines, noise_db) for name, sound in hums().items()}
        report(f"noise {noise_db} dB: hums", hummed, False)
    await engines.close()


def report(title: str, effects: dict[str, Effect], should_stop: bool) -> None:
    silent = [e.silent_ms for e in effects.values() if e.silent_ms is not None]
    stopped = [e for e in effects.values() if e.stopped_ms is not None]
    gaps = [e.gap_ms for e in effects.values() if e.stopped_ms is None and e.silent_ms is not None]
    print(f"{title}: {len(effects)} sounds, {len(stopped)} stop her, {len(gaps)} make her hesitate and go on")
    if silent:
        print(f"    silent after p50 {np.percentile(silent, 50):.0f} p95 {np.percentile(silent, 95):.0f} ms")
    if gaps:
        print(f"    hesitation p50 {np.percentile(gaps, 50):.0f} p95 {np.percentile(gaps, 95):.0f} ms")
    for name, e in effects.items():
        if (e.stopped_ms is not None) is not should_stop or (should_stop and (e.silent_ms or 0) > SLOW_MS):
            print(f"        {name}: silent {e.silent_ms}, went on {e.went_on_ms}, stopped {e.stopped_ms}; {e.heard}")


if __name__ == "__main__":
    asyncio.run(main())
