"""Humans and the receptionist by turns: who takes the caller, how they come back, and what an agent asks of us then."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain.call import Awaited, EndReason, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.handoff import AgentWay, Returned, Taker, Task, TaskKind, Why
from voicebot.domain.orientation import Handover
from voicebot.domain.scenario import Outcome
from voicebot.domain.telephone_numbers import takes_sms
from voicebot.policy import leave
from voicebot.policy.details import ask_missing, ask_one
from voicebot.policy.handover import put_through_again
from voicebot.policy.orientation import leaves_no_message
from voicebot.policy.read_back import read_back
from voicebot.policy.requests import ask_request
from voicebot.policy.turn import Turn
from voicebot.policy.wanted import asked_by_agent

A_TALK_S = 30.0
"""On a telephone hanging up is also how a talk ends: after so long nobody else is looked for."""
_LOST = (Why.AGENT_LOST, Why.NOT_CONNECTED)


def announce(turn: Turn, handoff: str, taker: Taker) -> None:
    """Says who takes the call; from then on the receptionist leaves the two alone."""
    handover = turn.call.handover
    number = handoff.rpartition("-")[2]
    taken = replace(
        handover,
        to=None,
        with_taker=taker,
        taken_at=turn.now,
        task=None,
        stays=False,
        handoffs=max(handover.handoffs, int(number) if number.isdigit() else 0),
    )
    turn.change(handover=taken, silences=0, unclear=0)
    turn.decide(Action.ANNOUNCE_TAKER, "taking_back.announce", "house", taker.id, name=taker.name)
    turn.expect(Awaited.NOTHING, patient=True)


def take_back(turn: Turn, returned: Returned) -> None:
    """The caller is ours again: said truly, then the agent's task, or the call where it was."""
    handover = turn.call.handover
    had = handover.with_taker
    taker = had or returned.taker
    talked_s = (turn.now - handover.taken_at).total_seconds() if had and handover.taken_at else 0.0
    joined = returned.why is not Why.NOT_CONNECTED
    back = replace(
        handover,
        to=None,
        with_taker=None,
        taken_at=None,
        task=returned.task or handover.task,
        talked_with=(*handover.talked_with, had.id) if had and joined else handover.talked_with,
        talked_s=handover.talked_s + talked_s,
    )
    turn.change(handover=back, silences=0, unclear=0)
    name = taker.name if taker else ""
    turn.decide(Action.TAKE_BACK, "taking_back.take_back", "house", returned.why, name=name)
    if back.task:
        do_task(turn, back.task)
        return
    talked = joined and had is not None and had.way is AgentWay.PHONE and talked_s >= A_TALK_S
    if returned.why in _LOST and not talked and put_through_again(turn):
        return
    if had is None or not joined:
        turn.change(handover=replace(turn.call.handover, failed=(*handover.failed, _wanted_one(turn, handover))))
    _go_on(turn, talked=talked)


def _wanted_one(turn: Turn, handover: Handover) -> str:
    """Whom the handoff was for; "" for any agent."""
    led = turn.call.orientation
    named = led.to if led and led.outcome is Outcome.TRANSFER else ""
    return handover.to if handover.to is not None else named


def do_task(turn: Turn, task: Task) -> None:
    """What an agent told us to do with the caller, never asking what is known."""
    turn.change(handover=replace(turn.call.handover, task=task))
    match task.kind:
        case TaskKind.TAKE_DETAIL:
            _take_detail(turn, task.detail)
        case TaskKind.TAKE_MESSAGE:
            finish_message(turn)
        case TaskKind.SEND_TEXT:
            send_text(turn, task.text)
            turn.change(handover=replace(turn.call.handover, task=None))
            leave.ask_anything_else(turn)
        case TaskKind.TAKE_LEAVE:
            leave.end(turn, EndReason.GOODBYE, "taking_back.leave")


def _take_detail(turn: Turn, detail: str) -> None:
    """Asks exactly this one; one that is known is read back, unless the caller has confirmed it."""
    known = turn.call.details.get(detail)
    if not asked_by_agent(turn):
        finish_message(turn)
    elif known is not None and known.complete:
        if known.confirmed or not read_back(turn, only=(detail,)):
            finish_message(turn)
    elif detail in turn.instructions.confidentiality.never_keep or not _ask_afresh(turn, detail):
        finish_message(turn)


def _ask_afresh(turn: Turn, detail: str) -> bool:
    """An agent wants it: what was asked in vain before the handoff may be asked again, once."""
    if ask_one(turn, detail):
        return True
    turn.change(tries={**turn.call.tries, detail: 0})
    return ask_one(turn, detail)


def finish_message(turn: Turn) -> None:
    """Only what is missing is asked; then the message is read back, and recorded."""
    done = turn.recorded and turn.call.message_complete
    turn.change(stage=Stage.QUALIFYING)
    if ask_missing(turn) or read_back(turn):
        return
    if done:
        leave.ask_anything_else(turn)
    else:
        leave.take_message(turn)


def send_text(turn: Turn, text: str) -> None:
    """An approved text goes to the number that the carrier showed; said only when it is really ordered."""
    known = turn.instructions.text(text)
    path = f"texts[{text}].body" if known else "house"
    mobile = takes_sms(turn.call.caller_number)
    if known is None or not (turn.facilities.texts and mobile):
        why = "now" if mobile else "number"
        turn.decide(Action.SAY_NO_TEXT, "taking_back.no_text", path, text, why=why)
        return
    sent = turn.call.handover.texts
    turn.decide(Action.SEND_TEXT, "taking_back.send_text", path, text, again="yes" if text in sent else "")
    turn.change(handover=replace(turn.call.handover, texts=tuple(dict.fromkeys((*sent, text)))))


def _go_on(turn: Turn, *, talked: bool) -> None:
    """Where the call was. talked: by telephone, where hanging up ends a talk: only « autre chose ? » is asked then."""
    call = turn.call
    begun = bool(call.scenario or call.details or call.urgency or call.question_noted or call.human_asked)
    answered = call.orientation is not None and leaves_no_message(call.orientation)
    if talked or answered or call.stage is Stage.CLOSING or (turn.recorded and not call.human_asked):
        leave.ask_anything_else(turn)
    elif begun:
        finish_message(turn)
    else:
        ask_request(turn)
