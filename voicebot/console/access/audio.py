"""Opens the sound of calls: the only place of the console that reads it. Who hears what is noted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from voicebot.call_file.clip import has_sound
from voicebot.call_file.tape import RECORDING
from voicebot.console.access.hourly import NotedHourly
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Kind, Visitor, require
from voicebot.domain.agent import Role
from voicebot.domain.call import Call, RecordingState
from voicebot.domain.instructions import Instructions
from voicebot.errors import NoSound, NotAllowed

LISTENED = "listened"


@dataclass(frozen=True, slots=True)
class OpenedAudio:
    """folder: of the call. recording: the finished file; None while the call goes on."""

    call: Call
    folder: Path
    recording: Path | None


OpenAudio = Callable[[Visitor, str], Awaitable[OpenedAudio]]


def audio_of(house: ConsoleHouse) -> OpenAudio:
    """The one function that opens a call's sound.

    It raises UnknownCall; NotAllowed to who may not hear it; NoSound when there is nothing to hear; StoreError when it
    could not be noted who listens, and then nothing is heard.
    """
    noted = NotedHourly(house)

    async def open_audio(visitor: Visitor, call_id: str) -> OpenedAudio:
        call = await house.book.call(call_id)
        instructions = house.instructions_of(call)
        require(visitor, Kind.AUDIO, client=call.client)
        if not may_hear(visitor, instructions, call):
            raise NotAllowed("The sound of calls under professional secrecy is for those who work for the client.")
        why = why_silent(house, call, instructions)
        if why:
            raise NoSound(f"Nothing of call {call.id} can be heard: {why}.")
        await noted.note(visitor, LISTENED, Kind.AUDIO, call.id, call.client)
        folder = house.call_folder(call)
        recording = folder / RECORDING
        return OpenedAudio(call, folder, recording if recording.exists() else None)

    return open_audio


def may_hear(visitor: Visitor, instructions: Instructions, call: Call) -> bool:
    """Under professional secrecy (health, legal) whoever only judges calls must have been given this client by name."""
    if not visitor.may(Kind.AUDIO, client=call.client):
        return False
    judges_only = visitor.user.role is Role.QA
    return not (instructions.confidentiality.secret and judges_only and call.client not in visitor.user.clients)


def why_silent(house: ConsoleHouse, call: Call, instructions: Instructions) -> str:
    """Why nothing of a call can be heard: "refused" by the caller, "off" by the client's rule, "deleted"; "" when it can."""
    if call.recording is RecordingState.REFUSED:
        return "refused"
    if call.recording is RecordingState.OFF:
        return "off"
    kept_until = (call.ended_at or house.clock()) + timedelta(days=instructions.recording.keep_days)
    # Over its time it is not heard, even while its file has not been swept away yet.
    return "" if house.clock() < kept_until and has_sound(house.call_folder(call)) else "deleted"
