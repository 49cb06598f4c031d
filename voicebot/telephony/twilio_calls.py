"""What every call that we place or change at Twilio has in common: ring a telephone, lead a call elsewhere, end it.

Sources: twilio.com/docs/voice/api/call-resource, /docs/voice/answering-machine-detection, /docs/voice/twiml/conference.
"""

from __future__ import annotations

from typing import Any

import structlog
from twilio.twiml.voice_response import Dial

from voicebot.errors import ChannelError
from voicebot.telephony.caller_id import check_caller_id
from voicebot.telephony.twilio_rest import INVALID_STATE, TwilioAccount, TwilioRefused

CALL_LIMIT_S = 3600
"""Longest call to a contact or agent, the talk with the caller included: a forgotten line must not cost a night."""
NOT_FOUND = 20404
STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]

# A greeting longer than this is a machine's. Twilio's own 2,400 ms hangs up on people who say name and company.
SPEECH_THRESHOLD_MS = 3000
DETECTION_LIMIT_S = 20

log = structlog.get_logger()


async def place_call(account: TwilioAccount, number: str, root: str, ring_s: int) -> str:
    """Rings `number`; its webhooks are under the absolute address `root`: answer, status, machine.

    Answering machines are detected beside the call, not before it (AsyncAmd): whoever picks up hears us at once.

    Returns: Twilio's id of the call. Raises: ChannelError; not_configured when our number may not be shown.
    """
    check_caller_id(account.number)
    call = await account.calls.create_async(
        to=number,
        from_=account.number,
        url=f"{root}/answer",
        method="POST",
        status_callback=f"{root}/status",
        status_callback_event=STATUS_EVENTS,
        status_callback_method="POST",
        timeout=ring_s,
        time_limit=CALL_LIMIT_S,
        machine_detection="Enable",
        machine_detection_timeout=DETECTION_LIMIT_S,
        machine_detection_speech_threshold=SPEECH_THRESHOLD_MS,
        async_amd="true",
        async_amd_status_callback=f"{root}/machine",
        async_amd_status_callback_method="POST",
    )
    return call.sid


async def end_call(account: TwilioAccount, carrier_call_id: str) -> None:
    """ "completed" ends calls that ring, too; one that is over is left. Raises: ChannelError."""
    await change_unless_over(account, carrier_call_id, status="completed")


async def change_unless_over(account: TwilioAccount, carrier_call_id: str, **change: Any) -> None:
    """One REST request on a call; one that is over, or does not talk yet, is left. Raises: ChannelError."""
    try:
        await account.calls(carrier_call_id).update_async(**change)
    except TwilioRefused as refused:
        if refused.twilio_code not in (INVALID_STATE, NOT_FOUND):
            raise
        log.info("call_already_over", carrier="twilio", carrier_call_id=carrier_call_id)


async def lead_call(account: TwilioAccount, carrier_call_id: str, **where: Any) -> None:
    """The document that Twilio follows now is replaced: what stands after it is never asked.

    Args:
        where: twiml, or url and method.

    Raises: ChannelError; rejected when the call is over.
    """
    try:
        await account.calls(carrier_call_id).update_async(**where)
    except TwilioRefused as refused:
        if refused.twilio_code not in (INVALID_STATE, NOT_FOUND):
            raise
        what = "The caller hung up before they could be connected."
        raise ChannelError("rejected", what, temporary=False) from refused


def conference(room: str, wait_url: str, *, then: str = "", **more: Any) -> Dial:
    """`<Dial><Conference>` for two; the first one to hang up ends it.

    Args:
        wait_url: see telephony.waiting_room. then: address that is asked afterwards; "" goes on with the document.
    """
    dial = Dial(action=then, method="POST") if then else Dial()
    dial.conference(
        room,
        wait_url=wait_url,
        wait_method="POST",
        beep=False,
        start_conference_on_enter=True,
        end_conference_on_exit=True,
        max_participants=2,
        **more,
    )
    return dial
