"""Echo of the receptionist's own voice: real sound, the real detector and canceller, on a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from voicebot.quality.listening.conditions import Echo
from voicebot.quality.listening.telephone import SpeakerphoneEcho
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import Pcm
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.voice.echo import BLOCK, EchoCancelling, HeardByCaller, webrtc_canceller
from voicebot.voice.shared_models import shared_models
from voicebot.voice.voice_activity import WINDOW, Detector, VoiceActivity

GREETING = "Bonjour, vous êtes bien chez Chauffage Morel. Je suis une intelligence artificielle, pas une personne."
QUESTION = "Nos bureaux sont fermés, mais je peux prendre votre message. Quel est votre nom, s'il vous plaît ?"
PAUSE = np.zeros(8000, dtype=np.int16)
FRAME, LEAD_MS = 160, 400
ECHOES = (
    Echo(return_db=30, delay_ms=120, room_ms=80),
    Echo(return_db=15, delay_ms=180, room_ms=150),
    Echo(return_db=15, delay_ms=400, room_ms=150),
)


@pytest.fixture
async def new_detector() -> Callable[[], Detector]:
    return (await shared_models()).new_detector


def spoken(voice: str, *texts: str) -> Pcm:
    return np.concatenate([piece for text in texts for piece in (EspeakVoice(voice).synthesise(text), PAUSE)])


def line_of(house: Pcm, caller: NDArray[np.float64], echo: Echo | None) -> Pcm:
    """What the carrier sends: the caller, and what the room returns, over a little noise, as µ-law."""
    sound = caller + np.random.default_rng(1).normal(0, 10, len(caller))
    if echo is not None:
        returned = SpeakerphoneEcho(echo, seed=2)
        sound += np.concatenate([returned.returned(house[at : at + FRAME]) for at in range(0, len(house), FRAME)])
    return decode_ulaw(encode_ulaw(np.clip(sound, -32768, 32767).astype(np.int16)))


def listened(
    cancelling: EchoCancelling, heard: HeardByCaller, clock: list[float], house: Pcm, line: Pcm, pieces: int = FRAME
) -> Pcm:
    """The line as turn taking gets it, while the house's sound is sent ahead."""
    out, sent = [], 0
    for at in range(0, len(line), pieces):
        clock[0] = (at + pieces) / 8
        while sent < len(house) and sent / 8 <= clock[0] + LEAD_MS:
            heard.hear_house(house[sent : sent + FRAME])
            sent += FRAME
        out.append(cancelling.without_echo(line[at : at + pieces]))
    return np.concatenate(out)


