"""The webhooks of calls to agents for a handoff: what they hear, what they press, how the call ended, who is in the room."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Request

from voicebot.domain.ladder import CallEnd
from voicebot.domain.language import Language
from voicebot.errors import HandoffRefused, UnknownHandoff
from voicebot.handoff.ports import AgentTelephone, Briefing, Pressed, TelephoneDesk
from voicebot.on_call.desk import AnsweredBy
from voicebot.telephony.agent_telephone import agent_path, room_path
from voicebot.telephony.agent_twiml import AgentTwiml
from voicebot.telephony.asked_desk import DESK_FAILS, failure_code, of_desk
from voicebot.telephony.carrier import Document
from voicebot.telephony.house_sentences import (
    AGENT_DECLINED,
    AGENT_GONE,
    AGENT_KEY_NOT_RECORDED,
    AGENT_SILENT,
    AGENT_TALKED,
    NOT_ON_CALL_NOW,
    PRESS_AGAIN,
)
from voicebot.telephony.on_call_door import ENDS, KEY_TRIES, REMEMBERED, answered_by
from voicebot.telephony.on_call_twiml import goodbye
from voicebot.telephony.signed_webhooks import TAKEN, Fields, SignedWebhooks
from voicebot.telephony.waiting_room import Side, waiting_path

AGENT_ENDS = ENDS | {"completed": CallEnd.PASSED}
"""Over after it was answered: whoever hangs up without a key has declined. Silence is told before."""
DECLINES = "2"
JOINED = "participant-join"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AgentTelephones:
    """The part of the house that rings agents. telephone: its connections belong to the webhooks' event loop."""

    desk: TelephoneDesk
    telephone: AgentTelephone


