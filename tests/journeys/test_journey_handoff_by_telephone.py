"""A caller is handed to an agent's telephone and comes back: the whole house between two legs of a synthetic Twilio."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from voicebot.cli.serve import listening_socket, serving
from voicebot.domain.agent import AgentState, AgentWay, Role, User
from voicebot.domain.call import EndReason
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import HandoffStatus, Why
from voicebot.quality.carried_call import CallToPlace
from voicebot.quality.script import HangUp, Pause, SayWords
from voicebot.quality.synthetic_callees import presses
from voicebot.quality.synthetic_caller import place_call
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.settings import Settings
from voicebot.speech.espeak import EspeakVoice

ROOT = Path(__file__).parents[2]
SPEED = 3.0
CLAIRE = User("claire.petit", "Claire Petit", Role.AGENT, phone="+33639980011")
CALLER = "+33639980050"

pytestmark = [pytest.mark.audio, pytest.mark.timeout(180)]


async def test_an_agents_telephone_takes_the_caller_and_the_receptionist_has_them_back(tmp_path: Path) -> None:
    async with SyntheticTwilio(speed=SPEED) as twilio:
        settings = Settings(
            data_dir=tmp_path / "var",
            clients_dir=ROOT / "client_configs",
            port=0,
            ears_model="practice",
            voice_engine="practice",
            twilio_account_sid=twilio.account_sid,
            twilio_auth_token=SecretStr(twilio.auth_token),
            twilio_number=twilio.number,
            twilio_api_url=twilio.api_url,
        )
        listener = listening_socket("127.0.0.1", 0)
        async with serving(settings, listener) as served:
            await served.handing.users.add(CLAIRE)
            desk = served.handing.desk
            await desk.come(CLAIRE, (), (), AgentWay.PHONE)
            twilio.person(CLAIRE.phone, presses("1").ringing_for(3.0).talking_for(9.0))
            dialled = served.house.clients.of("chauffage-morel").identity.dialled_numbers[0]
            to_place = CallToPlace(dialled, CALLER)
            carrier = SyntheticCarrier(
                f"{served.address}/twilio/voice",
                f"{served.address}/twilio/status",
                auth_token=twilio.auth_token,
                rest=twilio.caller(to_place),
            )
            wish = SayWords("bonjour je voudrais parler à quelqu'un s'il vous plaît")
            speak = EspeakVoice("fr+m3", 150).synthesise
            calling = asyncio.create_task(place_call(carrier, to_place, [wish, Pause(28.0), HangUp()], speak=speak))
            placed = await calling
            call = await served.house.book.call_by_carrier("twilio", to_place.call_sid)
            assert call is not None, placed.call.trouble
            events = await served.house.book.events(call.id)
            kinds = [event.kind for event in events]
            assert EventKind.HANDED_OVER in kinds, kinds
            over = next(event for event in events if event.kind is EventKind.HANDED_OVER)
            assert (over.data["taker"], over.data["way"]) == (CLAIRE.id, "phone")
            assert EventKind.TAKEN_BACK in kinds, "the caller was left alone after the agent had hung up"
            first = (await desk.of_call(call.id))[0]
            assert (first.status, first.why) == (HandoffStatus.RETURNED, Why.AGENT_LOST)
            assert placed.call.streams == 2
            briefing = " ".join(twilio.heard_by(CLAIRE.phone))
            assert "Chauffage Morel" in briefing
            for _ in range(50):
                call = await served.house.book.call(call.id)
                if call.ended is not None:
                    break
                await asyncio.sleep(0.1)
            assert call.ended is EndReason.CALLER_HUNG_UP
            presence = await desk.presence(CLAIRE.id)
            assert presence is not None
            assert presence.state in (AgentState.WRAP_UP, AgentState.AVAILABLE)
