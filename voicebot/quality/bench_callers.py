"""The callers of benchmarks: scripted French people, the same for every receptionist, drawn by a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from num2words import num2words

from voicebot.quality.carried_call import FRAME_MS, Moment
from voicebot.quality.loudness import AUDIBLE_RMS, rms
from voicebot.quality.script import HangUp, Listen, Manner, Pause, PlaySound, Step
from voicebot.quality.synthetic_caller import SyntheticCaller
from voicebot.speech.ports import RATE_HZ, Pcm

INSISTS_S = 10.0
"""Silence of both sides after which a caller says the next line anyway: longer than any receptionist's own patience."""
HEATING, PRACTICE = "+33199001001", "+33199002001"
"""Dialled numbers of the two clients that come with the house."""

_VOICES = ("fr+m3", "fr+f4", "fr-be+m1", "fr+f1", "fr-ch+f2", "fr+m7")
_FIRST_NAMES = ("paul", "sophie", "claire", "marc", "julie", "thomas", "anne", "hugo")
_SURNAMES = ("martin", "durand", "bernard", "petit", "moreau", "lambert", "girard", "roussel")
_STREETS = ("rue des lilas", "avenue de la gare", "rue victor hugo", "place du marché", "rue de la paix")
_TOWNS = ("lyon", "dijon", "nantes", "lille", "rennes")
_TROUBLES = (
    "je n'ai plus d'eau chaude depuis ce matin",
    "ma chaudière est en panne depuis hier soir",
    "les radiateurs sont froids dans tout l'appartement",
)
_REASONS = ("je voudrais renouveler mon ordonnance", "c'est pour un vaccin", "j'ai mal au dos depuis une semaine")


@dataclass(frozen=True, slots=True)
class Line:
    """One turn. kind: for reports. groups: said one after the other with pauses_ms of silence between them.

    barge_in_ms: said this long after the receptionist began, instead of when she has finished.
    """

    kind: str
    groups: tuple[str, ...]
    pauses_ms: tuple[int, ...] = ()
    barge_in_ms: float | None = None

    @property
    def text(self) -> str:
        return ", ".join(self.groups)


@dataclass(frozen=True, slots=True)
class BenchCaller:
    """One caller and what they will say, whatever they hear. seed: of their reaction times and noise."""

    dialled_number: str
    voice: str
    words_per_minute: int
    lines: tuple[Line, ...]
    seed: int

    def steps(self, speak: Callable[[str], Pcm]) -> list[Step]:
        """The script as sound; at its end the caller hears the answer out and hangs up."""
        steps: list[Step] = []
        for line in self.lines:
            # A pause of nothing: what was said to the caller before the end of the line does not count as its answer.
            steps += [PlaySound(_sound(line, speak), line.kind, line.barge_in_ms), Pause(0.0)]
        return [*steps, Listen(), HangUp()]


