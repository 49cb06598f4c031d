"""Silence and keys: one gentle prompt, then another way to answer, then a kind end that keeps what was said."""

from __future__ import annotations

from voicebot.domain.call import Awaited, Call, EndReason, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER
from voicebot.policy.leave import end
from voicebot.policy.on_call_news import STAY_WORD_S, ask_to_stay, may_ask_to_stay, most_silences, wait_on, waits
from voicebot.policy.turn import Turn


def answer_silence(turn: Turn) -> None:
    """The caller has said nothing for as long as they are allowed."""
    silences = turn.call.silences + 1
    turn.change(silences=silences)
    if waits(turn.call):
        if silences > most_silences(turn):
            end(turn, EndReason.TIME_LIMIT, "limits.call", "limits.call_s")
        else:
            wait_on(turn)
    elif turn.call.expectation.awaited is Awaited.STAY and may_ask_to_stay(turn):
        ask_to_stay(turn)
    elif turn.call.stage is Stage.CLOSING:
        end(turn, EndReason.SILENCE, "silence.closing")
    elif silences == 1:
        turn.decide(Action.ASK_STILL_THERE, "silence.still_there", "house")
        _keep_waiting(turn)
    elif silences == 2:
        number = turn.call.details.get(CALLBACK_NUMBER)
        if turn.call.expectation.awaited is Awaited.CONFIRMATION:
            turn.decide(Action.OFFER_KEYPAD, "silence.keypad", "house", "confirmation")
            turn.expect(Awaited.CONFIRMATION, keypad=True)
        elif number is None or not number.complete:
            turn.decide(Action.OFFER_KEYPAD, "silence.keypad", "house", CALLBACK_NUMBER)
            turn.expect(Awaited.DETAIL, CALLBACK_NUMBER, keypad=True)
        else:
            end(turn, EndReason.SILENCE, "silence.end")
    else:
        end(turn, EndReason.SILENCE, "silence.end")


def _keep_waiting(turn: Turn) -> None:
    expected = turn.call.expectation
    turn.expect(expected.awaited, expected.detail, keypad=expected.keypad)


def patience_s(call: Call, silence_s: float, hold_s: float) -> float:
    """Silence that is allowed now, in seconds."""
    if waits(call):
        return STAY_WORD_S
    if call.expectation.patient:
        return hold_s
    return silence_s * 2 if call.expectation.keypad else silence_s
