"""Calls to agents and to a client's people for a handoff, and the caller's way to them and back, by Twilio."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import structlog
from twilio.twiml.voice_response import VoiceResponse

from voicebot.channels.allowed_numbers import OnlyTheseNumbers
from voicebot.errors import ChannelError
from voicebot.handoff.ports import AgentRing
from voicebot.telephony.house_sentences import AGENT_LET_GO
from voicebot.telephony.on_call_twiml import goodbye
from voicebot.telephony.twilio_calls import conference, end_call, lead_call, place_call
from voicebot.telephony.twilio_rest import TwilioAccount
from voicebot.telephony.waiting_room import Side, waiting_path

RESUME_PATH = "/twilio/resume?attempt=1"
"""Of telephony.webhooks: a caller who comes from a conference is not one whose line broke, so that counting begins anew."""

REMEMBERED = 1000
"""Lines of which this process knows that they end by themselves."""

log = structlog.get_logger()


class TwilioAgentTelephone:
    """A handoff.ports.AgentTelephone.

    Args:
        only: which numbers are rung, and how many in a day. count: notes one use of the house's line, by an id of its own.
    """

    def __init__(self, account: TwilioAccount, only: OnlyTheseNumbers, count: Callable[[str], Awaitable[None]]) -> None:
        self._account = account
        self._only = only
        self._count = count
        self._ending: OrderedDict[str, None] = OrderedDict()

    async def ring(self, ring: AgentRing) -> str:
        """Raises: ChannelError; not_configured when our number may not be shown (telephony.caller_id)."""
        await self._only.check(ring.number)
        # Counted before: what may have left the house has been used.
        await self._count(f"{ring.handoff}-{ring.agent}-{secrets.token_hex(4)}"[-160:])
        root = f"{self._account.house_url}{agent_path(ring.handoff, ring.agent)}"
        return await place_call(self._account, ring.number, root, ring.ring_s)

    async def hang_up(self, agent_line: str, *, silently: bool = False) -> None:
        """A line that rings has no document yet that could be replaced by a word."""
        if agent_line in self._ending:
            return
        if not silently:
            try:
                await lead_call(self._account, agent_line, twiml=goodbye(*AGENT_LET_GO).body)
            except ChannelError as refused:
                log.info("agent_not_told", carrier_call_id=agent_line, code=refused.reason)
            else:
                return
        await end_call(self._account, agent_line)

    def ends_by_itself(self, agent_line: str) -> None:
        """As far as this process is told; another one cuts the goodbye short."""
        self._ending[agent_line] = None
        while len(self._ending) > REMEMBERED:
            self._ending.popitem(last=False)

    async def caller_into_room(self, carrier_call_id: str, room: str) -> None:
        await lead_call(
            self._account, carrier_call_id, twiml=caller_document(self._account.house_url, carrier_call_id, room)
        )

    async def caller_out_of_room(self, carrier_call_id: str) -> None:
        await lead_call(self._account, carrier_call_id, url=f"{self._account.house_url}{RESUME_PATH}", method="POST")

    async def close(self) -> None:
        await self._account.close()


def agent_path(handoff_id: str, agent: str) -> str:
    return f"/twilio/agents/{quote(handoff_id, safe='')}/{quote(agent, safe='')}"


def room_path(handoff_id: str, own_call_id: str) -> str:
    """Where a conference tells who comes and goes. own_call_id: of the side whose document names the address."""
    return f"/twilio/handoffs/{quote(handoff_id, safe='')}/room?own={quote(own_call_id, safe='')}"


def caller_document(house_url: str, carrier_call_id: str, room: str) -> str:
    """The caller's leg: into the conference, and back to the receptionist when that ends, whatever ended it."""
    response = VoiceResponse()
    wait_url = f"{house_url}{waiting_path(Side.HANDED_OVER)}"
    told_url = f"{house_url}{room_path(room, carrier_call_id)}"
    response.append(conference(room, wait_url, **who_comes(told_url)))
    response.redirect(f"{house_url}{RESUME_PATH}", method="POST")
    return str(response)


def who_comes(told_url: str) -> dict[str, str]:
    """Attributes of a <Conference>: we are told when somebody joins. Twilio heeds those of whoever comes first."""
    return {"status_callback": told_url, "status_callback_event": "join", "status_callback_method": "POST"}
