"""The telephone side of the house as one web application."""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.types import Lifespan

from voicebot.channels.links import LinkTokens
from voicebot.settings import Settings
from voicebot.telephony.addresses import PublicAddress
from voicebot.telephony.agent_door import AgentDoor, AgentTelephones
from voicebot.telephony.exotel import Exotel
from voicebot.telephony.headset_door import HeadsetDoor
from voicebot.telephony.link_page import LinkPages
from voicebot.telephony.media_door import MediaDoor
from voicebot.telephony.on_call_door import OnCallDoor
from voicebot.telephony.plivo import Plivo
from voicebot.telephony.ports import HeadsetDesk, OnCallHouse, SoftphoneDesk
from voicebot.telephony.signed_webhooks import SignedWebhooks
from voicebot.telephony.sms_door import SmsDoor
from voicebot.telephony.softphone.page import SoftphoneDoor
from voicebot.telephony.stream_tokens import StreamTokens
from voicebot.telephony.telnyx import Telnyx
from voicebot.telephony.twilio import Twilio
from voicebot.telephony.vonage import Vonage
from voicebot.telephony.waiting_room import GiveUp, Side, WaitingRoom
from voicebot.telephony.webhooks import CarrierDoor, carrier_key

log = structlog.get_logger()

OTHER_CARRIERS = (Telnyx, Plivo, Vonage, Exotel)


def phone_app(
    desk: SoftphoneDesk,
    settings: Settings,
    secret: str,
    *,
    lifespan: Lifespan[Any] | None = None,
    on_call: OnCallHouse | None = None,
    headsets: HeadsetDesk | None = None,
    agents: AgentTelephones | None = None,
) -> FastAPI:
    """Twilio under /twilio, other carriers under /carriers/{name}/{key}, the softphone under /phone.

    With people on call: their calls under /twilio/on-call, SMS under /twilio/sms, links in messages under /on-call and /m.

    With headsets: their websocket and files under /headset.

    With agents' telephones: their calls under /twilio/agents and /twilio/handoffs.

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
        webhooks = SignedWebhooks(Twilio(auth_token), address)
        if on_call is not None:
            _mount_on_call(app, on_call, webhooks)
        if agents is not None:
            app.include_router(AgentDoor(agents, webhooks).routes())
        app.include_router(WaitingRoom(webhooks, _ways_out(on_call, agents)).routes())
    else:
        log.warning("twilio_closed", remedy="Set VOICEBOT_TWILIO_AUTH_TOKEN.")
    if on_call is not None:
        links = LinkTokens(secret, settings.public_url)
        app.include_router(LinkPages(on_call.contacts, on_call.messages, links, address).routes())
    for make in OTHER_CARRIERS:
        carrier = make()
        root, key = f"/carriers/{carrier.name}", carrier_key(secret, carrier.name)
        app.include_router(CarrierDoor(carrier, desk, tokens, media, address, root=root, key=key).routes())
    if settings.softphone if settings.softphone is not None else private:
        app.include_router(SoftphoneDoor(desk, tokens, media, address).routes())
    if headsets is not None:
        app.include_router(HeadsetDoor(headsets, tokens, address).routes())
    return app


def _mount_on_call(app: FastAPI, on_call: OnCallHouse, webhooks: SignedWebhooks) -> None:
    app.include_router(OnCallDoor(on_call.contacts, webhooks, on_call.telephone, on_call.seen).routes())
    app.include_router(SmsDoor(on_call.contacts, on_call.messages, webhooks).routes())


def _ways_out(on_call: OnCallHouse | None, agents: AgentTelephones | None) -> dict[Side, GiveUp]:
    """What becomes of those who wait alone in a conference: only a caller who was handed over has somebody to go back to."""
    ways: dict[Side, GiveUp] = {}
    if on_call is not None and on_call.telephone is not None:
        ways |= dict.fromkeys((Side.CALLER, Side.CONTACT), on_call.telephone.hang_up)
    if agents is not None:
        let_go = partial(agents.telephone.hang_up, silently=True)
        ways |= {Side.HANDED_OVER: agents.telephone.caller_out_of_room, Side.AGENT: let_go}
    return ways


def webhook_paths(secret: str) -> dict[str, str]:
    """Path of each carrier's voice webhook, to be entered at the carrier behind the public address."""
    others = {make.name: f"/carriers/{make.name}/{carrier_key(secret, make.name)}/voice" for make in OTHER_CARRIERS}
    return {Twilio.name: "/twilio/voice", **others}
