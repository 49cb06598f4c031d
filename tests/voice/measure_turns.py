"""Measures ends of turns on synthetic callers: the wait at true ends against replies before the caller had finished.

Repeat: .venv/bin/python -m tests.voice.measure_turns [callers per kind [seed]]
Real voice detector, turn model, practice ears and completeness; the clock is the audio's, so it runs faster than time.
Each pause of the caller is recorded once; the table then asks what each set of rules would have done.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from num2words import num2words

from voicebot.clients.directory import load_clients
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.identity import VoiceChoice
from voicebot.domain.language import Language
from voicebot.settings import Settings
from voicebot.speech.engines import SpeechEngines
from voicebot.speech.ports import RATE_HZ, Pcm, Priority
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.understanding.completeness import completeness
from voicebot.understanding.ports import Completeness, Context
from voicebot.voice.backchannels import sense_of
from voicebot.voice.hearing import Hearing
from voicebot.voice.shared_models import shared_models
from voicebot.voice.turn_signals import WINDOW_MS, Look, Signal, TurnEnded, TurnRules
from voicebot.voice.turn_taking import TurnTaking
from voicebot.voice.voice_activity import VoiceActivity

VOICES = ("fr+m3", "fr+f4", "fr-be+m1", "fr+f1", "fr-ch+f2", "fr+m7", "fr", "fr+f2")
NAMES = ("paul martin", "sophie durand", "claire bernard", "marc petit", "julie moreau", "thomas lambert")
REQUESTS = (
    ("bonjour", "je vous appelle parce que j'ai une fuite d'eau"),
    ("je voudrais un rendez-vous", "pour la semaine prochaine"),
    ("ma chaudière est en panne", "depuis hier soir"),
    ("bonsoir", "je voudrais parler à quelqu'un"),
    ("je n'ai plus d'eau chaude", "depuis ce matin"),
    ("c'est pour renouveler", "mon ordonnance"),
)
ADDRESSES = (
    ("douze rue des lilas", "à lyon"),
    ("au trois", "place du marché", "dijon"),
    ("quarante avenue de la gare", "nantes"),
)
YES_NO = ("oui", "non", "oui c'est ça", "non merci", "tout à fait", "d'accord")
_QUIET = np.zeros(RATE_HZ, dtype=np.int16)


@dataclass(frozen=True)
class Utterance:
    kind: str
    groups: tuple[str, ...]
    pauses_ms: tuple[int, ...]
    expectation: Expectation
    voice: str
    words_per_minute: int


@dataclass(frozen=True)
class Pause:
    """A pause that was looked at. true_end: the caller had finished. room_ms: silence until more speech."""

    kind: str
    true_end: bool
    room_ms: int
    lag_ms: int
    """From the true end of sound to what turn taking took for it."""
    completeness: Completeness
    verdict: float
    text: str


def utterances(each: int, seed: int) -> Iterator[Utterance]:
    chance = np.random.default_rng(seed)

    def one(options: tuple[Any, ...]) -> Any:
        return options[int(chance.integers(len(options)))]

    def make(kind: str, groups: tuple[str, ...], pauses: tuple[int, int], expected: Expectation) -> Utterance:
        breaths = tuple(int(chance.integers(*pauses)) for _ in groups[1:])
        return Utterance(kind, groups, breaths, expected, str(one(VOICES)), int(chance.integers(140, 175)))

    def detail(name: str) -> Expectation:
        return Expectation(Awaited.DETAIL, name)

    for _ in range(each):
        yield make("yes/no", (str(one(YES_NO)),), (0, 1), Expectation(Awaited.CONFIRMATION))
        yield make("name", (f"je m'appelle {one(NAMES)}",), (0, 1), detail("caller_name"))
        digits = [int(chance.integers(10, 100)) for _ in range(4)]
        number = ("zéro six", *(num2words(pair, lang="fr").replace("-", " ") for pair in digits))
        yield make("number", tuple(map(str, number)), (200, 800), detail("callback_number"))
        whole = one(REQUESTS)
        yield make("request", (" ".join(whole),), (0, 1), Expectation())
        yield make("hesitating", whole, (200, 700), Expectation())
        yield make("address", one(ADDRESSES), (150, 400), detail("address"))


async def pauses_of(said: Utterance, engines: SpeechEngines, context: Context, noise_db: float) -> list[Pause]:
    models = await shared_models()
    mouth = engines.voice(
        VoiceChoice(piper="-", practice=said.voice, words_per_minute=said.words_per_minute), Language.FRENCH
    )
    pieces: list[Pcm] = [_QUIET]
    ends: list[int] = []
    for number, group in enumerate(said.groups):
        pieces.append(trimmed(await mouth.say(group)) // 2)
        ends.append(sum(map(len, pieces)) * 1000 // RATE_HZ)
        room_ms = said.pauses_ms[number] if number < len(said.pauses_ms) else 3000
        pieces.append(np.zeros(room_ms * RATE_HZ // 1000, dtype=np.int16))
    audio = np.concatenate(pieces).astype(np.float32)
    audio += np.random.default_rng(1).normal(0, 32768 * 10 ** (noise_db / 20), len(audio))
    line = decode_ulaw(encode_ulaw(np.clip(audio, -32768, 32767).astype(np.int16)))
    looks: list[tuple[Look, int]] = []
    never = TurnRules(unasked_ms=9999, unfinished_ms=9999)
    hearing: Hearing

    def act(signals: list[Signal]) -> None:
        looks.extend((s, hearing.now_ms) for s in signals if isinstance(s, Look))

    hearing = Hearing(VoiceActivity(models.new_detector()), TurnTaking(never), act)
    kept: list[Pause] = []
    for at in range(0, len(line), 160):
        hearing.feed(line[at : at + 160])
        while looks:
            look, _ = looks.pop()
            pcm = hearing.audio(look.started_ms, look.ended_ms)
            text = (await engines.ears.transcribe(pcm, Language.FRENCH, priority=Priority.TURN)).text
            verdict = await models.finished(pcm)
            # Which end of a group this pause belongs to; a pause inside a group is the voice's own.
            nearest = min(range(len(ends)), key=lambda n: abs(ends[n] - look.ended_ms))
            lag_ms = look.ended_ms - ends[nearest]
            inside = abs(lag_ms) > 150
            kept.append(
                Pause(
                    said.kind,
                    nearest == len(ends) - 1 and not inside,
                    _room_ms(hearing, line, look),
                    lag_ms,
                    completeness(text, replace(context, expectation=said.expectation)),
                    verdict if verdict is not None else -1,
                    text,
                )
            )
    return kept


def _room_ms(hearing: Hearing, line: Pcm, look: Look) -> int:
    """Silence from the look's voice end to the next loud sound."""
    rest = np.abs(line[look.ended_ms * 8 :].astype(np.int32))
    loud = np.flatnonzero(rest > 1200)
    return int(loud[0]) // 8 if len(loud) else 3000


