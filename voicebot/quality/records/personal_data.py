"""Finds what identifies the people of a call: in its record, where we have it, and in the caller's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from voicebot.domain.details import ACCESS_CODES, CALLER_NAME, COMPANY, HOUSE_DETAILS, DetailKind
from voicebot.domain.events import EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEventKind
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.records.transcript import Speaker, Transcript, Turn
from voicebot.understanding.details.addresses import find_address
from voicebot.understanding.details.emails import find_email
from voicebot.understanding.details.names import find_company, find_name
from voicebot.understanding.details.phone_numbers import interpret
from voicebot.understanding.details.spelling import find_spellings
from voicebot.understanding.details.stretches import dictated
from voicebot.understanding.normalise import Utterance, plain
from voicebot.understanding.vocabulary import word_list

CODE = re.compile(r"(?=[A-Za-z]*\d)[A-Za-z0-9]{3,}")
"""A reference or a door code: at least three letters and digits, one digit at least."""
E164 = re.compile(r"\+\d{7,15}")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ASKS_NAME = re.compile(r"\b(nom|prenom|epele[rz]?|name|spell)\b")
_ASKS_NUMBER = re.compile(r"\b(numero|number|rappeler|reach you)\b")
_ASKS_ADDRESS = re.compile(r"\b(adresse|address)\b")
_ASKS_EMAIL = re.compile(r"\b(mail|e mail|email|courriel)\b")
_BIRTH = re.compile(r"birth|naissance")
_ORDINARY_WORDS = (
    "madame monsieur mademoiselle docteur maitre mme mr mrs miss ms dr prof professeur societe entreprise garage mairie "
    "cabinet boulangerie restaurant et and fils de du des la le les l d ben el van von the sa sarl sas un une of saint"
)
_ORDINARY = frozenset(_ORDINARY_WORDS.split())
"""Words of names and companies that name nobody."""
_FEWEST_LETTERS = 2


@dataclass(slots=True)
class Personal:
    """What identifies people in one call, as it was first written.

    name_words: plain words of names and companies. numbers: E.164. emails: lower case. streets: plain words of street
    names. references: letters and digits without blanks, door codes too. births: ISO days.
    dictated: words in which a reference or a code was said, and what they were.
    """

    name_words: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    streets: set[str] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    births: set[str] = field(default_factory=set)
    dictated: dict[str, str] = field(default_factory=dict)

    def add_name(self, name: str) -> None:
        words = plain(name).split()
        self.name_words |= {w for w in words if len(w) >= _FEWEST_LETTERS and w not in _ORDINARY and not w.isdigit()}

    def add_address(self, address: str) -> None:
        self.streets |= set(street_words(address))

    def add_detail(self, detail: str, kind: DetailKind | None, value: str, words: str = "") -> None:
        if kind is DetailKind.NAME or detail in (CALLER_NAME, COMPANY):
            self.add_name(value)
        elif kind is DetailKind.PHONE and E164.fullmatch(value):
            self.numbers.add(value)
        elif kind is DetailKind.EMAIL and "@" in value:
            self.emails.add(value.lower())
        elif kind is DetailKind.ADDRESS:
            self.add_address(value)
        elif kind is DetailKind.REFERENCE or detail == ACCESS_CODES:
            codes = {code.upper() for code in CODE.findall(value)}
            self.references |= codes
            if words and codes and not CODE.search(words):
                self.dictated[words] = value
        elif kind is DetailKind.DATE and _BIRTH.search(detail) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            self.births.add(value)


_STREET_END = re.compile(r"[,;\n]|\b(?:a|au|aux|dans|in|at|pres|batiment|bat|etage|appartement|code|a cote|\d{5})\b")


def street_words(address: str) -> list[str]:
    """Plain words of the street's name: "12 rue des lilas à dijon" → lilas."""
    words = plain_with_commas(address)
    kinds = word_list("addresses.streets")
    for at, word in enumerate(words):
        if word in kinds:
            rest = " ".join(words[at + 1 :])
            end = _STREET_END.search(rest)
            named = (rest[: end.start()] if end else rest).split()
            return [w for w in named if w not in _ORDINARY and len(w) > _FEWEST_LETTERS and not w.isdigit()]
    return []


def plain_with_commas(text: str) -> list[str]:
    """Plain words, commas kept as words of their own."""
    return [w for part in re.split(r"([,;])", text) for w in ([part] if part in ",;" else plain(part).split())]


@dataclass(frozen=True, slots=True)
class Kept:
    """What belongs to the client, not to its callers, and stays: numbers, e-mails, and plain names of people and house."""

    numbers: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


