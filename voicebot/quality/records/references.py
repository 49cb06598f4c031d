"""What people found true of calls after the fact, as facts that judges compare calls with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from voicebot.domain.reference import FactSource, ReferenceFact
from voicebot.quality.facts import Facts
from voicebot.store.correction_book import CorrectionBook

OPINIONS = frozenset({"tone", "clarity"})
"""No code can judge them; they are compared with judges by language model elsewhere."""
_DETAILS = "message.details."
_LISTS = frozenset({"dangers", "message.missing", "decided", "never_decided", "says", "never_says"})
_RANK = {FactSource.CORRECTION: 0, FactSource.REVIEW: 1}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two that do not agree. held: the one that is used: a review before a correction, else the later one."""

    held: ReferenceFact
    dropped: ReferenceFact


@dataclass(frozen=True, slots=True)
class References:
    """facts: by call. conflicts: where two disagree. unusable: facts that no judge knows, or with a value it cannot be."""

    facts: dict[str, Facts]
    conflicts: tuple[Conflict, ...]
    unusable: tuple[ReferenceFact, ...]


def facts_of(references: Iterable[ReferenceFact]) -> dict[str, Facts]:
    """Facts by call id; see gathered for what is dropped."""
    return gathered(references).facts


def gathered(references: Iterable[ReferenceFact]) -> References:
    """Facts by call id, with what conflicts and what cannot be used. Opinions are left out: they are no facts."""
    held: dict[tuple[str, str], ReferenceFact] = {}
    conflicts: list[Conflict] = []
    unusable: list[ReferenceFact] = []
    for reference in sorted(references, key=lambda r: (_RANK[r.source], r.at)):
        if reference.fact in OPINIONS:
            continue
        if _facts([reference]) is None:
            unusable.append(reference)
            continue
        before = held.get((reference.call, reference.fact))
        if before is not None and before.value != reference.value and not _corrects_itself(before, reference):
            conflicts.append(Conflict(reference, before))
        held[reference.call, reference.fact] = reference
    by_call: dict[str, list[ReferenceFact]] = {}
    for reference in held.values():
        by_call.setdefault(reference.call, []).append(reference)
    facts = {call: found for call, of_call in by_call.items() if (found := _facts(of_call)) is not None}
    return References(facts, tuple(conflicts), tuple(unusable))


def _corrects_itself(before: ReferenceFact, later: ReferenceFact) -> bool:
    """Of two corrections of one detail the later one holds: that is no disagreement."""
    return before.source is FactSource.CORRECTION and later.source is FactSource.CORRECTION


def _facts(references: Iterable[ReferenceFact]) -> Facts | None:
    whole: dict[str, Any] = {}
    for reference in references:
        value = _value(reference)
        if reference.fact.startswith(_DETAILS):
            message = whole.setdefault("message", {})
            message.setdefault("details", {})[reference.fact.removeprefix(_DETAILS)] = value
        elif reference.fact.startswith("message."):
            whole.setdefault("message", {})[reference.fact.removeprefix("message.")] = value
        elif reference.fact.startswith("obeys."):
            whole.setdefault("obeys", {})[reference.fact.removeprefix("obeys.")] = value
        else:
            whole[reference.fact] = value
    try:
        return Facts.model_validate(whole)
    except ValidationError:
        return None


def _value(reference: ReferenceFact) -> Any:
    if reference.fact in _LISTS:
        parts = (part.strip() for part in reference.value.split(","))
        return tuple(part for part in parts if part and part != "none")
    return reference.value


async def corrections_since(book: CorrectionBook, moment: datetime, clients: Iterable[str]) -> list[ReferenceFact]:
    """What agents corrected on cards, oldest first in each client. Raises: StoreError."""
    facts: list[ReferenceFact] = []
    for client in clients:
        for call, made in await book.since(moment, (client,)):
            value = made.now or "none"
            facts.append(ReferenceFact(call, client, _DETAILS + made.detail, value, FactSource.CORRECTION, made.at))
    return facts
