"""Harmless changes around the receptionist: no call may fail for them."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.quality.conversation_file import Conversation, WrittenConversation
from voicebot.quality.judging.client_in_hand import house_templates
from voicebot.replies import phrasebook as book
from voicebot.replies.phrasebook import Phrasebook

Lines = Callable[[str, Language], str]
_SPOKEN = re.compile(r"^(?!/)")

_SYNONYMS = {
    Language.FRENCH: {
        "je voudrais": "j'aimerais", "bonjour": "bonsoir", "d'accord": "entendu", "ma chaudière": "la chaudière",
        "s'il vous plaît": "je vous prie", "est-ce que vous pouvez": "pouvez-vous", "c'est pour": "ce serait pour",
        "je vous appelle pour": "j'appelle pour", "je m'appelle": "mon nom est", "je n'ai plus": "j'ai plus",
    },
    Language.ENGLISH: {
        "i would like": "i'd like", "hello": "good morning", "my name is": "i am", "can you": "could you",
        "i want": "i would like",
    },
}  # fmt: skip
_ANOTHER_CALLER = (
    ("paul martin", "sophie bernard"), ("Paul Martin", "Sophie Bernard"),
    ("douze trente-quatre", "vingt-sept soixante-huit"),
    ("twelve thirty-four", "twenty-seven sixty-eight"), ("98 12 34", "98 27 68"), ("99812 34", "99827 68"),
    ("39981234", "39982768"),
)  # fmt: skip
_HOUSE_WORDING = {
    "anything_else": {"fr": ("Avez-vous besoin d'autre chose ?",), "en": ("Do you need anything else?",)},
    "ask_caller_name": {"fr": ("À quel nom, s'il vous plaît ?",), "en": ("What name is it, please?",)},
    "ask_callback_number": {"fr": ("Quel est votre numéro de téléphone ?",), "en": ("What is your phone number?",)},
    "leave_goodbye": {"fr": ("Merci, au revoir.",), "en": ("Thank you, goodbye.",)},
    "begin_details": {"fr": ("Très bien, je note.",), "en": ("Very well, I am taking notes.",)},
    "ask_reason": {"fr": ("Quel est l'objet de votre appel ?",), "en": ("What is your call about?",)},
}


@dataclass(frozen=True, slots=True)
class Benign:
    """One kind of harmless change.

    name: stable. why: why nothing may fail. lines: changes what the caller says. whole: changes the written call, None where
    it does not apply. file: changes the client's file, for receptionist and judge alike. wording: the house says
    it otherwise. backwards: the calls are held from the last to the first.
    """

    name: str
    why: str
    lines: Lines | None = None
    whole: Callable[[WrittenConversation, Instructions], WrittenConversation | None] | None = None
    file: Callable[[Instructions], Instructions] | None = None
    wording: bool = False
    backwards: bool = False


def varied(kind: Benign, written: WrittenConversation, instructions: Instructions) -> WrittenConversation | None:
    """The call with the change in it; None where nothing of it changes."""
    if kind.whole:
        return kind.whole(written, instructions)
    if kind.lines is None:
        return written
    call, change = written.conversation, kind.lines
    turns = tuple(_line(change, line, call.language) for line in call.turns)
    answers = {
        asked: lines if asked.startswith("keypad:") else tuple(_line(change, line, call.language) for line in lines)
        for asked, lines in call.answers.items()
    }
    changed = call.model_copy(update={"turns": turns, "answers": answers})
    return None if changed == call else replace(written, conversation=changed)


def _line(change: Lines, line: str, language: Language) -> str:
    return change(line, language) if _SPOKEN.match(line.strip()) else line


def _synonyms(line: str, language: Language) -> str:
    for word, other in _SYNONYMS[language].items():
        line = re.sub(rf"\b{re.escape(word)}\b", other, line, count=1)
    return line


def _without_accents(line: str, _language: Language) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", line) if not unicodedata.combining(c))


def _another_caller(written: WrittenConversation, _instructions: Instructions) -> WrittenConversation | None:
    text = written.conversation.model_dump_json()
    changed = text
    for own, other in _ANOTHER_CALLER:
        changed = changed.replace(own, other)
    if changed == text:
        return None
    return replace(written, conversation=Conversation.model_validate({**json.loads(changed), "at": written.conversation.at}))


def _a_week_later(written: WrittenConversation, instructions: Instructions) -> WrittenConversation | None:
    """Only where the client is as open, says the same and nobody's absence or date comes into it."""
    call, zone = written.conversation, instructions.identity.zone
    now = call.at.replace(tzinfo=zone)
    later = now + timedelta(days=7)
    hours = instructions.hours
    opening, next_opening = hours.next_opening(now, zone), hours.next_opening(later, zone)
    same = hours.openness(now, zone) is hours.openness(later, zone)
    same = same and opening is not None and next_opening == opening + timedelta(days=7)
    days = (now.date(), later.date())
    same = same and instructions.on(days[0]) == instructions.on(days[1])
    away = any(a.first <= day <= a.last for p in instructions.people for a in p.away for day in days)
    text = call.model_dump_json(exclude={"at"})
    if not same or away or re.search(r"202\d-|novembre|décembre|november|december", text):
        return None
    return replace(written, conversation=call.model_copy(update={"at": call.at + timedelta(days=7)}))


