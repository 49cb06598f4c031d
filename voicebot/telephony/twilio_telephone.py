"""Calls to people on call, placed by Twilio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import quote

from twilio.twiml.voice_response import VoiceResponse

from voicebot.channels.ports import Ring
from voicebot.telephony.calls_seen import CallsSeen
from voicebot.telephony.house_sentences import CARRIER_LOCALE, GOODBYE
from voicebot.telephony.twilio_calls import conference, end_call, lead_call, place_call
from voicebot.telephony.twilio_rest import TwilioAccount
from voicebot.telephony.twilio_sms import is_since
from voicebot.telephony.waiting_room import Side, waiting_path

LOOK_BACK = 50


async def _none_known(carrier_call_id: str) -> bool:  # noqa: ARG001
    return False


class TwilioTelephone:
    """A channels.ports.Telephone.

    Nothing depends on the detection of answering machines: nothing private is said before a key, and only a key
    acknowledges. It only saves the time that a voicemail would take.

    Args:
        known: is this carrier call id that of an attempt in our rows? Keeps rung_before from taking an earlier call for
            the one that is looked for.
        seen: shared with the on-call door, whose callbacks name attempt and call; None for one of its own.
    """

    def __init__(
        self,
        account: TwilioAccount,
        known: Callable[[str], Awaitable[bool]] = _none_known,
        seen: CallsSeen | None = None,
    ) -> None:
        self._account = account
        self._known = known
        self._seen = seen or CallsSeen()

    async def ring(self, ring: Ring) -> str:
        """Raises: ChannelError; not_configured when our number may not be shown (telephony.caller_id)."""
        root = f"{self._account.house_url}{attempt_path(ring.attempt)}"
        call_id = await place_call(self._account, ring.number, root, ring.ring_s)
        self._seen.note(ring.attempt, call_id)
        return call_id

    async def rung_before(self, ring: Ring, since: datetime) -> str | None:
        """The call of which a callback named the attempt; else the newest call from us to this number since then that
        neither a callback nor our rows give to another attempt.

        Calls that still wait have no StartTime, so that the list is not filtered by it; DateCreated is compared here.
        """
        if seen := self._seen.call_of(ring.attempt):
            return seen
        placed = await self._account.calls.list_async(to=ring.number, from_=self._account.number, limit=LOOK_BACK)
        since_then = [call for call in placed if is_since(call.date_created, since)]
        for call in sorted(since_then, key=lambda call: (call.date_created is not None, call.date_created), reverse=True):
            # A callback may have named it while the list was on its way.
            attempt = self._seen.attempt_of(call.sid)
            if attempt == ring.attempt or (not attempt and not await self._known(call.sid)):
                return call.sid
        return None

    async def hang_up(self, carrier_call_id: str) -> None:
        await end_call(self._account, carrier_call_id)

    async def connect(self, carrier_call_id: str, room: str) -> None:
        wait_url = f"{self._account.house_url}{waiting_path(Side.CALLER)}"
        await lead_call(self._account, carrier_call_id, twiml=caller_into_room(room, wait_url))

    async def close(self) -> None:
        await self._account.close()


def attempt_path(attempt_id: str) -> str:
    return f"/twilio/on-call/{quote(attempt_id, safe='')}"


def caller_into_room(room: str, wait_url: str) -> str:
    """The caller's leg: when one of the two hangs up, the conference ends and so does this call."""
    response = VoiceResponse()
    response.append(conference(room, wait_url))
    for language, words in GOODBYE.items():
        response.say(words, language=CARRIER_LOCALE[language])
    response.hangup()
    return str(response)