def trimmed(pcm: Pcm) -> Pcm:
    loud = np.flatnonzero(np.abs(pcm) > 200)
    return pcm[loud[0] : loud[-1]] if len(loud) else pcm


def silence_asked(pause: Pause, rules: TurnRules, ears_ms: int, model_ms: int) -> int:
    """Silence after which turn taking ends the turn at this pause, when it lasts: the real machine decides."""
    taking = TurnTaking(rules)
    now_ms = 0
    for _ in range(10):
        now_ms += WINDOW_MS
        taking.hear(True, now_ms)
    look, began_ms, silence_ms = 0, 0, 0
    while silence_ms < 3000:
        now_ms += WINDOW_MS
        silence_ms += WINDOW_MS
        signals = taking.hear(False, now_ms)
        for signal in signals:
            if isinstance(signal, Look):
                look, began_ms = signal.number, silence_ms
        if look and silence_ms >= began_ms + ears_ms and taking._evidence.sense is None:
            signals = [*signals, *taking.learn_words(look, sense_of(pause.text), pause.completeness)]
        if look and silence_ms >= began_ms + model_ms and taking._evidence.finished is None:
            signals = [*signals, *taking.learn_verdict(look, pause.verdict)]
        for signal in signals:
            if isinstance(signal, TurnEnded) and signal.words_known:
                return silence_ms
            if isinstance(signal, TurnEnded):
                left_ms = taking.patience_left_ms(look, sense_of(pause.text), pause.completeness)
                return max(silence_ms + left_ms, began_ms + ears_ms)
    return silence_ms


