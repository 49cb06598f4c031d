"""The rules of a call in the order in which they apply: danger, request, details, who calls, where to, the next question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from voicebot.domain.acts import Act, Affirm, DoNotKnow, GiveDetail, Greet, StateRequest
from voicebot.domain.call import Awaited, Call, EndReason, Stage
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.details import CALLBACK_NUMBER, REASON
from voicebot.domain.handoff import Returned, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import Ladder
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.scenario import Outcome
from voicebot.policy import (
    call_back,
    details,
    filters,
    handover,
    keeping,
    leave,
    on_call_news,
    opening,
    people,
    read_back,
    requests,
    secrecy,
    silence,
    taking_back,
    waiting,
)
from voicebot.policy.danger import danger_details, raise_red_flags
from voicebot.policy.orientation import orient
from voicebot.policy.turn import Turn


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules made of one turn: the call as it is now, and the decisions, in the order in which they are spoken."""

    call: Call
    decisions: tuple[Decision, ...]


def greet(call: Call, instructions: Instructions, now: datetime) -> Verdict:
    """The first words: legal notice, recording notice, the client's greeting for this hour, its notices."""
    turn = Turn(call, (), instructions, now)
    opening.greet(turn)
    return verdict_of(turn)


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
    answer(turn)
    return verdict_of(turn)


def answer(turn: Turn) -> None:
    """Everything that follows from the acts of a turn."""
    _understand(turn)
    requests.give_approved_answers(turn)
    if turn.ended:
        # A refused request ends with its approved sentence: nothing is asked.
        turn.expect(Awaited.NOTHING)
        return
    keeping.note_expected_words(turn)
    if secrecy.keep_secrets(turn):
        return
    _answer_wishes(turn)
    if not waiting.waits(turn.call):
        requests.answer_questions(turn)
        on_call_news.answer_with_news(turn)
    else:
        requests.answer_while_waiting(turn)
    _go_on(turn)


def _understand(turn: Turn) -> None:
    """What is known after the caller's words, danger first: request, details, who calls, whom they want, where it leads."""
    new_language = opening.choose_language(turn)
    raise_red_flags(turn)
    if new_language:
        opening.say_language(turn, first=not turn.decided(Action.SAFETY_SCRIPT))
    opening.say_languages(turn)
    opening.stop_recording(turn)
    requests.hear_doubt(turn)
    requests.recognise_request(turn)
    people.hear_which(turn)
    keeping.keep_details(turn)
    requests.note_questions(turn)
    filters.recognise_caller(turn)
    people.hear_wishes(turn)
    orient(turn)


def _answer_wishes(turn: Turn) -> None:
    """Whoever was asked for and cannot be had: said truly, twice at most, and a message is offered."""
    asking = bool(turn.call.person_candidates) or _purpose_first(turn)
    if not turn.wished or asking or handover.under_way(turn) or people.wishes_exhausted(turn):
        return
    if not handover.can_put_through(turn):
        if on_call_news.human_is_being_tried(turn):
            on_call_news.say_how_it_stands(turn)
        else:
            people.say_nobody(turn)
    elif stand_in := people.stand_in(turn):
        people.say_nobody(turn, instead=stand_in)


def _go_on(turn: Turn) -> None:
    """What is said last in the turn: goodbye, patience, a repetition, or the next question."""
    if not turn.just_endangered and leave.hear_goodbye(turn):
        return
    if waiting.waits(turn.call):
        _go_on_waiting(turn)
        return
    if handover.under_way(turn):
        handover.hold_on(turn)
        return
    if call_back.correct(turn):
        return
    if on_call_news.hear_stay(turn) or on_call_news.hear_while_waiting(turn):
        return
    if opening.be_patient(turn) or opening.rephrase(turn):
        return
    handover.say_truth(turn)
    handover.say_cost(turn)
    handover.wake_on_call(turn)
    if read_back.hear_confirmation(turn):
        return
    _next_question(turn)