class AgentDoor:
    """Routes under /twilio/agents/{handoff_id}/{agent}, and /twilio/handoffs/{handoff_id}/room. Everything about a call
    stands in signed addresses and the desk's rows: each webhook of one call may reach another process.
    """

    def __init__(self, agents: AgentTelephones, webhooks: SignedWebhooks) -> None:
        self._desk = agents.desk
        self._telephone = agents.telephone
        self._webhooks = webhooks
        self._with_key: OrderedDict[tuple[str, str], None] = OrderedDict()

    def routes(self) -> APIRouter:
        router = APIRouter()
        handlers = {
            "answer": self._answer,
            "heard": self._heard,
            "key": self._key,
            "silent": self._silent,
            "over": self._over,
            "machine": self._machine,
            "status": self._status,
        }
        paths = {f"/twilio/agents/{{handoff_id}}/{{agent}}/{name}": handle for name, handle in handlers.items()}
        for path, handle in {**paths, "/twilio/handoffs/{handoff_id}/room": self._room}.items():
            router.add_api_route(path, self._webhooks.endpoint(handle), methods=["POST"], include_in_schema=False)
        return router

    async def _answer(self, request: Request, fields: Fields) -> Document:  # noqa: ARG002
        briefing = await self._briefing(request)
        return briefing if isinstance(briefing, Document) else self._twiml(request).open(briefing)

    async def _heard(self, request: Request, fields: Fields) -> Document:  # noqa: ARG002
        """A key: somebody is there. They hear the briefing."""
        self._remember(_named(request))
        briefing = await self._briefing(request)
        return briefing if isinstance(briefing, Document) else self._twiml(request).brief(briefing)

    async def _key(self, request: Request, fields: Fields) -> Document:
        handoff, agent = _named(request)
        language, key = _language(request), fields.get("Digits", "")
        self._remember((handoff, agent))
        if key == DECLINES:
            self._telephone.ends_by_itself(fields.get("CallSid", ""))
        try:
            pressed = await of_desk(self._desk.press(handoff, agent, key))
        except DESK_FAILS as wrong:
            _log_failure(handoff, wrong)
            tries = _tries(request)
            if tries >= KEY_TRIES or isinstance(wrong, UnknownHandoff):
                return goodbye(*AGENT_KEY_NOT_RECORDED)
            return self._twiml(request).press_again(language, PRESS_AGAIN[language], tries + 1)
        if pressed is Pressed.TAKEN:
            wait_url = self._webhooks.url(request, waiting_path(Side.AGENT))
            told_url = self._webhooks.url(request, room_path(handoff, fields.get("CallSid", "")))
            return self._twiml(request).talk(language, handoff, wait_url, told_url)
        if pressed is Pressed.AGAIN:
            return await self._heard(request, fields)
        return goodbye((language, (AGENT_DECLINED if pressed is Pressed.DECLINED else AGENT_GONE)[language]))

    async def _silent(self, request: Request, fields: Fields) -> Document:
        handoff, agent = _named(request)
        self._telephone.ends_by_itself(fields.get("CallSid", ""))
        await self._ended(handoff, agent, CallEnd.SILENT)
        language = _language(request)
        return goodbye((language, AGENT_SILENT[language]))

    async def _over(self, request: Request, fields: Fields) -> Document:
        """The conference is over and the agent is still there: the caller hung up, or went back to the receptionist."""
        self._telephone.ends_by_itself(fields.get("CallSid", ""))
        language = _language(request)
        return goodbye((language, AGENT_TALKED[language]))

    async def _machine(self, request: Request, fields: Fields) -> Document | None:
        """The detection's result, beside the call. A key proves more than it: then nobody is hung up on."""
        handoff, agent = _named(request)
        by = answered_by(fields.get("AnsweredBy", ""))
        log.info("agent_answered", handoff=handoff, by=by)
        if by is not AnsweredBy.MACHINE or (handoff, agent) in self._with_key:
            return TAKEN
        try:
            # Asked first: whoever has pressed 1, in another process, is no machine.
            await of_desk(self._desk.briefing(handoff, agent))
            await self._telephone.hang_up(fields.get("CallSid", ""), silently=True)
            await of_desk(self._desk.line_ended(handoff, agent, CallEnd.MACHINE))
        except (HandoffRefused, UnknownHandoff) as nothing:
            log.info("agent_is_no_machine", handoff=handoff, code=nothing.code)
        except DESK_FAILS as wrong:
            _log_failure(handoff, wrong)
            return None
        return TAKEN

    async def _status(self, request: Request, fields: Fields) -> Document | None:
        (handoff, agent), status = _named(request), fields.get("CallStatus", "")
        log.info("agent_call_status", handoff=handoff, status=status, carrier_call_id=fields.get("CallSid", ""))
        if status not in AGENT_ENDS:
            return TAKEN
        self._with_key.pop((handoff, agent), None)
        self._telephone.ends_by_itself(fields.get("CallSid", ""))
        return TAKEN if await self._ended(handoff, agent, AGENT_ENDS[status]) else None

    async def _room(self, request: Request, fields: Fields) -> Document | None:
        """Somebody came into the conference: whoever is not the side that asks to be told makes it two."""
        handoff = str(request.path_params["handoff_id"])
        own = request.query_params.get("own", "")
        if fields.get("StatusCallbackEvent") != JOINED or fields.get("CallSid", own) == own:
            return TAKEN
        try:
            await of_desk(self._desk.together(handoff))
        except DESK_FAILS as wrong:
            _log_failure(handoff, wrong)
            return None
        return TAKEN

    async def _briefing(self, request: Request) -> Briefing | Document:
        """The briefing, or a goodbye when there is none: an agent must never hear Twilio's own error voice."""
        handoff, agent = _named(request)
        try:
            return await of_desk(self._desk.briefing(handoff, agent))
        except (HandoffRefused, UnknownHandoff):
            return goodbye(*AGENT_GONE.items())
        except DESK_FAILS as wrong:
            _log_failure(handoff, wrong)
            return goodbye(*NOT_ON_CALL_NOW)

    async def _ended(self, handoff: str, agent: str, how: CallEnd) -> bool:
        try:
            await of_desk(self._desk.line_ended(handoff, agent, how))
        except (HandoffRefused, UnknownHandoff) as nothing:
            log.info("agent_line_of_nothing", handoff=handoff, code=nothing.code)
        except DESK_FAILS as wrong:
            _log_failure(handoff, wrong)
            return False
        return True

    def _twiml(self, request: Request) -> AgentTwiml:
        return AgentTwiml(self._webhooks.url(request, agent_path(*_named(request))))

    def _remember(self, named: tuple[str, str]) -> None:
        self._with_key[named] = None
        while len(self._with_key) > REMEMBERED:
            self._with_key.popitem(last=False)


def _log_failure(handoff: str, wrong: Exception) -> None:
    log.error("agent_not_heard", handoff=handoff, code=failure_code(wrong))


def _named(request: Request) -> tuple[str, str]:
    """(handoff, agent)."""
    return str(request.path_params["handoff_id"]), str(request.path_params["agent"])


def _language(request: Request) -> Language:
    asked = request.query_params.get("language", "")
    return Language(asked) if asked in set(Language) else Language.FRENCH


def _tries(request: Request) -> int:
    asked = request.query_params.get("tries", "")
    return int(asked) if asked.isdecimal() and len(asked) < 3 else 1
