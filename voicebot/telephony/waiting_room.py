"""What is heard while one waits alone in a conference, and how nobody is left there: the other one may have hung up.

Source: twilio.com/docs/voice/twiml/conference (waitUrl: <Say>, <Play>, <Pause> and <Redirect>, until somebody joins).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import structlog
from fastapi import APIRouter, Request
from twilio.twiml.voice_response import VoiceResponse

from voicebot.channels.ports import Telephone
from voicebot.domain.language import Language
from voicebot.errors import VoicebotError
from voicebot.telephony.carrier import Document
from voicebot.telephony.house_sentences import (
    CALLER_HOLDS,
    CALLER_NOT_CONNECTED,
    CARRIER_LOCALE,
    CONTACT_HOLDS,
    CONTACT_NOT_CONNECTED,
)
from voicebot.telephony.signed_webhooks import Fields, SignedWebhooks

PAUSE_S = 8
TURNS = 3
"""Sentence and pause, about 12 s each; then the wait is given up."""

log = structlog.get_logger()


class Side(StrEnum):
    CALLER = "caller"
    CONTACT = "contact"


_HOLDS = {Side.CALLER: CALLER_HOLDS, Side.CONTACT: CONTACT_HOLDS}
_GIVES_UP = {Side.CALLER: CALLER_NOT_CONNECTED, Side.CONTACT: CONTACT_NOT_CONNECTED}


def waiting_path(side: Side, turn: int = 0) -> str:
    return f"/twilio/waiting/{side.value}/{turn}"


class WaitingRoom:
    """Args: telephone: ends the call of whoever waited in vain; None leaves them waiting."""

    def __init__(self, webhooks: SignedWebhooks, telephone: Telephone | None) -> None:
        self._webhooks = webhooks
        self._telephone = telephone

    def routes(self) -> APIRouter:
        router = APIRouter()
        path = "/twilio/waiting/{side}/{turn}"
        router.add_api_route(path, self._webhooks.endpoint(self._wait), methods=["POST"], include_in_schema=False)
        return router

    async def _wait(self, request: Request, fields: Fields) -> Document:
        """The turn stands in the signed address. The sentence comes before the call is ended: both are whole."""
        side, turn = Side(request.path_params["side"]), int(request.path_params["turn"])
        next_turn = self._webhooks.url(request, waiting_path(side, turn + 1))
        if turn < TURNS:
            return _document(_HOLDS[side], PAUSE_S, next_turn)
        if turn == TURNS:
            log.warning("waited_alone", side=side, carrier_call_id=fields.get("CallSid", ""))
            return _document(_GIVES_UP[side], 0, next_turn)
        if self._telephone is not None:
            try:
                await self._telephone.hang_up(fields.get("CallSid", ""))
            except VoicebotError as wrong:
                log.error("not_hung_up", carrier_call_id=fields.get("CallSid", ""), code=wrong.code)
        return _document((), PAUSE_S, next_turn)


def _document(sentences: Iterable[tuple[Language, str]], pause_s: int, then: str) -> Document:
    response = VoiceResponse()
    for language, sentence in sentences:
        response.say(sentence, language=CARRIER_LOCALE[language])
    if pause_s:
        response.pause(length=pause_s)
    response.redirect(then, method="POST")
    return Document(str(response))
