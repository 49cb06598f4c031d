"""Writes and reads the folder that one call leaves: call.json, transcript.txt, recording.wav, timeline.svg."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from voicebot.call_file.call_record import FORMAT, CallFile, Recording
from voicebot.call_file.exchanges import exchanges_of, models_of, troubles_of
from voicebot.call_file.tape import RECORDING, Tape
from voicebot.call_file.timeline import timeline_of
from voicebot.call_file.timeline_svg import timeline_svg
from voicebot.call_file.transcript import transcript_of
from voicebot.call_file.writing import PRIVATE_FOLDER, in_store_words, write_whole
from voicebot.domain.call import Call, RecordingState
from voicebot.domain.events import CallEvent
from voicebot.domain.message import Message
from voicebot.domain.message_event import MessageEvent
from voicebot.errors import StoreError

CALL_JSON = "call.json"
TRANSCRIPT = "transcript.txt"
TIMELINE = "timeline.svg"
_PARIS = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class CallFolder:
    """Paths of what was written. recording: None when no audio may be kept; timeline: None when nothing was timed."""

    folder: Path
    call_json: Path
    transcript: Path
    recording: Path | None
    timeline: Path | None


async def save_call_folder(
    folder: Path,
    call: Call,
    events: Sequence[CallEvent],
    message: Message | None,
    tape: Tape | None,
    *,
    zone: tzinfo | None = None,
    after_call: Sequence[MessageEvent] = (),
) -> CallFolder:
    """write_call_folder in a worker thread."""
    return await asyncio.to_thread(write_call_folder, folder, call, events, message, tape, zone=zone, after_call=after_call)


def write_call_folder(
    folder: Path,
    call: Call,
    events: Sequence[CallEvent],
    message: Message | None,
    tape: Tape | None,
    *,
    zone: tzinfo | None = None,
    after_call: Sequence[MessageEvent] = (),
) -> CallFolder:
    """Writes the folder, each file whole or not at all; may be done again at any time from the store's rows.

    Blocks: see save_call_folder. The tape is closed. recording.wav is there only while call.recording is ON; otherwise
    any audio of the call is deleted.

    Args:
        events: all of the call's, in order.
        tape: of this process, or None: what another process left in the folder is used.
        zone: of the times of day that people read; None means Europe/Paris.
        after_call: what happened to the message so far, in order; written again whenever more has happened.

    Raises: StoreFull, with the files written so far and the tape kept; StoreError.
    """
    tape = tape or Tape(folder, keep_audio=False)
    zone = zone or ZoneInfo(_PARIS)
    with in_store_words("The call's folder"):
        folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    recording = _write_recording(folder, call, tape)
    record = _record_of(call, tuple(events), message, tape, recording, tuple(after_call))
    timeline = None
    if record.timeline is not None:
        timeline = folder / TIMELINE
        drawing = timeline_svg(record, tape.levels(), zone)
        write_whole(timeline, lambda file: file.write(drawing))
    transcript = transcript_of(record, zone).encode()
    write_whole(folder / TRANSCRIPT, lambda file: file.write(transcript))
    write_whole(folder / CALL_JSON, lambda file: file.write(record.as_json()))
    if call.ended is not None:
        tape.drop_parts()
    return CallFolder(folder, folder / CALL_JSON, folder / TRANSCRIPT, recording, timeline)


def read_call_file(path: Path) -> CallFile:
    """Reads call.json. Raises: StoreError for a file that is not there, not JSON, or of another format; never its words."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as failure:
        raise StoreError(f"{path} cannot be read: {failure.strerror}.") from failure
    except ValueError as failure:
        raise StoreError(f"{path} is not JSON.", "Write the call's folder again from the store.") from failure
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        named = f'"{found}"' if isinstance(found, str) else "no format"
        raise StoreError(f'{path} has {named}; this version reads "{FORMAT}".', "Use the version that wrote it.")
    try:
        return CallFile.model_validate(content)
    except ValidationError as wrong:
        places = ", ".join(".".join(map(str, e["loc"])) + f" ({e['type']})" for e in wrong.errors()[:5])
        raise StoreError(f"{path} is not a whole {FORMAT} file: {places}.", "Write the folder again.") from None


def _write_recording(folder: Path, call: Call, tape: Tape) -> Path | None:
    if call.recording is RecordingState.REFUSED:
        tape.stop_and_delete()
    tape.close()
    path = folder / RECORDING
    if call.recording is RecordingState.ON:
        # Without parts the recording was written before, and its parts were dropped: it stays.
        return path if tape.write_recording() or path.exists() else None
    tape.drop_parts()
    with in_store_words(RECORDING):
        path.unlink(missing_ok=True)
    return None


def _record_of(
    call: Call,
    events: tuple[CallEvent, ...],
    message: Message | None,
    tape: Tape,
    recording: Path | None,
    after_call: tuple[MessageEvent, ...],
) -> CallFile:
    try:
        exchanges = exchanges_of(events)
        return CallFile(
            format=FORMAT,
            call=call,
            message=message,
            exchanges=exchanges,
            timeline=timeline_of(exchanges, tape),
            recording=Recording(file=RECORDING if recording else None, stopped_at_ms=tape.audio_stopped_ms),
            models=models_of(events),
            troubles=troubles_of(events),
            events=events,
            after_call=after_call,
        )
    except (ValidationError, TypeError, KeyError) as wrong:
        # What could not be read is in the message of the cause, with a caller's words: only its type is told.
        kind = type(wrong).__name__
        raise StoreError(f"The events of call {call.id} are not of this version ({kind}).", "Report this.") from None
