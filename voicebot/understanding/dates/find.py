"""Spoken dates and hours as ISO 8601 in the client's zone, or nothing: wrong is worse than none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from voicebot.domain.language import Language
from voicebot.understanding.dates.calendar import Days, Today, one
from voicebot.understanding.dates.hours import NIGHT, Hours
from voicebot.understanding.dates.joining import Joined, clock_is_plain, glued_spans, join, pieces_in, written
from voicebot.understanding.dates.lexemes import Lexemes
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.ports import Completeness


@dataclass(frozen=True, slots=True)
class SpokenDate:
    """A date as it was said.

    value: ISO day, moment, or interval of two of one kind (see domain.details.DetailKind.DATE); "" when time was spoken of
    and no day can be told. sure: there is one reading. timed: an hour or a part of the day belongs to it.
    plain: words of time were heard, not only a number or words that resemble them. spans: its tokens.
    """

    value: str
    sure: bool
    timed: bool
    plain: bool
    spans: tuple[Span, ...]


_TIME = re.compile(
    r"\b(?:[nowWmdfe]-?\d|p(?:am|pm|ev|night|day|lunch|first) "
    r"|(?:noon|midnight|week|month|year|day|we|h|min|fortnight|\w+aine) )"
)
"""A sentence without any of these signs speaks of no day and no hour."""
_NAMED = re.compile(r"\b(?:[wmdfe]-?\d|p(?:am|pm|ev|night) |(?:noon|midnight|week|we|h|oclock|am|pm) )")


def warm_dates() -> None:
    """Reads the words of both languages and compiles their rules, so that no turn waits for it."""
    noon = datetime(2000, 1, 1, 12, tzinfo=UTC)
    for language, words in ((Language.FRENCH, "demain à midi"), (Language.ENGLISH, "tomorrow at noon")):
        find_date(Utterance.of(words), language, noon, ZoneInfo("UTC"))


def find_date(
    utterance: Utterance, language: Language, now: datetime, zone: ZoneInfo, *, past: bool = False, known: str = ""
) -> SpokenDate | None:
    """The date that an utterance gives, or None when it speaks of no time.

    Args:
        now: aware time of the call. zone: of the client.
        past: a date in the past is asked for, as a date of birth.
        known: value of the same detail so far: an hour alone is on its day.
    """
    today = Today(now.astimezone(zone), zone, past)
    lexemes = Lexemes.of(utterance, language)
    pieces = pieces_in(lexemes, language, today) if _TIME.search(lexemes.text) else ()
    if not pieces:
        return None
    joined = join(lexemes, pieces, today)
    spans = tuple(glued_spans(lexemes, pieces))
    plain = not lexemes.doubtful and any(_NAMED.search(lexemes.text, p.begin, p.end) for p in pieces)
    days, hours, sure = _placed(joined, today, known)
    if joined.vague or days is None or days.first is None:
        return SpokenDate("", False, joined.hours is not None, plain, spans)
    if hours is not None and not days.single:
        # « la semaine prochaine, le matin »: no one value says it, the words do.
        sure = False
    if hours is not None and hours.part == NIGHT and days.first == today.day:
        # « cette nuit » may be the last one.
        sure = False
    sure = sure and clock_is_plain(days, hours, today) and not _gone_by(days, hours, today)
    return SpokenDate(written(days, hours), sure, hours is not None, plain, spans)


def _placed(joined: Joined, today: Today, known: str) -> tuple[Days | None, Hours | None, bool]:
    """The day of an hour that came alone: that of the value known so far, else the next time it strikes, never sure."""
    hours, sure = joined.hours, joined.sure
    if joined.days or hours is None or hours.first is None or today.past:
        return joined.days, hours, sure
    day = known_day(known)
    if day:
        return one(day), hours, sure
    if hours.part:
        return None, hours, False
    struck = hours.first <= today.now.hour * 60 + today.now.minute
    return one(today.after(1 if struck else 0), sure=False), hours, False


def known_day(value: str) -> date | None:
    """The day of a DATE value, when it is one day."""
    days = {part[:10] for part in value.split("/")}
    try:
        return date.fromisoformat(days.pop()) if len(days) == 1 else None
    except ValueError:
        return None


def _gone_by(days: Days, hours: Hours | None, today: Today) -> bool:
    """An hour of today that has struck already."""
    if today.past or hours is None or hours.first is None or days.first != today.day:
        return False
    end = hours.last if hours.last is not None else hours.first
    return end < today.now.hour * 60 + today.now.minute


_OPENERS = (
    "le la du au de d l a et and entre between vers about less after before at on the of to in or month start end mid "
    "during past for pour this next until ago"
)
_DANGLING = re.compile(rf"(?:.* )?(?:{'|'.join(_OPENERS.split())}|quarter to) $")
"""The last word opens something: « mardi à », « neuf heures moins »."""
_DAY_BEGUN = re.compile(r"(?:.* )?(?:le |du |au |the |w\d |^)(?:w\d )?[no](?:\d\d?) $")
_MAY_GO_ON = frozenset(
    ("vingt", "trente", "twenty", "thirty", "soixante", "quatre", "cent", "mille", "dix", "neuf", "thousand")
)
_YEARLESS = re.compile(r"(?:.* )?(?:[no]\d\d? (?:of )?m\d\d? (?:n\d )?|(?<!\d )m\d\d? (?:the )?[no](?:[12]?\d|3[01]) )$")
"""A day and a month, and no year yet."""


def completeness_of_date(
    utterance: Utterance, language: Language, now: datetime, zone: ZoneInfo, *, past: bool = False
) -> Completeness:
    """Is the date that is being said whole? COMPLETE with its hour or year, LIKELY for a day alone, INCOMPLETE while cut."""
    lexemes = Lexemes.of(utterance, language)
    if not lexemes.text:
        return Completeness.UNKNOWN
    spoken = find_date(utterance, language, now, zone, past=past)
    if spoken is None:
        return Completeness.UNKNOWN
    if utterance.ends_hesitating or _DANGLING.match(lexemes.text):
        return Completeness.INCOMPLETE
    last = utterance.tokens[-1].plain
    if past and _YEARLESS.match(lexemes.text):
        return Completeness.INCOMPLETE
    if last in _MAY_GO_ON and (past or _DAY_BEGUN.match(lexemes.text)):
        return Completeness.INCOMPLETE
    if not spoken.value:
        return Completeness.UNKNOWN
    if spoken.timed or past:
        return Completeness.COMPLETE
    return Completeness.LIKELY
