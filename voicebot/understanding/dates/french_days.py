"""How French people name a day: « mardi en huit », « le 24 », « dans quinze jours », « fin novembre », « Toussaint »."""

from __future__ import annotations

from functools import lru_cache

from voicebot.understanding.dates import patterns as p
from voicebot.understanding.dates.calendar import Days, Today, add_months, one
from voicebot.understanding.dates.patterns import DAY, MONTH, NOT_HOUR, NUMBER, WEEKDAY, YEAR, DayRule, Said, rule

_THE = r"(?:pour )?(?:le |du |au |ce |this |de |l |celui du )?"
_OF = r"(?:de |d |du month (?:de |d )|during )?"
_IN_YEAR = rf"(?:(?:de |en |during )?(?:l )?(?:year )?{YEAR})"
_FEW = {"huitaine": 7, "dizaine": 10, "quinzaine": 14}


def _idiom(number: int) -> int:
    """« huit jours » is a week, « quinze jours » two, counting today."""
    return {8: 7, 15: 14}.get(number, number)


def _ahead(today: Today, said: Said, sign: int = 1) -> Days:
    number, unit = said.number("n"), said("unit")
    if unit == "day":
        # « il y a huit jours » as well as « dans huit jours ».
        return one(today.after(sign * _idiom(number)), sure=_idiom(number) == number)
    if unit == "week":
        return one(today.after(sign * 7 * number))
    return one(add_months(today.day, sign * number * (12 if unit == "year" else 1)))


def _within(today: Today, said: Said) -> Days:
    last = _ahead(today, said)
    return Days(today.day, last.last, sure=False)


def _few(today: Today, said: Said) -> Days:
    return one(today.after(_FEW[said("few")]), sure=False)


def _few_ago(today: Today, said: Said) -> Days:
    return one(today.after(-_FEW[said("few")]), sure=False)


def _following(today: Today, said: Said) -> Days:
    return today.next_weekday(said.number("w")).unsure()


@lru_cache(maxsize=1)
def french_days() -> tuple[DayRule, ...]:
    """Rules in the order in which they are preferred among matches of one length."""
    return (*_dates(), *_relative(), *_weekdays(), *_spans(), *_between())


def _dates() -> tuple[DayRule, ...]:
    opened = rf"{_THE}(?:{WEEKDAY})?(?:next )?(?:le |du |au )?"
    return (
        rule(rf"{opened}{DAY}{_OF}{MONTH}{_IN_YEAR}", p.full_date),
        rule(rf"{opened}{DAY}{_OF}{MONTH}(?:next )?", p.full_date),
        rule(rf"{opened}n(?P<d>\d\d?) (?P<s>[/.-]) n(?P<m>\d\d?) (?P=s) {YEAR}", p.full_date),
        rule(rf"{opened}n(?P<d>\d\d?) / n(?P<m>\d\d?) (?!/ )", p.full_date),
        rule(r"n(?P<y>\d{4}) - n(?P<m>\d\d?) - n(?P<d>\d\d?) ", p.full_date),
        rule(rf"(?<!\d ){_THE}[no](?P<d>\d\d?) (?:du |de )?n(?P<m>\d\d?) {YEAR}(?!n\d)", p.spoken_numbers),
        rule(rf"(?:le |du |au |w(?P<w>\d) )n(?P<d>\d\d?) n(?P<m>0?[1-9]|1[0-2]) {NOT_HOUR}(?!n\d)", p.spoken_numbers),
        rule(rf"(?<!\d ){_THE}n(?P<all>\d{{8}}) ", p.glued_digits),
        rule(rf"{_THE}{WEEKDAY}(?:next )?(?:le )?{DAY}{NOT_HOUR}", p.day_of_month),
        rule(rf"(?:le |du |au |celui du ){DAY}{NOT_HOUR}", p.day_of_month),
        rule(rf"{opened}{DAY}(?:de this month|du month courant|during)(?: ci)? ", p.day_of_near_month(0)),
        rule(rf"{opened}{DAY}du month next ", p.day_of_near_month(1)),
        rule(rf"{opened}{DAY}du month last ", p.day_of_near_month(-1)),
        rule(rf"{_THE}(?:{WEEKDAY})?(?:le |la |l |de )*(?P<f>f\d{{4}}|e-?\d+) (?:next |n(?P<y>\d{{4}}) )?", p.feast),
        rule(rf"(?:le |la )?(?P<move>eve|morrow) (?:le |la |l |de |du )*{DAY}{_OF}{MONTH}(?:{YEAR})?", p.beside_date),
        rule(r"(?:le |la )?(?P<move>eve|morrow) (?:le |la |l |de |du )*(?P<f>f\d{4}|e-?\d+) (?:n(?P<y>\d{4}) )?", p.feast),
    )


def _relative() -> tuple[DayRule, ...]:
    unit = r"(?P<unit>day|week|month|year) "
    few = r"(?:n1 |la |l )?(?P<few>huitaine|dizaine|quinzaine) (?:de day )?"
    return (
        rule(r"(?:d |de |pour |a )?d(?P<n>-?\d) ", p.relative_day),
        rule(r"(?:d |de )?d(?P<n>\d) in8 ", lambda today, said: one(today.after(said.number("n") + 7))),
        rule(r"(?:d |de )?d(?P<n>\d) in15 ", lambda today, said: one(today.after(said.number("n") + 14))),
        rule(rf"in {NUMBER}{unit}", _ahead),
        rule(rf"ago {NUMBER}{unit}", lambda today, said: _ahead(today, said, -1)),
        rule(rf"(?:by|within) {NUMBER}{unit}", _within),
        rule(rf"in {few}", _few),
        rule(rf"ago {few}", _few_ago),
    )


