"""Twilio's signed requests outside of callers' calls: verified, given to a handler, answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog
from fastapi import Request
from starlette.responses import Response

from voicebot.errors import BadSignature, CarrierError
from voicebot.telephony.addresses import PublicAddress
from voicebot.telephony.carrier import Document, WebhookRequest
from voicebot.telephony.twilio import Twilio
from voicebot.telephony.webhooks import read_fields

NOTHING = Document("<Response/>")
TAKEN = Document("", media_type="text/plain")

log = structlog.get_logger()

Fields = Mapping[str, str]


class SignedWebhooks:
    """Makes endpoints of handlers; a request that Twilio did not sign gets 403 and learns nothing."""

    def __init__(self, twilio: Twilio, address: PublicAddress) -> None:
        self._twilio = twilio
        self._address = address

    def endpoint(
        self, handle: Callable[[Request, Fields], Awaitable[Document | None]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """handle: None when what was told could not be kept: 503, which shows in Twilio's console."""

        async def answer(request: Request) -> Response:
            try:
                fields = await read_fields(request)
                self._twilio.verify(WebhookRequest(self._address.asked(request), fields, dict(request.headers)))
            except BadSignature as wrong:
                log.warning("webhook_refused", carrier=self._twilio.name, code=wrong.code)
                return Response(status_code=403)
            except CarrierError as wrong:
                log.warning("webhook_unreadable", carrier=self._twilio.name, code=wrong.code)
                return Response(status_code=400)
            document = await handle(request, fields)
            if document is None:
                return Response(status_code=503)
            return Response(document.body, media_type=document.media_type)

        return answer

    def url(self, request: Request, path: str) -> str:
        """Absolute address of a path of ours."""
        return self._address.http(request, path)
