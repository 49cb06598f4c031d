"""SMS by Twilio. Source: twilio.com/docs/messaging/api/message-resource."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from voicebot.channels.ports import Letter, Taken
from voicebot.errors import ChannelError
from voicebot.telephony.twilio_rest import TwilioAccount

LOOK_BACK = 100
"""Messages to one number that are looked through."""
CLOCK_SKEW = timedelta(seconds=5)
"""Twilio writes whole seconds, and its clock is not ours."""
VALIDITY_S = 14_400
"""An SMS that Twilio could not hand over for so long is given up and told as failed."""
TRIAL_WORDS = "Sent from your Twilio trial account - "
_NOT_TAKEN = frozenset({"failed", "undelivered", "canceled"})


class TwilioSms:
    """A channels.ports.Sender. Status callbacks come back with the dispatch's id in their address (telephony.sms_door)."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account

    async def send(self, letter: Letter) -> Taken:
        if not self._account.number:
            raise ChannelError(
                "not_configured", "There is no number to send SMS from.", "Set VOICEBOT_TWILIO_NUMBER.", temporary=False
            )
        sent = await self._account.messages.create_async(
            to=letter.address,
            from_=self._account.number,
            body=letter.text,
            status_callback=f"{self._account.house_url}{status_path(letter.id)}",
            validity_period=VALIDITY_S,
        )
        return Taken(sent.sid)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        """Known by recipient, time and the very words: an SMS carries nothing else of ours.

        Messages that still wait have no DateSent, so that the list is not filtered by it; DateCreated is compared here.
        """
        known = await self._account.messages.list_async(to=letter.address, from_=self._account.number, limit=LOOK_BACK)
        for message in known:
            same = (message.body or "").removeprefix(TRIAL_WORDS) == letter.text
            if same and message.status not in _NOT_TAKEN and is_since(message.date_created, since):
                return Taken(message.sid)
        return None

    async def close(self) -> None:
        await self._account.close()


def status_path(dispatch_id: str) -> str:
    return f"/twilio/sms/{quote(dispatch_id, safe='')}/status"


def is_since(made: datetime | None, since: datetime) -> bool:
    """made: of Twilio, None when it does not tell: then it may be."""
    if made is None:
        return True
    aware = made if made.tzinfo else made.replace(tzinfo=UTC)
    return aware >= since - CLOCK_SKEW
