"""An understanding that gives the acts it was told to give, in order."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.domain.acts import Act
from voicebot.understanding.ports import Context, Reading


class ScriptedUnderstanding:
    def __init__(self, turns: Sequence[tuple[Act, ...]]) -> None:
        self._turns = list(turns)
        self.heard: list[str] = []

    async def read(self, words: str, context: Context) -> Reading:
        self.heard.append(words)
        return Reading(self._turns.pop(0), by="script")