def _weekdays() -> tuple[DayRule, ...]:
    named = rf"{_THE}{WEEKDAY}"
    of_week = r"(?:de |dans |in |during )?(?:la )?week"
    of_month = rf"(?:de |du |d )(?:month (?:de |d ))?(?:{MONTH}(?:{YEAR})?|month (?P<next>next )?)"
    return (
        rule(WEEKDAY, p.weekday),
        rule(rf"(?:pour |de |a ){WEEKDAY}", p.weekday),
        rule(rf"(?:pour )?(?:le |du |au ){WEEKDAY}", p.maybe_weekday),
        rule(rf"(?:du |celui de ){WEEKDAY}", p.weekday),
        rule(rf"(?:les |des |n1 |aux ){WEEKDAY}(?!next |last |\w+ week )", p.impossible),
        rule(r"(?:le |les |tous les )?W(?P<w>[0-6]) ", p.impossible),
        rule(rf"(?:pour |de )?this {WEEKDAY}(?:ci )?", lambda today, said: today.this_weekday(said.number("w"))),
        rule(rf"{named}(?:ci )?next ", lambda today, said: today.next_weekday(said.number("w"))),
        rule(rf"{named}following ", _following),
        rule(rf"{named}last ", lambda today, said: today.last_weekday(said.number("w"))),
        rule(rf"{named}(?:next )?(?:in8 |in n8 day )", p.weekday_and(7)),
        rule(rf"{named}(?:next )?(?:in15 |in n15 day )", p.weekday_and(14)),
        rule(rf"{named}{of_week} next ", p.weekday_of_week(1)),
        rule(rf"{named}{of_week} last ", p.weekday_of_week(-1)),
        rule(rf"{named}(?:de )?this week (?:ci )?", p.weekday_of_week(0)),
        rule(rf"{named}in n2 week ", p.weekday_of_week(2)),
        rule(rf"{_THE}[no](?P<k>[1-4]) {WEEKDAY}{of_month}", p.nth_weekday),
        rule(rf"{_THE}last {WEEKDAY}{of_month}", p.nth_weekday),
    )


def _spans() -> tuple[DayRule, ...]:
    part = r"(?P<part>start|mid|end) "
    of_month = rf"(?:de |d |du |month |le )*{MONTH}"
    of_week = r"(?:de |du |d )?(?:la )?week"
    during = r"(?:during |in |pour |sur |about )?(?:la |le |l |de |du )*"
    return (
        rule(rf"{during}week next ", p.week(1)),
        rule(rf"{during}week following ", p.week(1, sure=False)),
        rule(rf"{during}week last ", p.week(-1)),
        rule(r"(?:during |in |pour |sur |about |de )*this week (?:ci )?", p.week(0)),
        rule(r"(?:during|in) (?:la )?week ", p.week(0, sure=False)),
        rule(r"(?:during |in |la |de )*week (?:du|de) (?:w\d )?" + DAY + NOT_HOUR, p.week_of),
        rule(rf"(?:during |in |la |de )*week (?:du|de) (?:w\d )?{DAY}{_OF}{MONTH}(?:{YEAR})?", p.week_of),
        rule(rf"{part}{of_week} next ", p.part_of_week(1)),
        rule(rf"{part}(?:de )?this week ", p.part_of_week(0)),
        rule(rf"{part}{of_week} ", p.part_of_week(None)),
        rule(r"(?:during |in |pour |de )*this we ", p.weekend(0)),
        rule(r"(?:during |in |pour |de )*(?:le |du |au )we ", p.weekend(0, sure=False)),
        rule(r"(?:during |in |pour |de )*(?:le |du |au )?we next ", p.next_weekend),
        rule(r"(?:during |in |pour |de )*(?:le |du |au )?we last ", p.weekend(-1)),
        rule(rf"(?:le |du )?we du (?:w\d )?{DAY}(?:{_OF}{MONTH}(?:{YEAR})?)?{NOT_HOUR}", p.weekend_of),
        rule(rf"(?:during |in |pour |au |courant )(?:le |du |month |de |d )*{MONTH}(?:{YEAR})?", p.month),
        rule(rf"(?:le )?month (?:de |d ){MONTH}(?:{YEAR})?", p.month),
        rule(rf"{MONTH}(?:{YEAR})?", p.bare_month),
        rule(rf"{part}{of_month}(?:{YEAR})?", p.month),
        rule(r"(?:during )?(?:le |au |du )?month next ", p.near_month(1)),
        rule(r"(?:during )?(?:le |au |du )?month last ", p.near_month(-1)),
        rule(r"(?:during )?this month (?:ci )?", p.near_month(0)),
        rule(rf"{part}(?:du |de )?month next ", p.near_month(1)),
        rule(rf"{part}(?:du |de )?(?:this )?month (?:ci )?", p.near_month(0)),
    )


def _between() -> tuple[DayRule, ...]:
    first = r"(?:w(?P<w1>\d) )?(?:le )?[no](?P<d1>\d\d?) (?:m(?P<m1>\d\d?) (?:n(?P<y1>\d{4}) )?)?"
    dated = rf"(?:{WEEKDAY})?(?:le )?{DAY}{_OF}{MONTH}(?:{YEAR})?"
    return (
        rule(rf"(?:du |de |between (?:le )?){first}(?:au |a |and (?:le )?|before ){dated}{NOT_HOUR}", p.dates_between),
        rule(rf"(?:du |between le ){first}(?:au |and le ){DAY}{NOT_HOUR}", p.dates_between),
        rule(
            rf"(?:du |de |between (?:le )?)w(?P<w1>\d) (?P<next>next )?(?:au |a |and (?:le )?|before ){WEEKDAY}",
            p.weekdays_between,
        ),
    )
