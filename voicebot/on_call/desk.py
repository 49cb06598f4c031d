"""What a contact can do with a ladder: hear the message, take it, pass it on, say when they will be there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import Attempt, CallEnd, Claim, Ladder, Way
from voicebot.domain.language import Language
from voicebot.domain.tempo import Tempo
from voicebot.errors import UnknownMessage
from voicebot.on_call.sms_answers import SmsAnswer, Wish, sms_answer
from voicebot.on_call.telephone_script import OnCallScript, telephone_script
from voicebot.on_call.urgent_message import UrgentMessage, from_caller, urgent_message, written_number
from voicebot.on_call.words import on_call_words
from voicebot.store import CallBook
from voicebot.store.ladder_book import LadderBook
from voicebot.store.reply_codes import ReplyCode

__all__ = ["Answer", "AnsweredBy", "OnCallDesk", "OnCallScript"]

CODE_ALONE_HOLDS = timedelta(days=7)
"""For so long « OK » without a code may mean a ladder that nobody has yet."""
LATE_ALONE_HOLDS = timedelta(days=1)
"""For so long « OK » without a code is answered with who has it."""
OPERATOR = "operator:"
LONGEST_ID = 64
"""Of whoever has a ladder, as its row keeps it."""
MOST_MINUTES = 999


class AnsweredBy(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """What a key did."""

    TAKEN = "taken"
    ALREADY = "already"
    """Somebody else has it: say script.already."""
    PASSED = "passed"
    AGAIN = "again"
    """Say the message and the choices again."""
    CONNECT = "connect"
    """Taken, and the caller waits on the line: connect them. The room's name is the ladder's id."""


class OnCallDesk:
    """One per house; every method may be called twice, at any time and in any order: carriers repeat themselves.

    Ids that nobody knows raise UnknownMessage; StoreError when rows cannot be written.

    Args:
        instructions_of: of the client, as the call obeys them. Raises: InstructionsError.
        may_connect: can a contact be connected with this call's caller now?
    """

    def __init__(
        self,
        ladders: LadderBook,
        calls: CallBook,
        instructions_of: Callable[[Call], Instructions],
        tempo: Tempo,
        may_connect: Callable[[Call], bool] = lambda _: False,
    ) -> None:
        self._ladders = ladders
        self._calls = calls
        self._instructions_of = instructions_of
        self._tempo = tempo
        self._may_connect = may_connect

    async def script(self, attempt_id: str) -> OnCallScript:
        """The sentences for this call, as things stand now."""
        attempt, ladder = await self._attempt(attempt_id)
        call = await self._calls.call(ladder.call)
        somebody_else = ladder.acknowledged_by not in ("", attempt.contact)
        return telephone_script(
            urgent_message(call, self._instructions_of(call)),
            already=ladder.acknowledged_name if somebody_else else "",
            connecting=self._caller_waits(call) and not somebody_else,
        )

    async def answered(self, attempt_id: str, by: AnsweredBy) -> bool:
        """The call was picked up; a machine ends the attempt, unless a key was pressed: that proves a person.

        Returns: False when whoever is there must not be hung up on, though a machine was told.
        """
        attempt = await self._ladders.attempt(attempt_id)
        if by is not AnsweredBy.MACHINE:
            await self._ladders.answered(attempt_id, self._tempo.now())
        elif attempt.heard_at is not None:
            return False
        else:
            await self._ladders.ended(attempt_id, CallEnd.MACHINE, self._tempo.now())
        return True

    async def heard(self, attempt_id: str) -> None:
        """A key was pressed and the message is being read."""
        await self._ladders.heard(attempt_id, self._tempo.now())

    async def press(self, attempt_id: str, key: str) -> Answer:
        """1 takes it, 2 passes it on, any other key hears it again. Whoever has it keeps it."""
        attempt, ladder = await self._attempt(attempt_id)
        if key == "1":
            return await self._take(attempt, ladder)
        if ladder.acknowledged_by not in ("", attempt.contact):
            return Answer.ALREADY
        if key != "2":
            return Answer.AGAIN
        if ladder.acknowledged_by:
            return Answer.TAKEN
        await self._ladders.ended(attempt_id, CallEnd.PASSED, self._tempo.now())
        return Answer.PASSED

    async def give_eta(self, attempt_id: str, minutes: int) -> None:
        """The contact who has it says when they will be there; from anybody else it changes nothing."""
        attempt = await self._ladders.attempt(attempt_id)
        await self._note_eta(attempt.ladder, attempt.contact, minutes)

    async def call_ended(self, attempt_id: str, how: CallEnd) -> None:
        """The carrier says that the call is over. An attempt that ended before stays as it was."""
        await self._ladders.ended(attempt_id, how, self._tempo.now())

    async def by_sms(self, number: str, body: str) -> tuple[Language, str]:
        """A contact's SMS: "OK 4821", "2 4821", "OK" where only one ladder can be meant. Returns: what to answer.

        A number that was never given a code raises UnknownMessage: strangers are not answered.
        """
        codes = await self._ladders.codes_of(number)
        if not codes:
            raise UnknownMessage("An SMS came from a number that no ladder has told anything.")
        read = sms_answer(body)
        meant = [code for code in codes if code.code == read.code] if read.code else self._without_code(codes)
        message = await self._message((meant or codes)[0].ladder)
        words = on_call_words(message.language).answers
        if not meant:
            return message.language, words["unknown_code"]
        if len({code.ladder for code in meant}) != 1:
            return message.language, words["which"]
        return message.language, await self._answer_sms(meant[0], read, message)

    async def by_link(self, ladder_id: str, contact_id: str) -> Claim:
        """The contact used their link."""
        ladder = await self._ladders.ladder(ladder_id)
        return await self._claim(ladder_id, contact_id, _name(ladder, contact_id), Way.LINK)

    async def by_operator(self, ladder_id: str, operator: str) -> Claim:
        """Somebody of our own house takes it, at the console or by command."""
        return await self._claim(ladder_id, f"{OPERATOR}{operator}"[:LONGEST_ID], operator, Way.CONSOLE)

    async def ladder(self, ladder_id: str) -> Ladder:
        return await self._ladders.ladder(ladder_id)

    async def of_call(self, call_id: str) -> Ladder | None:
        """How the ladder of a call stands; None when there is none."""
        return await self._ladders.of_call(call_id)

    async def _take(self, attempt: Attempt, ladder: Ladder) -> Answer:
        claim = await self._claim(ladder.id, attempt.contact, _name(ladder, attempt.contact), Way.KEYPAD)
        if not claim.first:
            return Answer.ALREADY
        return Answer.CONNECT if self._caller_waits(await self._calls.call(ladder.call)) else Answer.TAKEN

    async def _answer_sms(self, code: ReplyCode, read: SmsAnswer, message: UrgentMessage) -> str:
        words = on_call_words(message.language)
        ladder = await self._ladders.ladder(code.ladder)
        has_it = ladder.acknowledged_by == code.contact
        if read.wish is Wish.PASS:
            ladder = await self._ladders.pass_on(code.ladder, code.contact, Way.SMS, self._tempo.now())
            if ladder.acknowledged_by == code.contact:
                return words.answers["yours"]
            if ladder.acknowledged_by:
                return words.answers["already"].format(name=ladder.acknowledged_name)
            return words.answers["passed"]
        if read.wish is Wish.UNCLEAR and not (has_it and read.minutes is not None):
            return words.answers["not_understood"].format(code=code.code)
        claim = await self._claim(code.ladder, code.contact, _name(ladder, code.contact), Way.SMS)
        if not claim.first:
            return words.answers["already"].format(name=claim.name)
        if read.minutes is not None:
            await self._note_eta(code.ladder, code.contact, read.minutes)
        return words.answers["taken" if read.minutes is None else "taken_eta"].format(
            from_caller=from_caller(message),
            number=written_number(message.number) or words.written["no_number"],
            minutes=read.minutes,
        )

    def _without_code(self, codes: tuple[ReplyCode, ...]) -> list[ReplyCode]:
        """What « OK » alone can mean: ladders that nobody has; when there is none, the last one, to be told who has it."""
        now = self._tempo.now()
        waiting = [code for code in codes if not code.taken and code.given_at > now - CODE_ALONE_HOLDS]
        return waiting or [code for code in codes if code.given_at > now - LATE_ALONE_HOLDS][:1]

    async def _claim(self, ladder_id: str, contact: str, name: str, way: Way) -> Claim:
        return await self._ladders.claim(ladder_id, contact, name, way, self._tempo.now())

    async def _note_eta(self, ladder_id: str, contact: str, minutes: int) -> None:
        await self._ladders.give_eta(ladder_id, contact, min(max(minutes, 0), MOST_MINUTES), self._tempo.now())

    async def _attempt(self, attempt_id: str) -> tuple[Attempt, Ladder]:
        attempt = await self._ladders.attempt(attempt_id)
        return attempt, await self._ladders.ladder(attempt.ladder)

    async def _message(self, ladder_id: str) -> UrgentMessage:
        call = await self._calls.call((await self._ladders.ladder(ladder_id)).call)
        return urgent_message(call, self._instructions_of(call))

    def _caller_waits(self, call: Call) -> bool:
        return call.handover.stays and call.ended is None and self._may_connect(call)


def _name(ladder: Ladder, contact_id: str) -> str:
    """Raises: UnknownMessage when they are not on the ladder."""
    for contact in ladder.plan.contacts:
        if contact.id == contact_id:
            return contact.name
    raise UnknownMessage(f'Ladder {ladder.id} has no contact "{contact_id}".')
