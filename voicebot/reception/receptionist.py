"""The receptionist of one call: hears words, keys and silence, lets the rules decide, saves, and returns what to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from voicebot.domain.acts import Act, AskForLanguage, AskQuestion, Unclear
from voicebot.domain.call import Awaited, Call, EndReason, Expectation, RecordingState, Stage
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.events import EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import Ladder
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.speaking import Heard, Reply, Sentence, Then
from voicebot.errors import VoicebotError
from voicebot.llm.metering import Meter
from voicebot.policy import decide as rules
from voicebot.policy.decide import Verdict
from voicebot.policy.follow_up import work_after_call, work_after_turn
from voicebot.policy.message import message_of
from voicebot.policy.silence import patience_s
from voicebot.reception.account import note_acts, note_decisions, note_sentences, note_unsaid
from voicebot.reception.journal import Clock, Journal, unbroken
from voicebot.reception.keypad import acts_of_keys
from voicebot.replies.compose import compose, trouble
from voicebot.replies.rephrasing import Rephrasing, in_other_words
from voicebot.understanding.completeness import completeness
from voicebot.understanding.masking import mask_payment_numbers
from voicebot.understanding.ports import Completeness, Context, Reading, Understanding

KEPT_TURNS = 200
"""Caller turns that the message's verbatim keeps; a call's time limit makes more impossible in practice."""
_NOT_REPEATED = frozenset({"notice", "recording_notice", "resumed", "repeat", "not_heard", "still_there", "begin_details"})
_LINE_ENDS = (EndReason.CALLER_HUNG_UP, EndReason.LINE_LOST)


class Receptionist:
    """One call. Its methods return what to say; nothing is returned before it was saved.

    Args:
        call: state to begin with: new, or read from the store. journal: where events and state go.
        instructions: the client's; obeyed as they hold on the day on which the call began.
        clock: aware UTC time; decides opening hours and limits.
        facilities: what can be done at this moment beyond taking a message; asked at every turn, must return at once.
        rephrasing: says approved answers in other words where the client allows it; None means always as approved.
    """

    def __init__(
        self,
        call: Call,
        instructions: Instructions,
        understanding: Understanding,
        journal: Journal,
        clock: Clock,
        facilities: Callable[[], Facilities] = lambda: ONLY_MESSAGES,
        rephrasing: Rephrasing | None = None,
    ) -> None:
        self._call = call
        self._instructions = instructions.on(call.started_at.astimezone(instructions.identity.zone).date())
        self._facilities = facilities
        self._can = ONLY_MESSAGES
        self._understanding = understanding
        self._rephrasing = rephrasing
        self._rephrased: dict[str, str] = {}
        self._meter = Meter(call.model_use)
        self._journal = journal
        self._clock = clock
        self._keys = ""
        self._last_words = ""
        self._replies = call.turns * 100 + call.resumed * 10

    @property
    def call(self) -> Call:
        return self._call

    @property
    def instructions(self) -> Instructions:
        return self._instructions

    @property
    def recording(self) -> bool:
        """May audio be kept now?"""
        return self._call.recording is RecordingState.ON

    @property
    def ended(self) -> bool:
        return self._call.ended is not None

    @property
    def may_be_connected(self) -> bool:
        """Is the caller being put through, and has heard so to the end?"""
        return self._call.handover.connects and not self._last_words

    @property
    def unsaved(self) -> int:
        return self._journal.unsaved

    async def save_again(self) -> bool:
        """Tries to save what the store refused. Returns: whether everything is saved."""
        return await self._journal.save_again()

    @property
    def elapsed_ms(self) -> int:
        """Milliseconds since the call began, by the house's clock."""
        return int((self._clock() - self._call.started_at).total_seconds() * 1000)

    @property
    def silence_limit_s(self) -> float:
        limits = self._instructions.limits
        return patience_s(self._call, limits.silence_s, limits.hold_s)

    @property
    def time_limit_s(self) -> float:
        """Seconds left before the call must end."""
        return self._instructions.limits.call_s - (self._clock() - self._call.started_at).total_seconds()

    def context(self) -> Context:
        call = self._call
        return Context(
            instructions=self._instructions,
            language=call.language,
            expectation=self._asked,
            scenario=call.scenario,
            details=call.details,
            now=self._clock(),
            last_said=call.last_said,
            meter=self._meter,
        )

    @property
    def _asked(self) -> Expectation:
        """What was asked, as understanding knows it: staying on the line is a plain yes or no."""
        expected = self._call.expectation
        return replace(expected, awaited=Awaited.CONFIRMATION) if expected.awaited is Awaited.STAY else expected

    def completeness(self, words: str) -> Completeness:
        """Does what was heard so far answer what was asked? Takes microseconds."""
        return completeness(words, self.context())

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

    async def resume(self) -> Reply:
        """The line came back, perhaps on another process: go on where the call was."""
        self._journal.add(EventKind.LINE_OPENED, resumed=True)
        return await unbroken(self._settle(rules.resume(self._call, self._instructions, self._clock())))

    async def read(self, heard: Heard) -> Reading:
        """Acts in the caller's words. Writes nothing: may be cancelled, may run on words that are not final."""
        if not heard.text.strip():
            return Reading((Unclear(""),), by="rules")
        reading = await self._understanding.read(heard.text, self.context())
        return await self._with_other_words(heard, reading)

    async def answer(self, heard: Heard, reading: Reading) -> Reply:
        """Decides on a finished turn, saves, and returns the sentences. Not broken off by cancellation."""
        return await unbroken(self._answer(heard, reading))

    async def hear(self, heard: Heard) -> Reply:
        return await self.answer(heard, await self.read(heard))

    async def hear_keys(self, keys: str) -> Reply | None:
        """Keypad digits as they come. Returns: a reply, or None while more are expected."""
        self._journal.add(EventKind.KEYS_PRESSED, keys=keys)
        self._keys += keys
        return await self._obey_keys(paused=False)

    async def keys_paused(self) -> Reply | None:
        """No key has been pressed for a while."""
        return await self._obey_keys(paused=True) if self._keys else None

    async def hear_silence(self, silence_s: float) -> Reply:
        self._journal.add(EventKind.CALLER_SILENT, silence_s=round(silence_s, 1))
        return await unbroken(self._settle(rules.pass_silence(*self._now())))

    async def reach_time_limit(self) -> Reply:
        return await unbroken(self._settle(rules.reach_time_limit(*self._now())))

    async def transfer_failed(self) -> Reply:
        """Nobody took the call that was being put through: another way is gone, and the caller is told truly."""
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
        if self._call.handover.connects and reason in _LINE_ENDS:
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

    # What the line tells

    async def note_line(self, stream: str) -> None:
        self._journal.add(EventKind.LINE_OPENED, stream=stream, resumed=False)

    async def note_played(self, sentence_id: str, played: str, played_ms: int, started_ms: int) -> None:
        """How much of a sentence was really played: "all", "part" or "none". Saved with the next turn."""
        if sentence_id == self._last_words:
            self._last_words = ""
        self._journal.add(
            EventKind.SENTENCE_PLAYED, sentence=sentence_id, played=played, played_ms=played_ms, started_ms=started_ms
        )

    async def note_turn(self, breakdown: dict[str, float]) -> None:
        """Time between the caller's last sound and our first, in ms, with its parts."""
        rounded = {part: round(ms, 1) for part, ms in breakdown.items()}
        self._journal.add(EventKind.TURN_ANSWERED, turn=self._call.turns, **rounded)

    async def note_trouble(self, error: VoicebotError) -> None:
        self._journal.add(EventKind.TROUBLE, code=error.code, what=error.what)

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

    def _now(self) -> tuple[Call, Instructions, datetime, Facilities]:
        self._can = self._facilities()
        return self._call, self._instructions, self._clock(), self._can

    async def _settle(self, verdict: Verdict) -> Reply:
        """Decide, save, then speak."""
        self._replies += 1
        now = self._clock()
        before = self._call
        sentences = compose(verdict.decisions, verdict.call, self._instructions, now, number=self._replies)
        # As it was spoken: « à la réouverture, demain à huit heures ».
        promised = next((s.text for s in sentences if s.phrase.endswith("].promise")), verdict.call.promise)
        call = replace(verdict.call, promise=promised)
        sentences = in_other_words(sentences, self._rephrased)
        said = _may_be_repeated(sentences)
        self._call = replace(call, last_said=said or before.last_said)
        if any(d.action is Action.CONNECT for d in verdict.decisions) and sentences:
            self._last_words = sentences[-1].id
        message = message_of(self._call, self._instructions, now)
        note_decisions(self._journal, self._call, verdict.decisions, message, self._can)
        note_sentences(self._journal, sentences)
        ending = next((d.subject for d in verdict.decisions if d.action is Action.END_CALL), None)
        saved = await self._save(verdict.decisions)
        if self._journal.taken_over:
            return Reply((), Then.HANG_UP, self._call.expectation, EndReason.LINE_LOST)
        if not saved and _needs_the_store(verdict.decisions):
            return self._confess(sentences)
        reason = EndReason(ending) if ending else None
        return Reply(sentences, Then.HANG_UP if reason else Then.LISTEN, self._call.expectation, reason)

    async def _save(self, decisions: tuple[Decision, ...] = (), *, ending: bool = False) -> bool:
        # The meter also has what readings cost that were cancelled or never answered.
        self._call = replace(self._call, model_use=self._meter.use)
        message = message_of(self._call, self._instructions, self._clock())
        work = work_after_turn(self._call, message, decisions)
        if ending:
            work += work_after_call(self._call, message, self._instructions)
        return await self._journal.save(self._call, message, work)

    def _confess(self, unsaid: tuple[Sentence, ...]) -> Reply:
        """The message could not be recorded: the caller is told so, and nothing is promised; the journal says the same."""
        self._call = replace(self._call, message_complete=False, promise="")
        note_unsaid(self._journal, unsaid)
        self._replies += 1
        sentences = trouble(self._call, "trouble_store", number=self._replies)
        note_sentences(self._journal, sentences)
        return Reply(sentences, Then.HANG_UP, self._call.expectation, EndReason.GOODBYE)


def _may_be_repeated(sentences: tuple[Sentence, ...]) -> tuple[str, ...]:
    """For « répétez »; a repetition, with news before it or not, leaves what may be repeated as it was."""
    if any(s.phrase == "repeat" for s in sentences):
        return ()
    return tuple(s.text for s in sentences if s.interruptible and s.phrase not in _NOT_REPEATED)


def _needs_the_store(decisions: tuple[Decision, ...]) -> bool:
    return any(d.action in (Action.TAKE_MESSAGE, Action.KEEP_PARTIAL_MESSAGE) for d in decisions)
