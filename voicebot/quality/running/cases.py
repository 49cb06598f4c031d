"""Cases of a suite, one after the other: each with the text that it is judged from, so that it can travel."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter
from pydantic_core import from_json

from voicebot.errors import EvalFileError
from voicebot.quality.conversation_file import Conversation, WrittenConversation, read_conversations
from voicebot.quality.labelled_utterances import Label, LabelledUtterance, read_labelled
from voicebot.quality.running.suite import REMEDY, Suite

SMALL_FILE_BYTES = 2 * 1024 * 1024
"""Transcripts of larger files stay in the result only where something is wrong with them."""


class CaseKind(StrEnum):
    CONVERSATION = "conversation"
    """Held through the receptionist, then judged."""
    TRANSCRIPT = "transcript"
    """Recorded, only judged."""
    UTTERANCE = "utterance"
    """One labelled utterance, understood."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case to judge.

    number: place in the run, from 0, attempts of a case side by side. id: unique, the same in every run. source:
    "heating.yaml:12". text: JSON of the conversation, the transcript or the label. keep: its transcript stays in the result
    even when nothing is wrong with it.
    """

    number: int
    id: str
    kind: CaseKind
    name: str
    client: str
    source: str
    text: str
    tags: tuple[tuple[str, str], ...] = ()
    attempt: int = 1
    keep: bool = True

    @property
    def digest(self) -> str:
        """Of its own text: 16 hex digits."""
        said = "\n".join((self.kind, self.text, repr(self.tags), str(self.keep)))
        return sha256(said.encode()).hexdigest()[:16]


case_json: TypeAdapter[Case] = TypeAdapter(Case)


def cases_of(suite: Suite, *, attempts: int = 1, only: str = "") -> Iterator[Case]:
    """Every case of the suite, in its order, read while they are asked for. Transcripts are not held in memory.

    Args:
        attempts: how often each is held. only: part of the names of those that are judged; "" means all.

    Raises: EvalFileError.
    """
    numbers, seen = 0, Counter[int]()
    for place, case in enumerate(_wanted(suite, only)):
        if place % suite.written.every:
            continue
        key = hash(case.id)
        seen[key] += 1
        own = case.id if seen[key] == 1 else f"{case.id}#{seen[key]}"
        for attempt in range(1, attempts + 1):
            yield replace(case, number=numbers, id=own, attempt=attempt)
            numbers += 1


def _wanted(suite: Suite, only: str) -> Iterator[Case]:
    clients, parts = suite.written.clients, suite.written.only
    for case in _all(suite):
        if clients and case.client not in clients:
            continue
        if parts and not any(part in case.id for part in parts):
            continue
        if only in case.id or only in case.name:
            yield case


def _all(suite: Suite) -> Iterator[Case]:
    named = suite.written.cases
    shared = tuple(sorted(suite.written.tags.items()))
    if named.conversations:
        for written in read_conversations(suite.files(named.conversations, "*.yaml")):
            yield _conversation(written, shared)
    for file in suite.files(named.transcripts, "*.jsonl"):
        yield from _transcripts(file, shared)
    if named.utterances:
        for labelled in read_labelled(suite.files(named.utterances, "*.yaml")):
            yield _utterance(labelled, shared)


def _conversation(written: WrittenConversation, shared: tuple[tuple[str, str], ...]) -> Case:
    conversation = written.conversation
    return Case(
        number=0,
        id=f"{written.file}/{conversation.name}",
        kind=CaseKind.CONVERSATION,
        name=conversation.name,
        client=written.client,
        source=f"{written.file}:{written.line}",
        text=_text(conversation),
        tags=(("file", written.file), *shared),
    )


def _utterance(labelled: LabelledUtterance, shared: tuple[tuple[str, str], ...]) -> Case:
    label = labelled.label
    asked = "" if label.asked == "request" else f" ← {label.asked}"
    return Case(
        number=0,
        id=f"{labelled.file}/{label.say}{asked}",
        kind=CaseKind.UTTERANCE,
        name=label.say,
        client=label.client or "",
        source=f"{labelled.file}:{labelled.line}",
        text=_text(label),
        tags=(("file", labelled.file), *shared),
        keep=False,
    )


def _text(written: Conversation | Label) -> str:
    """JSON as it can be read again: moments are local times."""
    told = written.model_dump(mode="json", exclude_unset=True)
    return json.dumps({**told, "at": written.at.strftime("%Y-%m-%d %H:%M")}, ensure_ascii=False, sort_keys=True)


def _transcripts(file: Path, shared: tuple[tuple[str, str], ...]) -> Iterator[Case]:
    keep = file.stat().st_size <= SMALL_FILE_BYTES
    with file.open(encoding="utf-8") as lines:
        for line, text in enumerate(lines, 1):
            if not text.strip():
                continue
            try:
                told = from_json(text)
                own, client = str(told["id"]), str(told.get("client", ""))
                name = str(told.get("name") or own)
            except (ValueError, TypeError, KeyError, AttributeError) as wrong:
                problem = f"line {line}, is no transcript: {str(wrong).splitlines()[0]}"
                raise EvalFileError(str(file), [problem], f"Read it with `voicebot eval import` first. {REMEDY}") from wrong
            yield Case(
                number=0,
                id=f"{file.name}/{own}",
                kind=CaseKind.TRANSCRIPT,
                name=name,
                client=client,
                source=f"{file.name}:{line}",
                text=text.rstrip("\n"),
                tags=(("file", file.name), *shared),
                keep=keep,
            )
