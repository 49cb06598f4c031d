"""Scorecards: the questions that reviewers answer for a call, what each weighs, and which mistakes fail the whole call."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from voicebot.domain.language import Language
from voicebot.domain.written import Id, Localised, Part

YES, NO, NOT_APPLICABLE = "yes", "no", "na"
LOWEST, HIGHEST = 1, 5
LONGEST_ANSWER = 200
MOST_CHOICES = 20

Answers = Mapping[str, str]
"""Item id → answer: "yes", "no", "na", "1" to "5", an option's value, or text."""
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*(\.[a-z][a-z0-9_-]*){0,2}$", max_length=100)]
"""See voicebot.domain.reference.ReferenceFact.fact."""
Value = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}$")]


class ItemKind(StrEnum):
    YES_NO = "yes_no"
    SCALE = "scale"
    """1 to 5, with words for at least the two ends."""
    CHOICE = "choice"
    """One value of a list: which scenario, which urgency."""
    TEXT = "text"
    """A value as it ought to have been written down: a name, a number."""


class Option(Part):
    value: Value
    label: Localised


class Item(Part):
    """One question.

    help: what counts as which answer, beside the question. good: the answer to a yes/no question that earns the weight.
    weight: share of the score; questions for a value have none. critical: the wrong answer fails the whole call.
    anchors: of a scale, what 1, 5 and others between mean. may_not_apply: « sans objet » is an answer.
    fact: which fact of the call the answer gives, "" none (FactName).
    """

    id: Id
    question: Localised
    kind: ItemKind
    help: Localised | None = None
    weight: Annotated[float, Field(ge=0, le=1000)] = 0
    critical: bool = False
    good: Literal["yes", "no"] = "yes"
    anchors: dict[Annotated[int, Field(ge=LOWEST, le=HIGHEST)], Localised] = Field(default_factory=dict)
    options: Annotated[tuple[Option, ...], Field(max_length=MOST_CHOICES)] = ()
    may_not_apply: bool = True
    fact: FactName | None = None

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if (self.kind is ItemKind.SCALE) != bool(self.anchors):
            raise ValueError("anchors belong to a scale, and every scale has them")
        if self.anchors and not {LOWEST, HIGHEST} <= self.anchors.keys():
            raise ValueError(f"a scale says what {LOWEST} and {HIGHEST} mean")
        if (self.kind is ItemKind.CHOICE) != bool(self.options):
            raise ValueError("options belong to a choice, and every choice has them")
        if len({option.value for option in self.options}) != len(self.options):
            raise ValueError("two options have the same value")
        if self.kind is not ItemKind.YES_NO and (self.critical or self.good != YES):
            raise ValueError("only a yes_no question can be critical or say which answer is good")
        if self.weight and self.kind in (ItemKind.CHOICE, ItemKind.TEXT):
            raise ValueError("a question for a value has no weight: it is compared with what the receptionist noted")
        return self

    def said_in(self, language: Language) -> str:
        return in_language(self.question, language)

    def takes(self, answer: str) -> bool:
        """Is this an answer to the question?"""
        if answer == NOT_APPLICABLE and self.may_not_apply:
            return True
        match self.kind:
            case ItemKind.YES_NO:
                return answer in (YES, NO)
            case ItemKind.SCALE:
                return answer in SCALE
            case ItemKind.CHOICE:
                return any(option.value == answer for option in self.options)
            case ItemKind.TEXT:
                return 0 < len(answer.strip()) <= LONGEST_ANSWER

    def same(self, one: str, other: str) -> bool:
        """Do two answers say the same? Texts are compared on their letters and digits."""
        return plain(one) == plain(other) if self.kind is ItemKind.TEXT else one == other

    def earned(self, answer: str) -> float | None:
        """Share of the weight, 0 to 1; None where the question does not count."""
        if not self.weight or answer == NOT_APPLICABLE or not answer:
            return None
        if self.kind is ItemKind.SCALE:
            return (int(answer) - LOWEST) / (HIGHEST - LOWEST)
        return 1.0 if answer == self.good else 0.0


SCALE = tuple(str(step) for step in range(LOWEST, HIGHEST + 1))


@dataclass(frozen=True, slots=True)
class Score:
    """points: 0 to 100, None when nothing that weighs applied. critical: ids of the items that failed the call."""

    points: float | None
    critical: tuple[str, ...] = ()


class Scorecard(Part):
    """The questions for the calls of one client, or of all that have none of their own.

    pass_mark: points from which a call is good.
    """

    title: Localised
    pass_mark: Annotated[int, Field(ge=0, le=100)] = 80
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=60)]

    @model_validator(mode="after")
    def _no_doubles(self) -> Self:
        for what, names in (
            ("id", [item.id for item in self.items]),
            ("fact", [item.fact for item in self.items if item.fact]),
        ):
            doubled = sorted({name for name in names if names.count(name) > 1})
            if doubled:
                raise ValueError(f"two items have the same {what}: {', '.join(doubled)}")
        return self

    def item(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.id == item_id), None)

    def open_items(self, answers: Answers) -> tuple[str, ...]:
        """Ids of items without an answer that they take, in order."""
        return tuple(item.id for item in self.items if not item.takes(answers.get(item.id, "")))

    def refused(self, answers: Answers) -> tuple[str, ...]:
        """Ids of answers to nothing, or that their item does not take."""
        known = {item.id: item for item in self.items}
        return tuple(name for name, answer in answers.items() if name not in known or not known[name].takes(answer))

    def score(self, answers: Answers) -> Score:
        """Weighted mean of what was earned; a critical error makes it 0 whatever the rest is."""
        critical = tuple(
            item.id
            for item in self.items
            if item.critical and answers.get(item.id) in (YES, NO) and answers[item.id] != item.good
        )
        parts = [(item.weight, item.earned(answers.get(item.id, ""))) for item in self.items]
        counted = [(weight, earned) for weight, earned in parts if earned is not None]
        if critical:
            return Score(0.0, critical)
        whole = sum(weight for weight, _ in counted)
        return Score(100 * sum(weight * earned for weight, earned in counted) / whole if whole else None)


def in_language(words: Localised, language: Language) -> str:
    return words.get(language) or next(iter(words.values()))


def plain(text: str) -> str:
    """Its letters and digits, without accents or case."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if letter.isalnum())
