"""What the caller wants: one of the client's scenarios, a person, a human, an answer."""

from __future__ import annotations

from voicebot.domain.acts import AskForHuman, AskForPerson, AskQuestion, AskWhetherRobot, GiveDetail, StateRequest
from voicebot.domain.call import EndReason, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import REASON, Detail
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.policy.turn import Turn


def recognise_request(turn: Turn) -> None:
    """Takes the scenario that the caller's words fit; its approved answer is given once."""
    act = turn.first(StateRequest)
    scenario = turn.instructions.scenario(act.scenario) if act else None
    if act is None or scenario is None or scenario.id == turn.call.scenario:
        return
    if turn.call.scenario and turn.call.stage is not Stage.CLOSING:
        return
    turn.change(scenario=scenario.id, stage=Stage.QUALIFYING, message_complete=False)
    if turn.call.urgency is None and scenario.urgency is not UrgencyLevel.P3:
        turn.change(urgency=Urgency(scenario.urgency, scenario.id, act.words))
    if not any(given.detail == REASON for given in turn.every(GiveDetail)):
        _keep_reason(turn, act.words)
    because = f"scenarios[{scenario.id}].answer"
    if scenario.outcome is Outcome.REFUSAL:
        turn.decide(Action.ANSWER, "requests.refuse", because, f"scenario:{scenario.id}")
        turn.decide(Action.TAKE_LEAVE, "requests.refuse", because, EndReason.REFUSED)
        turn.decide(Action.END_CALL, "requests.refuse", because, EndReason.REFUSED)
    elif scenario.answer:
        turn.decide(Action.ANSWER, "requests.answer", because, f"scenario:{scenario.id}")


def _keep_reason(turn: Turn, words: str) -> None:
    known = turn.call.details.get(REASON)
    value = f"{known.value} ; {words}" if known else words
    turn.change(details={**turn.call.details, REASON: Detail(value, words)})


def answer_questions(turn: Turn) -> None:
    """Answers questions of the client's FAQ with its approved sentences, and whether this is a robot, truly."""
    if turn.first(AskWhetherRobot):
        turn.decide(Action.SAY_ROBOT, "requests.robot", "house")
    for act in turn.every(AskQuestion):
        if turn.instructions.question(act.faq):
            turn.decide(Action.ANSWER, "requests.faq", f"faq[{act.faq}]", act.faq)


def hear_wish_for_human(turn: Turn) -> None:
    """A human or a person was asked for and nobody is there: said truly, once, and a message is offered."""
    person = turn.first(AskForPerson)
    if person is None and turn.first(AskForHuman) is None:
        return
    known = turn.instructions.person(person.person) if person else None
    repeated = turn.call.human_asked and (known is None or known.id == turn.call.person_asked)
    turn.change(human_asked=True)
    if known:
        turn.change(person_asked=known.id)
    if turn.call.stage is Stage.GREETING:
        turn.change(stage=Stage.QUALIFYING)
    because = f"people[{known.id}]" if known else "house"
    rule = "requests.human_again" if repeated else "requests.human"
    turn.decide(Action.SAY_NOBODY_AVAILABLE, rule, because, known.id if known else "", again="yes" if repeated else "")
