"""What a letter may tell: the message, already reduced by the client's confidentiality, so that no template can leak."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.messages.letters.written import Phone

_URGENT = (UrgencyLevel.P0, UrgencyLevel.P1)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a letter. id: of the detail. note: "à vérifier", "" when sure. link: "tel:+33…" or "mailto:…", else ""."""

    id: str
    label: str
    value: str
    note: str = ""
    link: str = ""

    def __str__(self) -> str:
        return f"{self.value} ({self.note})" if self.note else self.value


NO_ROW = Row("", "", "")


@dataclass(frozen=True, slots=True)
class Tellable:
    """The variables of a template, as `m`. Every value is text to be shown as it is; what may not be told is "" or empty.

    level: "P1". level_words: "URGENT". urgent: P0 or P1. criterion: what makes it so, in words. trigger: the caller's words
    that did. title: of the scenario. rows: what is known, most important first, caller and number included.
    caller, company, person, reason, address, access_codes, preferred_slot, email: values of single rows, "" when not known;
    row("visit_slot") is the row of any detail. caller_words, from_caller: "un appelant sans nom" where there is no name.
    callback: number to ring (.shown, .link, .e164), the number shown when none was given, None when there is none.
    taken_at: local; received, received_short: the same in words. promise: as it was spoken. deadline: by when, in words.
    actions: what was tried or is to be done. missing, doubtful: labels. verbatim: the caller's turns. call_language: of the
    call, "" where it is the client's own.
    complete: False when the caller hung up before the end. updated: an earlier letter told a part of this.
    secret: reason and words are held back. link: where the reader says that they read it, "" when nowhere.
    attached: names of files that come along. reference: id of the call.
    """

    client: str
    client_name: str
    language: Language
    reference: str
    level: str
    level_words: str
    urgent: bool
    criterion: str
    trigger: str
    title: str
    caller_words: str
    from_caller: str
    callback: Phone | None
    rows: tuple[Row, ...]
    taken_at: datetime
    received: str
    received_short: str
    promise: str
    deadline: str
    actions: tuple[str, ...]
    missing: tuple[str, ...]
    verbatim: tuple[str, ...]
    call_language: str
    complete: bool
    updated: bool
    secret: bool
    link: str
    attached: tuple[str, ...] = ()

    def row(self, name: str) -> Row:
        """The row of a detail, one without text when it is not known."""
        return next((row for row in self.rows if row.id == name), NO_ROW)

    @property
    def caller(self) -> str:
        return self.row("caller_name").value

    @property
    def person(self) -> str:
        return self.row("person").value

    @property
    def company(self) -> str:
        return self.row("company").value

    @property
    def reason(self) -> str:
        return self.row("reason").value

    @property
    def address(self) -> str:
        return self.row("address").value

    @property
    def access_codes(self) -> str:
        return self.row("access_codes").value

    @property
    def preferred_slot(self) -> str:
        return self.row("preferred_slot").value

    @property
    def email(self) -> str:
        return self.row("email").value

    @property
    def doubtful(self) -> tuple[str, ...]:
        return tuple(row.label for row in self.rows if row.note)

    def shortened(self, letters: int) -> Self:
        """The same with every free text cut at a word to so many letters: for an SMS that would be too long."""
        rows = tuple(row if row.id in _NEVER_CUT else replace(row, value=cut(row.value, letters)) for row in self.rows)
        return replace(
            self,
            rows=rows,
            title=cut(self.title, max(letters, 30)),
            caller_words=cut(self.caller_words, 40),
            from_caller=cut(self.from_caller, 44),
            trigger=cut(self.trigger, letters),
            promise=cut(self.promise, letters),
            verbatim=(),
        )


_NEVER_CUT = frozenset({"callback_number", "shown", "email"})


def cut(text: str, letters: int) -> str:
    """Text of so many letters at most, ended at a word with "..."; "" when hardly a word is left."""
    if len(text) <= letters:
        return text
    kept = text[: max(letters - 3, 0)].rsplit(" ", 1)[0].rstrip(" ,;.:")
    return f"{kept}..." if len(kept) >= 4 else ""


def is_urgent(level: UrgencyLevel) -> bool:
    return level in _URGENT
