"""A receptionist that follows a script and writes down what it was told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

from voicebot.domain.acts import Unclear
from voicebot.domain.call import Awaited, Call, EndReason, Expectation, RecordingState
from voicebot.domain.handoff import Hint, QueueStanding, Returned, Taker
from voicebot.domain.identity import Identity
from voicebot.domain.instructions import Instructions, Limits
from voicebot.domain.ladder import Ladder
from voicebot.domain.language import Language
from voicebot.domain.orientation import NO_HANDOVER, Handover
from voicebot.domain.speaking import Heard, Reply, Sentence, Then
from voicebot.errors import VoicebotError
from voicebot.understanding.ports import Completeness, Reading

INSTRUCTIONS = Instructions.model_construct(
    id="client",
    identity=Identity.model_construct(languages=(Language.FRENCH,)),
    details=(),
    limits=Limits(),
)


def say(
    *texts: str, then: Then = Then.LISTEN, awaited: Awaited = Awaited.REQUEST, whole: bool = False, owed: bool = False
) -> Reply:
    """A reply; sentences get their ids when the receptionist says them. whole: not interruptible. owed: must be told."""
    sentences = tuple(Sentence("", text, Language.FRENCH, "phrase", interruptible=not whole, owed=owed) for text in texts)
    return Reply(sentences, then, Expectation(awaited), EndReason.GOODBYE if then is Then.HANG_UP else None)


@dataclass
class ScriptedReceptionist:
    """Answers in order; when the script is empty it says « Bien. ». completeness_of: what it makes of words."""

    greeting: Reply = field(default_factory=lambda: say("greeting"))
    answers: list[Reply] = field(default_factory=list)
    silence_reply: Reply = field(default_factory=lambda: say("still there"))
    keys_wanted: int = 3
    completeness_of: dict[str, Completeness] = field(default_factory=dict)
    read_s: float = 0.0
    answer_s: float = 0.0
    silence_limit_s: float = 7.0
    time_limit_s: float = 600.0
    recording: RecordingState = RecordingState.ON
    failing: set[str] = field(default_factory=set)

    heard: list[Heard] = field(default_factory=list)
    read_words: list[str] = field(default_factory=list)
    played: list[tuple[str, str, int]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    turns: list[dict[str, float]] = field(default_factory=list)
    silences: list[float] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    news: list[Reply] = field(default_factory=list)
    ladders: list[Ladder] = field(default_factory=list)
    handover: Handover = NO_HANDOVER
    announcement: Reply = field(default_factory=lambda: say("she takes your call"))
    back: Reply = field(default_factory=lambda: say("here I am again"))
    standings: list[QueueStanding] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    takers: list[tuple[str, Taker]] = field(default_factory=list)
    returned: list[tuple[str, Returned]] = field(default_factory=list)
    said: list[tuple[str, str, int, int]] = field(default_factory=list)
    _said: int = 0

    instructions = INSTRUCTIONS

    @property
    def call(self) -> Call:
        began = datetime(2026, 11, 23, tzinfo=UTC)
        return Call("call", "client", 1, "", "", began, Language.FRENCH, recording=self.recording, handover=self.handover)

    def completeness(self, words: str) -> Completeness:
        return self.completeness_of.get(words, Completeness.UNKNOWN)

    async def pick_up(self) -> Reply:
        return self._say("pick_up", self.greeting)

    async def resume(self) -> Reply:
        return self._say("resume", self.greeting)

    async def read(self, heard: Heard) -> Reading:
        self.read_words.append(heard.text)
        await asyncio.sleep(self.read_s)
        return Reading((Unclear(heard.text),), by="rules")

    async def answer(self, heard: Heard, reading: Reading) -> Reply:
        self.heard.append(heard)
        await asyncio.sleep(self.answer_s)
        return self._say("answer", self.answers.pop(0) if self.answers else say("Bien."))

    async def hear_silence(self, silence_s: float) -> Reply:
        self.silences.append(silence_s)
        return self._say("hear_silence", self.silence_reply)

    async def hear_keys(self, keys: str) -> Reply | None:
        self.keys.append(keys)
        return self._say("hear_keys", say("keys taken")) if len(self.keys) == self.keys_wanted else None

    async def keys_paused(self) -> Reply | None:
        return self._say("keys_paused", say("keys paused"))

    async def reach_time_limit(self) -> Reply:
        return self._say("reach_time_limit", say("time is up", then=Then.HANG_UP))

    async def hear_on_call(self, ladder: Ladder) -> Reply | None:
        self.ladders.append(ladder)
        if not self.news:
            return None
        reply = self._say("hear_on_call", self.news[0])
        self.news.pop(0)
        return reply

    async def hear_queue(self, standing: QueueStanding) -> Reply | None:
        self.standings.append(standing)
        return self._say("hear_queue", say(f"place {standing.position}"))

    async def hear_hint(self, hint: Hint) -> Reply | None:
        self.hints.append(hint)
        return self._say("hear_hint", say(f"obeying {hint.text}"))

    async def announce(self, handoff: str, taker: Taker) -> Reply:
        reply = self._say("announce", self.announcement)
        self.takers.append((handoff, taker))
        return reply

    async def take_back(self, handoff: str, returned: Returned) -> Reply:
        self.returned.append((handoff, returned))
        return self._say("take_back", self.back)

    async def note_said(
        self, speaker: str, text: str, confidence: float, started_ms: int, ended_ms: int, heard_by: str
    ) -> None:
        self.said.append((speaker, text, started_ms, ended_ms))

    async def note_line(self, stream: str) -> None:
        self.lines.append(stream)

    async def note_played(self, sentence_id: str, played: str, played_ms: int, started_ms: int) -> None:
        self.played.append((sentence_id, played, played_ms))

    async def note_turn(self, breakdown: dict[str, float]) -> None:
        self.turns.append(breakdown)

    async def note_trouble(self, error: VoicebotError) -> None:
        self.troubles.append(error.code)

    async def hang_up(self, reason: EndReason) -> None:
        self.ended.append(reason.value)

    async def lose_line(self, reason: str) -> None:
        self.ended.append(reason)

    @property
    def texts(self) -> list[str]:
        return [heard.text for heard in self.heard]

    def _say(self, method: str, reply: Reply) -> Reply:
        if method in self.failing:
            raise VoicebotError(f"{method} fails")
        self._said += 1
        named = tuple(
            Sentence(f"{self._said}.{n}:{s.text}", s.text, s.language, s.phrase, s.fixed, s.interruptible, s.owed)
            for n, s in enumerate(reply.sentences)
        )
        return Reply(named, reply.then, reply.expectation, reply.ending)
