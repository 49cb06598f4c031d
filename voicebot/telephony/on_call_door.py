"""The webhooks of calls to people on call: what they hear, what they press, how the call ended."""

from __future__ import annotations

from collections import OrderedDict

import structlog
from fastapi import APIRouter, Request

from voicebot.channels.ports import Telephone
from voicebot.domain.ladder import CallEnd
from voicebot.domain.language import Language
from voicebot.errors import VoicebotError
from voicebot.on_call.desk import Answer, AnsweredBy
from voicebot.telephony.asked_desk import DESK_FAILS, failure_code, of_desk
from voicebot.telephony.calls_seen import CallsSeen
from voicebot.telephony.carrier import Document
from voicebot.telephony.house_sentences import (
    ETA_NOT_RECORDED,
    GOODBYE,
    KEY_NOT_RECORDED,
    NOT_ON_CALL_NOW,
    PRESS_AGAIN,
)
from voicebot.telephony.on_call_twiml import OnCallTwiml, goodbye
from voicebot.telephony.ports import ContactDesk
from voicebot.telephony.signed_webhooks import TAKEN, Fields, SignedWebhooks
from voicebot.telephony.twilio_telephone import attempt_path
from voicebot.telephony.waiting_room import Side, waiting_path

KEY_TRIES = 3
REMEMBERED = 1000
"""Attempts of which this process knows that a key was pressed."""

ENDS = {
    "busy": CallEnd.BUSY,
    "no-answer": CallEnd.NO_ANSWER,
    "failed": CallEnd.FAILED,
    "canceled": CallEnd.STOPPED,
    # Over after it was answered. Whoever pressed 1 or 2, and every voicemail, ended the attempt before.
    "completed": CallEnd.SILENT,
}

log = structlog.get_logger()


