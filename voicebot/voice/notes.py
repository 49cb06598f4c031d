"""What one call's line tells the receptionist besides words: what was played, waits, troubles, how it ended."""

from __future__ import annotations

import structlog

from voicebot.domain.call import EndReason
from voicebot.errors import VoicebotError
from voicebot.voice.clerk import Clerk
from voicebot.voice.desk import Desk
from voicebot.voice.line import HowItEnded
from voicebot.voice.mouth import Played
from voicebot.voice.speaking import SPARE

log = structlog.get_logger()


class Notes:
    """Written by the clerk when there is time, in order."""

    def __init__(self, desk: Desk, clerk: Clerk, stream_id: str) -> None:
        self._desk = desk
        self._clerk = clerk
        self._stream_id = stream_id

    def line(self) -> None:
        """A new call has this line."""
        self._clerk.note(lambda: self._desk.note_line(self._stream_id))

    def played(self, played: Played) -> None:
        sentence = played.sentence.id
        if not sentence.startswith(SPARE):
            self._clerk.note(lambda: self._desk.note_played(sentence, played.played, played.played_ms, played.started_ms))

    def turn(self, parts: dict[str, float]) -> None:
        """Parts of a wait, in ms; their sum is the wait."""
        self._clerk.note(lambda: self._desk.note_turn({"wait_ms": sum(parts.values()), **parts}))

    def trouble(self, wrong: VoicebotError) -> None:
        log.warning("call_trouble", stream=self._stream_id, code=wrong.code)
        self._clerk.note(lambda: self._desk.note_trouble(wrong))

    async def end(self, how: HowItEnded, ending: EndReason | None) -> None:
        """Everything that waits, and then the end. ending: why we hung up, where that is known."""
        await self._clerk.drain()
        try:
            await self._clerk.write(lambda: self._tell_end(how, ending))
        except VoicebotError as wrong:
            log.error("end_not_saved", stream=self._stream_id, code=wrong.code)

    async def _tell_end(self, how: HowItEnded, ending: EndReason | None) -> None:
        match how:
            case HowItEnded.HUNG_UP:
                await self._desk.hang_up(ending or EndReason.GOODBYE)
            case HowItEnded.CALLER_HUNG_UP:
                await self._desk.hang_up(EndReason.CALLER_HUNG_UP)
            case HowItEnded.LINE_LOST:
                await self._desk.lose_line("line_lost")
