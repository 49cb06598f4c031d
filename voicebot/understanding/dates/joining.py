"""Days and hours of one sentence put together: corrected, denied and doubtful ones seen for what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from itertools import pairwise

from voicebot.domain.language import Language
from voicebot.understanding.dates.calendar import IMPOSSIBLE, Days, Today
from voicebot.understanding.dates.english_days import english_days
from voicebot.understanding.dates.french_days import french_days
from voicebot.understanding.dates.hours import NO_SUCH_HOUR, Hours, hour_rules, in_part
from voicebot.understanding.dates.lexemes import Lexemes
from voicebot.understanding.dates.patterns import Said

_SMALL = (
    r"(?:le |la |les |l |du |de |d |des |pour |ce |this |un |n1 |a |au |en |in |on |for |the |at |during |about |of |w\d )*"
)
_DENIED_BEFORE = re.compile(rf"\bnot {_SMALL}$")
_CANNOT = re.compile(r"\bcannot ")
_BUT = re.compile(r"\bbut ")
_FIX = re.compile(r"\bfix ")
_OR = re.compile(r"\bor ")
_BOUND = re.compile(rf"\b(?:after|before|until|by|within|past|since) {_SMALL}$")
_LEFT = re.compile(
    r"\b(?:[no](?!1 )\d+|m\d+|h|:|oclock|am|pm|in8|in15|half|quarter|noon|midnight|between|less|week|month|eve|morrow) "
)
"""Time was spoken of, and not understood: what was understood may not be all."""
_LEFT_AFTER = re.compile(r"(?:next|last|following|after|before|past|to|start|mid|end) ")
_ELSEWHERE = re.compile(r"\belsewhere ")
_BARE_DAY = re.compile(r"(?:le |du |au |on |the |for |of |celui )*[no]\d+ ")
"""« le 4 » may be a floor or a number as well."""
_CUT_NUMBER = re.compile(r"\band n1 m\d")
"""« … et un janvier »: the tens before it were not understood."""
_PAST_TENSE = re.compile(r"\b(?:etait|avais|avait|avions|was|had|were) ")
"""« C'était vendredi » may be the last one."""
_MOVE = re.compile(r"\bmove ")
_FROM_TO = re.compile(r"(?:du|de|after) (?:.*)(?:au|a|to|before|until) ")
_RATHER = re.compile(r"(?:que|than) (?:le |de |on )?$")
_GLUE = re.compile(
    r"(?:(?:le|la|les|l|du|de|d|pour|a|au|en|in|on|for|the|at|during|about|of|and|fix|not|but|vers|c|est|plutot|donc) )*$"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of signs that names days, hours or both. begin, end: its place in Lexemes.text."""

    begin: int
    end: int
    days: Days | None
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class Joined:
    """All that was said of day and hour. days, hours: None when nothing was said of them.

    vague: time was spoken of, and no day can be told. pieces: what was read, dropped pieces too.
    """

    days: Days | None
    hours: Hours | None
    sure: bool
    vague: bool
    pieces: tuple[Piece, ...]


def pieces_in(lexemes: Lexemes, language: Language, today: Today) -> tuple[Piece, ...]:
    """Days and hours in the order in which they were said; at each sign the longest reading."""
    found: list[Piece] = []
    at = 0
    for start in lexemes.starts:
        if start < at:
            continue
        best = max(_readings(lexemes.text, start, language, today), key=lambda piece: piece.end, default=None)
        if best:
            found.append(best)
            at = best.end
    return tuple(found)


def _readings(text: str, start: int, language: Language, today: Today) -> Iterator[Piece]:
    for rule in french_days() if language is Language.FRENCH else english_days():
        match = rule.pattern.match(text, start)
        if match:
            days = rule.read(today, Said(match.groupdict()))
            if days:
                yield Piece(start, match.end(), days, None)
    for rule in hour_rules(language):
        match = rule.pattern.match(text, start)
        if match:
            ahead, hours = rule.read(today, Said(match.groupdict()))
            if hours:
                yield Piece(start, match.end(), ahead, hours)


def join(lexemes: Lexemes, pieces: tuple[Piece, ...], today: Today) -> Joined:
    """What the sentence says of day and hour."""
    kept, touched = _undenied(lexemes.text, list(pieces))
    kept, corrected = _corrected(lexemes.text, kept)
    kept, chosen = _wanted(lexemes.text, kept, today)
    days, hours, vague = _together(lexemes.text, kept)
    sure = not (touched or corrected or chosen or lexemes.doubtful or _doubted(lexemes.text, pieces))
    sure = sure and (days is None or days.sure) and (hours is None or hours.sure)
    return Joined(days, hours, sure, vague, pieces)


def _gap_before(text: str, pieces: list[Piece], at: int) -> str:
    return text[pieces[at - 1].end if at else 0 : pieces[at].begin]


def _undenied(text: str, pieces: list[Piece]) -> tuple[list[Piece], bool]:
    """« pas lundi », « lundi je ne peux pas » taken out. Returns: the others, and whether any was."""
    denied: set[int] = set()
    for i in range(len(pieces)):
        gap = _gap_before(text, pieces, i)
        cannot = _cannot(gap) if i else _CANNOT.search(gap)
        # « plutôt vendredi que jeudi »
        rather = i and _RATHER.match(gap) and _FIX.search(text[: pieces[i - 1].begin])
        if _DENIED_BEFORE.search(gap) or rather or (cannot and not i and not _BUT.search(gap, cannot.end())):
            denied.add(i)
        elif cannot:
            denied |= _denied_with(text, pieces, i - 1)
    if pieces and _cannot(text[pieces[-1].end :]):
        denied |= _denied_with(text, pieces, len(pieces) - 1)
    return [piece for i, piece in enumerate(pieces) if i not in denied], bool(denied)


def _cannot(gap: str) -> re.Match[str] | None:
    """A denial after a day; what follows « parce que » is only why that day was named."""
    return _CANNOT.search(gap.partition("because ")[0])


def _denied_with(text: str, pieces: list[Piece], last: int) -> set[int]:
    """A denial after some words is of all that was said together: « lundi à neuf heures je ne peux pas »."""
    denied = {last}
    while last and _GLUE.match(_gap_before(text, pieces, last)) and not _FIX.search(_gap_before(text, pieces, last)):
        last -= 1
        denied.add(last)
    return denied


def _corrected(text: str, pieces: list[Piece]) -> tuple[list[Piece], bool]:
    """« jeudi, non, vendredi »: what was said before is replaced by what is said of the same kind after."""
    corrected = False
    for i in range(len(pieces) - 1, 0, -1):
        if not _FIX.search(text[pieces[i - 1].end : pieces[i].begin]):
            continue
        new = pieces[i:]
        if any(p.days for p in new) and _agree(pieces) and not any(p.hours for p in new):
            # « la semaine prochaine, plutôt mardi »
            continue
        drop_days, drop_hours = any(p.days for p in new), any(p.hours for p in new)
        corrected = any((drop_days and p.days) or (drop_hours and p.hours) for p in pieces[:i])
        old = [replace(p, days=None if drop_days else p.days, hours=None if drop_hours else p.hours) for p in pieces[:i]]
        pieces = [*(p for p in old if p.days or p.hours), *new]
        break
    return pieces, corrected


def _wanted(text: str, pieces: list[Piece], today: Today) -> tuple[list[Piece], bool]:
    """« décaler de jeudi à vendredi », « j'ai appelé hier, plutôt mardi »: the last, or the one to come. Never sure."""
    dated = [p for p in pieces if p.days and p.days.first]
    moving = _MOVE.search(text) is not None
    if moving and len(dated) == 1 and dated[0].days and _FROM_TO.match(text, dated[0].begin, dated[0].end):
        last = dated[0].days.last
        return [replace(p, days=Days(last, last, sure=False)) if p is dated[0] else p for p in pieces], True
    if len(dated) < 2 or _agree(dated):
        return pieces, False
    if moving:
        return [p for p in pieces if p.begin >= dated[-1].begin], True
    past = [p for p in dated if p.days and p.days.last and p.days.last < today.day]
    if past and len(past) < len(dated) and not today.past:
        return [p for p in pieces if p not in past], True
    return pieces, False


def _agree(pieces: list[Piece]) -> bool:
    said = [p.days for p in pieces if p.days]
    return not said or reduce(_same_day, said) is not IMPOSSIBLE


def _together(text: str, pieces: list[Piece]) -> tuple[Days | None, Hours | None, bool]:
    """Returns: days, hours, and whether they are too vague for a date."""
    all_days = [p.days for p in pieces if p.days]
    all_hours = [p.hours for p in pieces if p.hours]
    days = reduce(_same_day, all_days) if all_days else None
    hours = reduce(_same_hours, all_hours) if all_hours else None
    chosen = [text[a.end : b.begin] for a, b in pairwise(pieces)]
    bound = any(p.days and not p.hours and _BOUND.search(text[: p.begin]) for p in pieces)
    vague = (
        (days is not None and days.first is None)
        or (hours is not None and hours.first is None)
        or any(_OR.search(gap) for gap in chosen)
        or bound
        or not pieces
    )
    return days, hours, vague


def _same_day(a: Days, b: Days) -> Days:
    """One day said in two ways: « mardi » and « le 24 », « la semaine prochaine » and « mardi »."""
    if a.first is None or b.first is None or a.last is None or b.last is None:
        return IMPOSSIBLE
    if (a.first, a.last) == (b.first, b.last):
        return replace(a, sure=a.sure or b.sure)
    for loose, firm in ((a, b), (b, a)):
        if loose.weekday is None or firm.first is None or firm.last is None:
            continue
        if firm.single and firm.weekday is None:
            return firm if firm.first.weekday() == loose.weekday else IMPOSSIBLE
        if firm.weekday is None and (firm.last - firm.first).days <= 6:
            day = firm.first + timedelta(days=(loose.weekday - firm.first.weekday()) % 7)
            return Days(day, day, firm.sure) if day <= firm.last else IMPOSSIBLE
    for wide, narrow in ((a, b), (b, a)):
        if _inside(narrow, wide):
            return narrow
    return IMPOSSIBLE


def _inside(narrow: Days, wide: Days) -> bool:
    if narrow.first is None or narrow.last is None or wide.first is None or wide.last is None:
        return False
    return wide.first <= narrow.first and narrow.last <= wide.last


def _same_hours(a: Hours, b: Hours) -> Hours:
    """« le matin » and « vers neuf heures »; two hours side by side are one only when they are the same."""
    if a.first is None or b.first is None:
        return NO_SUCH_HOUR
    if (a.first, a.last) == (b.first, b.last):
        return a if a.sure else b
    for named, other in ((a, b), (b, a)):
        if named.part and not other.part:
            return in_part(other, named.part)
    for wide, narrow in ((a, b), (b, a)):
        # « dans l'après-midi, en fin d'après-midi », « en début d'après-midi, quatorze heures »
        if wide.first is None or narrow.first is None or wide.last is None:
            continue
        if wide.first <= narrow.first and (narrow.last or narrow.first) <= wide.last:
            return replace(narrow, sure=narrow.sure or (narrow.moves and wide.sure))
    return NO_SUCH_HOUR


def _doubted(text: str, pieces: tuple[Piece, ...]) -> bool:
    """Was something said of the day that is not understood, or that may be of something else than a day?"""
    if re.search(r"\bdoubt ", text):
        return True
    gaps = [text[a:b] for a, b in pairwise((0, *(place for p in pieces for place in (p.begin, p.end)), len(text)))][::2]
    if _CUT_NUMBER.search(text):
        return True
    if _PAST_TENSE.search(text) and any(p.days and p.days.weekday is not None for p in pieces):
        return True
    if _ELSEWHERE.search(text) and any(_BARE_DAY.fullmatch(text, p.begin, p.end) for p in pieces):
        return True
    return any(map(_LEFT.search, gaps)) or any(map(_LEFT_AFTER.match, gaps[1:]))


def glued_spans(lexemes: Lexemes, pieces: tuple[Piece, ...]) -> Iterator[tuple[int, int]]:
    """Tokens of the pieces, with the small words that only tie them together."""
    for i, piece in enumerate(pieces):
        begin = piece.begin
        if i and _GLUE.match(lexemes.text[pieces[i - 1].end : begin]):
            begin = pieces[i - 1].end
        first, last = lexemes.tokens(begin, piece.end)
        if first < last:
            yield first, last


def written(days: Days, hours: Hours | None) -> str:
    """ISO 8601: a day, a moment, or an interval of two of one kind."""
    first, last = days.first, days.last
    if first is None or last is None:
        return ""
    if hours is None or hours.first is None or first != last:
        return first.isoformat() if first == last else f"{first}/{last}"
    begins = _at(first, hours.first)
    return begins if hours.last is None else f"{begins}/{_at(first, hours.last)}"


def _at(day: date, minutes: int) -> str:
    return f"{day}T{minutes // 60:02d}:{minutes % 60:02d}"


def clock_is_plain(days: Days, hours: Hours | None, today: Today) -> bool:
    """Is there this hour on this day, once? Not when the clocks change."""
    if hours is None or hours.first is None or days.first is None:
        return True
    for minutes in (hours.first, hours.last):
        if minutes is None:
            continue
        local = datetime.combine(days.first, time(minutes // 60, minutes % 60), today.zone)
        if local.astimezone(UTC).astimezone(today.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            return False
        if local.utcoffset() != local.replace(fold=1).utcoffset():
            return False
    return True
