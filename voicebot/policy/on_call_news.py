"""News of the people on call: the caller hears how it really stands, and may stay on the line until somebody takes it."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain.acts import (
    Affirm,
    AskForHuman,
    AskForPerson,
    AskToRepeat,
    AskToWait,
    GiveDetail,
    Refuse,
    StateRequest,
    Unclear,
)
from voicebot.domain.call import Awaited, Call, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.ladder import Ladder, LadderStatus, Role, Way
from voicebot.domain.orientation import OnCallNews
from voicebot.policy.turn import Turn
from voicebot.policy.wanted import missing_at_end

STAY = "wish:stay"
"""How often the caller was asked whether they stay (Call.tries)."""
MOST_STAY_QUESTIONS = 2
STAY_WORD_S = 20.0
"""Silence after which a caller who stays hears that people are still being tried."""
ETA, ALARM, OVER = "on_call.eta", "on_call.alarm", "on_call.over"
"""Told once (Call.told)."""

_ON_CALL = "on_call"


# News from outside


def tell_news(turn: Turn, ladder: Ladder) -> bool:
    """What the caller does not know yet of the ladder. Returns: False when there is nothing new to say."""
    if not turn.call.handover.on_call_woken or turn.call.handover.connects:
        return False
    acknowledged = ladder.status is LadderStatus.ACKNOWLEDGED
    told = _tell_acknowledged(turn, ladder) if acknowledged else _tell_alarm(turn, ladder)
    if told:
        _go_on_after_news(turn, ladder)
    return told


def _tell_acknowledged(turn: Turn, ladder: Ladder) -> bool:
    known = turn.call.handover.told is OnCallNews.ACKNOWLEDGED
    eta = "" if ladder.eta_min is None or not turn.tell_once(ETA) else str(ladder.eta_min)
    if known and not eta:
        return False
    _know(turn, OnCallNews.ACKNOWLEDGED)
    role = next((c.role for c in ladder.plan.contacts if c.id == ladder.acknowledged_by), None)
    turn.decide(
        Action.SAY_ON_CALL,
        "on_call.acknowledged",
        _ON_CALL,
        OnCallNews.ACKNOWLEDGED,
        other="" if role is Role.ON_CALL else "yes",
        eta_min=eta,
        only_eta="yes" if known else "",
    )
    if role is not Role.ON_CALL:
        turn.tell_once("on_call.other")
    return True


def _tell_alarm(turn: Turn, ladder: Ladder) -> bool:
    """Nobody was reached: said when the alarm is raised, and again when nobody will be tried any more."""
    if ladder.alarmed_at is None or not turn.tell_once(OVER if ladder.over else ALARM):
        return False
    _know(turn, OnCallNews.EXHAUSTED)
    turn.decide(Action.SAY_ON_CALL, "on_call.exhausted", _ON_CALL, OnCallNews.EXHAUSTED, over="yes" if ladder.over else "")
    return True


def _go_on_after_news(turn: Turn, ladder: Ladder) -> None:
    """The caller is connected, waits on, or is asked again what was being asked."""
    call, handover = turn.call, turn.call.handover
    if handover.to is not None:
        return
    if handover.stays and _can_connect(turn, ladder):
        turn.change(handover=replace(handover, stays=False, connects=True), silences=0)
        turn.decide(Action.CONNECT, "on_call.connect", _ON_CALL)
        turn.expect(Awaited.NOTHING, patient=True)
        return
    climbing = ladder.status is LadderStatus.CLIMBING
    if waits(call) and climbing:
        turn.expect(Awaited.NOTHING, patient=True)
        return
    turn.change(handover=replace(handover, stays=handover.stays and climbing))
    if call.stage is Stage.CLOSING or call.expectation.awaited in (Awaited.STAY, Awaited.NOTHING):
        turn.change(stage=Stage.CLOSING)
        turn.decide(Action.ASK_ANYTHING_ELSE, "leave.anything_else", "house")
        turn.expect(Awaited.ANYTHING_ELSE)
    else:
        turn.decide(Action.REPEAT, "on_call.back_to_question", "house")


def _can_connect(turn: Turn, ladder: Ladder) -> bool:
    """Only whoever pressed a key is on a telephone that can be connected."""
    taken = ladder.status is LadderStatus.ACKNOWLEDGED and ladder.acknowledged_way is Way.KEYPAD
    return taken and turn.facilities.connect


def give_up_connecting(turn: Turn) -> None:
    """Whoever took it could not be connected: they have it all the same."""
    turn.change(handover=replace(turn.call.handover, connects=False), stage=Stage.CLOSING, silences=0)
    turn.decide(Action.SAY_NOT_CONNECTED, "on_call.not_connected", _ON_CALL)
    turn.decide(Action.ASK_ANYTHING_ELSE, "leave.anything_else", "house")
    turn.expect(Awaited.ANYTHING_ELSE)


# Staying on the line


def waits(call: Call) -> bool:
    """Does the caller only wait for whoever acknowledges, nothing else being asked?"""
    return call.handover.stays and call.expectation.awaited is Awaited.NOTHING


def may_ask_to_stay(turn: Turn) -> bool:
    """Is there somebody to wait for, and can they be connected? Never in one breath with a safety script."""
    handover = turn.call.handover
    trying = handover.on_call_woken and handover.told is OnCallNews.TRYING and not handover.stays
    wanted = trying and turn.facilities.connect and turn.facilities.on_call and STAY not in turn.call.told
    return wanted and turn.tried(STAY) < MOST_STAY_QUESTIONS and not turn.decided(Action.SAFETY_SCRIPT)


def ask_to_stay(turn: Turn) -> None:
    turn.try_once_more(STAY)
    turn.decide(Action.ASK_TO_STAY, "on_call.ask_to_stay", _ON_CALL)
    turn.expect(Awaited.STAY)


def hear_stay(turn: Turn) -> bool:
    """The answer to « voulez-vous rester en ligne ? ». Returns: whether it settled the turn."""
    if turn.call.expectation.awaited is not Awaited.STAY:
        return False
    if turn.first(Refuse):
        turn.tell_once(STAY)
        turn.decide(Action.LET_STAY, "on_call.leave", _ON_CALL, "no")
        turn.decide(Action.ASK_ANYTHING_ELSE, "leave.anything_else", "house")
        turn.expect(Awaited.ANYTHING_ELSE)
        return True
    if turn.first(Affirm) or turn.first(AskToWait):
        turn.tell_once(STAY)
        turn.change(handover=replace(turn.call.handover, stays=True), silences=0)
        turn.decide(Action.LET_STAY, "on_call.stay", _ON_CALL, "yes")
        turn.expect(Awaited.NOTHING, patient=True)
        return True
    return _ask_to_stay_again(turn)


def _ask_to_stay_again(turn: Turn) -> bool:
    """Neither yes nor no, and nothing else to go on with."""
    if turn.decisions or any(isinstance(act, GiveDetail | StateRequest | AskToRepeat) for act in turn.acts):
        return False
    if may_ask_to_stay(turn):
        ask_to_stay(turn)
    else:
        turn.decide(Action.ASK_ANYTHING_ELSE, "leave.anything_else", "house")
        turn.expect(Awaited.ANYTHING_ELSE)
    return True


def hear_while_waiting(turn: Turn) -> bool:
    """The caller who stays says something that needs no more than a true word. Returns: whether that settled the turn."""
    if not waits(turn.call) or turn.just_endangered:
        return False
    if any(isinstance(act, GiveDetail | StateRequest) for act in turn.acts):
        return False
    if turn.first(AskToRepeat) and not turn.decisions:
        turn.decide(Action.REPEAT, "opening.repeat", "house")
    elif not turn.decided(Action.SAY_ON_CALL):
        wait_on(turn)
    turn.expect(Awaited.NOTHING, patient=True)
    return True


def wait_on(turn: Turn) -> None:
    """A short true word for whoever stays on the line."""
    turn.decide(Action.WAIT, "on_call.wait", _ON_CALL, "on_call")
    turn.expect(Awaited.NOTHING, patient=True)


def most_silences(turn: Turn) -> int:
    """Silences that fill the longest call: a caller who stays is not sent away before it is over."""
    return int(turn.instructions.limits.call_s / STAY_WORD_S)


# What the caller asks


def asks_for_news(turn: Turn) -> bool:
    """Is the caller, whose message is taken, asking after the people who are being woken, as far as the words can tell?"""
    handover = turn.call.handover
    told = handover.on_call_woken and handover.told is not OnCallNews.NONE and not handover.connects
    return told and turn.recorded and not turn.just_endangered and turn.call.stage is Stage.CLOSING


def answer_with_news(turn: Turn) -> None:
    """« Alors ? », « vous l'avez eue ? »: how it stands now, in place of « je n'ai pas de réponse sûre »."""
    if not asks_for_news(turn):
        return
    lost = turn.first(Unclear)
    unclear = lost is not None and bool(lost.words.strip()) and not turn.decisions
    noted = turn.decided(Action.NOTE_QUESTION)
    if not (unclear or noted):
        return
    if noted:
        turn.decisions = [d for d in turn.decisions if d.action is not Action.NOTE_QUESTION]
        turn.change(message_complete=not missing_at_end(turn))
    say_how_it_stands(turn, noted=noted)


def say_how_it_stands(turn: Turn, *, noted: bool = False) -> None:
    other = "yes" if "on_call.other" in turn.call.told else ""
    over = "yes" if OVER in turn.call.told else ""
    turn.decide(
        Action.SAY_ON_CALL,
        "on_call.asked",
        _ON_CALL,
        turn.call.handover.told,
        known="yes",
        other=other,
        over=over,
        noted="yes" if noted else "",
    )


def human_is_being_tried(turn: Turn) -> bool:
    """« Il y a quelqu'un ? » while people on call are tried: told how it stands, not that nobody is there."""
    return asks_for_news(turn) and turn.first(AskForHuman) is not None and turn.first(AskForPerson) is None


def _know(turn: Turn, news: OnCallNews) -> None:
    turn.change(handover=replace(turn.call.handover, told=news))
