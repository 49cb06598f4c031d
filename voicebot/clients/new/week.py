"""A week of opening hours as people type it: "mon-fri 09:00-12:00 14:00-18:00; sat 09:00-12:00", French days too."""

from __future__ import annotations

import re

from voicebot.domain.hours import WEEKDAYS

_DAYS = {
    name: place
    for names in ("mon tue wed thu fri sat sun", "lun mar mer jeu ven sam dim", " ".join(WEEKDAYS))
    for place, name in enumerate(names.split())
} | {name: place for place, name in enumerate(["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"])}
_GROUP = re.compile(r"^(?P<first>[a-z]+)(?:\s*-\s*(?P<last>[a-z]+))?:?\s+(?P<slots>.+)$")
_SLOT = re.compile(r"(\d{1,2})[:h](\d{2})?\s*-\s*(\d{1,2})[:h](\d{2})?")
_CLOSED = ("closed", "fermé", "ferme")


def week_of(text: str) -> dict[str, tuple[str, ...]]:
    """Slots of all seven days; days that are not named are closed. Raises: ValueError telling how to write it."""
    week: dict[str, tuple[str, ...]] = dict.fromkeys(WEEKDAYS, ())
    for group in filter(None, (part.strip().lower() for part in text.split(";"))):
        found = _GROUP.match(group)
        if found is None:
            raise _misread(group)
        for day in _days(found["first"], found["last"], group):
            week[day] = _slots(found["slots"], group)
    return week


def _days(first: str, last: str | None, group: str) -> tuple[str, ...]:
    if first not in _DAYS or (last or first) not in _DAYS or _DAYS[last or first] < _DAYS[first]:
        raise _misread(group)
    return WEEKDAYS[_DAYS[first] : _DAYS[last or first] + 1]


def _slots(text: str, group: str) -> tuple[str, ...]:
    if text.strip() in _CLOSED:
        return ()
    slots = [f"{int(a):02d}:{b or '00'}-{int(c):02d}:{d or '00'}" for a, b, c, d in _SLOT.findall(text)]
    if not slots or _SLOT.sub("", text).replace(",", "").strip():
        raise _misread(group)
    return tuple(slots)


def _misread(group: str) -> ValueError:
    return ValueError(f'"{group}" is not understood; write "mon-fri 09:00-12:00 14:00-18:00; sat 09:00-12:00"')
