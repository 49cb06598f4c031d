"""The caller of a past call, once more: says what they said, answers other questions in their own words, invents nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from voicebot.domain.call import Call, EndReason
from voicebot.domain.language import Language
from voicebot.domain.orientation import Handover
from voicebot.policy.waiting import waits
from voicebot.quality.replaying.past_call import ANY, ANYTHING_ELSE, END, WAITING, PastCall, Step, StepKind

MOST_TIMES = 2
"""How often recorded words are repeated for a question that comes again."""
DO_NOT_KNOW = {Language.FRENCH: "je ne sais pas", Language.ENGLISH: "i don't know"}
"""Said to what was never answered. Not silence: three silences end a call and lose its message, so every new question would
look like a lost call; « je ne sais pas » leaves exactly this one answer open."""
NOTHING_MORE = {Language.FRENCH: "non merci, au revoir", Language.ENGLISH: "no thank you, goodbye"}
"""To « autre chose ? », when everything that the caller said in the record is said: that they had no more is known."""


class Then(StrEnum):
    """What comes next."""

    STEP = "step"
    """A recorded step, in its order."""
    ANSWER = "answer"
    """Recorded words out of their order, because they answer what is asked now."""
    WORDS = "words"
    """The caller does not know, or has nothing more to say."""
    HANG_UP = "hang_up"
    STOP = "stop"
    """What a human would have done now is in no record: nothing after this can be known."""


@dataclass(frozen=True, slots=True)
class Next:
    """then; step: for STEP and ANSWER. words: for WORDS. reason: for HANG_UP."""

    then: Then
    step: Step | None = None
    words: str = ""
    reason: EndReason = EndReason.CALLER_HUNG_UP


@dataclass(slots=True)
class CallerAgain:
    """limit_raised: the call may last longer now than when its time was up.

    unanswered: what is asked now and was never answered then, in order, each once.
    """

    past: PastCall
    limit_raised: bool = False
    unanswered: list[str] = field(default_factory=list)
    _left: list[Step] = field(init=False)
    _times: Counter[str] = field(default_factory=Counter, init=False)

    def __post_init__(self) -> None:
        self._left = list(self.past.steps[1:])

    def next(self, asked: str, call: Call) -> Next:
        """asked: the question that stands open."""
        if asked == END:
            return self._after_the_end()
        for step in tuple(self._left):
            if step.kind.callers:
                if step.asked in (asked, ANY) or step.unasked:
                    return self._take(step, Then.STEP)
            elif not self._applies(step, call):
                self._left.remove(step)
            elif step is self._left[0] or asked == WAITING or not any(s.kind.callers for s in self._left):
                return self._take(step, Then.STEP)
        return self._otherwise(asked, call)

    def _applies(self, step: Step, call: Call) -> bool:
        return not self.limit_raised if step.kind is StepKind.TIME_LIMIT else applies(step, call)

    def _after_the_end(self) -> Next:
        """Whoever still spoke after the goodbye in the record does so again."""
        first = self._left[0] if self._left else None
        if first is not None and first.asked == END:
            return self._take(first, Then.STEP)
        return Next(Then.HANG_UP)

    def _otherwise(self, asked: str, call: Call) -> Next:
        left = any(step.kind.callers for step in self._left)
        if not left and asked == self.past.asked_at_end:
            return Next(Then.HANG_UP, reason=self.past.ended or EndReason.CALLER_HUNG_UP)
        if answer := self._known(asked):
            return answer
        if asked == WAITING:
            self._open("human" if _rings(call.handover) else "on_call")
            return Next(Then.STOP)
        if self.past.caller_left and not left:
            return Next(Then.HANG_UP)
        if asked == ANYTHING_ELSE:
            return Next(Then.WORDS, words=NOTHING_MORE[call.language])
        self._open(asked)
        return Next(Then.WORDS, words=DO_NOT_KNOW[call.language])

    def _known(self, asked: str) -> Next | None:
        """Words that gave this detail, or answered this question, in the record."""
        if not asked or asked == WAITING:
            return None
        unsaid = [s for s in self._left if s.kind.callers and asked in s.gives]
        if unsaid:
            return self._take(unsaid[0], Then.ANSWER)
        said = [s for s in self.past.steps if s.kind is not StepKind.SILENT and s.kind.callers]
        fitting = [s for s in said if asked in s.gives] or [s for s in said if s.asked == asked and asked != ANYTHING_ELSE]
        if not fitting or self._times[asked] >= MOST_TIMES:
            return None
        self._times[asked] += 1
        return Next(Then.ANSWER, fitting[-1])

    def _take(self, step: Step, then: Then) -> Next:
        self._left.remove(step)
        return Next(then, step)

    def _open(self, asked: str) -> None:
        if asked not in self.unanswered:
            self.unanswered.append(asked)


def applies(step: Step, call: Call) -> bool:
    """Can this come from outside now? Recorded news of humans are heard only where these humans are wanted."""
    handover = call.handover
    match step.kind:
        case StepKind.TRANSFER_FAILED | StepKind.QUEUE:
            return waits(call)
        case StepKind.NEWS:
            return handover.on_call_woken and not handover.connects
        case StepKind.NOT_CONNECTED:
            return handover.connects
        case StepKind.TAKEN:
            return handover.with_taker is None
        case StepKind.BACK:
            return handover.with_taker is not None or waits(call)
        case StepKind.BETWEEN:
            return handover.with_taker is not None
        case StepKind.UNKNOWN:
            return False
        case _:
            return True


def _rings(handover: Handover) -> bool:
    return handover.to is not None or handover.with_taker is not None