def voice_ms(pcm: Pcm, new_detector: Callable[[], Detector], first: int = 0, last: int | None = None) -> int:
    activity = VoiceActivity(new_detector())
    judged = [activity.judge(pcm[at : at + WINDOW])[0] for at in range(0, len(pcm) - WINDOW, WINDOW)]
    return 32 * sum(judged[first // WINDOW : last // WINDOW if last is not None else None])


def whole_frames(pcm: Pcm) -> Pcm:
    return pcm[: len(pcm) // FRAME * FRAME]


@pytest.mark.parametrize("echo", ECHOES, ids=lambda echo: f"{echo.return_db:.0f} dB after {echo.delay_ms:.0f} ms")
def test_her_own_voice_is_not_taken_for_the_callers_and_the_caller_over_hers_is(
    echo: Echo, new_detector: Callable[[], Detector]
) -> None:
    house = whole_frames(spoken("fr+f2", GREETING, QUESTION))
    words = spoken("fr+m3", "attendez s'il vous plaît, j'ai une fuite d'eau")
    caller, at = np.zeros(len(house)), len(house) - len(words) - 16_000
    caller[at : at + len(words)] = words
    clock = [0.0]
    heard = HeardByCaller(lambda: clock[0])
    cancelling = EchoCancelling(heard, lambda: clock[0], new_detector, webrtc_canceller)
    line = line_of(house, caller, echo)
    clean = listened(cancelling, heard, clock, house, line)
    assert voice_ms(line, new_detector, last=at) > 2500
    assert voice_ms(clean, new_detector, last=at) <= 200
    assert voice_ms(clean, new_detector, at, at + len(words)) > 0.6 * voice_ms(
        line_of(house, caller, None), new_detector, at, at + len(words)
    )


def test_a_line_that_returns_nothing_is_left_as_it_is_and_costs_no_cancelling(
    new_detector: Callable[[], Detector],
) -> None:
    class Counted:
        blocks = 0

        def process(self, near: Pcm, far: Pcm) -> Pcm:
            assert len(near) == len(far) == BLOCK
            Counted.blocks += 1
            return np.zeros_like(near)

    house = whole_frames(spoken("fr+f2", GREETING, QUESTION, GREETING))
    caller = np.zeros(len(house))
    line = line_of(house, caller, None)
    clock = [0.0]
    heard = HeardByCaller(lambda: clock[0])
    cancelling = EchoCancelling(heard, lambda: clock[0], new_detector, Counted)
    out = listened(cancelling, heard, clock, house, line)
    known = 3 * 8000
    assert np.array_equal(out[known:], line[known : len(out)])
    assert Counted.blocks * 10 < 5000
    assert cancelling.returned < 0.1


def test_a_telephone_put_on_its_speaker_in_mid_call_is_noticed(new_detector: Callable[[], Detector]) -> None:
    house = whole_frames(spoken("fr+f2", GREETING, QUESTION, GREETING, QUESTION))
    half = len(house) // 2 // FRAME * FRAME
    line = line_of(house, np.zeros(len(house)), ECHOES[1])
    line[:half] = line_of(house, np.zeros(len(house)), None)[:half]
    clock = [0.0]
    heard = HeardByCaller(lambda: clock[0])
    cancelling = EchoCancelling(heard, lambda: clock[0], new_detector, webrtc_canceller)
    out = listened(cancelling, heard, clock, house, line)
    learnt = half + 3 * 8000
    assert voice_ms(line, new_detector, learnt) > 1500
    assert voice_ms(out, new_detector, learnt) <= 200


@pytest.mark.parametrize("pieces", [160, 200, 1000])
def test_nothing_is_lost_whatever_the_pieces(pieces: int, new_detector: Callable[[], Detector]) -> None:
    house = whole_frames(spoken("fr+f2", GREETING))
    line = line_of(house, np.zeros(len(house)), ECHOES[0])
    clock = [0.0]
    heard = HeardByCaller(lambda: clock[0])
    out = listened(
        EchoCancelling(heard, lambda: clock[0], new_detector, webrtc_canceller), heard, clock, house, line, pieces
    )
    assert len(line) - BLOCK < len(out) <= len(line)


def test_lost_frames_leave_the_echo_where_it_belongs(new_detector: Callable[[], Detector]) -> None:
    house = whole_frames(spoken("fr+f2", GREETING, QUESTION, GREETING))
    line = line_of(house, np.zeros(len(house)), ECHOES[1])
    clock, chance, out, sent = [0.0], np.random.default_rng(4), [], 0
    heard = HeardByCaller(lambda: clock[0])
    cancelling = EchoCancelling(heard, lambda: clock[0], new_detector, webrtc_canceller)
    for at in range(0, len(line), FRAME):
        clock[0] = (at + FRAME) / 8
        while sent < len(house) and sent / 8 <= clock[0] + LEAD_MS:
            heard.hear_house(house[sent : sent + FRAME])
            sent += FRAME
        if chance.random() >= 0.03:
            out.append(cancelling.without_echo(line[at : at + FRAME]))
    # Half to four fifths of the echo is left where lost frames are never made up for; 5 to 10 % here.
    assert voice_ms(np.concatenate(out), new_detector) < 0.2 * voice_ms(line, new_detector)


def test_what_was_cleared_was_never_heard() -> None:
    clock = [0.0]
    heard = HeardByCaller(lambda: clock[0])
    heard.hear_house(np.full(3200, 1000, dtype=np.int16))
    clock[0] = 100.0
    heard.clear_house()
    assert np.array_equal(heard.played(0, 1600), np.r_[np.full(800, 1000), np.zeros(800)])
    assert heard.loud_until == 800
    clock[0] = 150.0
    heard.hear_house(np.full(160, 7, dtype=np.int16))
    assert np.array_equal(heard.played(800, 640), np.r_[np.zeros(400), np.full(160, 7), np.zeros(80)])
