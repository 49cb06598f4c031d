"""Makes the tellable view of a message: the one place where confidentiality profiles are obeyed for letters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from voicebot.domain.acts import Confidence
from voicebot.domain.call import Call
from voicebot.domain.delivery import Channel
from voicebot.domain.details import (
    ACCESS_CODES,
    ADDRESS,
    CALLBACK_NUMBER,
    CALLER_NAME,
    COMPANY,
    EMAIL,
    HOUSE_DETAILS,
    PREFERRED_SLOT,
    REASON,
    Detail,
    DetailKind,
)
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.scenario import Outcome
from voicebot.messages.letters.tellable import Row, Tellable, is_urgent
from voicebot.messages.letters.words import words
from voicebot.messages.letters.written import Phone, short_moment, written_date, written_moment, written_phone

TOLD_IN_THE_OPEN = frozenset({Channel.SMS, Channel.EMAIL, Channel.CHAT})
"""Channels that other people's systems carry and keep. A webhook goes to the client's own system."""
_FIRST = (CALLER_NAME, CALLBACK_NUMBER)
_ORDER = (REASON, ADDRESS, ACCESS_CODES, PREFERRED_SLOT, COMPANY, EMAIL)
_PARTICLES = frozenset({"de", "du", "des", "la", "le", "van", "von", "der", "ben", "el", "al"})
_MOST_WORDS_OF_A_NAME = 5
_NUMBER = re.compile(r"\+?[\d .]{2,20}")
_READ_BACK = frozenset({DetailKind.NAME, DetailKind.PHONE, DetailKind.EMAIL})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a letter says beside the message. call: the state of the call, for what was tried. now: aware.

    updated: an earlier letter told a part. attached: names of files that come along.
    """

    now: datetime
    link: str = ""
    call: Call | None = None
    updated: bool = False
    attached: tuple[str, ...] = ()


def is_secret(instructions: Instructions, channel: Channel) -> bool:
    """Are reason and words held back on this channel?"""
    return instructions.confidentiality.secret and channel in TOLD_IN_THE_OPEN


def repeats_words(instructions: Instructions, channel: Channel) -> bool:
    """May the caller's own words be told? They would repeat what a client never keeps."""
    return not is_secret(instructions, channel) and not instructions.confidentiality.never_keep


def tell(message: Message, instructions: Instructions, channel: Channel, around: Circumstances) -> Tellable:
    """The message as letters by this channel may tell it. Nothing else of it reaches a template."""
    secret, own_words = is_secret(instructions, channel), repeats_words(instructions, channel)
    language, zone = instructions.language, instructions.identity.zone
    say = words(language)
    taken = message.taken_at.astimezone(zone)
    due = deadline_of(message, instructions)
    rows = _rows(message, instructions, secret=secret)
    given = next((row for row in rows if row.id == CALLBACK_NUMBER and row.value), None)
    callback = written_phone(given.link.removeprefix("tel:") or given.value) if given else None
    level = message.urgency.level
    caller = next((row.value for row in rows if row.id == CALLER_NAME), "")
    return Tellable(
        client=instructions.id,
        client_name=instructions.identity.name,
        language=language,
        reference=message.call,
        level=level.value.upper(),
        level_words=say["levels"][level],
        urgent=is_urgent(level),
        criterion="" if secret else criterion_words(message, instructions),
        trigger=_one_line(message.urgency.words) if own_words and is_urgent(level) else "",
        title="" if secret else _title(message, instructions),
        caller_words=caller or say["callers"]["unknown"],
        from_caller=_from_caller(caller, language),
        callback=callback or _shown(message),
        rows=rows,
        taken_at=taken,
        received=written_moment(taken, language),
        received_short=short_moment(taken, around.now.astimezone(zone), language),
        promise="" if secret else _one_line(message.callback_promised),
        deadline=written_moment(due.astimezone(zone), language) if due else "",
        actions=actions_in_words(message, instructions, around.call, secret=secret),
        missing=_missing(message, instructions, secret=secret),
        verbatim=tuple(map(_one_line, message.verbatim)) if own_words else (),
        call_language=say["languages"][message.language] if message.language is not language else "",
        complete=message.state is MessageState.COMPLETE,
        updated=around.updated,
        secret=secret,
        link=around.link,
        attached=around.attached,
    )