def _go_on_waiting(turn: Turn) -> None:
    """A human is being looked for; in a new danger people on call are woken besides."""
    if turn.just_endangered:
        handover.wake_on_call(turn)
    if waiting.hear(turn):
        return
    orient(turn)
    if turn.recorded:
        leave.ask_anything_else(turn)
    else:
        _next_question(turn)


def _next_question(turn: Turn) -> None:
    call, orientation = turn.call, turn.call.orientation
    fresh = not (_interlude(turn) or keeping.came_forward(turn))
    answered = orientation is not None and orientation.outcome is Outcome.ANSWER
    if fresh:
        keeping.settle_doubtful(turn)
    if _purpose_first(turn):
        details.ask(turn, REASON, "house", count=fresh)
    elif people.ask_which(turn) or handover.put_through(turn, count=fresh):
        return
    elif turn.wished and people.wishes_exhausted(turn) and not turn.endangered:
        _record_the_wish(turn)
    elif call.stage is Stage.CLOSING:
        _go_on_after_message(turn)
    elif requests.confirm_request(turn):
        return
    elif answered or (turn.decided(Action.ANSWER) and not _something_to_note(turn)):
        leave.ask_anything_else(turn)
    elif turn.doubt_refused or (not _something_to_note(turn) and turn.tried(requests.REQUEST) < _most_requests(turn)):
        requests.ask_request(turn, again=call.turns > 1)
    elif turn.call.unclear > 2 * requests.MOST_REQUESTS and not _something_to_note(turn):
        leave.end(turn, EndReason.SILENCE, "silence.nothing_heard")
    elif not (details.ask_missing(turn, count=fresh) or read_back.read_back(turn)):
        leave.take_message(turn)


def _something_to_note(turn: Turn) -> bool:
    call = turn.call
    told = call.scenario or call.details or call.human_asked or call.question_noted or call.handover.task
    return bool(told or danger_details(turn) or filters.takes_note(turn))


def _most_requests(turn: Turn) -> int:
    """Whoever told something of themselves, or knows no answer, is asked once; then it goes on by what is known."""
    return 1 if filters.unsure_of_caller(turn) or turn.first(DoNotKnow) else requests.MOST_REQUESTS


def _purpose_first(turn: Turn) -> bool:
    """Must the purpose be asked before anybody is named or rung? Once, and only of a caller who may be a canvasser."""
    unknown = REASON not in turn.call.details and not turn.tried(REASON)
    return unknown and filters.purpose_first(turn) and turn.call.human_asked


def _record_the_wish(turn: Turn) -> None:
    """A human was asked for again and again and none can be had: the callback request is recorded, with a number."""
    reachable = bool(turn.call.caller_number)
    if turn.call.stage is Stage.CLOSING:
        leave.end(turn, EndReason.GOODBYE, "people.recorded")
    elif reachable or not details.ask_one(turn, CALLBACK_NUMBER):
        leave.take_message(turn)


def _interlude(turn: Turn) -> bool:
    """Did the caller ask something instead of answering? Then the question is put again without counting a try."""
    return turn.decided(
        Action.ANSWER,
        Action.SAY_ROBOT,
        Action.SAY_NOBODY_AVAILABLE,
        Action.STOP_RECORDING,
        Action.SPEAK_LANGUAGE,
        Action.SAY_LANGUAGES,
        Action.SAFETY_SCRIPT,
        Action.KEEP_SECRET,
        Action.NOTE_QUESTION,
    )


def _go_on_after_message(turn: Turn) -> None:
    """The message is taken, or an answer was given, and the caller adds something."""
    given = [act for act in turn.every(GiveDetail) if act.detail != REASON]
    requested = not turn.answered_aside and (turn.first(StateRequest) or turn.first(GiveDetail))
    if given or requested or turn.decided(Action.NOTE_QUESTION):
        if not (details.ask_missing(turn) or read_back.read_back(turn)):
            leave.take_message(turn)
    elif turn.decided(Action.ANSWER, Action.SAY_ROBOT, Action.SAY_NOBODY_AVAILABLE, Action.KEEP_SECRET, Action.SAY_ON_CALL):
        leave.ask_anything_else(turn)
    elif (turn.first(Affirm) or turn.first(Greet)) and turn.tried(requests.REQUEST) < requests.MOST_REQUESTS:
        requests.ask_request(turn, "requests.ask_more", again=True)
    else:
        leave.end(turn, EndReason.GOODBYE, "leave.nothing_more")


