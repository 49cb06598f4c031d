"""How English speakers name a day: "Friday week", "the twelfth of May", "in a fortnight", "early December"."""

from __future__ import annotations

from functools import lru_cache

from voicebot.understanding.dates import patterns as p
from voicebot.understanding.dates.calendar import Days, Today, add_months, one
from voicebot.understanding.dates.patterns import DAY, MONTH, NOT_HOUR, WEEKDAY, DayRule, Said, rule

_ON = r"(?:on |for |from |the |of )*"
_YEAR = r"(?:of |in )?(?P<y>n\d{4} |n(?:19|20) n\d\d |n\d\d )(?!h |: |min |oclock |am |pm )"
_COUNT = r"(?:n(?P<n>\d{1,3})|(?P<one>a|an|the)|(?P<two>a couple of|couple of)) "
_UNIT = r"(?P<unit>day|week|month|year|fortnight) "


def _year(said: Said) -> Said:
    """ "nineteen seventy-eight" is two numbers: one year of them."""
    digits = "".join(part.lstrip("n") for part in said("y").split())
    return Said({**said.groups, "y": digits or None})


def _date(today: Today, said: Said) -> Days | None:
    return p.full_date(today, _year(said))


def _day_first(today: Today, said: Said) -> Days | None:
    """ "05/12" is the fifth of December in Britain and the twelfth of May in America: read day first, never surely."""
    found = _date(today, said)
    plain = said.number("d") > 12 or said("d") == said("m")
    return found if found is None or plain else found.unsure()


def _numbers(today: Today, said: Said) -> Days | None:
    found = _day_first(today, said)
    return found if found is None or said("y") else found.unsure()


def _month(today: Today, said: Said) -> Days | None:
    return p.month(today, _year(said))


def _bare_month(today: Today, said: Said) -> Days | None:
    return p.bare_month(today, _year(said))


def _number(said: Said) -> int:
    return 2 if said("two") else said.number("n", 1)


def _days(said: Said) -> int | None:
    return {"day": 1, "week": 7, "fortnight": 14}.get(said("unit"))


def _moved(today: Today, said: Said, sign: int) -> Days:
    days, number = _days(said), sign * _number(said)
    sure = not said("two")
    if days:
        return one(today.after(number * days), sure=sure)
    return one(add_months(today.day, number * (12 if said("unit") == "year" else 1)), sure=sure)


def _ahead(today: Today, said: Said) -> Days:
    return _moved(today, said, 1)


def _ago(today: Today, said: Said) -> Days:
    return _moved(today, said, -1)


def _from_day(today: Today, said: Said) -> Days:
    """ "a week tomorrow", "a fortnight today"."""
    return one(today.after(_number(said) * (_days(said) or 0) + said.number("from")))


def _from_weekday(today: Today, said: Said) -> Days:
    """ "a week on Friday": the coming Friday and a week."""
    return today.weekday_and(said.number("w"), _number(said) * (_days(said) or 0))


@lru_cache(maxsize=1)
def english_days() -> tuple[DayRule, ...]:
    """Rules in the order in which they are preferred among matches of one length."""
    return (*_dates(), *_relative(), *_weekdays(), *_spans(), *_between())


