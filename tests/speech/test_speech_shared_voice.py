import asyncio
import threading

import numpy as np
import pytest

from voicebot.errors import SpeechTimedOut
from voicebot.speech.engine_queue import EngineQueue
from voicebot.speech.ports import Pcm
from voicebot.speech.shared_voice import SharedVoice
from voicebot.speech.voice_cache import VoiceCache


class GatedSynthesiser:
    """Makes one second of sound once its gate is open; what is withdrawn by then is cut short."""

    engine = "gated"
    version = "1"

    def __init__(self, name: str = "gated") -> None:
        self.name = name
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.said: list[str] = []

    def synthesise(self, text: str, withdrawn=lambda: False) -> Pcm:
        self.entered.set()
        self.gate.wait(30)
        self.said.append(text)
        return np.zeros(0 if withdrawn() else 8000, np.int16)


@pytest.fixture
async def queue():
    queue = EngineQueue("gated", limit_s=30)
    yield queue
    await queue.close()


async def test_a_sentence_cut_short_by_a_hang_up_is_not_kept(queue, tmp_path):
    synthesiser = GatedSynthesiser()
    voice = SharedVoice(synthesiser, queue, VoiceCache(tmp_path))
    speaking = asyncio.create_task(voice.say("Bonjour.", fixed=True))
    await asyncio.to_thread(synthesiser.entered.wait, 30)
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    synthesiser.gate.set()
    assert len(await voice.say("Bonjour.", fixed=True)) == 8000


async def test_a_fixed_sentence_is_made_once_and_another_each_time(queue, tmp_path):
    synthesiser = GatedSynthesiser()
    synthesiser.gate.set()
    voice = SharedVoice(synthesiser, queue, VoiceCache(tmp_path))
    for _ in range(3):
        await voice.say("Bonjour.", fixed=True)
        await voice.say("Madame Martin.")
    assert synthesiser.said.count("Bonjour.") == 1
    assert synthesiser.said.count("Madame Martin.") == 3


@pytest.mark.looptime
async def test_a_late_voice_gives_way_to_its_spare(queue, tmp_path):
    late, ready = GatedSynthesiser("late"), GatedSynthesiser("ready")
    ready.gate.set()
    spare = SharedVoice(ready, EngineQueue("spare", limit_s=3000), VoiceCache(tmp_path))
    voice = SharedVoice(late, queue, VoiceCache(tmp_path), spare=spare)
    # A cached sentence answers without the spare's worker: virtual time does not wait for threads.
    held = spare._cache.keep(spare._key("Bonjour."), np.ones(10, np.int16))
    assert await voice.say("Bonjour.", fixed=True) is held
    with pytest.raises(SpeechTimedOut):
        await SharedVoice(late, queue, VoiceCache(tmp_path)).say("Bonsoir.")
    late.gate.set()
    await spare._queue.close()
