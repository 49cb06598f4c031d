"""The yardstick: pipecat's own telephony bot over the house's engines, against which benchmarks measure ours.

Written as pipecat's Twilio example writes it (pipecat-examples, twilio-chatbot/inbound/bot.py), in the names of 1.14.
What is ours in it: ears, voice and the receptionist's rules, each behind the thinnest service that pipecat offers.

As in the example: 8 kHz in and out, metrics on, handle_sigint off, no WAV header, Silero VAD given to the user
aggregator. Left at pipecat's defaults: VAD parameters (stop after 0.2 s), turn start by VAD or transcript, turn end by
smart-turn v3 (asks once per pause, else waits 3 s), ttfs_p99_latency, trailing silence of segments, sentence
aggregation, resamplers, 40 ms of audio sent at a time, idle limits, RTVI, turn tracking, empty_user_turn.
Otherwise than the example: auto_hang_up is off, since there is no carrier account, and the call is not recorded.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import numpy as np
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import (
    EndWorkerFrame,
    ErrorFrame,
    Frame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMRunFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import SegmentedSTTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner
from starlette.websockets import WebSocket

from voicebot.domain.call import EndReason
from voicebot.domain.language import Language
from voicebot.domain.speaking import Heard, Reply, Then
from voicebot.errors import VoicebotError
from voicebot.speech.ports import RATE_HZ, Transcriber, Voice
from voicebot.voice.desk import Desk

Took = Callable[[str, float], None]
"""Told the name of an engine ("ears", "brain", "voice") and how long one use of it took, in ms."""


class _Ears(SegmentedSTTService):
    """The house's ears, one decoding per VAD segment."""

    def __init__(self, ears: Transcriber, language: Callable[[], Language], took: Took) -> None:
        super().__init__(settings=STTSettings(model=ears.name, language=None))
        self._ears = ears
        self._speaks = language
        self._took = took

    @property
    def wants_wav_segments(self) -> bool:
        return False

    def can_generate_metrics(self) -> bool:
        return True

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        began_s = time.monotonic()
        try:
            heard = await self._ears.transcribe(np.frombuffer(audio, np.int16), self._speaks())
        except VoicebotError as wrong:
            yield ErrorFrame(wrong.what)
            return
        self._took("ears", (time.monotonic() - began_s) * 1000)
        if heard.text:
            yield TranscriptionFrame(heard.text, self._user_id, time_now_iso8601())


class _Voice(TTSService):
    """The house's voice, one synthesis per sentence, without its cache of fixed sentences."""

    def __init__(self, voices: Callable[[Language], Voice], language: Callable[[], Language], took: Took) -> None:
        settings = TTSSettings(model=None, voice=None, language=None)
        super().__init__(push_start_frame=True, push_stop_frames=True, settings=settings)
        self._voices = voices
        self._speaks = language
        self._took = took

    def can_generate_metrics(self) -> bool:
        return True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        began_s = time.monotonic()
        try:
            pcm = await self._voices(self._speaks()).say(text)
        except VoicebotError as wrong:
            yield ErrorFrame(wrong.what)
            return
        self._took("voice", (time.monotonic() - began_s) * 1000)
        await self.stop_ttfb_metrics()
        yield TTSAudioRawFrame(pcm.tobytes(), RATE_HZ, 1, context_id=context_id)


class _Brain(LLMService):
    """The receptionist in the place of a language model: the last user message in, approved sentences out."""

    def __init__(self, desk: Desk, took: Took) -> None:
        nothing = dict.fromkeys(("temperature", "max_tokens", "top_p", "top_k", "frequency_penalty", "presence_penalty"))
        super().__init__(
            settings=LLMSettings(
                model="receptionist",
                system_instruction=None,
                seed=None,
                filter_incomplete_user_turns=False,
                user_turn_completion_config=None,
                **nothing,
            )
        )
        self._desk = desk
        self._took = took
        self._picked_up = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        reply = None
        try:
            reply = await self._reply(frame.context)
            for sentence in reply.sentences:
                await self._push_llm_text(sentence.text + " ")
        except VoicebotError as wrong:
            await self.push_error(wrong.what, exception=wrong)
        finally:
            await self.push_frame(LLMFullResponseEndFrame())
        if reply is not None and reply.then is Then.HANG_UP:
            await self.push_frame(EndWorkerFrame())

    async def _reply(self, context: LLMContext) -> Reply:
        if not self._picked_up:
            self._picked_up = True
            return await self._desk.pick_up()
        began_s = time.monotonic()
        heard = Heard(_last_words(context), heard_by="pipecat")
        reply = await self._desk.answer(heard, await self._desk.read(heard))
        self._took("brain", (time.monotonic() - began_s) * 1000)
        return reply


def _last_words(context: LLMContext) -> str:
    """What the caller said last; "" when pipecat asks about a turn without words (empty_user_turn)."""
    messages = context.get_messages()
    last = messages[-1] if messages else None
    if not isinstance(last, dict) or last.get("role") != "user":
        return ""
    words = last.get("content")
    return words if isinstance(words, str) else ""


async def talk(
    websocket: WebSocket,
    desk_of: Callable[[str], Awaitable[Desk]],
    ears: Transcriber,
    voices: Callable[[Desk], Callable[[Language], Voice]],
    took: Took,
) -> None:
    """One call over an accepted Twilio media stream, until someone hangs up.

    Args:
        desk_of: the receptionist of a carrier's call id. voices: those of a receptionist's client.
    """
    _, call_data = await parse_telephony_websocket(websocket)
    desk = await desk_of(str(call_data["call_id"]))
    serializer = TwilioFrameSerializer(
        stream_sid=call_data["stream_id"],
        call_sid=call_data["call_id"],
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    params = FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer)
    transport = FastAPIWebsocketTransport(websocket=websocket, params=params)
    worker = _worker(transport, desk, ears, voices(desk), took)
    # uvicorn owns the signals.
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    try:
        await runner.run()
    finally:
        await desk.hang_up(EndReason.CALLER_HUNG_UP)


def _worker(
    transport: FastAPIWebsocketTransport,
    desk: Desk,
    ears: Transcriber,
    voices: Callable[[Language], Voice],
    took: Took,
) -> PipelineWorker:
    def language() -> Language:
        return desk.call.language

    context = LLMContext()
    user, assistant = LLMContextAggregatorPair(
        context, user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    )
    pipeline = Pipeline(
        [
            transport.input(),
            _Ears(ears, language, took),
            user,
            _Brain(desk, took),
            _Voice(voices, language, took),
            transport.output(),
            assistant,
        ]
    )
    params = PipelineParams(
        audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ, enable_metrics=True, enable_usage_metrics=True
    )
    worker = PipelineWorker(pipeline, params=params)

    async def greet(_transport: FastAPIWebsocketTransport, _websocket: WebSocket) -> None:
        await worker.queue_frames([LLMRunFrame()])

    async def leave(_transport: FastAPIWebsocketTransport, _websocket: WebSocket) -> None:
        await worker.cancel()

    transport.add_event_handler("on_client_connected", greet)
    transport.add_event_handler("on_client_disconnected", leave)
    return worker