def _same(written: WrittenConversation, _instructions: Instructions) -> WrittenConversation:
    return written


def _copy(value: Instructions, **changes: Any) -> Instructions:
    copy = value.model_copy(update=changes)
    vars(copy).pop("held_by_day", None)
    return copy


_LED_IN = {Language.FRENCH: "Bien sûr.", Language.ENGLISH: "Of course."}


def _answers_reworded(value: Instructions) -> Instructions:
    faq = (f.model_copy(update={"answer": {k: f"{_LED_IN[k]} {t}" for k, t in f.answer.items()}}) for f in value.faq)
    return _copy(value, faq=tuple(faq))


def _greeting_reworded(value: Instructions) -> Instructions:
    words = {Language.FRENCH: "Merci de votre appel.", Language.ENGLISH: "Thank you for calling."}
    greeting = value.greeting
    changed = greeting.model_copy(
        update={name: {k: f"{words[k]} {t}" for k, t in getattr(greeting, name).items()} for name in ("open", "closed")}
    )
    return _copy(value, greeting=changed)


@contextmanager
def reworded(kind: Benign) -> Iterator[None]:
    """While the block lasts, the house's phrases are the other ones, for receptionist and judges alike."""
    if not kind.wording:
        yield
        return
    original = book.phrasebook

    @cache
    def other(language: Language) -> Phrasebook:
        own = original(language)
        return replace(own, phrases={**own.phrases, **{k: v[language.value] for k, v in _HOUSE_WORDING.items()}})

    bound = [m for n, m in list(sys.modules.items()) if n.startswith("voicebot") and vars(m).get("phrasebook") is original]
    for module in bound:
        vars(module)["phrasebook"] = other
    house_templates.cache_clear()
    try:
        yield
    finally:
        for module in bound:
            vars(module)["phrasebook"] = original
        house_templates.cache_clear()


BENIGN: tuple[Benign, ...] = (
    Benign("hesitation", "« euh » carries nothing", lambda line, f: f"{'euh' if f is Language.FRENCH else 'um'} {line}"),
    Benign(
        "politeness", "thanks carry nothing", lambda line, f: f"{line} {'merci' if f is Language.FRENCH else 'thank you'}"
    ),
    Benign("upper_case", "ears may write capitals", lambda line, _f: line.upper()),
    Benign("sentences", "ears may write a capital and a full stop", lambda line, _f: f"{line[:1].upper()}{line[1:]}."),
    Benign("synonyms", "other words, one meaning", _synonyms),
    Benign("no_accents", "ears may lose accents, which changes no fact", _without_accents),
    Benign("another_caller", "another name and number, and facts with them", whole=_another_caller),
    Benign("another_day", "a week later, with the same hours", whole=_a_week_later),
    Benign("another_call_id", "ids mean nothing", whole=_same),
    Benign("backwards", "the order of calls means nothing", whole=_same, backwards=True),
    Benign("house_words", "the house says its phrases in other words", whole=_same, wording=True),
    Benign("clients_answers", "the client rewords its answers, in its file", file=_answers_reworded),
    Benign("clients_greeting", "the client rewords its greeting, in its file", file=_greeting_reworded),
)
