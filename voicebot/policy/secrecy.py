"""Secrets: numbers, patients, clients and how the receptionist works are never told, whoever asks and however often."""

from __future__ import annotations

from voicebot.domain.acts import AskForSecret, Secret
from voicebot.domain.call import EndReason
from voicebot.domain.decisions import Action
from voicebot.policy.leave import end
from voicebot.policy.requests import ask_request
from voicebot.policy.turn import Turn

ATTEMPTS = "ask:secret"
MOST_ATTEMPTS = 2
"""Times that the call goes on as if nothing had been asked; then the request is asked for once more, then goodbye."""


def keep_secrets(turn: Turn) -> bool:
    """Answers with the house's fixed sentence. Returns: whether the turn is settled."""
    act = turn.first(AskForSecret)
    if act is None:
        return False
    attempts = turn.try_once_more(ATTEMPTS)
    of_profile = act.secret is Secret.WHO_IS_A_CLIENT and turn.instructions.confidentiality.secret
    turn.decide(Action.KEEP_SECRET, "secrecy.keep", "confidentiality.profile" if of_profile else "house", act.secret)
    if turn.endangered or attempts <= MOST_ATTEMPTS:
        return False
    if attempts == MOST_ATTEMPTS + 1:
        ask_request(turn, "secrecy.ask_request", again=True)
    else:
        end(turn, EndReason.GOODBYE, "secrecy.take_leave")
    return True
