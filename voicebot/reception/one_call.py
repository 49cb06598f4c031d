"""One call at its desk: what is known of it, and how a verdict becomes a reply. Decide, save, then speak."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from voicebot.domain.call import Awaited, Call, EndReason, Expectation, RecordingState
from voicebot.domain.callback import Callback
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import Handoff
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.speaking import Reply, Sentence, Then
from voicebot.errors import VoicebotError
from voicebot.llm.metering import Meter
from voicebot.policy.decide import Verdict
from voicebot.policy.follow_up import work_after_call, work_after_turn
from voicebot.policy.message import message_of
from voicebot.policy.silence import patience_s
from voicebot.policy.waiting import queued_by
from voicebot.reception.account import note_decisions, note_sentences, note_unsaid
from voicebot.reception.journal import Clock, Journal
from voicebot.replies.compose import compose, trouble
from voicebot.replies.rephrasing import Rephrasing, in_other_words
from voicebot.understanding.completeness import completeness
from voicebot.understanding.ports import Completeness, Context, Understanding

A_DAY_S = 86400.0
_NOT_REPEATED = frozenset({"notice", "recording_notice", "resumed", "repeat", "not_heard", "still_there", "begin_details"})
_YES_OR_NO = (Awaited.STAY, Awaited.CALLBACK)
_NEEDS_THE_STORE = (Action.TAKE_MESSAGE, Action.KEEP_PARTIAL_MESSAGE, Action.PROMISE_CALLBACK, Action.SEND_TEXT)


class OneCall:
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
        if self._call.handover.with_taker is not None:
            return A_DAY_S
        return patience_s(self._call, limits.silence_s, limits.hold_s)

    @property
    def time_limit_s(self) -> float:
        """Seconds left before the call must end; the time that a human had the caller does not count."""
        handover = self._call.handover
        if handover.with_taker is not None:
            return A_DAY_S
        spent_s = (self._clock() - self._call.started_at).total_seconds() - handover.talked_s
        return self._instructions.limits.call_s - spent_s

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
        """What was asked, as understanding knows it: staying on the line, or being called back, is a plain yes or no."""
        expected = self._call.expectation
        return replace(expected, awaited=Awaited.CONFIRMATION) if expected.awaited in _YES_OR_NO else expected

    def completeness(self, words: str) -> Completeness:
        """Does what was heard so far answer what was asked? Takes microseconds."""
        return completeness(words, self.context())

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
        promised = next((s.text for s in sentences if _promises(s.phrase)), verdict.call.promise)
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
        queued = queued_by(before, self._call, verdict.decisions, now, promised)
        saved = await self._save(verdict.decisions, queued)
        if self._journal.taken_over:
            return Reply((), Then.HANG_UP, self._call.expectation, EndReason.LINE_LOST)
        if not saved and _needs_the_store(verdict.decisions):
            return self._confess(sentences)
        reason = EndReason(ending) if ending else None
        return Reply(sentences, Then.HANG_UP if reason else Then.LISTEN, self._call.expectation, reason)

    async def _save(
        self, decisions: tuple[Decision, ...] = (), queued: tuple[Handoff | Callback, ...] = (), *, ending: bool = False
    ) -> bool:
        # The meter also has what readings cost that were cancelled or never answered.
        self._call = replace(self._call, model_use=self._meter.use)
        message = message_of(self._call, self._instructions, self._clock())
        work = work_after_turn(self._call, message, decisions)
        if ending:
            work += work_after_call(self._call, message, self._instructions)
        return await self._journal.save(self._call, message, work, queued)

    def _queued_by(self, before: Call) -> tuple[Handoff | Callback, ...]:
        """What changes in the queue although nothing was decided: a call that became more urgent."""
        return queued_by(before, self._call, (), self._clock())

    def _nothing_to_say(self) -> Reply:
        return Reply((), Then.LISTEN, self._call.expectation)

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
    return any(d.action in _NEEDS_THE_STORE for d in decisions)


def _promises(phrase: str) -> bool:
    return phrase.endswith("].promise") or phrase == "callback_promised"