def transfer_failed(
    call: Call, instructions: Instructions, now: datetime, facilities: Facilities = ONLY_MESSAGES
) -> Verdict:
    """Nobody took the call that was being put through: a stand-in is rung, or the people on call, or a message is taken.

    The caller is told so truly. Call it only between a TRANSFER decision and its success.
    """
    turn = Turn(call, (), instructions, now, facilities)
    fail_transfer(turn)
    return verdict_of(turn)


def hear_on_call(
    call: Call, instructions: Instructions, now: datetime, facilities: Facilities, ladder: Ladder
) -> Verdict | None:
    """What the caller hears of the people on call; None when they know all of it, or when nothing can be said any more."""
    turn = Turn(call, (), instructions, now, facilities)
    if call.ended is not None or call.handover.with_taker or not on_call_news.tell_news(turn, ladder):
        return None
    return verdict_of(turn)


def connecting_failed(
    call: Call, instructions: Instructions, now: datetime, facilities: Facilities = ONLY_MESSAGES
) -> Verdict | None:
    """Whoever took the call could not be connected. None when nobody is being connected."""
    turn = Turn(call, (), instructions, now, facilities)
    if not call.handover.connects:
        return None
    on_call_news.give_up_connecting(turn)
    return verdict_of(turn)


def fail_transfer(turn: Turn) -> None:
    """Nobody took the call: said truly, then the next way to a human, or a message."""
    to = handover.give_up_transfer(turn)
    orient(turn)
    stand_in = handover.can_put_through(turn)
    handover.say_nobody_took_it(turn, to, offer=not stand_in)
    handover.say_cost(turn)
    handover.wake_on_call(turn)
    _next_question(turn)


def pass_silence(call: Call, instructions: Instructions, now: datetime, facilities: Facilities = ONLY_MESSAGES) -> Verdict:
    """Decisions on a silence that lasted as long as it may."""
    turn = Turn(call, (), instructions, now, facilities)
    if not handover.under_way(turn):
        silence.answer_silence(turn)
    elif call.silences + 1 < handover.most_silences(turn):
        turn.change(silences=call.silences + 1)
        handover.hold_on(turn)
    elif call.handover.connects:
        on_call_news.give_up_connecting(turn)
    else:
        fail_transfer(turn)
    return verdict_of(turn)


def reach_time_limit(
    call: Call, instructions: Instructions, now: datetime, facilities: Facilities = ONLY_MESSAGES
) -> Verdict:
    """The call has lasted as long as the client allows: a kind end that keeps what was said."""
    turn = Turn(call, (), instructions, now, facilities)
    leave.end(turn, EndReason.TIME_LIMIT, "limits.call", "limits.call_s")
    return verdict_of(turn)


def resume(
    call: Call,
    instructions: Instructions,
    now: datetime,
    facilities: Facilities = ONLY_MESSAGES,
    returned: Returned | None = None,
) -> Verdict:
    """The line came back on another process or stream: apologise, then say again what was being said.

    A caller whom a human had comes back from the human: the conference is over, or the process that bridged them is gone.

    Args:
        returned: how the human left; None when that is not known.
    """
    turn = Turn(call, (), instructions, now, facilities)
    if call.handover.connects:
        on_call_news.give_up_connecting(turn)
    elif call.handover.with_taker is not None:
        turn.change(resumed=call.resumed + 1)
        taking_back.take_back(turn, returned or _lost(call))
    else:
        opening.resume(turn)
    return verdict_of(turn)


def _lost(call: Call) -> Returned:
    handover = call.handover
    return Returned(Why.GIVEN_BACK if handover.task else Why.AGENT_LOST, handover.with_taker, handover.task)


def verdict_of(turn: Turn) -> Verdict:
    return Verdict(turn.call, tuple(turn.decisions))
