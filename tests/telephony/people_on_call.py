"""People on call before the synthetic Twilio: a desk that keeps rows in memory, and the house around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import httpx
from twilio.request_validator import RequestValidator

from tests.telephony.loopback import SECRET, house_settings, serving
from tests.telephony.stub_desk import StubDesk
from voicebot.channels.links import LinkTokens
from voicebot.channels.ports import Ring
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.ladder import CallEnd, Claim
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import StoreError, UnknownMessage
from voicebot.on_call.desk import Answer, AnsweredBy, OnCallScript
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.telephony.app import phone_app
from voicebot.telephony.calls_seen import CallsSeen
from voicebot.telephony.ports import MessageCard, OnCallCard, OnCallHouse
from voicebot.telephony.twilio_rest import TwilioAccount, TwilioHttp
from voicebot.telephony.twilio_sms import TwilioSms
from voicebot.telephony.twilio_telephone import TwilioTelephone

DURAND, MARTIN, STRANGER = "+33639980001", "+33639980002", "+33639980777"
LADDER = "20261123-221504-1f9c2a-on-call"
NAMES = {"durand": "Julie Durand", "martin": "Paul Martin"}
PRIVATE = "Fuite d'eau au 12 rue des Lilas, madame Petit, rappeler le 01 99 00 12 34."

SCRIPT = OnCallScript(
    language=Language.FRENCH,
    opening="Bonjour, ici l'accueil de Chauffage Lambert, appel urgent. Appuyez sur une touche.",
    message=PRIVATE,
    choices="Tapez 1 pour prendre en charge, 2 pour passer la main, 3 pour réécouter.",
    taken="C'est noté. Dans combien de minutes ? Tapez le nombre puis dièse.",
    eta_noted="Merci, c'est noté. Au revoir.",
    passed="Très bien, nous appelons la personne suivante.",
    already="",
    silent="Nous n'avons rien entendu. Au revoir.",
    connecting="",
    wrong_key="Cette touche ne correspond à rien.",
)
KEYS = {"1": Answer.TAKEN, "2": Answer.PASSED}


class PeopleDesk:
    """voicebot.on_call.desk.OnCallDesk and telephony.ports.MessageDesk of one ladder.

    fails: how often each method still fails. waits: the caller is on the line. lines: what message pages show.
    """

    def __init__(self) -> None:
        self.by: dict[str, list[AnsweredBy]] = {}
        self.ends: dict[str, list[CallEnd]] = {}
        self.heard_by: list[str] = []
        self.etas: dict[str, int] = {}
        self.pressed: list[tuple[str, str]] = []
        self.texted: list[tuple[str, str]] = []
        self.told: list[tuple[str, DispatchStatus, str, str]] = []
        self.taken_by = ""
        self.language = Language.FRENCH
        self.waits = False
        self.fails: dict[str, int] = {}
        self.slow_s = 0.0
        self.lines: tuple[tuple[str, str], ...] = ()

    async def _work(self, method: str, identifier: str = LADDER) -> None:
        await asyncio.sleep(self.slow_s)
        if self.fails.get(method, 0) > 0:
            self.fails[method] -= 1
            raise StoreError("The disk is on strike.")
        if "unknown" in identifier:
            raise UnknownMessage("No attempt has this id.")

    async def script(self, attempt_id: str) -> OnCallScript:
        await self._work("script", attempt_id)
        already = f"{self.taken_by} s'en occupe déjà." if self.taken_by else ""
        return replace(
            SCRIPT,
            language=self.language,
            already=already,
            connecting="L'appelant est en ligne, je vous le passe." if self.waits else "",
        )

    async def answered(self, attempt_id: str, by: AnsweredBy) -> bool:
        await self._work("answered", attempt_id)
        self.by.setdefault(attempt_id, []).append(by)
        if by is AnsweredBy.MACHINE and attempt_id in self.heard_by:
            return False
        if by is AnsweredBy.MACHINE:
            self._end(attempt_id, CallEnd.MACHINE)
        return True

    async def heard(self, attempt_id: str) -> None:
        await self._work("heard", attempt_id)
        self.heard_by.append(attempt_id)

    async def press(self, attempt_id: str, key: str) -> Answer:
        await self._work("press", attempt_id)
        self.pressed.append((attempt_id, key))
        answer = KEYS.get(key, Answer.AGAIN)
        if answer is Answer.PASSED:
            self._end(attempt_id, CallEnd.PASSED)
        if answer is not Answer.TAKEN:
            return answer
        if self.taken_by:
            return Answer.ALREADY
        self.taken_by = "Julie Durand"
        return Answer.CONNECT if self.waits else Answer.TAKEN

    async def give_eta(self, attempt_id: str, minutes: int) -> None:
        await self._work("give_eta", attempt_id)
        self.etas[attempt_id] = minutes

    async def call_ended(self, attempt_id: str, how: CallEnd) -> None:
        await self._work("call_ended", attempt_id)
        self._end(attempt_id, how)

    def _end(self, attempt_id: str, how: CallEnd) -> None:
        self.ends.setdefault(attempt_id, []).append(how)

    async def by_sms(self, number: str, body: str) -> tuple[Language, str]:
        await self._work("by_sms")
        if number == STRANGER:
            raise UnknownMessage("Nobody on call has this number.")
        self.texted.append((number, body))
        return Language.FRENCH, "C'est noté, vous prenez en charge."

    async def by_link(self, ladder_id: str, contact_id: str) -> Claim:
        await self._work("by_link", ladder_id)
        name = NAMES[contact_id]
        first = not self.taken_by
        self.taken_by = self.taken_by or name
        holder = next(key for key, value in NAMES.items() if value == self.taken_by)
        return Claim(first, holder, self.taken_by)

    async def dispatch_told(
        self, dispatch_id: str, status: DispatchStatus, *, provider_id: str = "", trouble: str = ""
    ) -> None:
        await self._work("dispatch_told", dispatch_id)
        self.told.append((dispatch_id, status, provider_id, trouble))

    async def on_call_card(self, ladder_id: str, contact_id: str) -> OnCallCard:
        await self._work("on_call_card", ladder_id)
        return OnCallCard("Chauffage Lambert", UrgencyLevel.P1, self.language, NAMES[contact_id], self.taken_by)

    async def message_card(self, dispatch_id: str) -> MessageCard:
        await self._work("message_card", dispatch_id)
        read = any(status is DispatchStatus.READ for _, status, _, _ in self.told)
        return MessageCard("Cabinet des Lilas", self.language, self.lines, read)


@dataclass
class House:
    """Everything of one test. address: of our house."""

    twilio: SyntheticTwilio
    desk: PeopleDesk
    telephone: TwilioTelephone
    sms: TwilioSms
    links: LinkTokens
    address: str
    http: httpx.AsyncClient
    reception: StubDesk
    _rung: int = 0

    async def ring(self, number: str, ring_s: int = 25) -> str:
        """One call to number, to its end and that of its callbacks. Returns: the attempt's id."""
        attempt = await self.begin(number, ring_s)
        await self.twilio.settled()
        return attempt

    async def signed(self, url: str, **form: str) -> str:
        """What our house answers to a request that Twilio signed."""
        signature = RequestValidator(self.twilio.auth_token).compute_signature(url, form)
        answer = await self.http.post(url, data=form, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 200
        return answer.text

    async def begin(self, number: str, ring_s: int = 25) -> str:
        self._rung += 1
        attempt = f"{LADDER}-{self._rung}"
        await self.telephone.ring(Ring(attempt, number, ring_s))
        return attempt


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@asynccontextmanager
async def house_on_call(speed: float = 400.0, limit_s: float = 5.0) -> AsyncIterator[House]:
    """A house on loopback whose Twilio is the synthetic one."""
    async with SyntheticTwilio(speed=speed) as twilio:
        settings = house_settings(twilio_auth_token=twilio.auth_token)
        desk = PeopleDesk()
        http = TwilioHttp(twilio.api_url, httpx.AsyncClient(timeout=limit_s, trust_env=False, verify=False))
        account = TwilioAccount(twilio.account_sid, twilio.auth_token, number=twilio.number, house_url="", http=http)
        seen = CallsSeen()
        telephone, sms = TwilioTelephone(account, seen=seen), TwilioSms(account)
        reception = StubDesk()
        app = phone_app(reception, settings, SECRET, on_call=OnCallHouse(desk, desk, telephone, seen))
        async with serving(app) as address, httpx.AsyncClient(trust_env=False, timeout=5, verify=False) as browser:
            account.house_url = address
            twilio.sms_url = f"{address}/twilio/sms"
            yield House(twilio, desk, telephone, sms, LinkTokens(SECRET, address), address, browser, reception)
        await account.close()
