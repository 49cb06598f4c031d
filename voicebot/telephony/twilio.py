"""Twilio as a carrier: TwiML, request signatures, status callbacks.

Sources: twilio.com/docs/voice/twiml, /docs/usage/security (X-Twilio-Signature).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

from pipecat.serializers.base_serializer import FrameSerializer
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Connect, Stream, VoiceResponse

from voicebot.domain.language import Language
from voicebot.errors import BadSignature, CarrierError
from voicebot.telephony.carrier import Document, StreamOffer, StreamStart, WebhookRequest, e164
from voicebot.telephony.house_sentences import CARRIER_LOCALE, NOBODY_ANSWERED, sentences_of
from voicebot.telephony.ports import IncomingCall, LineStatus, Refused
from voicebot.telephony.twilio_media import TwilioMedia, read_twilio_start

DIAL_LIMIT_S = 25
"""Ring time of the people who take over: about five rings."""

_STREAM_EVENTS = {
    "stream-started": LineStatus.STREAM_STARTED,
    "stream-stopped": LineStatus.STREAM_STOPPED,
    "stream-error": LineStatus.STREAM_FAILED,
}
_FINAL_CALL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class Twilio:
    """See voicebot.telephony.carrier.Carrier.

    Args:
        auth_token: signs Twilio's requests; "" accepts unsigned ones (a loopback house without a Twilio account).
    """

    name = "twilio"
    marks = True
    names_calls = True
    signs = True

    def __init__(self, auth_token: str = "") -> None:
        self._validator = RequestValidator(auth_token) if auth_token else None

    def verify(self, request: WebhookRequest) -> None:
        if self._validator is None:
            return
        signature = request.headers.get("x-twilio-signature", "")
        # Twilio signs the websocket's handshake with or without a slash after the path.
        addresses = (request.url, _with_slash(request.url))
        if not any(self._validator.validate(address, dict(request.fields), signature) for address in addresses):
            raise BadSignature("A request is not signed by Twilio.", "Check VOICEBOT_TWILIO_AUTH_TOKEN and _PUBLIC_URL.")

    def incoming(self, fields: Mapping[str, str]) -> IncomingCall:
        call_sid = fields.get("CallSid", "")
        if not call_sid:
            raise CarrierError("A voice webhook has no CallSid.")
        return IncomingCall(
            self.name,
            call_sid,
            dialled_number=e164(fields.get("To", "") or fields.get("Called", "")),
            caller_number=e164(fields.get("From", "")),
        )

    def status(self, fields: Mapping[str, str]) -> LineStatus | None:
        if "StreamEvent" in fields:
            return _STREAM_EVENTS.get(fields["StreamEvent"])
        return LineStatus.CALL_ENDED if fields.get("CallStatus") in _FINAL_CALL_STATUSES else None

    def connect(self, offer: StreamOffer) -> Document:
        stream = Stream(url=offer.media_url, status_callback=offer.status_url, status_callback_method="POST")
        stream.parameter(name="token", value=offer.token)
        connect = Connect()
        connect.append(stream)
        response = VoiceResponse()
        response.append(connect)
        # Twilio comes to this verb when the stream ends, is broken or cannot be reached: the caller is never left alone.
        response.redirect(offer.resume_url, method="POST")
        return Document(str(response))

    def refuse(self, refused: Refused, dialled_url: str) -> Document:
        response = VoiceResponse()
        _say(response, sentences_of(refused))
        if refused.fallback_number:
            response.dial(refused.fallback_number, timeout=DIAL_LIMIT_S, action=dialled_url, method="POST")
        else:
            response.hangup()
        return Document(str(response))

    def after_dial(self, fields: Mapping[str, str]) -> Document:
        response = VoiceResponse()
        if fields.get("DialCallStatus") != "completed":
            _say(response, NOBODY_ANSWERED)
        response.hangup()
        return Document(str(response))

    def hang_up(self) -> Document:
        response = VoiceResponse()
        response.hangup()
        return Document(str(response))

    def read_start(self, message: str | bytes) -> StreamStart | None:
        return read_twilio_start(message)

    def serializer(self, start: StreamStart) -> FrameSerializer:
        return TwilioMedia(start.stream_id)


def _say(response: VoiceResponse, sentences: Iterable[tuple[Language, str]]) -> None:
    for language, sentence in sentences:
        response.say(sentence, language=CARRIER_LOCALE[language])


def _with_slash(url: str) -> str:
    split = urlsplit(url)
    return urlunsplit(split._replace(path=split.path.rstrip("/") + "/"))
