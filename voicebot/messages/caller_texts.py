"""The durable workflow that sends a caller one SMS that the client approved: once, to the number the carrier showed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from dbos import DBOS

from voicebot.channels.ports import Letter, Sender
from voicebot.domain.call import Call
from voicebot.domain.caller_text import CallerText
from voicebot.domain.delivery import Channel
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.telephone_numbers import takes_sms
from voicebot.domain.work import WorkKind
from voicebot.errors import ChannelError, StoreError, UnknownCall, UnknownClient
from voicebot.messages.backoff import wait_s
from voicebot.messages.terms import Terms
from voicebot.messages.workflow import CLOCKS_DIFFER_S, MOST_RECOVERIES
from voicebot.store.call_book import CallBook

GIVES_UP_S = 3600.0
"""« Je vous envoie l'adresse » is of no use hours later: tried for so long since the call began to be texted."""
STORE_WAITS_S = 2.0
NOT_SHOWN_BY = frozenset({"keyboard", "softphone"})
"""Where no carrier shows a number: callers write theirs themselves, and would have us text whom they like."""

_T = TypeVar("_T")
_log = structlog.get_logger()


class CallerTexts:
    """Registers the workflow; it runs on the engine's loop, and so does the sender.

    Args:
        sms: texts callers and nobody else (channels.allowed_numbers.CallerSms), counted towards the day's limit; None
            where the house cannot send SMS.
    """

    def __init__(self, calls: CallBook, terms: Terms, sms: Sender | None) -> None:
        self._calls = calls
        self._terms = terms
        self._sms = sms

    def register(self) -> None:
        """Declares the workflow to the engine, before it is launched."""

        @DBOS.workflow(name=WorkKind.TEXT_CALLER.value, max_recovery_attempts=MOST_RECOVERIES)
        async def text_caller(argument: dict[str, Any]) -> None:
            await self.send(argument["call"], argument["revision"])

        del text_caller

    async def send(self, call_id: str, text_id: str) -> None:
        """Sends the text and notes what came of it; done again after a crash, it finds what was sent and noted."""
        try:
            call = await self._patiently(lambda: self._calls.call(call_id))
        except UnknownCall:
            _log.error("text of no call", call=call_id, text=text_id)
            return
        dispatch = dispatch_id(call_id, text_id)
        happened = await self._patiently(lambda: self._calls.after_call(call_id))
        if any(event.key == dispatch for event in happened):
            return
        try:
            letter = self._letter(call, text_id)
            await self._hand_over(letter, call)
            trouble = ""
        except ChannelError as refused:
            trouble = refused.reason
        told = {"text": text_id, "dispatch": dispatch, "trouble": trouble}
        event = MessageEvent(dispatch, call_id, self._terms.tempo.now(), MessageEventKind.TEXT_SENT, told)
        await self._patiently(lambda: self._calls.note_after_call([event]))
        _log.info("caller texted" if not trouble else "caller not texted", call=call_id, text=text_id, trouble=trouble)

    def _letter(self, call: Call, text_id: str) -> Letter:
        """Raises: ChannelError, never temporary, when this caller is not to be texted."""
        number = texted_number(call)
        if not number:
            raise _never("bad_address", "The carrier showed no mobile number of this caller.")
        try:
            text = self._terms.instructions_of(call.client).text(text_id)
        except UnknownClient as unknown:
            raise _never(unknown.code, "The client of this call is gone.") from unknown
        if text is None:
            raise _never("template", "The client's file has no such text any more.")
        language, body = body_for(text, call.language)
        return Letter(dispatch_id(call.id, text_id), Channel.SMS, number, body, language, thread=call.id)

    async def _hand_over(self, letter: Letter, call: Call) -> None:
        """Tries until the channel takes it. Always looks first: it may have been taken just before a crash.

        Raises: ChannelError when it never does.
        """
        if self._sms is None:
            raise _never("not_configured", "This house sends no SMS.")
        tempo, began, refusals = self._terms.tempo, self._terms.tempo.now(), 0
        since = call.started_at - timedelta(seconds=CLOCKS_DIFFER_S)
        while True:
            try:
                async with asyncio.timeout(self._terms.send_limit_s):
                    if await self._sms.sent_before(letter, since) is None:
                        await self._sms.send(letter)
                    return
            except TimeoutError:
                refused = ChannelError("timeout", "The SMS channel did not answer in time.", temporary=True)
            except ChannelError as wrong:
                refused = wrong
            except Exception as fault:  # noqa: BLE001 - a fault of one text must not end the work unseen
                _log.error("channel_fault", dispatch=letter.id, channel=letter.channel, fault=type(fault).__name__)
                refused = ChannelError("fault", "The SMS channel failed.", temporary=True)
            refusals += 1
            if not refused.temporary or (tempo.now() - began).total_seconds() > GIVES_UP_S:
                raise refused
            pause_s = wait_s(refusals, self._terms.chance(), urgent=True, retry_after_s=refused.retry_after_s)
            await asyncio.sleep(tempo.real_s(pause_s))

    async def _patiently(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        """Asks the database until it answers. Raises: UnknownCall."""
        while True:
            try:
                return await ask()
            except UnknownCall:
                raise
            except StoreError as failure:
                _log.warning("text_waits_for_the_database", code=failure.code)
            await asyncio.sleep(STORE_WAITS_S)


def texted_number(call: Call) -> str:
    """The number of this call that may be texted: a mobile that a carrier showed, E.164; "" for none."""
    shown = call.carrier not in NOT_SHOWN_BY and not call.rehearsal
    return call.caller_number if shown and takes_sms(call.caller_number) else ""


def callers_of(calls: CallBook) -> Callable[[str], Awaitable[str]]:
    """For channels.allowed_numbers.OnlyTheCaller: texted_number of a call, by its id."""

    async def caller_of(call_id: str) -> str:
        try:
            return texted_number(await calls.call(call_id))
        except UnknownCall:
            return ""

    return caller_of


def dispatch_id(call_id: str, text_id: str) -> str:
    """The same text of the same call is the same SMS."""
    return f"{call_id}-text-{text_id}"


def body_for(text: CallerText, language: Language) -> tuple[Language, str]:
    """In the call's language, else in the first one that the client wrote; word for word."""
    if language in text.body:
        return language, text.body[language]
    return next(iter(text.body.items()))


def _never(reason: str, what: str) -> ChannelError:
    return ChannelError(reason, what, temporary=False)
