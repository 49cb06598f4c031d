"""The telephone side of the house as one web application."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI
from starlette.types import Lifespan

from voicebot.settings import Settings
from voicebot.telephony.addresses import PublicAddress
from voicebot.telephony.exotel import Exotel
from voicebot.telephony.media_door import MediaDoor
from voicebot.telephony.plivo import Plivo
from voicebot.telephony.ports import SoftphoneDesk
from voicebot.telephony.softphone.page import SoftphoneDoor
from voicebot.telephony.stream_tokens import StreamTokens
from voicebot.telephony.telnyx import Telnyx
from voicebot.telephony.twilio import Twilio
from voicebot.telephony.vonage import Vonage
from voicebot.telephony.webhooks import CarrierDoor, carrier_key

log = structlog.get_logger()

OTHER_CARRIERS = (Telnyx, Plivo, Vonage, Exotel)


def phone_app(desk: SoftphoneDesk, settings: Settings, secret: str, *, lifespan: Lifespan[Any] | None = None) -> FastAPI:
    """Twilio under /twilio, other carriers under /carriers/{name}/{key}, the softphone under /phone.

    Args:
        desk: the house.
        secret: signs tokens and makes the carriers' keys; the same in every process of the house, so that any of
            them can take up a call.

    Unsigned Twilio requests are taken only on loopback without a public address; elsewhere Twilio has no door
    until VOICEBOT_TWILIO_AUTH_TOKEN is set.
    """
    app = FastAPI(title="voicebot", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    address = PublicAddress(settings.public_url)
    tokens = StreamTokens(secret)
    media = MediaDoor(desk, tokens)
    private = settings.on_loopback and not settings.public_url
    auth_token = settings.twilio_auth_token.get_secret_value() if settings.twilio_auth_token else ""
    if auth_token or private:
        door = CarrierDoor(Twilio(auth_token), desk, tokens, media, address, root="/twilio")
        app.include_router(door.routes())
    else:
        log.warning("twilio_closed", remedy="Set VOICEBOT_TWILIO_AUTH_TOKEN.")
    for make in OTHER_CARRIERS:
        carrier = make()
        root, key = f"/carriers/{carrier.name}", carrier_key(secret, carrier.name)
        app.include_router(CarrierDoor(carrier, desk, tokens, media, address, root=root, key=key).routes())
    if settings.softphone if settings.softphone is not None else private:
        app.include_router(SoftphoneDoor(desk, tokens, media, address).routes())
    return app


def webhook_paths(secret: str) -> dict[str, str]:
    """Path of each carrier's voice webhook, to be entered at the carrier behind the public address."""
    others = {make.name: f"/carriers/{make.name}/{carrier_key(secret, make.name)}/voice" for make in OTHER_CARRIERS}
    return {Twilio.name: "/twilio/voice", **others}
