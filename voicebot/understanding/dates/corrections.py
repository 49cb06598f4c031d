"""A number or a month said again after « non », « pardon »: « quatorze heures, pardon, quinze », « 1995, non, 96 »."""

from __future__ import annotations

from voicebot.understanding.normalise import Span

_SMALL = frozenset(("le", "la", "du", "au", "the", "of", "a", "at", "en", "in", "c", "est", "it", "s", "make", "to", "pour"))
_UNITS = frozenset(("h", ":", "oclock", "am", "pm"))
_FARTHEST = 3
"""Signs between what was said and its correction."""


def corrected(signs: list[str], spans: list[Span]) -> bool:
    """Puts the new number or month in the place of the old one; both lists are changed. Returns: whether any was.

    Days and hours that are said again as a whole are left to dates_joining.
    """
    changed = False
    at = 0
    while at < len(signs):
        if signs[at] == "fix":
            new = _after(signs, at)
            old = _before(signs, at, new)
            if new is not None and old is not None:
                _put(signs, spans, old, new)
                changed = True
                at = old
        at += 1
    return changed


def _after(signs: list[str], fix: int) -> int | None:
    """The number or month that comes right after the correcting words."""
    at = fix + 1
    while at < len(signs) and (signs[at] == "fix" or signs[at] in _SMALL):
        at += 1
    return at if at < len(signs) and _kind(signs[at]) else None


def _before(signs: list[str], fix: int, new: int | None) -> int | None:
    """The sign that is corrected: the nearest of its kind, told in the same way."""
    if new is None:
        return None
    kind, unit = _kind(signs[new]), _next(signs, new)
    if kind == "n" and (unit[:1] == "m" and unit[1:].isdigit()):
        return None
    for old in range(fix - 1, max(-1, fix - 1 - _FARTHEST), -1):
        if _kind(signs[old]) != kind:
            continue
        same_unit = unit not in _UNITS or _next(signs, old) in (unit, "fix")
        return old if same_unit else None
    return None


def _put(signs: list[str], spans: list[Span], old: int, new: int) -> None:
    said, again = signs[old], signs[new]
    if said[0] == "n" and len(said) == 5 and len(again) <= 3:
        again = said[:3] + again[1:].zfill(2)
    # « quatorze heures pardon quinze »: the unit of the old number is that of the new one.
    unit = [signs[old + 1]] if _next(signs, old) in _UNITS and _next(signs, new) not in _UNITS else []
    span = (spans[old][0], spans[new][1])
    signs[old : new + 1] = [again, *unit]
    spans[old : new + 1] = [span, *((span[1], span[1]) for _ in unit)]


def _kind(sign: str) -> str:
    return sign[0] if sign[:1] in ("n", "o", "m") and sign[1:].isdigit() else ""


def _next(signs: list[str], at: int) -> str:
    return signs[at + 1] if at + 1 < len(signs) else ""
