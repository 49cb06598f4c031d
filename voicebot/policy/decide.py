"""The rules of a call in the order in which they apply: danger, details, wishes, answers, then the next question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from voicebot.domain.acts import (
    Act,
    Affirm,
    AskForLanguage,
    AskToRepeat,
    AskToWait,
    GiveDetail,
    Greet,
    RefuseRecording,
    StateRequest,
    Unclear,
)
from voicebot.domain.call import Awaited, Call, EndReason, RecordingState, Stage
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.scenario import Outcome
from voicebot.policy import details, leave, read_back, requests, silence
from voicebot.policy.danger import danger_details, raise_red_flags
from voicebot.policy.turn import Turn


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules made of one turn: the call as it is now, and the decisions, in the order in which they are spoken."""

    call: Call
    decisions: tuple[Decision, ...]


def greet(call: Call, instructions: Instructions, now: datetime) -> Verdict:
    """The first words: legal notice, recording notice, the client's greeting for this hour."""
    turn = Turn(call, (), instructions, now)
    recorded = instructions.recording.enabled
    turn.change(stage=Stage.GREETING, recording=RecordingState.ON if recorded else RecordingState.OFF)
    turn.decide(
        Action.GREET,
        "opening.greet",
        "greeting.open" if turn.is_open else "greeting.closed",
        turn.openness,
        recorded="yes" if recorded else "",
    )
    turn.expect(Awaited.REQUEST)
    return _verdict(turn)


def decide(
    call: Call, acts: Iterable[Act], instructions: Instructions, now: datetime, facilities: Facilities = ONLY_MESSAGES
) -> Verdict:
    """Decisions on one caller turn.

    Args:
        call: the call before the turn. acts: what the caller did. now: aware time, decides opening hours.
        facilities: what can be done now beyond taking a message.
    """
    turn = Turn(call, acts, instructions, now, facilities)
    turn.change(silences=0, turns=call.turns + 1)
    _obey_wishes_about_the_call(turn)
    raise_red_flags(turn)
    details.use_shown_number(turn)
    details.keep_details(turn)
    details.give_up_unknown(turn)
    requests.recognise_request(turn)
    if turn.ended:
        # A refused request ends with its approved sentence: nothing is asked.
        turn.expect(Awaited.NOTHING)
        return _verdict(turn)
    details.note_expected_words(turn)
    requests.hear_wish_for_human(turn)
    requests.answer_questions(turn)
    _go_on(turn)
    return _verdict(turn)


def _obey_wishes_about_the_call(turn: Turn) -> None:
    language = turn.first(AskForLanguage)
    spoken = turn.instructions.identity.languages
    if language and language.language in spoken and language.language is not turn.call.language:
        turn.change(language=language.language)
        turn.decide(Action.SPEAK_LANGUAGE, "opening.language", "identity.languages", language.language)
    if turn.first(RefuseRecording) and turn.call.recording is RecordingState.ON:
        turn.change(recording=RecordingState.REFUSED)
        turn.decide(Action.STOP_RECORDING, "opening.refuse_recording", "recording")


def _go_on(turn: Turn) -> None:
    """What is said last in the turn: goodbye, patience, a repetition, or the next question."""
    if not turn.decided(Action.SAFETY_SCRIPT) and leave.hear_goodbye(turn):
        return
    if turn.first(AskToWait) and not turn.decisions:
        expected = turn.call.expectation
        turn.decide(Action.WAIT, "opening.wait", "house")
        turn.expect(expected.awaited, expected.detail, keypad=expected.keypad, patient=True)
        return
    if turn.first(AskToRepeat) and not turn.decisions:
        turn.decide(Action.REPEAT, "opening.repeat", "house")
        return
    if _rephrase(turn):
        return
    if read_back.hear_confirmation(turn):
        return
    _next_question(turn)


def _rephrase(turn: Turn) -> bool:
    """Words that could not be used: asked once more in the same state; after that the rules of details take over."""
    lost = turn.first(Unclear)
    if lost is None or turn.decisions or turn.call.stage is Stage.READING_BACK:
        return False
    turn.change(unclear=turn.call.unclear + 1)
    waits_for_detail = turn.call.expectation.awaited is Awaited.DETAIL
    if waits_for_detail or turn.call.unclear > 2:
        return False
    turn.decide(Action.ASK_TO_REPHRASE, "details.rephrase", "house", "" if lost.words.strip() else "not_heard")
    return True


def _next_question(turn: Turn) -> None:
    call = turn.call
    something_to_note = bool(call.scenario or call.details or call.human_asked or danger_details(turn))
    only_answer = turn.scenario is not None and turn.scenario.outcome is Outcome.ANSWER and not call.human_asked
    if call.stage is Stage.CLOSING:
        _go_on_after_message(turn)
    elif (only_answer and danger_details(turn) is None) or (turn.decided(Action.ANSWER) and not something_to_note):
        leave.ask_anything_else(turn)
    elif not something_to_note:
        turn.decide(Action.ASK_REQUEST, "requests.ask", "house", again="yes" if call.turns > 1 else "")
        turn.expect(Awaited.REQUEST)
    elif details.ask_missing(turn, count=not _interlude(turn)) or read_back.read_back(turn):
        return
    else:
        leave.take_message(turn)


def _interlude(turn: Turn) -> bool:
    """Did the caller ask something instead of answering? Then the question is put again without counting a try."""
    return turn.decided(
        Action.ANSWER,
        Action.SAY_ROBOT,
        Action.SAY_NOBODY_AVAILABLE,
        Action.STOP_RECORDING,
        Action.SPEAK_LANGUAGE,
        Action.SAFETY_SCRIPT,
    )


def _go_on_after_message(turn: Turn) -> None:
    """The message is taken and the caller adds something."""
    if turn.first(StateRequest) or turn.every(GiveDetail):
        if not (details.ask_missing(turn) or read_back.read_back(turn)):
            leave.take_message(turn)
    elif turn.decided(Action.ANSWER, Action.SAY_ROBOT, Action.SAY_NOBODY_AVAILABLE):
        leave.ask_anything_else(turn)
    elif turn.first(Affirm) or turn.first(Greet):
        turn.decide(Action.ASK_REQUEST, "requests.ask_more", "house", again="yes")
        turn.expect(Awaited.REQUEST)
    else:
        leave.end(turn, EndReason.GOODBYE, "leave.nothing_more")


def pass_silence(call: Call, instructions: Instructions, now: datetime) -> Verdict:
    """Decisions on a silence that lasted as long as it may."""
    turn = Turn(call, (), instructions, now)
    silence.answer_silence(turn)
    return _verdict(turn)


def reach_time_limit(call: Call, instructions: Instructions, now: datetime) -> Verdict:
    """The call has lasted as long as the client allows: a kind end that keeps what was said."""
    turn = Turn(call, (), instructions, now)
    leave.end(turn, EndReason.TIME_LIMIT, "limits.call")
    return _verdict(turn)


def resume(call: Call, instructions: Instructions, now: datetime) -> Verdict:
    """The line came back on another process or stream: apologise, then say again what was being said."""
    turn = Turn(call, (), instructions, now)
    turn.change(resumed=call.resumed + 1)
    turn.decide(Action.RESUME, "opening.resume", "house")
    if call.stage is Stage.GREETING and call.turns == 0:
        turn.decide(Action.ASK_REQUEST, "requests.ask", "house")
        turn.expect(Awaited.REQUEST)
    else:
        turn.decide(Action.REPEAT, "opening.repeat", "house")
    return _verdict(turn)


def _verdict(turn: Turn) -> Verdict:
    return Verdict(turn.call, tuple(turn.decisions))
