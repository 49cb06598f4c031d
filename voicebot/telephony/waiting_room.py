"""What is heard while one waits alone in a conference, and how nobody is left there: the other one may have hung up.

Source: twilio.com/docs/voice/twiml/conference (waitUrl: <Say>, <Play>, <Pause> and <Redirect>, until somebody joins).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog
from fastapi import APIRouter, Request
from twilio.twiml.voice_response import VoiceResponse

from voicebot.domain.language import Language
from voicebot.errors import VoicebotError
from voicebot.telephony.carrier import Document
from voicebot.telephony.house_sentences import (
    AGENT_HOLDS,
    AGENT_NOT_CONNECTED,
    CALLER_HOLDS,
    CALLER_NOT_CONNECTED,
    CARRIER_LOCALE,
    CONTACT_HOLDS,
    CONTACT_NOT_CONNECTED,
)
from voicebot.telephony.signed_webhooks import Fields, SignedWebhooks

PAUSE_S = 8

log = structlog.get_logger()


class Side(StrEnum):
    """Who waits: the first two for an urgent call that was taken, the others for a handoff."""

    CALLER = "caller"
    CONTACT = "contact"
    HANDED_OVER = "handed-over"
    """A caller on the way to an agent: whoever waits in vain is the receptionist's again, without a word of ours."""
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class _Wait:
    """turns: of sentences and pause (s); then the wait is given up with the last sentences."""

    holds: Iterable[tuple[Language, str]]
    gives_up: Iterable[tuple[Language, str]]
    turns: int = 3
    pause_s: int = PAUSE_S


_WAITS = {
    Side.CALLER: _Wait(CALLER_HOLDS, CALLER_NOT_CONNECTED),
    Side.CONTACT: _Wait(CONTACT_HOLDS, CONTACT_NOT_CONNECTED),
    Side.HANDED_OVER: _Wait((), (), turns=1, pause_s=4),
    Side.AGENT: _Wait(AGENT_HOLDS, AGENT_NOT_CONNECTED, turns=2),
}

GiveUp = Callable[[str], Awaitable[None]]
"""What becomes of whoever waited in vain, by the carrier's id of their call. Raises: VoicebotError."""


def waiting_path(side: Side, turn: int = 0) -> str:
    return f"/twilio/waiting/{side.value}/{turn}"


class WaitingRoom:
    """Args: gives_up: for each side that may wait here; without one they are left waiting."""

    def __init__(self, webhooks: SignedWebhooks, gives_up: Mapping[Side, GiveUp]) -> None:
        self._webhooks = webhooks
        self._gives_up = gives_up

    def routes(self) -> APIRouter:
        router = APIRouter()
        path = "/twilio/waiting/{side}/{turn}"
        router.add_api_route(path, self._webhooks.endpoint(self._wait), methods=["POST"], include_in_schema=False)
        return router

    async def _wait(self, request: Request, fields: Fields) -> Document:
        """The turn stands in the signed address. The sentence comes before the call is ended: both are whole."""
        side, turn = Side(request.path_params["side"]), int(request.path_params["turn"])
        next_turn = self._webhooks.url(request, waiting_path(side, turn + 1))
        wait = _WAITS[side]
        if turn < wait.turns:
            return _document(wait.holds, wait.pause_s, next_turn)
        if turn == wait.turns:
            log.warning("waited_alone", side=side, carrier_call_id=fields.get("CallSid", ""))
            return _document(wait.gives_up, 0, next_turn)
        if side in self._gives_up:
            try:
                await self._gives_up[side](fields.get("CallSid", ""))
            except VoicebotError as wrong:
                log.error("left_waiting", side=side, carrier_call_id=fields.get("CallSid", ""), code=wrong.code)
        return _document((), wait.pause_s, next_turn)


def _document(sentences: Iterable[tuple[Language, str]], pause_s: int, then: str) -> Document:
    response = VoiceResponse()
    for language, sentence in sentences:
        response.say(sentence, language=CARRIER_LOCALE[language])
    if pause_s:
        response.pause(length=pause_s)
    response.redirect(then, method="POST")
    return Document(str(response))
