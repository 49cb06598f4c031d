"""Whose voice it is, on real sound with the real detector: other voices in the room, and callers who become soft."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from voicebot.quality.listening.conditions import NoiseKind
from voicebot.quality.listening.noises import noise_loop, speech_rms
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import Pcm
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.voice.shared_models import shared_models
from voicebot.voice.voice_activity import WINDOW, VoiceActivity

Sound = NDArray[np.float64]

SAID = ("bonjour je n'ai plus d'eau chaude depuis ce matin", "je m'appelle paul martin", "au douze rue des lilas à lyon")
TALK = "alors je lui ai dit que ce n'était pas possible de venir demain matin à cause du train"
TURN_ENDS_MS = 544
REST = 5 * 8000


def spoken(text: str, voice: str = "fr+m3") -> Sound:
    return EspeakVoice(voice).synthesise(text).astype(np.float64)


def turns(*sounds: Sound) -> tuple[Sound, list[slice]]:
    """What a caller says after 4 s of listening, 5 s apart, and where."""
    pieces, where, at = [np.zeros(4 * 8000)], [], 4 * 8000
    for sound in sounds:
        where.append(slice(at // WINDOW, (at + len(sound)) // WINDOW))
        pieces += [sound, np.zeros(REST)]
        at += len(sound) + REST
    return np.concatenate(pieces), where


async def voiced(sound: Sound) -> NDArray[np.bool_]:
    """Per window of a µ-law line with a little noise of its own."""
    noisy = sound + np.random.default_rng(1).normal(0, 10, len(sound))
    line: Pcm = decode_ulaw(encode_ulaw(np.clip(noisy, -32768, 32767).astype(np.int16)))
    activity = VoiceActivity((await shared_models()).new_detector())
    return np.array([activity.judge(line[at : at + WINDOW])[0] for at in range(0, len(line) - WINDOW, WINDOW)])


def first_silence_ms(after: NDArray[np.bool_]) -> int | None:
    """When the first silence begins that is long enough to end a turn."""
    quiet = 0
    for number, voice in enumerate(after, start=1):
        quiet = 0 if voice else quiet + 32
        if quiet >= TURN_ENDS_MS:
            return number * 32 - quiet
    return None


async def test_turns_end_though_others_talk_in_the_room() -> None:
    caller, where = turns(*(spoken(text) for text in SAID))
    talkers = [EspeakVoice(voice).synthesise(TALK) for voice in ("fr+f4", "fr+m7", "fr-be+m1", "fr+f2")]
    level = speech_rms(EspeakVoice("fr+m3").synthesise(SAID[0])) * 10 ** (-15 / 20)
    babble = np.resize(noise_loop(NoiseKind.BABBLE, level, 3, talkers), len(caller))
    heard = await voiced(caller + babble)
    assert heard[: where[0].start].mean() > 0.8, "the babble is taken for voices"
    for turn in where:
        assert heard[turn].mean() > 0.6
        silence_ms = first_silence_ms(heard[turn.stop : turn.stop + 94])
        assert silence_ms is not None
        assert silence_ms < 1200


@pytest.mark.parametrize("softer_db", [10, 16, 20])
async def test_a_caller_who_cried_out_and_then_speaks_softly_is_heard(softer_db: int) -> None:
    soft = [spoken(text) * 10 ** (-softer_db / 20) for text in SAID[1:]]
    caller, where = turns(spoken(SAID[0]), *soft)
    heard = await voiced(caller)
    plain = await voiced(turns(*(spoken(text) for text in SAID))[0])
    for turn in where:
        assert heard[turn].mean() > 0.8 * plain[turn].mean()
    assert heard.sum() < sum(turn.stop - turn.start for turn in where) + 10