def kept_of(instructions: Instructions | None) -> Kept:
    """Everything that the client's own file writes."""
    if instructions is None:
        return Kept()
    # Examples are talks with callers.
    whole = instructions.model_dump_json(exclude={"examples"})
    people = [name for p in instructions.people for name in (p.name, *p.aliases, *p.sounds_like)]
    house = [instructions.identity.name, *instructions.identity.spoken_name.values()]
    names = {plain(name) for name in (*people, *house)}
    return Kept(frozenset(E164.findall(whole)), frozenset(e.lower() for e in EMAIL.findall(whole)), tuple(sorted(names)))


def personal_data(transcript: Transcript, instructions: Instructions | None) -> Personal:
    """What identifies people in the call. Words of the client itself are not among it."""
    found, kept = Personal(), kept_of(instructions)
    if transcript.record is not None:
        for detail, value, words in _details_of(transcript.record):
            found.add_detail(detail, _kind(detail, instructions), value, words)
        call, message = transcript.record.call, transcript.record.message
        found.numbers |= {n for n in (call.caller_number, message.number_shown if message else "") if n}
    if transcript.expect is not None and transcript.expect.message is not None:
        for detail, value in transcript.expect.message.details.items():
            found.add_detail(detail, _kind(detail, instructions), value)
    asked = ""
    for turn in transcript.turns:
        if turn.speaker is Speaker.RECEPTIONIST:
            asked = plain(turn.text) or asked
        elif turn.text:
            _hear(found, turn, asked, languages_of(transcript, turn))
            found.add_name(_titled(turn.text, kept))
            if transcript.record is None:
                _hear_names(found, turn, asked)
    found.numbers -= kept.numbers
    found.emails -= kept.emails
    return found


def languages_of(transcript: Transcript, turn: Turn) -> tuple[Language, ...]:
    first = turn.language or transcript.language or Language.FRENCH
    return (first, *(language for language in Language if language is not first))


def _kind(detail: str, instructions: Instructions | None) -> DetailKind | None:
    try:
        return instructions.detail_kind(detail) if instructions else HOUSE_DETAILS.get(detail)
    except KeyError:
        return HOUSE_DETAILS.get(detail)


def _details_of(record: CallRecord) -> Iterator[tuple[str, str, str]]:
    """Every value that a detail ever had in the call, heard, corrected or written by an agent, with the caller's words."""
    for details in (record.call.details, record.message.details if record.message else {}):
        yield from ((name, detail.value, detail.words) for name, detail in details.items())
    for event in record.events:
        if event.kind is EventKind.HANDED_OVER:
            yield CALLER_NAME, str(event.data.get("name", "")), ""
        if event.kind in (EventKind.ACTS_UNDERSTOOD, EventKind.HINTED):
            acts: Iterable[dict[str, Any]] = event.data.get("acts", ())
            yield from ((a["detail"], a["value"], a["words"]) for a in acts if a.get("kind") == "give_detail")
    for event in record.after_call:
        if event.kind is MessageEventKind.DETAIL_CORRECTED:
            yield event.data["detail"], event.data["was"], ""
            yield event.data["detail"], event.data["now"], ""


def _hear(found: Personal, turn: Turn, asked: str, languages: tuple[Language, ...]) -> None:
    """What our own understanding hears in the caller's words."""
    utterance = Utterance.of(turn.text)
    for spelled in find_spellings(utterance, expected=bool(_ASKS_NAME.search(asked))):
        found.add_name(spelled.text)
    for language in languages:
        if (email := find_email(utterance, language, expected=bool(_ASKS_EMAIL.search(asked)))) and email.complete:
            found.emails.add(email.value)
        for stretch in dictated(utterance, language):
            if stretch.parts and (number := interpret(stretch)) and number.complete:
                found.numbers.add(number.value)
        if address := find_address(utterance, language, expected=bool(_ASKS_ADDRESS.search(asked))):
            found.add_address(address.value)
    found.emails |= {address.lower() for address in EMAIL.findall(turn.text)}
    found.numbers |= set(E164.findall(turn.text))


def _hear_names(found: Personal, turn: Turn, asked: str) -> None:
    """Names in the words of a call of which no record tells them; words that are no names are left out."""
    utterance = Utterance.of(turn.text)
    heard = (find_name(utterance, expected=bool(_ASKS_NAME.search(asked))), find_company(utterance, expected=False))
    for name in heard:
        if name is not None:
            never = word_list("not_names") | word_list("names.never")
            found.add_name(" ".join(w for w in plain(name.value).split() if w not in never))


_TITLED = re.compile(r"\b(?:madame|monsieur|mademoiselle|docteur|maitre|mme|mr|mrs|miss|dr) ((?:[a-z]{3,}))\b")


def _titled(text: str, kept: Kept) -> str:
    """Whoever the caller speaks of with a title, the client's own people left out."""
    ours = {word for name in kept.names for word in name.split()} | word_list("not_names")
    return " ".join(word for word in _TITLED.findall(plain(text)) if word not in ours)


def number_is_asked(asked: str) -> bool:
    return _ASKS_NUMBER.search(plain(asked)) is not None
