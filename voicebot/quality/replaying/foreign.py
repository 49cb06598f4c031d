"""Transcripts as past calls: ours with everything, those of other systems with the caller's words, as far as they go."""

from __future__ import annotations

from datetime import timedelta

from voicebot.domain.call import Call, EndReason
from voicebot.domain.instructions import Instructions
from voicebot.quality.client_examples import working_hour
from voicebot.quality.records.transcript import Transcript, Turn
from voicebot.quality.replaying.past_call import ANY, PastCall, Step, StepKind, past_call

_SILENCE_S = 6.0
_TURN_S = 6.0


def past_of(transcript: Transcript, instructions: Instructions) -> PastCall:
    """A transcript as a past call.

    One that is not ours begins, where nobody wrote down when, an hour after opening on a working day; what was asked and
    what the house could do is not known of it, and it ends with the caller's last words.
    """
    if transcript.record is not None:
        return past_call(transcript.record)
    began = transcript.started_at or working_hour(instructions)
    call = Call(transcript.id, instructions.id, instructions.version, "", "", began, instructions.language)
    greeting = Step(StepKind.PICKED_UP, began)
    steps = [_step(turn, place, call) for place, turn in enumerate(transcript.caller_turns, 1)]
    return PastCall(call, (greeting, *steps), ANY, EndReason.CALLER_HUNG_UP)


def is_foreign(past: PastCall) -> bool:
    return past.asked_at_end == ANY


def _step(turn: Turn, place: int, call: Call) -> Step:
    at_s = turn.started_s if turn.started_s is not None else place * _TURN_S
    at = call.started_at + timedelta(seconds=at_s)
    if turn.keys:
        # Whether the caller paused after the keys is not known: they did.
        return Step(StepKind.KEYS, at, {"keys": turn.keys}, ANY, decisions=({"action": "", "rule": "", "subject": ""},))
    if not turn.text.strip():
        return Step(StepKind.SILENT, at, {"silence_s": _SILENCE_S}, ANY)
    heard = {"text": turn.text, "confidence": turn.confidence if turn.confidence is not None else 1.0}
    return Step(StepKind.SAID, at, heard, ANY)
