"""What the caller wants: one of the client's scenarios, asked for when in doubt; approved answers, never others."""

from __future__ import annotations

from voicebot.domain.acts import (
    Affirm,
    AskOtherQuestion,
    AskQuestion,
    AskWhetherRobot,
    Confidence,
    GiveDetail,
    Refuse,
    SayGoodbye,
    StateRequest,
)
from voicebot.domain.call import Awaited, EndReason, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import REASON
from voicebot.domain.scenario import Outcome, Scenario
from voicebot.policy.keeping import drop_unlisted, keep_reason
from voicebot.policy.turn import Turn

REQUEST = "ask:request"
MOST_REQUESTS = 3
"""Times that « que puis-je faire pour vous ? » is asked in vain before a message is taken as for any request."""
_DOUBT = "ask:which_request"
_MOST_DOUBTS = 2


def hear_doubt(turn: Turn) -> None:
    """The answer to « c'est bien pour … ? »: yes makes the request sure."""
    asked = turn.instructions.scenario(turn.call.in_question)
    waiting = turn.call.expectation.awaited is Awaited.CONFIRMATION and turn.call.stage is not Stage.READING_BACK
    turn.change(in_question="")
    if asked is None or not waiting or any(act.confidence is Confidence.SURE for act in turn.every(StateRequest)):
        return
    if turn.first(Affirm) and not turn.first(Refuse):
        turn.acts = (StateRequest(asked.id, ""), *turn.acts)
    else:
        turn.doubt_refused = turn.first(Refuse) is not None
        turn.expect(Awaited.REQUEST)


def recognise_request(turn: Turn) -> None:
    """Takes the scenario that the caller's words surely fit; a doubtful one is asked about first."""
    stated = turn.every(StateRequest)
    if turn.call.stage is Stage.CLOSING and turn.first(SayGoodbye):
        # « Merci, au revoir » after the message starts nothing new, whatever its words resemble.
        return
    act = next((a for a in stated if a.confidence is Confidence.SURE), stated[0] if stated else None)
    scenario = turn.instructions.scenario(act.scenario) if act else None
    if act is None or scenario is None or scenario.id == turn.call.scenario:
        return
    if not any(given.detail == REASON for given in turn.every(GiveDetail)):
        keep_reason(turn, act.words, act.confidence)
    if act.confidence is Confidence.UNSURE:
        _doubt(turn, scenario)
    elif scenario.outcome is Outcome.ANSWER and leaves_a_message(turn):
        turn.answered_aside = scenario
    elif _takes_over(turn, scenario):
        turn.change(scenario=scenario.id, stage=Stage.QUALIFYING, message_complete=False, in_question="")
        drop_unlisted(turn)


def confirm_request(turn: Turn) -> bool:
    """Asks « c'est bien pour … ? ». Returns: whether there was a doubt to ask about."""
    if not turn.call.in_question:
        return False
    turn.try_once_more(_DOUBT)
    because = f"scenarios[{turn.call.in_question}].callers_say"
    turn.decide(Action.CONFIRM_REQUEST, "requests.confirm", because, turn.call.in_question)
    turn.expect(Awaited.CONFIRMATION)
    return True


def ask_request(turn: Turn, rule: str = "requests.ask", *, again: bool = False) -> None:
    """again: the caller has been asked, or has said something that was no request."""
    last = turn.try_once_more(REQUEST) >= MOST_REQUESTS
    turn.decide(Action.ASK_REQUEST, rule, "house", again="last" if last else "yes" if again else "")
    turn.expect(Awaited.REQUEST)


def give_approved_answers(turn: Turn) -> None:
    """The approved sentences of the filter and of the scenario, once; a refusal ends with the sentence of what refuses."""
    led, held, scenario = turn.call.orientation, turn.filter, turn.scenario
    if led is None or turn.endangered:
        return
    refused = led.outcome is Outcome.REFUSAL
    if held and held.answer and turn.tell_once(f"filters[{held.id}].answer"):
        turn.decide(Action.ANSWER, "filters.answer", f"filters[{held.id}].answer", f"filter:{held.id}")
    settled_by_filter = held is not None and held.outcome in (Outcome.REFUSAL, Outcome.ANSWER)
    if scenario and scenario.answer and not settled_by_filter and (refused or scenario.outcome is not Outcome.REFUSAL):
        rule = "requests.refuse" if refused else "requests.answer"
        if turn.tell_once(f"scenarios[{scenario.id}].answer"):
            turn.decide(Action.ANSWER, rule, f"scenarios[{scenario.id}].answer", f"scenario:{scenario.id}")
    aside = turn.answered_aside
    if aside and not refused:
        turn.decide(Action.ANSWER, "requests.answer", f"scenarios[{aside.id}].answer", f"scenario:{aside.id}")
    if refused:
        turn.decide(Action.TAKE_LEAVE, "requests.refuse", led.because, EndReason.REFUSED)
        turn.decide(Action.END_CALL, "requests.refuse", led.because, EndReason.REFUSED)


def answer_questions(turn: Turn) -> None:
    """Answers from the client's FAQ, and whether this is a robot, truly; any other question is noted for people."""
    if turn.call.stage is Stage.CLOSING and turn.first(SayGoodbye) and turn.first(Refuse):
        # « Non merci, au revoir » asks nothing, whatever its words resemble.
        return
    if turn.first(AskWhetherRobot):
        turn.decide(Action.SAY_ROBOT, "requests.robot", "house")
    for act in turn.every(AskQuestion):
        if turn.instructions.question(act.faq):
            turn.decide(Action.ANSWER, "requests.faq", f"faq[{act.faq}].answer", act.faq)
    questions = turn.every(AskOtherQuestion)
    if questions:
        turn.decide(Action.NOTE_QUESTION, "requests.note_question", "house")


def answer_while_waiting(turn: Turn) -> None:
    """The same for a caller for whom a human is looked for; what they ask besides is most often how long that takes."""
    if turn.first(AskWhetherRobot):
        turn.decide(Action.SAY_ROBOT, "requests.robot", "house")
    for act in turn.every(AskQuestion):
        if turn.instructions.question(act.faq):
            turn.decide(Action.ANSWER, "requests.faq", f"faq[{act.faq}].answer", act.faq)


def note_questions(turn: Turn) -> None:
    """A question that no approved answer fits becomes part of the reason."""
    for act in turn.every(AskOtherQuestion):
        keep_reason(turn, act.words)
        turn.change(question_noted=True, message_complete=False)


def _doubt(turn: Turn, scenario: Scenario) -> None:
    asked_enough = turn.tried(_DOUBT) >= _MOST_DOUBTS or turn.call.stage is Stage.CLOSING
    if turn.call.scenario is None and not turn.endangered and not asked_enough:
        turn.change(in_question=scenario.id)


def leaves_a_message(turn: Turn) -> bool:
    """Is a message recorded, or begun for another request?"""
    led = turn.call.orientation
    begun = turn.call.scenario is not None and led is not None and led.outcome not in (Outcome.ANSWER, Outcome.REFUSAL)
    return begun or turn.recorded


def _takes_over(turn: Turn, scenario: Scenario) -> bool:
    """A second request in one call replaces the first only when it is more urgent, or as urgent once the first is done with.

    Nothing that was recorded is taken back by a refusal or made less urgent; the words of every request are in the reason.
    """
    known = turn.scenario
    if scenario.outcome is Outcome.REFUSAL and leaves_a_message(turn):
        return False
    if known is None:
        return True
    done = turn.call.stage is Stage.CLOSING and scenario.urgency == known.urgency
    return done or scenario.urgency < known.urgency or not leaves_a_message(turn)
