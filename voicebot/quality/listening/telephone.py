"""A caller's telephone and where they stand: what becomes of their voice before it reaches the network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import lfilter

from voicebot.quality.carried_call import FRAME_SAMPLES, Moment, Person
from voicebot.quality.listening.codecs import as_pcm, codec_pass
from voicebot.quality.listening.conditions import Condition, Echo
from voicebot.quality.listening.noises import Sound, noise_loop
from voicebot.speech.ports import RATE_HZ, Pcm

FULL_SCALE = 32768.0


class SpeakerphoneEcho:
    """What comes back of the receptionist: later, softer, with the first reflections of a room behind it."""

    def __init__(self, echo: Echo, seed: int) -> None:
        self._room = room_response(echo, seed)
        self._state = np.zeros(len(self._room) - 1)
        self._late = np.zeros(round(echo.delay_ms * RATE_HZ / 1000))

    def returned(self, heard: Pcm) -> Sound:
        """What the microphone takes up while heard (shape (160,)) is being played."""
        line = np.concatenate([self._late, heard.astype(np.float64)])
        now, self._late = line[: len(heard)], line[len(heard) :]
        echoed, self._state = lfilter(self._room, [1.0], now, zi=self._state)
        return echoed


def room_response(echo: Echo, seed: int) -> Sound:
    """Direct sound and decaying reflections, whose energy together is that of return_db. Shape (≥ 2,)."""
    chance = np.random.default_rng((seed, 3))
    taps = max(2, round(echo.room_ms * RATE_HZ / 1000))
    decay = 10 ** (-3 * np.arange(taps) / taps)
    response = chance.standard_normal(taps) * decay * 0.2
    response[0] = 1.0
    return response * 10 ** (-echo.return_db / 20) / np.sqrt(np.sum(response**2))


class Telephone:
    """One call's path from a mouth to the network under a condition.

    Args:
        voice_rms: of the voice as it is said (noises.speech_rms), before the condition's gain.
        talkers: voices of a babble. seed: of noise and room.
    """

    def __init__(self, condition: Condition, voice_rms: float, seed: int, talkers: Sequence[Pcm] = ()) -> None:
        self._gain = 10 ** (condition.gain_db / 20)
        self._highest = FULL_SCALE * 10 ** (condition.clip_dbfs / 20)
        self._echo = SpeakerphoneEcho(condition.echo, seed) if condition.echo else None
        self._codec = codec_pass(condition.codec)
        self._noise: Sound | None = None
        self._at = 0
        if condition.noise is not None:
            level = voice_rms * self._gain * 10 ** (-condition.noise.snr_db / 20)
            self._noise = noise_loop(condition.noise.kind, level, seed, talkers)

    def take_up(self, said: Pcm, heard: Pcm) -> Pcm:
        """20 ms: said by the mouth while heard comes out of the loudspeaker, shapes (160,)."""
        sound = said.astype(np.float64) * self._gain
        if self._echo is not None:
            sound = sound + self._echo.returned(heard)
        if self._noise is not None:
            sound = sound + self._noise[self._at : self._at + FRAME_SAMPLES]
            self._at = (self._at + FRAME_SAMPLES) % len(self._noise)
        return as_pcm(self._codec(np.clip(sound, -self._highest, self._highest)))


class OnATelephone:
    """A person who speaks through a Telephone (see carried_call.Person)."""

    def __init__(self, person: Person, telephone: Telephone) -> None:
        self._person = person
        self._telephone = telephone

    def live(self, heard: Pcm) -> Moment:
        moment = self._person.live(heard)
        said = self._telephone.take_up(moment.said, heard)
        return Moment(said, moment.keys, moment.hangs_up, moment.breaks_line)
