"""Tells people in writing: contacts what is the matter and who has it, the operator that nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from voicebot.channels.ports import Letter, Sender
from voicebot.domain.call import Call
from voicebot.domain.delivery import Channel
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import Contact, LadderPlan
from voicebot.domain.language import Language
from voicebot.domain.tempo import Tempo
from voicebot.errors import ChannelError, InstructionsError, StoreError
from voicebot.on_call.letters import Addressed, alarm_email, call_email, call_sms, has_it_letter
from voicebot.on_call.urgent_message import urgent_message
from voicebot.policy.ladder.commands import TellContact, TellWhoHasIt
from voicebot.store import CallBook
from voicebot.store.ladder_book import LadderBook
from voicebot.store.ladder_standing import Standing

CHANNEL_LIMIT_S = 30.0
"""Longest wait for a channel, in real seconds; channels have shorter limits of their own."""
AGAIN_S = 2.0
NOT_CONFIGURED = "not_configured"

LinkOf = Callable[[str, str], str]
"""Link under which a contact (second) can take a ladder (first), "" when the house has no public address. For one
ladder and contact it is always the same text: an SMS that is written again after a crash is known by its words."""

_log = structlog.get_logger()


class Telling:
    """Args: sms, email: None where the house has no such channel. operator_email: "" means that only the log is told."""

    def __init__(
        self,
        ladders: LadderBook,
        calls: CallBook,
        instructions_of: Callable[[Call], Instructions],
        tempo: Tempo,
        *,
        sms: Sender | None,
        email: Sender | None,
        link_of: LinkOf,
        operator_email: str,
    ) -> None:
        self._ladders = ladders
        self._calls = calls
        self._instructions_of = instructions_of
        self._tempo = tempo
        self._senders = {Channel.SMS: sms, Channel.EMAIL: email}
        self._link_of = link_of
        self._operator_email = operator_email
        self._alarms_sent: set[str] = set()

    async def tell(self, plan: LadderPlan, command: TellContact, decided_at: datetime) -> None:
        """SMS and e-mail to one contact, with the message as it stands now. Nobody is told once somebody has it.

        Raises: StoreError, InstructionsError.
        """
        if (await self._ladders.ladder(plan.id)).acknowledged_by:
            return
        call = await self._calls.call(plan.call)
        message = urgent_message(call, self._instructions_of(call))
        link = self._link_of(plan.id, command.contact)
        letters: list[Letter] = []
        if command.sms:
            code = await self._ladders.code_for(command.sms, plan.id, command.contact, self._tempo.now())
            to = Addressed(f"{command.key}-sms", command.sms, plan.call)
            letters.append(call_sms(to, message, code, link))
        if command.email:
            letters.append(call_email(Addressed(f"{command.key}-email", command.email, plan.call), message, link))
        for letter in letters:
            trouble = await self._send(letter, decided_at)
            at = self._tempo.now()
            await self._ladders.told(plan.id, command.contact, letter.channel, letter.id, at, trouble=trouble)

    async def tell_who_has_it(self, standing: Standing, command: TellWhoHasIt, decided_at: datetime) -> None:
        """Those of the command who really were told or rung. Raises: StoreError, InstructionsError."""
        plan = standing.ladder.plan
        call = await self._calls.call(plan.call)
        message = urgent_message(call, self._instructions_of(call))
        disturbed = {*standing.told, *standing.rung} & set(command.contacts) - {command.by}
        for contact in plan.contacts:
            channel, address = _in_writing(contact)
            if contact.id not in disturbed or not address:
                continue
            to = Addressed(f"{command.key}-{contact.id}", address, plan.call)
            letter = has_it_letter(to, channel, message, command.name)
            trouble = await self._send(letter, decided_at)
            at = self._tempo.now()
            await self._ladders.told(plan.id, contact.id, channel, letter.id, at, what="has_it", trouble=trouble)

    async def raise_alarm(self, call_id: str, ladder_id: str, why: str, key: str, round_: int) -> None:
        """Log, rows, and the operator's e-mail, which follows from the rows. When these cannot be written, the operator is
        told all the same. Raises: StoreError."""
        _log.error("on_call_alarm", ladder=ladder_id, call=call_id, why=why, round=round_)
        now = self._tempo.now()
        try:
            await self._ladders.alarm(ladder_id, call_id, why, key, round_, now)
        except StoreError:
            if key not in self._alarms_sent:
                await self.mail_alarm(call_id, ladder_id, why, key, round_, now)
            raise

    async def mail_alarm(self, call_id: str, ladder_id: str, why: str, key: str, round_: int, since: datetime) -> str:
        """Returns: why the operator's e-mail could not be sent, "" when it was. Raises: StoreError."""
        if not self._operator_email:
            return ""
        call = await self._calls.call(call_id)
        language, client = Language.FRENCH, call.client
        try:
            instructions = self._instructions_of(call)
            language, client = instructions.language, instructions.identity.name
        except InstructionsError:
            _log.warning("on_call_without_instructions", call=call_id)
        to = Addressed(key, self._operator_email, call_id)
        letter = alarm_email(to, language, why, client=client, call=call_id, ladder=ladder_id, round_=round_)
        trouble = await self._send(letter, since)
        if trouble:
            _log.error("on_call_alarm_not_mailed", ladder=ladder_id, code=trouble)
        else:
            self._alarms_sent.add(key)
        return trouble

    async def _send(self, letter: Letter, since: datetime) -> str:
        """Sends it once, also when this is done again after a crash. Returns: why it failed, "" when it did not."""
        sender = self._senders[letter.channel]
        if sender is None:
            return NOT_CONFIGURED
        trouble = ""
        for pause_s in (AGAIN_S, 0.0):
            try:
                async with asyncio.timeout(CHANNEL_LIMIT_S):
                    if await sender.sent_before(letter, since) is None:
                        await sender.send(letter)
                return ""
            except ChannelError as refused:
                trouble = refused.reason
                if not refused.temporary:
                    break
            except TimeoutError:
                trouble = "timeout"
            await asyncio.sleep(self._tempo.real_s(pause_s))
        _log.warning("on_call_letter_not_sent", letter=letter.id, code=trouble)
        return trouble


def _in_writing(contact: Contact) -> tuple[Channel, str]:
    return (Channel.SMS, contact.mobile) if contact.mobile else (Channel.EMAIL, contact.email)