def report(pauses: list[Pause], name: str, rules: TurnRules, ears_ms: int = 40, model_ms: int = 40) -> None:
    ends = [p for p in pauses if p.true_end]
    waits = np.array([silence_asked(p, rules, ears_ms, model_ms) + p.lag_ms for p in ends])
    others = [p for p in pauses if not p.true_end]
    early = [p for p in others if silence_asked(p, rules, ears_ms, model_ms) < p.room_ms - 40]
    turns = len(ends)
    print(
        f"{name:34s} p50 {np.percentile(waits, 50):5.0f}  p90 {np.percentile(waits, 90):5.0f}  "
        f"p95 {np.percentile(waits, 95):5.0f}  mean {waits.mean():5.0f}   early {len(early) / turns:6.1%} of {turns} turns"
    )


async def main(each: int, seed: int) -> None:
    settings = Settings(data_dir=Path(tempfile.gettempdir()) / "voicebot-measure")
    engines = SpeechEngines(settings)
    context = Context(
        load_clients(Path("client_configs")).of("chauffage-morel"),
        Language.FRENCH,
        Expectation(),
        None,
        {},
        datetime.now(UTC),
    )
    began = time.perf_counter()
    pauses: list[Pause] = []
    for said in utterances(each, seed):
        for noise_db in (-65, -42):
            pauses += await pauses_of(said, engines, context, noise_db)
    print(f"{len(pauses)} pauses in {time.perf_counter() - began:.0f} s")
    for kind in dict.fromkeys(p.kind for p in pauses):
        for end in (True, False):
            group = [p for p in pauses if p.kind == kind and p.true_end is end]
            if group:
                said = {c.value: sum(p.completeness is c for p in group) for c in Completeness}
                lag_ms = np.median([p.lag_ms for p in group])
                print(
                    f"  {kind:11s} {'end' if end else 'mid'} {len(group):4d}  lag {lag_ms:4.0f}  {said}  "
                    f"finished≥.5 {np.mean([p.verdict >= 0.5 for p in group]):.2f} "
                    f"≥.8 {np.mean([p.verdict >= 0.8 for p in group]):.2f}"
                )
    rules = TurnRules()
    report(pauses, "as shipped", rules)
    report(pauses, "as shipped, ears 200 ms", rules, ears_ms=200)
    for scale in (0.6, 0.8, 1.2, 1.5):
        names = (
            "sure_ms",
            "complete_ms",
            "doubted_ms",
            "finished_ms",
            "likely_ms",
            "answered_ms",
            "unasked_ms",
            "unfinished_ms",
        )
        report(
            pauses, f"all but incomplete_ms × {scale}", replace(rules, **{n: int(getattr(rules, n) * scale) for n in names})
        )
    for unfinished_ms in (640, 800, 960, 1280, 2000, 3000):
        report(pauses, f"unfinished_ms {unfinished_ms}", replace(rules, unfinished_ms=unfinished_ms))
    for finished_ms in (224, 320, 384, 448):
        report(pauses, f"finished_ms {finished_ms}", replace(rules, finished_ms=finished_ms))
    await engines.close()


if __name__ == "__main__":
    each, seed = (*map(int, sys.argv[1:]), *(25, 11)[len(sys.argv) - 1 :])
    asyncio.run(main(each, seed))
