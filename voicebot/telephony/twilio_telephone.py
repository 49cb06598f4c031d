"""Calls to people on call, placed by Twilio.

Sources: twilio.com/docs/voice/api/call-resource, /docs/voice/answering-machine-detection, /docs/voice/twiml/conference.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import quote

import structlog
from twilio.twiml.voice_response import Dial, VoiceResponse

from voicebot.channels.ports import Ring
from voicebot.errors import ChannelError
from voicebot.telephony.caller_id import check_caller_id
from voicebot.telephony.calls_seen import CallsSeen
from voicebot.telephony.house_sentences import CARRIER_LOCALE, GOODBYE
from voicebot.telephony.twilio_rest import INVALID_STATE, TwilioAccount, TwilioRefused
from voicebot.telephony.twilio_sms import is_since
from voicebot.telephony.waiting_room import Side, waiting_path

LOOK_BACK = 50
CALL_LIMIT_S = 3600
"""Longest call to a contact, the talk with the caller included: a forgotten line must not cost a night."""
NOT_FOUND = 20404
STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]

# A greeting longer than this is a machine's. Twilio's own 2,400 ms hangs up on people who say name and company.
SPEECH_THRESHOLD_MS = 3000
DETECTION_LIMIT_S = 20

log = structlog.get_logger()


async def _none_known(carrier_call_id: str) -> bool:  # noqa: ARG001
    return False


class TwilioTelephone:
    """A channels.ports.Telephone.

    Answering machines are detected beside the call, not before it (AsyncAmd): whoever picks up hears us at once. Nothing
    depends on the detection: nothing private is said before a key, and only a key acknowledges. It only saves the time
    that a voicemail would take.

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
        check_caller_id(self._account.number)
        root = f"{self._account.house_url}{attempt_path(ring.attempt)}"
        call = await self._account.calls.create_async(
            to=ring.number,
            from_=self._account.number,
            url=f"{root}/answer",
            method="POST",
            status_callback=f"{root}/status",
            status_callback_event=STATUS_EVENTS,
            status_callback_method="POST",
            timeout=ring.ring_s,
            time_limit=CALL_LIMIT_S,
            machine_detection="Enable",
            machine_detection_timeout=DETECTION_LIMIT_S,
            machine_detection_speech_threshold=SPEECH_THRESHOLD_MS,
            async_amd="true",
            async_amd_status_callback=f"{root}/machine",
            async_amd_status_callback_method="POST",
        )
        self._seen.note(ring.attempt, call.sid)
        return call.sid

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
        """ "completed" ends calls that ring, too."""
        try:
            await self._account.calls(carrier_call_id).update_async(status="completed")
        except TwilioRefused as refused:
            if refused.twilio_code not in (INVALID_STATE, NOT_FOUND):
                raise
            log.info("call_already_over", carrier="twilio", carrier_call_id=carrier_call_id)

    async def connect(self, carrier_call_id: str, room: str) -> None:
        """The document that Twilio follows now is replaced: the resume address in it is never asked."""
        try:
            await self._account.calls(carrier_call_id).update_async(
                twiml=caller_into_room(room, f"{self._account.house_url}{waiting_path(Side.CALLER)}")
            )
        except TwilioRefused as refused:
            if refused.twilio_code not in (INVALID_STATE, NOT_FOUND):
                raise
            what = "The caller hung up before they could be connected."
            raise ChannelError("rejected", what, temporary=False) from refused

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


def conference(room: str, wait_url: str) -> Dial:
    """`<Dial><Conference>` for two; the first one to hang up ends it. wait_url: see telephony.waiting_room."""
    dial = Dial()
    dial.conference(
        room,
        wait_url=wait_url,
        wait_method="POST",
        beep=False,
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        max_participants=2,
    )
    return dial
