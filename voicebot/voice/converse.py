"""One call on one line, from the first sentence to the end.

Not pipecat's LLM service and aggregators: the receptionist's `read` is cancellable and writes nothing and its `answer`
is one short commit, so speculation, barge-in and resumption are a state machine over 32 ms windows (turn_taking) and one
task per turn (conversation), which is faster, and can be read and tested without a pipeline. See docs/voice.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

import structlog
from loguru import logger as pipecat_log
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner
from starlette.websockets import WebSocketDisconnect, WebSocketState

from voicebot.domain.language import Language
from voicebot.speech.ports import RATE_HZ, Transcriber, Voice
from voicebot.voice.call_tape import Tape
from voicebot.voice.conversation import Conversation
from voicebot.voice.desk import Desk
from voicebot.voice.line import HowItEnded, Line, Opening
from voicebot.voice.live_line import LiveLine
from voicebot.voice.news import Source
from voicebot.voice.processors import InConversation, LineIn, LineOut
from voicebot.voice.shared_line import SharedLine
from voicebot.voice.shared_models import SharedModels, shared_models

log = structlog.get_logger()

CLOSE_LIMIT_S = 1.0
PIPELINE_LIMIT_S = 5.0

OnLevel = Callable[[float, float], None]
"""Levels (rms, 0-1) of the caller and of the receptionist, about ten times a second."""


async def converse(
    line: Line,
    receptionist: Desk,
    ears: Transcriber,
    voices: Callable[[Language], Voice],
    tape: Tape | None,
    *,
    opening: Opening,
    on_level: OnLevel | None = None,
    models: SharedModels | None = None,
    news: Source | None = None,
    on_live: Callable[[LiveLine], None] | None = None,
) -> HowItEnded:
    """Talk with the caller until someone hangs up or the line breaks.

    Args:
        tape: recording of the call, written while the receptionist allows it; None records nothing.
        models: voice detector and turn model; None means the process's own (see shared_models).
        news: how the people on call and the queue stand, whenever that changes; it may repeat itself, may end, and is left
            with the call.
        on_live: given what humans may do with this line, before the greeting; good until converse returns.

    Returns: how it ended; the websocket is closed, the receptionist was told, and no task is left.
    """
    _quiet_pipecat()
    models = models or await shared_models()
    out: LineOut | None = None

    def lost() -> None:
        conversation.line_ended(HowItEnded.LINE_LOST)

    out = LineOut(line, lost)
    conversation = Conversation(
        out.write,
        receptionist,
        ears,
        voices,
        models,
        tape,
        opening,
        line.stream_id,
        marks=line.marks,
        offset_ms=_elapsed_ms(receptionist) if opening is Opening.RESUME else 0,
        on_level=on_level,
        news=news,
    )
    pipeline = Pipeline([LineIn(line, lost), InConversation(conversation), out])
    shared = SharedLine(conversation, receptionist, ears, voices, models)
    if on_live is not None:
        on_live(shared)
    # First things first: the greeting is on its way while the pipeline is being built.
    conversation.begin()
    running = asyncio.create_task(_run(pipeline, line.stream_id), name=f"call-{line.stream_id}:pipeline")
    running.add_done_callback(lambda _: lost())
    how = HowItEnded.LINE_LOST
    try:
        how = await conversation.until_ended()
    finally:
        await shared.close(how)
        await _close(conversation, how, running, line)
    log.info("conversation_ended", stream=line.stream_id, how=how.value, late_ms=int(conversation.mouth.late_ms))
    return how


async def _run(pipeline: Pipeline, stream_id: str) -> None:
    """One runner per call: a shared one never forgets its workers."""
    worker = PipelineWorker(
        pipeline,
        name=f"line-{stream_id}",
        params=PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
        cancel_on_idle_timeout=False,
    )
    runner = WorkerRunner(name=f"call-{stream_id}", handle_sigint=False, handle_sigterm=False)
    await runner.add_workers(worker)
    await runner.run()


async def _close(conversation: Conversation, how: HowItEnded, running: asyncio.Task[None], line: Line) -> None:
    await conversation.close(how)
    websocket = line.websocket
    if WebSocketState.DISCONNECTED not in (websocket.application_state, websocket.client_state):
        with suppress(RuntimeError, OSError, TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await websocket.close()
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=PIPELINE_LIMIT_S)
    if not done:
        log.error("pipeline_does_not_end", stream=line.stream_id)
    elif not running.cancelled() and (wrong := running.exception()):
        log.error("pipeline_failed", stream=line.stream_id, exc_info=wrong)


def _elapsed_ms(receptionist: Desk) -> int:
    """ms since the call began, on the receptionist's own clock."""
    return max(0, int((receptionist.instructions.limits.call_s - receptionist.time_limit_s) * 1000))


@lru_cache(maxsize=1)
def _quiet_pipecat() -> None:
    # pipecat logs every frame at debug level and quotes messages that it cannot read, numbers and words included.
    pipecat_log.disable("pipecat")