def _dates() -> tuple[DayRule, ...]:
    named = rf"{_ON}(?:this |next )?(?:{WEEKDAY})?(?:the )?"
    return (
        rule(rf"{named}{DAY}(?:day )?(?:of )?{MONTH}{_YEAR}", _date),
        rule(rf"{named}{DAY}(?:day )?(?:of )?(?:next |this )?{MONTH}(?:next )?", _date),
        rule(rf"{named}{MONTH}(?:the )?{DAY}{_YEAR}", _date),
        rule(rf"{named}{MONTH}(?:the )?{DAY}{NOT_HOUR}", _date),
        rule(rf"{named}n(?P<d>\d\d?) (?P<s>[/.-]) n(?P<m>\d\d?) (?P=s) {_YEAR}", _day_first),
        rule(rf"{named}n(?P<d>\d\d?) / n(?P<m>\d\d?) (?!/ )", _day_first),
        rule(r"n(?P<y>\d{4}) - n(?P<m>\d\d?) - n(?P<d>\d\d?) ", _date),
        rule(rf"(?<!\d ){_ON}[no](?P<d>\d\d?) (?:of the )?[no](?P<m>\d\d?) {_YEAR}(?!n\d)", _numbers),
        rule(rf"(?<!\d ){_ON}n(?P<all>\d{{8}}) ", p.glued_digits),
        rule(rf"{_ON}(?:this )?{WEEKDAY}(?:the )?o(?P<d>\d\d?) {NOT_HOUR}", p.day_of_month),
        rule(rf"(?:on |for |of )*the {DAY}{NOT_HOUR}", p.day_of_month),
        rule(rf"(?:on |for |of )+o(?P<d>\d\d?) {NOT_HOUR}", p.day_of_month),
        rule(rf"o(?P<d>[4-9]|\d\d) {NOT_HOUR}", p.day_of_month),
        rule(rf"(?:on |for )*(?:the )?{DAY}of this month ", p.day_of_near_month(0)),
        rule(rf"(?:on |for )*(?:the )?{DAY}of next month ", p.day_of_near_month(1)),
        rule(rf"(?:on |for )*(?:the )?{DAY}of last month ", p.day_of_near_month(-1)),
        rule(rf"{_ON}(?:{WEEKDAY})?(?:the )?(?P<f>f\d{{4}}|e-?\d+) (?:day )?(?:n(?P<y>\d{{4}}) )?", p.feast),
        rule(rf"(?P<move>eve|morrow) (?:the )?{DAY}(?:of )?{MONTH}(?:n(?P<y>\d{{4}}) )?", p.beside_date),
        rule(r"(?P<move>eve|morrow) (?P<f>f\d{4}|e-?\d+) (?:day )?(?:n(?P<y>\d{4}) )?", p.feast),
    )


def _relative() -> tuple[DayRule, ...]:
    time_ = r"(?:s )?(?:time )?"
    return (
        rule(r"(?:for |on |of |s )?d(?P<n>-?\d) ", p.relative_day),
        rule(r"(?:for |on )?d(?P<n>\d) week ", lambda today, said: one(today.after(said.number("n") + 7))),
        rule(rf"in {_COUNT}{_UNIT}{time_}", _ahead),
        rule(rf"{_COUNT}{_UNIT}(?:after now |to now |time |s time )", _ahead),
        rule(rf"{_COUNT}{_UNIT}ago ", _ago),
        rule(rf"{_COUNT}(?P<unit>week|fortnight) (?:on |after |to )?d(?P<from>\d) ", _from_day),
        rule(rf"{_COUNT}(?P<unit>week|fortnight) (?:on |after |to |this |next )*{WEEKDAY}", _from_weekday),
    )


def _weekdays() -> tuple[DayRule, ...]:
    on = r"(?:on |for |of |the )*"
    return (
        rule(rf"{on}{WEEKDAY}", p.weekday),
        rule(rf"(?:a |n1 |every |each |most |other )+{WEEKDAY}(?!week )", p.impossible),
        rule(r"(?:on )?W(?P<w>[0-6]) ", p.impossible),
        rule(rf"{on}this (?:next )?{WEEKDAY}", lambda today, said: today.this_weekday(said.number("w"))),
        rule(rf"{on}next {WEEKDAY}", lambda today, said: today.next_weekday(said.number("w"))),
        rule(rf"{on}(?:last|past) {WEEKDAY}", lambda today, said: today.last_weekday(said.number("w"))),
        rule(rf"{on}{WEEKDAY}week ", p.weekday_and(7)),
        rule(rf"{on}{WEEKDAY}fortnight ", p.weekday_and(14)),
        rule(rf"{on}{WEEKDAY}(?:after next |past next )", p.weekday_and(7)),
        rule(rf"{on}{WEEKDAY}(?:of |in )?next week ", p.weekday_of_week(1)),
        rule(rf"next week (?:on |the )?{WEEKDAY}", p.weekday_of_week(1)),
        rule(rf"{on}{WEEKDAY}(?:of |in )?this week ", p.weekday_of_week(0)),
        rule(rf"{on}{WEEKDAY}(?:of |in )?last week ", p.weekday_of_week(-1)),
        rule(rf"{on}{WEEKDAY}the week after next ", p.weekday_of_week(2)),
        rule(rf"{on}{WEEKDAY}(?:the week after|in n2 week|n2 week after now) ", p.weekday_of_week(2)),
        rule(
            rf"{on}[no](?P<k>[1-4]) {WEEKDAY}(?:of |in )(?:{MONTH}(?:{_YEAR})?|(?:the |this |(?P<next>next ))month )",
            lambda today, said: p.nth_weekday(today, _year(said)),
        ),
        rule(
            rf"{on}last {WEEKDAY}(?:of |in )(?:{MONTH}(?:{_YEAR})?|(?:the |this |(?P<next>next ))month )",
            lambda today, said: p.nth_weekday(today, _year(said)),
        ),
    )