def callers(count: int, seed: int) -> tuple[BenchCaller, ...]:
    """The first count callers of this seed."""
    scripts = (_tenant, _patient, _asks_first, _wants_someone)
    made: list[BenchCaller] = []
    for number in range(count):
        chance = np.random.default_rng((seed, number))
        dialled, lines = scripts[number % len(scripts)](chance)
        voice = _VOICES[(number + number // len(scripts)) % len(_VOICES)]
        made.append(BenchCaller(dialled, voice, int(chance.integers(140, 171)), lines, seed * 1000 + number))
    return tuple(made)


class InsistentCaller:
    """A scripted caller who says the next line when nobody has answered for INSISTS_S (see carried_call.Person)."""

    def __init__(self, steps: Sequence[Step], manner: Manner) -> None:
        self._steps = list(steps)
        self.caller = SyntheticCaller(steps, replace(manner, patience_s=6 * INSISTS_S))
        self._frames = 0
        self._last_sound_ms = 0.0

    def live(self, heard: Pcm) -> Moment:
        now_ms = self._frames * FRAME_MS
        self._frames += 1
        if rms(heard) >= AUDIBLE_RMS:
            self._last_sound_ms = now_ms
        spoken_until_ms = self.caller.turns[-1].span.ended_ms if self.caller.turns else 0.0
        if now_ms - max(self._last_sound_ms, spoken_until_ms) >= INSISTS_S * 1000 and self.caller.steps_left:
            self._last_sound_ms = now_ms
            self._insist()
        return self.caller.live(heard)

    def _insist(self) -> None:
        first, *rest = self._steps[-self.caller.steps_left :]
        self.caller.replace_next(replace(first, at_once=True) if isinstance(first, PlaySound) else HangUp())
        for step in rest:
            self.caller.add(step)


def _sound(line: Line, speak: Callable[[str], Pcm]) -> Pcm:
    pieces = [speak(line.groups[0])]
    for pause_ms, group in zip(line.pauses_ms, line.groups[1:], strict=True):
        pieces += [np.zeros(pause_ms * RATE_HZ // 1000, np.int16), speak(group)]
    return np.concatenate(pieces)


Chance = np.random.Generator


def _tenant(chance: Chance) -> tuple[str, tuple[Line, ...]]:
    return HEATING, (
        Line("request", (f"bonjour, {_one(chance, _TROUBLES)}",)),
        _name(chance),
        _number(chance),
        _address(chance),
        Line("yes", ("oui c'est ça",)),
        Line("goodbye", ("non merci, au revoir",)),
    )


def _patient(chance: Chance) -> tuple[str, tuple[Line, ...]]:
    return PRACTICE, (
        Line("request", ("bonjour, je voudrais prendre rendez-vous",)),
        _name(chance),
        _number(chance),
        Line("yes", ("oui",)),
        Line("question", ("et quelle est votre adresse",)),
        Line("goodbye", ("merci, au revoir",)),
    )


def _asks_first(chance: Chance) -> tuple[str, tuple[Line, ...]]:
    return HEATING, (
        Line("question", ("bonjour, je voudrais savoir vos horaires",)),
        _barge_in(chance, _TROUBLES),
        _name(chance),
        _number(chance),
        _address(chance),
        Line("yes", ("oui",)),
        Line("goodbye", ("non, c'est tout, merci",)),
    )


def _wants_someone(chance: Chance) -> tuple[str, tuple[Line, ...]]:
    return PRACTICE, (
        Line("request", ("bonsoir, je voudrais parler au docteur roux",)),
        _barge_in(chance, _REASONS),
        _name(chance),
        _number(chance),
        Line("yes", ("oui c'est ça",)),
        Line("goodbye", ("non merci, au revoir",)),
    )


def _barge_in(chance: Chance, choices: Sequence[str]) -> Line:
    begun = _one(chance, ("attendez", "excusez-moi", "oui mais", "en fait"))
    return Line("barge-in", (f"{begun} {_one(chance, choices)}",), barge_in_ms=float(chance.integers(900, 2001)))


def _name(chance: Chance) -> Line:
    begun = _one(chance, ("je m'appelle", "c'est", "mon nom est"))
    return Line("name", (f"{begun} {_one(chance, _FIRST_NAMES)} {_one(chance, _SURNAMES)}",))


def _address(chance: Chance) -> Line:
    number = num2words(int(chance.integers(2, 60)), lang="fr")
    groups = (f"au {number} {_one(chance, _STREETS)}", f"à {_one(chance, _TOWNS)}")
    return Line("address", groups, (int(chance.integers(150, 351)),))


def _number(chance: Chance) -> Line:
    """A number reserved for fiction, dictated by pairs with breathing pauses."""
    last = [f"{pair:02d}" for pair in chance.integers(0, 100, 2)]
    pairs = ["zéro six", "trente-neuf", "quatre-vingt-dix-huit", *(_spoken(pair) for pair in last)]
    if chance.random() < 0.5:
        pairs[0] = f"c'est le {pairs[0]}"
    return Line("number", tuple(pairs), tuple(int(ms) for ms in chance.integers(150, 651, len(pairs) - 1)))


def _spoken(pair: str) -> str:
    said = num2words(int(pair), lang="fr")
    return f"zéro {said}" if pair[0] == "0" else said


def _one(chance: Chance, choices: Sequence[str]) -> str:
    return choices[int(chance.integers(len(choices)))]