class OnCallDoor:
    """Routes under /twilio/on-call/{attempt_id}. Everything about a call stands in signed addresses and the desk's rows:
    each webhook of one call may reach another process.

    Args:
        telephone: hangs up on voicemails; None leaves them to hear the opening to its end.
        seen: is told which call is which attempt.
    """

    def __init__(
        self,
        desk: ContactDesk,
        webhooks: SignedWebhooks,
        telephone: Telephone | None = None,
        seen: CallsSeen | None = None,
    ) -> None:
        self._desk = desk
        self._webhooks = webhooks
        self._telephone = telephone
        self._seen = seen or CallsSeen()
        self._with_key: OrderedDict[str, None] = OrderedDict()

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/twilio/on-call/{attempt_id}")
        handlers = {
            "answer": self._answer,
            "heard": self._heard,
            "key": self._key,
            "eta": self._eta,
            "silent": self._silent,
            "machine": self._machine,
            "status": self._status,
        }
        for name, handle in handlers.items():
            endpoint = self._webhooks.endpoint(handle)
            router.add_api_route(f"/{name}", endpoint, methods=["POST"], include_in_schema=False)
        return router

    async def _answer(self, request: Request, fields: Fields) -> Document:  # noqa: ARG002
        attempt = _attempt(request)
        try:
            script = await of_desk(self._desk.script(attempt))
        except DESK_FAILS as wrong:
            return self._apology(attempt, wrong)
        try:
            await of_desk(self._desk.answered(attempt, AnsweredBy.UNKNOWN))
        except DESK_FAILS as wrong:
            _log_failure(attempt, wrong)
        return self._twiml(request).open(script)

    async def _heard(self, request: Request, fields: Fields) -> Document:  # noqa: ARG002
        """A key: somebody is there. They hear the message."""
        attempt = _attempt(request)
        self._remember(attempt)
        try:
            script = await of_desk(self._desk.script(attempt))
        except DESK_FAILS as wrong:
            return self._apology(attempt, wrong)
        try:
            await of_desk(self._desk.heard(attempt))
        except DESK_FAILS as wrong:
            _log_failure(attempt, wrong)
        if script.already:
            return goodbye((script.language, script.message), (script.language, script.already))
        return self._twiml(request).message(script, script.message)

    async def _key(self, request: Request, fields: Fields) -> Document:
        attempt, key = _attempt(request), fields.get("Digits", "")
        self._remember(attempt)
        try:
            answer = await of_desk(self._desk.press(attempt, key))
        except DESK_FAILS as wrong:
            return await self._key_not_recorded(request, attempt, wrong)
        try:
            # Read after the key: whoever has it now is named in it.
            script = await of_desk(self._desk.script(attempt))
        except DESK_FAILS as wrong:
            _log_failure(attempt, wrong)
            return goodbye(*GOODBYE.items())
        twiml = self._twiml(request)
        if answer is Answer.TAKEN:
            return twiml.taken(script)
        if answer is Answer.CONNECT:
            wait_url = self._webhooks.url(request, waiting_path(Side.CONTACT))
            return twiml.connect(script, room_of(attempt), wait_url)
        if answer is Answer.AGAIN:
            wrong_key = () if key == "3" else (script.wrong_key,)
            return twiml.message(script, *wrong_key, script.message)
        return goodbye((script.language, script.passed if answer is Answer.PASSED else script.already))

    async def _key_not_recorded(self, request: Request, attempt: str, wrong: Exception) -> Document:
        """Asks for the key again, since the next moment may do better; never lets it pass as recorded."""
        _log_failure(attempt, wrong)
        tries = _tries(request)
        if tries >= KEY_TRIES:
            return goodbye(*KEY_NOT_RECORDED)
        try:
            language = (await of_desk(self._desk.script(attempt))).language
        except DESK_FAILS:
            language = Language.FRENCH
        return self._twiml(request).press_again(language, PRESS_AGAIN[language], tries + 1)

    async def _eta(self, request: Request, fields: Fields) -> Document:
        attempt, digits = _attempt(request), fields.get("Digits", "")
        try:
            script = await of_desk(self._desk.script(attempt))
            if digits.isdecimal():
                await of_desk(self._desk.give_eta(attempt, int(digits)))
        except DESK_FAILS as wrong:
            _log_failure(attempt, wrong)
            return goodbye(*ETA_NOT_RECORDED)
        return goodbye((script.language, script.eta_noted if digits.isdecimal() else GOODBYE[script.language]))

    async def _silent(self, request: Request, fields: Fields) -> Document:  # noqa: ARG002
        attempt = _attempt(request)
        await self._ended(attempt, CallEnd.SILENT)
        try:
            script = await of_desk(self._desk.script(attempt))
        except DESK_FAILS as wrong:
            return self._apology(attempt, wrong)
        return goodbye((script.language, script.silent))

    async def _machine(self, request: Request, fields: Fields) -> Document | None:
        """The detection's result, beside the call. A key proves more than it: then nobody is hung up on."""
        attempt = _attempt(request)
        by = answered_by(fields.get("AnsweredBy", ""))
        log.info("on_call_answered", attempt=attempt, by=by)
        if by is AnsweredBy.MACHINE and attempt in self._with_key:
            return TAKEN
        try:
            hang_up = await of_desk(self._desk.answered(attempt, by))
        except DESK_FAILS as wrong:
            _log_failure(attempt, wrong)
            return None
        if by is AnsweredBy.MACHINE and hang_up and self._telephone is not None:
            try:
                await self._telephone.hang_up(fields.get("CallSid", ""))
            except VoicebotError as wrong:
                _log_failure(attempt, wrong)
        return TAKEN

    async def _status(self, request: Request, fields: Fields) -> Document | None:
        attempt, status = _attempt(request), fields.get("CallStatus", "")
        log.info("on_call_status", attempt=attempt, status=status, carrier_call_id=fields.get("CallSid", ""))
        self._seen.note(attempt, fields.get("CallSid", ""))
        if status not in ENDS:
            return TAKEN
        self._with_key.pop(attempt, None)
        return TAKEN if await self._ended(attempt, ENDS[status]) else None

    async def _ended(self, attempt: str, how: CallEnd) -> bool:
        try:
            await of_desk(self._desk.call_ended(attempt, how))
        except DESK_FAILS as wrong:
            _log_failure(attempt, wrong)
            return False
        return True

    def _apology(self, attempt: str, wrong: Exception) -> Document:
        """The contact must never hear Twilio's own error voice; the ladder goes on when the call is over."""
        _log_failure(attempt, wrong)
        return goodbye(*NOT_ON_CALL_NOW)

    def _twiml(self, request: Request) -> OnCallTwiml:
        return OnCallTwiml(self._webhooks.url(request, attempt_path(_attempt(request))))

    def _remember(self, attempt: str) -> None:
        self._with_key[attempt] = None
        while len(self._with_key) > REMEMBERED:
            self._with_key.popitem(last=False)


def answered_by(word: str) -> AnsweredBy:
    """Twilio's AnsweredBy: human, machine_start, machine_end_…, fax, unknown."""
    if word == "human":
        return AnsweredBy.HUMAN
    return AnsweredBy.MACHINE if word.startswith("machine") or word == "fax" else AnsweredBy.UNKNOWN


def room_of(attempt_id: str) -> str:
    """The conference of an attempt's ladder: the ladder's id, "<ladder id>-<number>" without its number."""
    return attempt_id.rpartition("-")[0]


def _log_failure(attempt: str, wrong: Exception) -> None:
    log.error("on_call_not_taken", attempt=attempt, code=failure_code(wrong))


def _attempt(request: Request) -> str:
    return str(request.path_params["attempt_id"])


def _tries(request: Request) -> int:
    asked = request.query_params.get("tries", "")
    return int(asked) if asked.isdecimal() and len(asked) < 3 else 1