def _spans() -> tuple[DayRule, ...]:
    part = r"(?:the |at |on )*(?P<part>start|mid|end) "
    some_time = r"(?:sometime |some time |in |during |for |over |at |on )*(?:the )?"
    of_date = (
        rf"(?:of |commencing |beginning |starting )(?:{WEEKDAY})?(?:the )?{DAY}(?:(?:of )?{MONTH}(?:n(?P<y>\d{{4}}) )?)?"
    )
    of_month = rf"(?:of |commencing |beginning |starting ){MONTH}(?:the )?{DAY}"
    return (
        rule(rf"{some_time}next week ", p.week(1)),
        rule(rf"{some_time}this week ", p.week(0)),
        rule(rf"{some_time}last week ", p.week(-1)),
        rule(rf"{some_time}week after next ", p.week(2)),
        rule(rf"{some_time}week {of_date}{NOT_HOUR}", p.week_of),
        rule(rf"{some_time}week {of_month}{NOT_HOUR}", p.week_of),
        rule(rf"{part}(?:of )?next week ", p.part_of_week(1)),
        rule(rf"{part}(?:of )?this week ", p.part_of_week(0)),
        rule(rf"{part}(?:of )?(?:the )?week ", p.part_of_week(None)),
        rule(rf"{some_time}this we ", p.weekend(0)),
        rule(r"(?:at |on |over |during )*the we ", p.weekend(0, sure=False)),
        rule(rf"{some_time}next we ", p.next_weekend),
        rule(rf"{some_time}last we ", p.weekend(-1)),
        rule(rf"{some_time}we {of_date}{NOT_HOUR}", p.weekend_of),
        rule(rf"(?:sometime |some time )?(?:in|during|for) (?:the month of )?{MONTH}(?:{_YEAR})?", _month),
        rule(rf"(?:next )?{MONTH}{_YEAR}", _month),
        rule(rf"next {MONTH}", _bare_month),
        rule(rf"{part}(?:in |of |the )*{MONTH}(?:{_YEAR})?", _month),
        rule(rf"{some_time}next month ", p.near_month(1)),
        rule(rf"{some_time}this month ", p.near_month(0)),
        rule(rf"{some_time}last month ", p.near_month(-1)),
        rule(rf"{part}(?:of )?next month ", p.near_month(1)),
        rule(rf"{part}(?:of )?(?:the |this )month ", p.near_month(0)),
    )


def _between() -> tuple[DayRule, ...]:
    first = r"(?:w(?P<w1>\d) )?(?:the )?[no](?P<d1>\d\d?) (?:of )?(?:m(?P<m1>\d\d?) (?:n(?P<y1>\d{4}) )?)?"
    dated = rf"(?:{WEEKDAY})?(?:the )?{DAY}(?:of )?{MONTH}(?:n(?P<y>\d{{4}}) )?"
    to = r"(?:to |and |until |before |through )"
    return (
        rule(rf"(?:after |between )(?:the )?{first}{to}{dated}{NOT_HOUR}", p.dates_between),
        rule(rf"(?:after |between ){first}{to}(?:{WEEKDAY})?(?:the )?o(?P<d>\d\d?) {NOT_HOUR}", p.dates_between),
        rule(rf"(?:after |between )w(?P<w1>\d) {to}{WEEKDAY}", p.weekdays_between),
    )
