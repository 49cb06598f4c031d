"""How this house reaches people: the senders and the telephone that its settings describe, behind the toll-fraud door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from voicebot.channels.allowed_numbers import (
    CallerSms,
    DayLimit,
    GuardedSms,
    GuardedTelephone,
    OnlyTheCaller,
    OnlyTheseNumbers,
)
from voicebot.channels.chat import ChatSender
from voicebot.channels.email import EmailSender
from voicebot.channels.mail_folder import MailFolder
from voicebot.channels.ports import Letter, Sender, Taken, Telephone
from voicebot.channels.webhook import WebhookSender
from voicebot.clients.directory import Clients
from voicebot.domain.delivery import Channel
from voicebot.errors import ChannelError
from voicebot.settings import Settings
from voicebot.store.ladder_book import LadderBook
from voicebot.telephony.caller_id import check_caller_id
from voicebot.telephony.calls_seen import CallsSeen
from voicebot.telephony.twilio_rest import TwilioAccount, TwilioHttp
from voicebot.telephony.twilio_sms import TwilioSms
from voicebot.telephony.twilio_telephone import TwilioTelephone

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outside:
    """Channels of one event loop; connections belong to the loop that first uses them.

    senders: of the configured channels. telephone: None where nobody can be rung. on_call_sms: the same SMS, whose use
    the ladder counts itself. caller_sms: SMS to callers and nobody else.
    """

    senders: dict[Channel, Sender] = field(default_factory=dict)
    telephone: Telephone | None = None
    on_call_sms: Sender | None = None
    caller_sms: Sender | None = None

    async def close(self) -> None:
        for sender in self.senders.values():
            await sender.close()
        if self.telephone is not None:
            await self.telephone.close()


class CountedSms:
    """A sender of SMS of which each counts towards the day's limit."""

    def __init__(self, sender: Sender, ladders: LadderBook, now: Callable[[], datetime]) -> None:
        self._sender = sender
        self._ladders = ladders
        self._now = now

    async def send(self, letter: Letter) -> Taken:
        # Counted before: what may have left the house has been used.
        await self._ladders.note_use(letter.id, "sms", "", self._now())
        return await self._sender.send(letter)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        return await self._sender.sent_before(letter, since)

    async def close(self) -> None:
        await self._sender.close()


def outside_of(
    settings: Settings,
    clients: Callable[[], Clients],
    ladders: LadderBook,
    now: Callable[[], datetime],
    house_url: str,
    seen: CallsSeen,
    caller_of: Callable[[str], Awaitable[str]],
) -> Outside:
    """The channels that the settings configure.

    Args:
        clients: those of now; nobody else's numbers are dialled. house_url: our address as carriers reach it.
        seen: shared with the on-call door. caller_of: the number of a call that may be texted (messages.caller_texts).

    Raises: SettingsError when a channel is configured and cannot be used.
    """
    private = settings.private_webhooks
    senders: dict[Channel, Sender] = {
        Channel.WEBHOOK: WebhookSender(allow_private=private),
        Channel.CHAT: ChatSender(allow_private=private),
    }
    if settings.mail_folder is not None:
        senders[Channel.EMAIL] = MailFolder(settings.mail_folder, settings.mail_from)
    elif settings.smtp_host:
        senders[Channel.EMAIL] = EmailSender(settings)
    account = account_of(settings, house_url)
    if account is None:
        return Outside(senders)

    async def spent_today() -> int:
        return await ladders.uses_in_a_day(now())

    known = KnownNumbers(clients, settings.agents_number)
    only = OnlyTheseNumbers(known.has, spent_today, most_per_day=settings.most_calls_per_day)
    twilio_sms = TwilioSms(account)
    sms = GuardedSms(twilio_sms, only)
    day = DayLimit(spent_today, most_per_day=settings.most_calls_per_day)
    to_callers = CountedSms(CallerSms(twilio_sms, OnlyTheCaller(caller_of, day)), ladders, now)
    senders[Channel.SMS] = CountedSms(sms, ladders, now)
    return Outside(senders, _telephone(account, ladders, only, seen), sms, to_callers)


def account_of(settings: Settings, house_url: str) -> TwilioAccount | None:
    """None where the house has no account or no number to call from."""
    token = settings.twilio_auth_token
    if not (settings.twilio_account_sid and token and settings.twilio_number):
        return None
    return TwilioAccount(
        settings.twilio_account_sid,
        token.get_secret_value(),
        number=settings.twilio_number,
        house_url=house_url,
        http=TwilioHttp(settings.twilio_api_url),
    )


def _telephone(account: TwilioAccount, ladders: LadderBook, only: OnlyTheseNumbers, seen: CallsSeen) -> Telephone | None:
    try:
        check_caller_id(account.number)
    except ChannelError as refused:
        _log.error("nobody_is_rung", code=refused.reason, what=refused.what, remedy=refused.remedy)
        return None
    return GuardedTelephone(TwilioTelephone(account, ladders.knows_carrier_call, seen), only)


class KnownNumbers:
    """The numbers of the client files as they are now, and our own floor's."""

    def __init__(self, clients: Callable[[], Clients], agents_number: str) -> None:
        self._clients = clients
        self._agents_number = agents_number
        self._of: Clients | None = None
        self._numbers: frozenset[str] = frozenset()

    def has(self, number: str) -> bool:
        clients = self._clients()
        if clients is not self._of:
            people = (person for i in clients.instructions.values() for person in i.people)
            self._numbers = frozenset(phone for person in people for phone in person.phones)
            self._of = clients
        return number in self._numbers or (bool(number) and number == self._agents_number)