def deadline_of(message: Message, instructions: Instructions) -> datetime | None:
    """Call back before (aware); counted from the reopening for a call outside hours, None for what is urgent now."""
    scenario, hours, zone = instructions.scenario(message.scenario), instructions.hours, instructions.identity.zone
    if scenario is None or scenario.deadline is None or is_urgent(message.urgency.level):
        return None
    taken = message.taken_at
    begins = taken if hours.is_open(taken, zone) else hours.next_opening(taken, zone) or taken
    return (begins + scenario.deadline).astimezone(UTC)


def label_of(detail: str, instructions: Instructions) -> str:
    """ "adresse"; the question itself for a client's own detail."""
    language = instructions.language
    known = words(language)["details"].get(detail)
    own = instructions.detail(detail)
    return known or (own.ask[language].strip().replace(" ?", "\u00a0?") if own else detail.replace("_", " "))


def kind_of(detail: str, instructions: Instructions) -> DetailKind:
    """Kind of a detail; free text for one that the client's file has no longer."""
    own = instructions.detail(detail)
    return own.kind if own else HOUSE_DETAILS.get(detail, DetailKind.FREE_TEXT)


def written_value(value: str, detail: str, instructions: Instructions) -> str:
    """A canonical value as people write it."""
    kind, language = kind_of(detail, instructions), instructions.language
    if kind is DetailKind.PHONE:
        return written_phone(value).shown
    if kind is DetailKind.DATE:
        return written_date(value, language)
    if kind is DetailKind.YES_NO:
        return words(language)["yes_no"].get(value, value)
    if kind is DetailKind.PERSON:
        return name_of(value, instructions) or _one_line(value)
    return _one_line(value)


def name_of(person_or_team: str | None, instructions: Instructions) -> str:
    """Name of somebody of the directory, "" for anybody else."""
    person, team = instructions.person(person_or_team), instructions.team(person_or_team)
    return person.name if person else team.name[instructions.language] if team else ""


def criterion_words(message: Message, instructions: Instructions) -> str:
    """What set the urgency, in words; "" when that is nothing but the scenario's usual level."""
    say, criterion = words(instructions.language), message.urgency.criterion
    held = instructions.filter(criterion)
    if held is not None:
        return say["kinds"].get(held.who.value, "") if held.who else ""
    scenario = instructions.scenario(criterion)
    return say["red_flags"].get(criterion, "") or (scenario.title[instructions.language] if scenario else "")


def actions_in_words(message: Message, instructions: Instructions, call: Call | None, *, secret: bool) -> tuple[str, ...]:
    """What was tried during the call and what is still to be done. Under secrecy nothing that a scenario leads to."""
    say, told = words(instructions.language)["actions"], list[str]()
    orientation = message.orientation
    if call and call.handover.on_call_woken:
        told.append(say["woken"])
    elif orientation and orientation.outcome is Outcome.ON_CALL:
        told.append(say["on_call"])
    if orientation and orientation.outcome is Outcome.TRANSFER and not secret:
        who = name_of(orientation.to, instructions)
        told.append(say["transfer"].format(who=who) if who else say["transfer_anyone"])
    if call and not secret:
        failed = filter(None, (name_of(who, instructions) for who in call.handover.failed))
        told += [say["unreached"].format(who=who) for who in dict.fromkeys(failed)]
    if message.human_wanted:
        told.append(say["human"])
    return tuple(told)


