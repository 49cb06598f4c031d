"""Hours and parts of the day: « neuf heures moins le quart », « entre 14 et 16 h », "half past two", « fin de matinée »."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

from voicebot.domain.language import Language
from voicebot.understanding.dates.calendar import Days, Today, one
from voicebot.understanding.dates.patterns import NUMBER, Said

MORNING, AFTERNOON, EVENING, NIGHT = "pam", "ppm", "pev", "pnight"
_HALF_DAY = 12 * 60
_LAST_MINUTE = 24 * 60 - 1
_DAY_BEGINS, _DAY_ENDS, _EVENING_ENDS = 8 * 60, 18 * 60, 21 * 60

PARTS = {
    MORNING: (8 * 60, 12 * 60),
    AFTERNOON: (14 * 60, 18 * 60),
    EVENING: (18 * 60, 21 * 60),
    NIGHT: (21 * 60, _LAST_MINUTE),
}
_HOLDS = {MORNING: (0, 12 * 60), AFTERNOON: (12 * 60, 19 * 60), EVENING: (16 * 60, _LAST_MINUTE), NIGHT: (0, _LAST_MINUTE)}
"""Minutes of the day that people still call by this part."""

_START_MID_END = {
    (MORNING, "start"): (480, 600), (MORNING, "mid"): (570, 660), (MORNING, "end"): (660, 720),
    (AFTERNOON, "start"): (840, 960), (AFTERNOON, "mid"): (900, 990), (AFTERNOON, "end"): (960, 1080),
    (EVENING, "start"): (1080, 1170), (EVENING, "mid"): (1140, 1200), (EVENING, "end"): (1200, 1260),
    ("pday", "start"): (480, 600), ("pday", "mid"): (660, 840), ("pday", "end"): (960, 1080),
    ("day", "start"): (480, 600), ("day", "mid"): (660, 840), ("day", "end"): (960, 1080),
}  # fmt: skip
_HOUR_GROUPS = ("h", "b", "ha", "hl", "hn", "ho")
"""Names of the groups that hold an hour, by the wording that it stands in."""
_SETTLED = frozenset({(MORNING, "end"), (AFTERNOON, "end")})


@dataclass(frozen=True, slots=True)
class Hours:
    """first, last: minutes after midnight; last None for a moment. Both None: an hour was named that cannot be.

    moves: an hour of twelve, that a part of the day may shift by twelve. part: it is a part of the day, named by its word.
    """

    first: int | None
    last: int | None = None
    sure: bool = True
    moves: bool = False
    part: str = ""


NO_SUCH_HOUR = Hours(None, sure=False)


HourReader = Callable[[Today, Said], tuple[Days | None, Hours | None]]


@dataclass(frozen=True, slots=True)
class HourRule:
    pattern: re.Pattern[str]
    read: HourReader


def clock(said: Said, place: str = "", part: str = "") -> Hours | None:
    """The hour whose groups end in `place`; part: a part of the day said elsewhere."""
    hour, minutes, part = _hour(said, place), _minutes(said, place), said(f"q{place}") or part
    if hour is None:
        return None
    if hour > 24 or minutes is None or (hour == 24 and minutes):
        return NO_SUCH_HOUR
    at = (hour * 60 + minutes) % (24 * 60)
    if said(f"z{place}"):
        # « demain à minuit » may be either end of the day.
        return Hours(at, sure=said(f"z{place}") == "noon")
    fixed = any(said(f"{name}{place}").startswith("0") for name in _HOUR_GROUPS) or hour > 12
    if part == "am" and hour == 12:
        return Hours(minutes % 60, sure=False)
    if part:
        return in_part(Hours(at, moves=not fixed), {"am": MORNING, "pm": ""}.get(part, part))
    if fixed:
        return Hours(at)
    if hour <= 6:
        return Hours(at + _HALF_DAY, sure=False, moves=True)
    return Hours(at, moves=True)


def _hour(said: Said, place: str) -> int | None:
    if said(f"z{place}"):
        return 12 if said(f"z{place}") == "noon" else 0
    return next((int(said(f"{name}{place}")) for name in _HOUR_GROUPS if said(f"{name}{place}")), None)


def _minutes(said: Said, place: str) -> int | None:
    """Minutes after the hour, less than zero for « moins le quart »; None when there are no such minutes."""
    words = {"quarter": 15, "half": 30, "n3 quarter": 45, "n1 quarter": 15}
    less, more = said(f"l{place}"), said(f"i{place}") or said(f"in{place}") or ("half" if said(f"ha{place}") else "")
    text = less or more
    minutes = words.get(text) if text in words else int(text.lstrip("n")) if text else 0
    if minutes is None or minutes > 59:
        return None
    return -minutes if less else minutes


def in_part(hours: Hours, part: str) -> Hours:
    """The hour as it must be in this part of the day ("" for "pm"); NO_SUCH_HOUR when it cannot be there."""
    if hours.first is None:
        return hours
    earliest, latest = _HOLDS.get(part, (_HALF_DAY, _LAST_MINUTE))
    for shift in (0, _HALF_DAY, -_HALF_DAY) if hours.moves else (0,):
        first = hours.first + shift
        last = None if hours.last is None else hours.last + shift
        if part == NIGHT and 6 * 60 < first < 20 * 60:
            continue
        if earliest <= first and max(first, last or 0) <= latest:
            return replace(hours, first=first, last=last, sure=hours.sure or hours.moves, moves=False)
    twelve = hours.first == _HALF_DAY and hours.moves and part == MORNING
    return Hours(0) if twelve else NO_SUCH_HOUR


def _moment(_today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    return None, clock(said)


def _bare_moment(_today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    """A bare number: « vers dix », "at ten"."""
    return None, clock(said)


def _from_to(_today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    """« entre 14 et 16 h »; "between two and four in the afternoon"."""
    first, last = clock(said, "1", said("q2")), clock(said, "2")
    if first is not None and first.first is None and not said("q1"):
        first = clock(said, "1")
    if first is None or last is None or first.first is None or last.first is None:
        return None, NO_SUCH_HOUR
    begins, ends = first.first, last.first
    if begins >= ends and first.moves and begins - _HALF_DAY < ends and begins >= _HALF_DAY:
        begins -= _HALF_DAY
    if begins >= ends and last.moves and ends + _HALF_DAY > begins and ends < _HALF_DAY:
        ends += _HALF_DAY
    if begins >= ends:
        return None, NO_SUCH_HOUR
    return None, Hours(begins, ends, first.sure and last.sure, first.moves and last.moves)


def _either(today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    """« vers neuf dix heures »."""
    _, found = _from_to(today, said)
    return None, replace(found, sure=False) if found else None


def _after(_today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    """« à partir de 16 h »: until the end of the working day."""
    found = clock(said)
    if found is None or found.first is None:
        return None, found
    end = next((e for e in (_DAY_ENDS, _EVENING_ENDS, _LAST_MINUTE) if found.first < e), _LAST_MINUTE)
    if said("q") == MORNING:
        end = 12 * 60
    return None, replace(found, last=end, moves=False)


def _before(_today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    found = clock(said)
    if found is None or found.first is None or found.first <= _DAY_BEGINS:
        return None, NO_SUCH_HOUR
    begins = 14 * 60 if said("q") == AFTERNOON and found.first > 14 * 60 else _DAY_BEGINS
    return None, replace(found, first=begins, last=found.first, moves=False)


def _part(_today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    part = said("p")
    if part == "plunch":
        return None, Hours(12 * 60, 14 * 60, sure=False)
    if part == "pfirst":
        return None, Hours(8 * 60, 9 * 60, sure=False)
    return None, Hours(*PARTS[part], part=part)


def _part_of_part(_today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    key = (said("p"), said("part"))
    found = _START_MID_END.get(key)
    return None, Hours(*found, sure=key in _SETTLED) if found else NO_SUCH_HOUR


def _ahead(today: Today, said: Said) -> tuple[Days | None, Hours | None]:
    """« dans une heure et demie »."""
    minutes = (said.number("n", 1) * (60 if said("unit") == "h" else 1) if said("unit") else 0) + {
        "half": 30,
        "quarter": 15,
    }.get(said("more"), 0)
    minutes += {"half": 30, "quarter": 15, "n3 quarter": 45}.get(said("some"), 0)
    then = today.now + timedelta(minutes=minutes)
    return one(then.date(), sure=minutes < 24 * 60), Hours(then.hour * 60 + then.minute)


@lru_cache(maxsize=4)
def hour_rules(language: Language) -> tuple[HourRule, ...]:
    return _rules(_FRENCH if language is Language.FRENCH else _ENGLISH)


@dataclass(frozen=True, slots=True)
class _Wordings:
    """How a language puts hours into words, as patterns over signs.

    clock: one hour; "%" stands for the place of its groups. short: a bare number that is one. at: may stand before an
    hour; must: one of these must stand before a bare number. of: inside « fin de matinée ». lead: before a part of the day.
    sure_from: minute of the day from which an hour is one of the morning without saying so.
    """

    clock: str
    short: str
    at: str
    must: str
    about: str
    after: str
    before: str
    open_range: str
    to: str
    of: str
    lead: str
    ahead: tuple[str, ...]
    sure_from: int


def _rules(words: _Wordings) -> tuple[HourRule, ...]:
    hour, short = words.clock.replace("%", ""), words.short.replace("%", "")
    first, last = words.clock.replace("%", "1"), words.clock.replace("%", "2")
    bare_first, bare_last = words.short.replace("%", "1"), words.short.replace("%", "2")
    part = rf"(?P<p>{'|'.join((*PARTS, 'plunch', 'pfirst'))}) "
    within = rf"(?P<part>start|mid|end) {words.of}(?P<p>pam|ppm|pev|pday|day) "
    several = rf"{words.open_range}(?:{first}|{bare_first}){words.to}(?:{last}|{bare_last})"
    patterns: list[tuple[str, HourReader]] = [
        (rf"{_NO_DURATION}{words.at}{hour}", _moment),
        (rf"{words.must}{short}", _bare_moment),
        (several, _from_to),
        (rf"{words.about}{first}{words.to}{last}", _from_to),
        (rf"{bare_first}- {last}", _from_to),
        (rf"{words.about}{bare_first}(?:or )?{last}", _either),
        (rf"{words.after}{hour}", _after),
        (rf"{words.after}{short}", _after),
        (rf"{words.before}{hour}", _before),
        (rf"{words.before}{short}", _before),
        (rf"{words.lead}{part}", _part),
        (rf"{words.lead}{within}", _part_of_part),
        *((pattern, _ahead) for pattern in words.ahead),
    ]
    return tuple(HourRule(re.compile(pattern), _told(read, words.sure_from)) for pattern, read in patterns)


def _told(read: HourReader, sure_from: int) -> HourReader:
    """The same reading, unsure when the hour may be one of the morning or of the evening."""

    def told(today: Today, said: Said) -> tuple[Days | None, Hours | None]:
        days, hours = read(today, said)
        early = hours is not None and hours.moves and hours.first is not None and hours.first < sure_from
        return days, replace(hours, sure=False) if hours and early else hours

    return told


_NO_DURATION = r"(?<!in )(?<!ago )(?<!pendant )(?<!durant )(?<!depuis )(?<!within )(?<!by )(?<!toutes les )(?<!every )"
_FRENCH = _Wordings(
    clock=r"(?:n(?P<h%>\d\d?) (?:h |: )|(?P<z%>noon|midnight) )"
    r"(?:(?:and )?(?P<i%>n3 quarter|n1 quarter|quarter|half|n\d\d?(?! (?:h|:|-) )) (?:min )?"
    r"|less (?:le |n1 )?(?P<l%>quarter|n\d\d?) )?"
    r"(?:sharp )*(?:(?:du |de |le )?(?P<q%>pam|ppm|pev|pnight) )?",
    short=r"n(?P<b%>\d\d?) (?!h |: |day |week |month |year |min |n\d|m\d|half |quarter )",
    at=r"(?:a |about |pour |sharp |les |de |vers )*",
    must=r"(?:a |about )+",
    about=r"(?:a |about |les )*",
    after=r"(?:a )?(?:after |des )(?:a |about |les )*",
    before=r"(?:a )?before (?:a |les )*",
    open_range=r"(?:between |de |d |after )(?:les )?",
    to=r"(?:and |a |before |- )(?:les )?",
    of=r"(?:de |d |du |la |l )*",
    lead=r"(?:vers |plutot |tot |about |en |in |during |de |le |a |sur |au |du )*",
    ahead=(
        rf"in {NUMBER}(?P<unit>h|min) (?:and (?P<more>half|quarter) )?",
        r"in n1 (?P<some>half) h ",
        r"in (?:n1 )?(?P<some>n3 quarter|quarter) d h ",
    ),
    sure_from=8 * 60,
)
_ENGLISH = _Wordings(
    clock=r"(?:(?P<i%>half|quarter|n(?:5|10|20|25)(?= )|n\d\d?(?= min)) (?:min )?(?:past|after) n(?P<h%>\d\d?) "
    r"|half n(?P<ha%>\d\d?) "
    r"|(?P<l%>quarter|n(?:5|10|20|25)(?= )|n\d\d?(?= min)) (?:min )?(?:to|before) n(?P<hl%>\d\d?) "
    r"|n(?P<hn%>\d\d?) (?:[:.] )?(?P<in%>n0\d|n[1-5]\d) (?:oclock )?"
    r"|n(?P<ho%>\d\d?) (?=oclock |am |pm |pam |ppm |pev |pnight |sharp )(?:oclock )?"
    r"|(?P<z%>noon|midnight) )(?:sharp )*(?:(?:in the |at )?(?P<q%>am|pm|pam|ppm|pev|pnight) )?",
    short=r"n(?P<b%>\d\d?) (?!h |: |day |week |month |year |min |n\d|m\d|of |oclock |am |pm )",
    at=r"(?:at |about |for |sharp |by )*",
    must=r"(?:at |about |by )+",
    about=r"(?:at |about |by )*",
    after=r"(?:any time |anytime )?(?:after |past )(?:about )*",
    before=r"(?:before |until )(?:about )*",
    open_range=r"(?:between |after )(?:about )?",
    to=r"(?:and |to |before |until |- )(?:about )?",
    of=r"(?:of |the |in )*",
    lead=r"(?:in the |during the |in |at |on the )*",
    ahead=(
        rf"in {NUMBER}(?P<unit>h|min) (?:time )?",
        r"in (?:a |an )(?P<unit>h)(?P<n>) (?:s time )?",
        r"in (?P<some>half) (?:a |an )h ",
        r"in (?P<some>quarter) of an h ",
    ),
    sure_from=8 * 60 + 30,
)
