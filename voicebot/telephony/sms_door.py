"""Webhooks of SMS: how far ours have come, and what people write back.

Sources: twilio.com/docs/messaging/guides/track-outbound-message-status, /docs/messaging/twiml, /docs/api/errors.
"""

from __future__ import annotations

import asyncio
import unicodedata

import structlog
from fastapi import APIRouter, Request
from twilio.twiml.messaging_response import MessagingResponse

from voicebot.domain.dispatch import DispatchStatus
from voicebot.errors import UnknownMessage, VoicebotError
from voicebot.telephony.carrier import Document, e164
from voicebot.telephony.house_sentences import SMS_NOT_RECORDED
from voicebot.telephony.ports import ContactDesk, MessageDesk
from voicebot.telephony.signed_webhooks import NOTHING, TAKEN, Fields, SignedWebhooks

DESK_LIMIT_S = 8.0
BODY_LIMIT = 1600
"""Letters; Twilio sends no longer SMS."""

STATUSES = {
    "accepted": DispatchStatus.SENT,
    "scheduled": DispatchStatus.SENT,
    "queued": DispatchStatus.SENT,
    "sending": DispatchStatus.SENT,
    "sent": DispatchStatus.SENT,
    "delivered": DispatchStatus.DELIVERED,
    "read": DispatchStatus.READ,
    "undelivered": DispatchStatus.FAILED,
    "failed": DispatchStatus.FAILED,
    "canceled": DispatchStatus.FAILED,
}
TROUBLES = {
    "30001": "rate_limited",
    "30002": "unauthorised",
    "30003": "unreachable",
    "30004": "blocked",
    "30005": "bad_address",
    "30006": "bad_address",
    "30007": "filtered",
    "30008": "carrier",
    "30410": "timeout",
    "30036": "timeout",
    "21610": "unsubscribed",
    "21614": "bad_address",
}
"""Codes of dispatch.trouble; others are told as "carrier"."""

# Twilio answers these itself and sends nothing more to whoever wrote one of the first (error 21610).
OPT_OUT = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "ARRET"})
OWN_ANSWERS = OPT_OUT | frozenset({"START", "UNSTOP", "HELP", "INFO", "AIDE"})

log = structlog.get_logger()


class SmsDoor:
    """/twilio/sms for what people write, to be entered at Twilio; /twilio/sms/{dispatch_id}/status for our own SMS."""

    def __init__(self, contacts: ContactDesk, messages: MessageDesk, webhooks: SignedWebhooks) -> None:
        self._contacts = contacts
        self._messages = messages
        self._webhooks = webhooks

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/twilio/sms")
        for path, handle in (("", self._incoming), ("/{dispatch_id}/status", self._status)):
            router.add_api_route(path, self._webhooks.endpoint(handle), methods=["POST"], include_in_schema=False)
        return router

    async def _incoming(self, request: Request, fields: Fields) -> Document:  # noqa: ARG002
        """Strangers get no answer: an SMS back to any number in the world would cost what its owner likes."""
        number, body = e164(fields.get("From", "")), fields.get("Body", "")[:BODY_LIMIT]
        message_id = fields.get("MessageSid", "")
        if fields.get("OptOutType") or _bare(body) in OWN_ANSWERS:
            log.warning("sms_opt_out" if _bare(body) in OPT_OUT else "sms_keyword", message=message_id)
            return NOTHING
        if not number:
            return NOTHING
        try:
            async with asyncio.timeout(DESK_LIMIT_S):
                _, answer = await self._contacts.by_sms(number, body)
        except UnknownMessage as unknown:
            log.warning("sms_of_stranger", message=message_id, code=unknown.code)
            return NOTHING
        except (VoicebotError, TimeoutError) as wrong:
            log.error("sms_not_taken", message=message_id, code=getattr(wrong, "code", "timeout"))
            return _sms(SMS_NOT_RECORDED)
        except Exception:
            log.exception("sms_not_taken", message=message_id, code="bug")
            return _sms(SMS_NOT_RECORDED)
        return _sms(answer)

    async def _status(self, request: Request, fields: Fields) -> Document | None:
        dispatch = str(request.path_params["dispatch_id"])
        word = fields.get("MessageStatus", "") or fields.get("SmsStatus", "")
        status = STATUSES.get(word)
        log.info("sms_status", dispatch=dispatch, status=word, error=fields.get("ErrorCode", ""))
        if status is None:
            return TAKEN
        failed = status is DispatchStatus.FAILED
        trouble = TROUBLES.get(fields.get("ErrorCode", ""), "carrier") if failed else ""
        try:
            async with asyncio.timeout(DESK_LIMIT_S):
                await self._messages.dispatch_told(
                    dispatch, status, provider_id=fields.get("MessageSid", ""), trouble=trouble
                )
        except UnknownMessage as unknown:
            log.warning("sms_status_of_nothing", dispatch=dispatch, code=unknown.code)
        except (VoicebotError, TimeoutError) as wrong:
            log.error("sms_status_not_taken", dispatch=dispatch, code=getattr(wrong, "code", "timeout"))
            return None
        return TAKEN


def _sms(text: str) -> Document:
    response = MessagingResponse()
    if text:
        response.message(text)
    return Document(str(response))


def _bare(body: str) -> str:
    """One word in capitals without accents and signs: " Arrêt. " is "ARRET"."""
    plain = unicodedata.normalize("NFKD", body)
    return "".join(sign for sign in plain if sign.isalnum() or sign == " ").strip().upper()
