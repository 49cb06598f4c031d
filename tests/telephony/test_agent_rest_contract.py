"""Twilio's own description of its API against what we ask for agents' telephones, and against the synthetic answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest
from openapi_core.exceptions import OpenAPIError

from tests.telephony.agents_on_telephones import until
from tests.telephony.test_twilio_rest_contract import DESCRIPTION, FREE, Desk, description
from voicebot.channels.allowed_numbers import OnlyTheseNumbers
from voicebot.errors import ChannelError
from voicebot.handoff.ports import AgentRing
from voicebot.quality.synthetic_callees import no_answer
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.telephony.agent_telephone import TwilioAgentTelephone

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.is_file(), reason="Twilio's description of its API (twilio_api_v2010.json) is not beside the checkout"
)

HANDOFF = "20261123-093000-1f9c2a-handoff-1"
RING = AgentRing(HANDOFF, "claire.petit", FREE, 20)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with SyntheticTwilio(speed=100) as twilio:
        desk = Desk(twilio)
        yield desk
        await desk.account.close()


def telephone_of(desk: Desk) -> TwilioAgentTelephone:
    async def spent_today() -> int:
        return 0

    async def count(use: str) -> None:
        assert len(use) <= 160

    return TwilioAgentTelephone(desk.account, OnlyTheseNumbers({FREE}.__contains__, spent_today, most_per_day=9), count)


async def test_an_agent_rung_and_hung_up_while_it_rings(desk: Desk):
    desk.twilio.person(FREE, no_answer())
    line = await telephone_of(desk).ring(RING)
    await telephone_of(desk).hang_up(line, silently=True)
    desk.check([("post", "Calls.json"), ("post", f"Calls/{line}.json")])


async def test_an_agent_told_and_let_go_and_a_caller_led_in_and_out(desk: Desk):
    """Any call that talks is as good as the caller's; each is led once, since no house is behind its address."""
    desk.twilio.person(FREE, no_answer())
    telephone = telephone_of(desk)
    made: list[tuple[str, str]] = []
    for lead in (partial(telephone.caller_into_room, room=HANDOFF), telephone.caller_out_of_room, telephone.hang_up):
        line = await telephone.ring(RING)
        await until(lambda: desk.twilio.calls[-1].status == "ringing")
        desk.twilio.calls[-1].status = "in-progress"
        await lead(line)
        made += [("post", "Calls.json"), ("post", f"Calls/{line}.json")]
    desk.check(made)


async def test_the_description_would_find_a_wrong_request(desk: Desk):
    """Guards the tests above: a validator that lets everything pass would prove nothing."""
    line = await telephone_of(desk).ring(RING)
    with pytest.raises(ChannelError):
        await telephone_of(desk).caller_out_of_room(line)
    asked, _ = desk.recording.exchanges[-1]
    assert asked.body is not None
    description().validate_request(asked)
    asked.body = asked.body.replace(b"Method=POST", b"Method=SHOUT")
    with pytest.raises(OpenAPIError):
        description().validate_request(asked)
