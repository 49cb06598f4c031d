"""How this house rings its agents: the carrier's telephone, for numbers of users and of people in client files only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from voicebot.channels.allowed_numbers import OnlyTheseNumbers
from voicebot.clients.directory import Clients
from voicebot.domain.agent import User
from voicebot.errors import ChannelError
from voicebot.settings import Settings
from voicebot.store.ladder_book import LadderBook
from voicebot.telephony.agent_telephone import TwilioAgentTelephone
from voicebot.telephony.caller_id import check_caller_id
from voicebot.wiring.outside import KnownNumbers, account_of

_log = structlog.get_logger()


def agent_telephone_of(
    settings: Settings,
    clients: Callable[[], Clients],
    users: Callable[[], Awaitable[list[User]]],
    ladders: LadderBook,
    now: Callable[[], datetime],
    house_url: str,
) -> TwilioAgentTelephone | None:
    """None where the settings name no carrier, or our number may not be shown."""
    account = account_of(settings, house_url)
    if account is None:
        return None
    try:
        check_caller_id(account.number)
    except ChannelError as refused:
        _log.error("no_agent_is_rung", code=refused.reason, what=refused.what, remedy=refused.remedy)
        return None
    known = KnownNumbers(clients, "")

    async def allowed(number: str) -> bool:
        return known.has(number) or any(user.active and user.phone == number for user in await users())

    async def spent_today() -> int:
        return await ladders.uses_in_a_day(now())

    async def count(use: str) -> None:
        await ladders.note_use(use, "call", "", now())

    return TwilioAgentTelephone(
        account, OnlyTheseNumbers(allowed, spent_today, most_per_day=settings.most_calls_per_day), count
    )