def _rows(message: Message, instructions: Instructions, *, secret: bool) -> tuple[Row, ...]:
    say = words(instructions.language)["rows"]
    kept = {d: v for d, v in message.details.items() if d not in instructions.confidentiality.never_keep and v.value.strip()}
    if secret:
        kept = {d: v for d, v in kept.items() if d in _FIRST and _is_name_or_number(d, v.value)}
    rows = [_row(d, kept[d], instructions) for d in _FIRST if d in kept]
    given = kept.get(CALLBACK_NUMBER)
    shown, last = _shown(message), list[Row]()
    if shown and (given is None or given.value != shown.e164):
        last.append(Row("shown", say["shown"], shown.shown, link=shown.link))
    if wanted := _person_wanted(message, instructions, secret=secret):
        rows.append(Row("person", say["person"], wanted))
    if secret:
        return (*rows, *last)
    rest = [d for d in _ORDER if d in kept] + [d for d in kept if d not in _ORDER and d not in _FIRST]
    rows += [_row(d, kept[d], instructions) for d in rest]
    if kind := words(instructions.language)["kinds"].get(message.caller_kind or ""):
        rows.append(Row("caller_kind", say["caller_kind"], kind))
    return (*rows, *last)


def _is_name_or_number(detail: str, value: str) -> bool:
    """What was never understood is kept as the caller's words: under secrecy those could tell the reason."""
    if detail == CALLBACK_NUMBER:
        return _NUMBER.fullmatch(value.strip()) is not None
    parts = value.split()
    return 0 < len(parts) <= _MOST_WORDS_OF_A_NAME and all(p in _PARTICLES or _is_part_of_name(p) for p in parts)


def _is_part_of_name(word: str) -> bool:
    bare = re.sub(r"^[dl]['’]", "", word)
    return bare[:1].isupper() and all(sign.isalpha() or sign in "-'’." for sign in bare)


def _row(detail: str, known: Detail, instructions: Instructions) -> Row:
    language, kind = instructions.language, kind_of(detail, instructions)
    name = {CALLER_NAME: "caller", CALLBACK_NUMBER: "number"}.get(detail, detail)
    link = ""
    if kind is DetailKind.PHONE:
        link = written_phone(known.value).link
    elif kind is DetailKind.EMAIL and "@" in known.value:
        link = f"mailto:{known.value}"
    label = words(language)["rows"].get(name) or label_of(detail, instructions)
    return Row(detail, label, written_value(known.value, detail, instructions), _note(known, kind, instructions), link)


def _note(known: Detail, kind: DetailKind, instructions: Instructions) -> str:
    notes = words(instructions.language)["notes"]
    if known.confidence is Confidence.UNSURE or not known.complete:
        return notes["doubtful"]
    return notes["unconfirmed"] if kind in _READ_BACK and not known.confirmed else ""


def _person_wanted(message: Message, instructions: Instructions, *, secret: bool) -> str:
    known = name_of(message.person_wanted, instructions)
    return known or ("" if secret else _one_line(message.person_wanted or ""))


def _missing(message: Message, instructions: Instructions, *, secret: bool) -> tuple[str, ...]:
    told = [d for d in message.missing if not secret or d in _FIRST]
    if secret:
        # What was kept there was no name or number: it is not told, and stays to be asked.
        unread = (d for d in _FIRST if d in message.details and not _is_name_or_number(d, message.details[d].value))
        told += [d for d in unread if d not in told]
    return tuple(label_of(d, instructions) for d in told if d not in instructions.confidentiality.never_keep)


def _from_caller(caller: str, language: Language) -> str:
    """ "de Claire Durand", "d'Alice Martin", "from Claire Durand"."""
    say = words(language)["callers"]
    if not caller:
        return say["from_unknown"]
    elided = unicodedata.normalize("NFD", caller)[0].casefold() in "aeiouyœæ"
    return say["from_vowel" if elided else "from"].format(caller=caller)


def _title(message: Message, instructions: Instructions) -> str:
    scenario = instructions.scenario(message.scenario)
    return message.scenario_title or (scenario.title[instructions.language] if scenario else "")


def _shown(message: Message) -> Phone | None:
    return written_phone(message.number_shown) if message.number_shown else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
