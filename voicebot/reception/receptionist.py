"""The receptionist of one call: hears words, keys and silence, lets the rules decide, saves, and returns what to say."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain.acts import Act, AskForLanguage, AskQuestion, Unclear
from voicebot.domain.call import EndReason, Stage
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import AgentWay, Returned
from voicebot.domain.ladder import Ladder
from voicebot.domain.speaking import Heard, Reply
from voicebot.policy import decide as rules
from voicebot.policy.waiting import waits
from voicebot.reception.account import note_acts
from voicebot.reception.journal import unbroken
from voicebot.reception.keypad import acts_of_keys
from voicebot.reception.with_humans import WithHumans
from voicebot.understanding.masking import mask_payment_numbers
from voicebot.understanding.ports import Reading
from voicebot.understanding.waiting_words import only_waiting

KEPT_TURNS = 200
"""Caller turns that the message's verbatim keeps; a call's time limit makes more impossible in practice."""
_LINE_ENDS = (EndReason.CALLER_HUNG_UP, EndReason.LINE_LOST)


class Receptionist(WithHumans):
    """One call. Its methods return what to say; nothing is returned before it was saved. See OneCall for its arguments.

    While a human has the caller it says nothing: silence, keys and the time limit ask nothing, and words are only noted.
    """

    # What the caller does

    async def pick_up(self) -> Reply:
        """The first words of a new call: legal notice and greeting."""
        call = self._call
        self._journal.add(
            EventKind.CALL_OPENED,
            client=call.client,
            instructions_version=call.instructions_version,
            carrier=call.carrier,
            carrier_call_id=call.carrier_call_id,
            caller_number=call.caller_number,
            dialled_number=call.dialled_number,
            instructions_digest=call.instructions_digest,
        )
        return await unbroken(self._settle(rules.greet(call, self._instructions, self._clock())))

    async def resume(self, returned: Returned | None = None) -> Reply:
        """The line came back, perhaps on another process: go on where the call was.

        Args:
            returned: how the human left who had the caller; None when nobody had, or when that is not known.
        """
        self._journal.add(EventKind.LINE_OPENED, resumed=True)
        verdict = rules.resume(*self._now(), returned)
        self._note_return(verdict)
        return await unbroken(self._settle(verdict))

    async def read(self, heard: Heard) -> Reading:
        """Acts in the caller's words. Writes nothing: may be cancelled, may run on words that are not final."""
        if not heard.text.strip():
            return Reading((Unclear(""),), by="rules")
        reading = await self._understanding.read(heard.text, self.context())
        if waits(self._call):
            reading = only_waiting(heard.text, reading)
        return await self._with_other_words(heard, reading)

    async def answer(self, heard: Heard, reading: Reading) -> Reply:
        """Decides on a finished turn, saves, and returns the sentences. Not broken off by cancellation."""
        if self._with_human:
            await self.note_said("caller", heard.text, heard.confidence, heard.started_ms, heard.ended_ms, heard.heard_by)
            return self._nothing_to_say()
        return await unbroken(self._answer(heard, reading))

    async def hear(self, heard: Heard) -> Reply:
        return await self.answer(heard, await self.read(heard))

    async def hear_keys(self, keys: str) -> Reply | None:
        """Keypad digits as they come. Returns: a reply, or None while more are expected."""
        self._journal.add(EventKind.KEYS_PRESSED, keys=keys)
        if self._with_human:
            return None
        self._keys += keys
        return await self._obey_keys(paused=False)

    async def keys_paused(self) -> Reply | None:
        """No key has been pressed for a while."""
        return await self._obey_keys(paused=True) if self._keys else None

    async def hear_silence(self, silence_s: float) -> Reply:
        if self._with_human:
            return self._nothing_to_say()
        self._journal.add(EventKind.CALLER_SILENT, silence_s=round(silence_s, 1))
        return await unbroken(self._settle(rules.pass_silence(*self._now())))

    async def reach_time_limit(self) -> Reply:
        if self._with_human:
            return self._nothing_to_say()
        return await unbroken(self._settle(rules.reach_time_limit(*self._now())))

    async def transfer_failed(self) -> Reply:
        """Nobody took the call that was being put through: another way is gone, and the caller is told truly."""
        if self._with_human:
            return self._nothing_to_say()
        return await unbroken(self._settle(rules.transfer_failed(*self._now())))

    async def hear_on_call(self, ladder: Ladder) -> Reply | None:
        """How the people on call stand now. Returns: None when the caller knows it already, or has left."""
        call, instructions, now, facilities = self._now()
        verdict = rules.hear_on_call(call, instructions, now, facilities, ladder)
        return None if verdict is None else await unbroken(self._settle(verdict))

    async def connecting_failed(self) -> Reply | None:
        """The caller could not be connected with whoever took the urgent call; None when nobody was being connected."""
        verdict = rules.connecting_failed(*self._now())
        return None if verdict is None else await unbroken(self._settle(verdict))

    async def hang_up(self, reason: EndReason) -> None:
        """The call is over; what was said is kept, marked partial when it is not whole."""
        if self.ended:
            return
        taker = self._call.handover.with_taker
        if taker and taker.way is AgentWay.PHONE and reason in _LINE_ENDS:
            # The carrier took the caller into the room of the two: the call goes on there.
            await self.lose_line("with_taker")
            return
        if taker:
            reason = EndReason.HANDLED
        elif self._call.handover.connects and reason in _LINE_ENDS:
            # The carrier took the caller over: for this line that looks like a hang-up.
            reason = EndReason.CONNECTED
        self._call = replace(self._call, stage=Stage.ENDED, ended=reason, ended_at=self._clock())
        self._journal.add(EventKind.CALL_ENDED, reason=reason)
        await unbroken(self._save(ending=True))

    async def lose_line(self, reason: str) -> None:
        """The media stream broke; the carrier may come back for this call, unless it has connected the caller."""
        if self._call.handover.connects:
            await self.hang_up(EndReason.CONNECTED)
            return
        self._journal.add(EventKind.LINE_LOST, reason=reason)
        await unbroken(self._save())

    # Inside

    async def _answer(self, heard: Heard, reading: Reading) -> Reply:
        turn = self._call.turns + 1
        # A card or account number that was dictated is never written down.
        text = mask_payment_numbers(heard.text)
        self._journal.add(
            EventKind.CALLER_SAID,
            turn=turn,
            text=text,
            language=reading.language or self._call.language,
            confidence=round(heard.confidence, 3),
            started_ms=heard.started_ms,
            ended_ms=heard.ended_ms,
            heard_by=heard.heard_by,
            cut=heard.cut,
        )
        acts = self._with_language(reading)
        self._rephrased = reading.rephrased
        note_acts(self._journal, turn, acts, reading, self._rephrasing)
        if text.strip():
            self._call = replace(self._call, verbatim=(*self._call.verbatim, text)[-KEPT_TURNS:])
        return await self._decide(acts)

    async def _with_other_words(self, heard: Heard, reading: Reading) -> Reading:
        """Other words for the approved answers that were asked for: found here, where barge-in may still cancel."""
        questions = [act.faq for act in reading.acts if isinstance(act, AskQuestion)]
        if self._rephrasing is None or not questions:
            return reading
        words, spoken = mask_payment_numbers(heard.text), reading.language
        language = spoken if spoken in self._instructions.identity.languages else self._call.language
        said = {
            faq: await self._rephrasing.of(faq, words, self._instructions, language or self._call.language, self._meter)
            for faq in questions
        }
        return replace(reading, rephrased={faq: text for faq, text in said.items() if text})

    def _with_language(self, reading: Reading) -> tuple[Act, ...]:
        spoken, call = reading.language, self._call
        if spoken is None or spoken is call.language or any(isinstance(act, AskForLanguage) for act in reading.acts):
            return reading.acts
        return (AskForLanguage(spoken, ""), *reading.acts)

    async def _obey_keys(self, *, paused: bool) -> Reply | None:
        acts = acts_of_keys(self._keys, self._asked, self._instructions, paused=paused)
        if acts is None:
            return None
        self._keys = ""
        note_acts(self._journal, self._call.turns + 1, acts, Reading(acts, by="keypad"), self._rephrasing)
        return await unbroken(self._decide(acts))

    async def _decide(self, acts: tuple[Act, ...]) -> Reply:
        call, instructions, now, facilities = self._now()
        return await self._settle(rules.decide(call, acts, instructions, now, facilities))
