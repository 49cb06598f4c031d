"""Conversations as pipecat keeps them: messages of a model's context, eval conversations, and RTVI transcripts line by line.

Forms as of pipecat 1.14: LLMContext messages (role, content as text or parts), evals/conversation.py (roles user, assistant,
tool_call), RTVI messages user-transcription and bot-transcription or bot-output.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from voicebot.quality.records.file_text import encoding_of
from voicebot.quality.records.found import Found, Remark, lost
from voicebot.quality.records.speakers import Speakers
from voicebot.quality.records.turns_in_making import CallInMaking

MOST_BYTES = 64_000_000
_SAYS = {"user": "caller", "assistant": "receptionist", "model": "receptionist"}
_NOT_SPOKEN = frozenset({"system", "developer", "tool", "tool_call", "function"})
_RTVI = {"user-transcription": "caller", "bot-transcription": "receptionist"}
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
_REMEDY = 'Give a list of messages {"role": …, "content": …}.'


def is_message(value: Any) -> bool:
    """Is it a message of a context, or of RTVI?"""
    return isinstance(value, dict) and ("role" in value or (isinstance(value.get("type"), str) and "data" in value))


def read_pipecat(path: Path, speakers: Speakers) -> Iterator[Found]:
    """One call per file, or per list where a file holds several, or per line that holds a list."""
    file = path.name
    if path.stat().st_size > MOST_BYTES:
        yield lost(file, 0, "the file is too large for one conversation", "Write one conversation per file or per line.")
        return
    text = path.read_text(encoding=encoding_of(path))
    try:
        conversations = [(1, conversation) for conversation in _conversations(json.loads(text))]
    except ValueError:
        lines, broken = _lines(text)
        yield from (lost(file, number, "the line is not JSON", _REMEDY) for number in broken)
        conversations = lines
    several = len(conversations) > 1
    for count, (line, messages) in enumerate(conversations, 1):
        call = CallInMaking(file, line, {"id": f"{path.stem}-{count}" if several else path.stem})
        yield from _call(call, messages, speakers)


def _conversations(value: Any) -> Iterable[list[Any]]:
    if isinstance(value, dict):
        for key in ("messages", "conversation", "context"):
            if key in value:
                return _conversations(value[key])
        return [[value]]
    if isinstance(value, list) and value and all(isinstance(part, list) for part in value):
        return value
    return [value] if isinstance(value, list) else [[]]


def _lines(text: str) -> tuple[list[tuple[int, list[Any]]], list[int]]:
    """Lists of messages by line; single messages are one conversation together. Also the lines that are not JSON."""
    conversations: list[tuple[int, list[Any]]] = []
    messages: list[Any] = []
    broken: list[int] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            broken.append(number)
            continue
        if is_message(value):
            messages.append(value)
        else:
            conversations += [(number, conversation) for conversation in _conversations(value)]
    return ([(1, messages)] if messages else []) + conversations, broken


def _call(call: CallInMaking, messages: list[Any], speakers: Speakers) -> Iterator[Found]:
    skipped, strange = 0, 0
    for message in messages:
        if not is_message(message):
            strange += 1
            continue
        speaker, text, at = _said(message)
        if speaker is None:
            strange += 1
        elif speaker and text.strip():
            call.add(speaker, text, at=at)
        elif not speaker:
            skipped += 1
    if skipped:
        yield Remark(call.file, call.line, f"{skipped} messages that nobody heard were left out (instructions, tools)")
    if strange:
        yield lost(call.file, call.line, f"{strange} messages of a kind that is not known were left out", _REMEDY)
    yield from call.found(speakers)


def _said(message: dict[str, Any]) -> tuple[str | None, str, str]:
    """(speaker, words, time); speaker "" for what nobody heard, None for what is not known."""
    if "role" not in message:
        data = message["data"] if isinstance(message["data"], dict) else {}
        if message["type"] == "user-transcription" and data.get("final") is False:
            return "", "", ""
        return _RTVI.get(message["type"], ""), str(data.get("text") or ""), str(data.get("timestamp") or "")
    role = message["role"]
    if role in _NOT_SPOKEN:
        return "", "", ""
    if role not in _SAYS:
        return None, "", ""
    content = message.get("content", message.get("parts"))
    return _SAYS[role], _words(content), str(message.get("timestamp") or "")


def _words(content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = (p for p in content if isinstance(p, dict) and p.get("type", "text") in _TEXT_PARTS)
    return " ".join(str(part.get("text") or "") for part in parts)
