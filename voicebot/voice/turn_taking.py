"""Whose turn it is: a pure state machine over windows of voice and silence; time is ms of audio."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from voicebot.understanding.ports import Completeness
from voicebot.voice.turn_signals import (
    WINDOW_MS,
    AsideDropped,
    BargeIn,
    Floor,
    GoOn,
    Hesitate,
    Look,
    Peek,
    Sense,
    Signal,
    SpeechResumed,
    SpeechStarted,
    TurnEnded,
    TurnRules,
    Why,
)


class State(Enum):
    QUIET = auto()
    VOICED = auto()
    PAUSED = auto()
    ENDED = auto()
    """The turn is over but its answer is not committed: more speech reopens it."""


@dataclass(slots=True)
class _Turn:
    started_ms: int
    ended_ms: int
    voiced_ms: int = 0
    over_voice: bool = False


@dataclass(slots=True)
class _Evidence:
    """What is known of the pause that is going on. sense None: the ears have not answered."""

    look: int = 0
    sense: Sense | None = None
    completeness: Completeness | None = None
    finished: float | None = None


class TurnTaking:
    """Feed it every window with `hear`, and what is learnt meanwhile; act on the signals it returns, in order."""

    def __init__(self, rules: TurnRules | None = None) -> None:
        self.rules = rules or TurnRules()
        self.floor = Floor.FREE
        self.state = State.QUIET
        self.now_ms = 0
        self.silence_ms = 0
        self._run_ms = 0
        self._spoken_ms = 0
        self._turn: _Turn | None = None
        self._evidence = _Evidence()
        self._asked = 0
        self._peek = 0
        self._peek_sense: Sense | None = None
        self._hesitating = False
        self._barged = False

    @property
    def caller_is_speaking(self) -> bool:
        return self.state is State.VOICED

    @property
    def turn_is_open(self) -> bool:
        """The caller has begun a turn that is not committed yet."""
        return self.state is not State.QUIET

    def hear(self, voiced: bool, now_ms: int, hum: bool = False) -> list[Signal]:
        """One window. now_ms: its end. hum: voice without articulation (« hmm »): it does not count for barge-in."""
        self.now_ms = now_ms
        self._run_ms = self._run_ms + WINDOW_MS if voiced else 0
        signals = self._voice(hum) if voiced else self._silence()
        turn = self._turn
        if turn and self.state in (State.VOICED, State.PAUSED) and now_ms - turn.started_ms >= self.rules.longest_ms:
            signals += self._cut(turn)
        return signals

    def learn_words(self, look: int, sense: Sense, completeness: Completeness) -> list[Signal]:
        """What the ears made of the pause `look`; late answers to earlier pauses are ignored."""
        if look != self._evidence.look:
            return []
        self._evidence.sense, self._evidence.completeness = sense, completeness
        return self._judge()

    def learn_verdict(self, look: int, finished: float | None) -> list[Signal]:
        """What the turn model thinks of the pause `look`: probability that the turn is finished, None if not asked."""
        if look != self._evidence.look:
            return []
        self._evidence.finished = finished
        return self._judge()

    def learn_peek(self, peek: int, sense: Sense) -> list[Signal]:
        """What the ears made of the first moments of voice over the receptionist's."""
        if peek != self._peek or self._turn is None:
            return []
        self._peek_sense = sense
        return self._yield_if_due()

    def give_floor(self, floor: Floor) -> list[Signal]:
        """The receptionist begins, goes on to another kind of sentence, or ends."""
        if floor is self.floor:
            return []
        self.floor = floor
        if floor in (Floor.SPEAKING, Floor.YIELDING):
            signals = self._yield_if_due()
            return signals or self._judge()
        return self._judge()

    def commit(self) -> None:
        """The answer to the ended turn is being saved: what the caller says next is a new turn."""
        if self.state is State.ENDED:
            self._close()

    def last_words(self) -> TurnEnded | None:
        """The line ended: the turn that was open, if the caller had said anything, whatever was awaited."""
        turn = self._turn
        if turn is None or not turn.voiced_ms:
            return None
        return self._ended(turn, Why.SILENCE)

    def patience_left_ms(self, look: int, sense: Sense, completeness: Completeness) -> int:
        """Silence that words which came after the end of their turn still ask for: a dictated number goes on."""
        if self.state is not State.ENDED or look != self._evidence.look:
            return 0
        self._evidence.sense, self._evidence.completeness = sense, completeness
        return max(0, self._patience()[0] - self.silence_ms)

    def forget(self) -> None:
        """The turn that is open is void (keys were pressed, the call is ending)."""
        self._close()

    def _voice(self, hum: bool) -> list[Signal]:
        if self._run_ms < self.rules.open_ms:
            # One window alone is no speech yet: neither voice nor silence grows.
            return []
        signals = self._open_or_resume()
        turn = self._turn
        assert turn is not None
        window = self._run_ms if self._run_ms < self.rules.open_ms + WINDOW_MS else WINDOW_MS
        turn.voiced_ms += window
        turn.ended_ms = self.now_ms
        self._spoken_ms += 0 if hum else window
        self.silence_ms = 0
        if self.floor in (Floor.SPEAKING, Floor.YIELDING) and not self._barged:
            turn.over_voice = True
            signals += self._peek_if_due(turn) + self._yield_if_due()
        elif self.floor is Floor.RESERVED:
            turn.over_voice = True
        return signals

    def _open_or_resume(self) -> list[Signal]:
        started_ms = self.now_ms - self._run_ms
        if self.state is State.VOICED:
            return []
        was, self.state = self.state, State.VOICED
        if was is State.QUIET:
            self._turn = _Turn(started_ms, self.now_ms)
            self._new_burst()
            return [SpeechStarted(started_ms)]
        if self.silence_ms > self.rules.gap_ms:
            self._new_burst()
        had_looked = self._evidence.look != 0
        self._evidence = _Evidence()
        return [SpeechResumed(started_ms)] if had_looked else []

    def _silence(self) -> list[Signal]:
        if self.state is State.QUIET or self._turn is None:
            return []
        self.silence_ms += WINDOW_MS
        if self.state is State.VOICED:
            self.state = State.PAUSED
            self.silence_ms = max(WINDOW_MS, self.now_ms - self._turn.ended_ms)
        aside = self.floor is Floor.SPEAKING and not self._barged
        look_ms = self.rules.aside_look_ms if aside else self.rules.look_ms
        if self.state is State.PAUSED and self.silence_ms >= look_ms and not self._evidence.look:
            self._asked += 1
            self._evidence.look = self._asked
            look = Look(self._asked, self._turn.started_ms, self._turn.ended_ms)
            return [look, *self._judge()]
        return self._judge()

    def _judge(self) -> list[Signal]:
        """End the turn, or drop an aside, when the silence so far is enough for what is known."""
        turn = self._turn
        if self.state is not State.PAUSED or turn is None or self.floor is Floor.RESERVED:
            return []
        if self.floor is Floor.SPEAKING and not self._barged:
            return self._judge_aside()
        wait_ms, why = self._patience()
        if self.silence_ms < wait_ms:
            return []
        self.state = State.ENDED
        signals: list[Signal] = []
        if self.floor is Floor.YIELDING and not self._barged:
            if self._evidence.sense is Sense.NOTHING or self._is_hum():
                return self._drop()
            signals += self._barge_in()
        return [*signals, self._ended(turn, why)]

    def _ended(self, turn: _Turn, why: Why, look: int | None = None) -> TurnEnded:
        return TurnEnded(
            self._evidence.look if look is None else look,
            turn.started_ms,
            turn.ended_ms,
            self.now_ms,
            turn.voiced_ms,
            why,
            turn.over_voice,
            self._evidence.sense is not None,
        )

    def _judge_aside(self) -> list[Signal]:
        """A burst over the receptionist's voice has ended before it was a barge-in: its words decide."""
        sense = Sense.NOTHING if self._is_hum() else self._evidence.sense
        if sense is Sense.WORDS:
            sure = self.silence_ms >= self.rules.aside_words_ms
            return [*self._barge_in(), *self._judge()] if sure else []
        if sense is not None:
            over = self._hesitating or self.silence_ms >= self.rules.aside_ms
            return self._drop() if over else []
        if self._hesitating and self.silence_ms >= self.rules.unheard_aside_ms:
            self._hesitating = False
            return [GoOn(self.now_ms)]
        return []

    def _is_hum(self) -> bool:
        return self._spoken_ms < self.rules.articulate_ms

    def _patience(self) -> tuple[int, Why]:
        """Silence that ends the turn, given what is known, and why it will have ended."""
        rules, known = self.rules, self._evidence
        finished = known.finished
        if known.completeness is Completeness.INCOMPLETE:
            return rules.incomplete_ms, Why.SILENCE
        if known.completeness is Completeness.COMPLETE:
            if finished is None:
                return rules.complete_ms, Why.WORDS
            return (rules.sure_ms, Why.SURE) if finished >= rules.likely else (rules.doubted_ms, Why.WORDS)
        if known.sense is Sense.BACKCHANNEL:
            return rules.unfinished_ms, Why.SILENCE
        if finished is None and known.completeness is Completeness.LIKELY:
            return rules.answered_ms, Why.WORDS
        if finished is None:
            return (rules.unfinished_ms if known.sense is None else rules.unasked_ms), Why.SILENCE
        if finished >= rules.finished:
            return rules.finished_ms, Why.MODEL
        if finished >= rules.likely:
            return rules.likely_ms, Why.MODEL
        if known.completeness is Completeness.LIKELY:
            return rules.answered_ms, Why.WORDS
        return rules.unfinished_ms, Why.SILENCE

    def _peek_if_due(self, turn: _Turn) -> list[Signal]:
        if self._peek or self._spoken_ms < self.rules.peek_ms:
            return []
        self._asked += 1
        self._peek = self._asked
        return [Peek(self._peek, turn.started_ms, self.now_ms)]

    def _yield_if_due(self) -> list[Signal]:
        """Hesitate, or stop for good, when the caller's voice over the receptionist's has gone on long enough."""
        if self.floor not in (Floor.SPEAKING, Floor.YIELDING) or self._barged or self.state is not State.VOICED:
            return []
        if self._spoken_ms >= self.rules.barge_in_ms:
            return self._barge_in()
        if self._hesitating or self._spoken_ms < self._hesitate_ms():
            return []
        self._hesitating = True
        return [Hesitate(self.now_ms)]

    def _hesitate_ms(self) -> int:
        match self._peek_sense:
            case Sense.WORDS:
                return self.rules.hesitate_words_ms
            case Sense.BACKCHANNEL:
                return self.rules.hesitate_backchannel_ms
            case _:
                return self.rules.hesitate_ms

    def _barge_in(self) -> list[Signal]:
        self._barged, self._hesitating = True, False
        return [BargeIn(self.now_ms)]

    def _cut(self, turn: _Turn) -> list[Signal]:
        """The longest turn is reached: hand over what there is and go on listening in a new turn."""
        if self.floor in (Floor.SPEAKING, Floor.RESERVED) and not self._barged:
            return self._drop() if self.state is State.PAUSED else []
        look = self._evidence.look if self.state is State.PAUSED else 0
        ended = self._ended(turn, Why.LENGTH, look)
        speaking = self.state is State.VOICED
        self._close()
        if speaking:
            self.state, self._turn = State.VOICED, _Turn(self.now_ms, self.now_ms)
        return [ended]

    def _drop(self) -> list[Signal]:
        dropped: list[Signal] = [GoOn(self.now_ms)] if self._hesitating else []
        self._close()
        return [*dropped, AsideDropped(self.now_ms)]

    def _new_burst(self) -> None:
        self._spoken_ms = 0
        self._peek = 0
        self._peek_sense = None

    def _close(self) -> None:
        self.state = State.QUIET
        self._turn = None
        self._evidence = _Evidence()
        self.silence_ms = 0
        self._barged = False
        self._hesitating = False
        self._new_burst()
