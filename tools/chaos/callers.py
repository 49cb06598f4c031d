"""Scripted callers: the labelled conversations, some of whom hang up in the middle."""

from __future__ import annotations

from pathlib import Path

from voicebot.domain.call import Awaited, Call, Expectation
from voicebot.domain.language import Language
from voicebot.quality.conversation_file import Conversation, read_conversations

CONVERSATIONS = Path(__file__).parents[2] / "evals" / "conversations"
MOST_TURNS = 30
_ANSWERS = {
    Language.FRENCH: {"confirmation": "oui c'est ça", "anything_else": "non merci au revoir", "": "je ne sais pas"},
    Language.ENGLISH: {"confirmation": "yes that's right", "anything_else": "no thank you goodbye", "": "i don't know"},
}


def conversations() -> list[Conversation]:
    """The calls of evals/conversations that a line of plain turns can hold: no transfers, no silences."""
    read = [written.conversation for written in read_conversations([CONVERSATIONS])]
    return [c for c in read if not any(line.startswith("/") for line in (*c.turns, *_lines(c)))]


class ScriptedCaller:
    """Says their lines, then answers what is asked. resumed: their line broke, and they only answer from now on."""

    def __init__(self, conversation: Conversation, *, resumed: bool = False) -> None:
        self._lines = [] if resumed else list(conversation.turns)
        self._answers = {key: list(lines) for key, lines in conversation.answers.items()}
        self.turns = 0

    def next_line(self, expected: Expectation, call: Call) -> str:
        self.turns += 1
        if self._lines:
            return self._lines.pop(0)
        asked = expected.detail if expected.awaited is Awaited.DETAIL and expected.detail else expected.awaited.value
        lines = self._answers.get(asked)
        usual = _ANSWERS[call.language]
        return lines.pop(0) if lines else usual.get(asked, usual[""])


def _lines(conversation: Conversation) -> list[str]:
    return [line for lines in conversation.answers.values() for line in lines]
