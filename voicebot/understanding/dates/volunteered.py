"""A date said with the request, before it is asked for: taken only when it is plainly the one that the scenario wants."""

from __future__ import annotations

import re

from voicebot.domain.acts import GiveDetail
from voicebot.domain.details import PREFERRED_SLOT, DetailKind
from voicebot.domain.language import Language
from voicebot.understanding.dates.capture import asks_for_birth
from voicebot.understanding.dates.find import SpokenDate, find_date, known_day
from voicebot.understanding.dates.lexemes import day_words
from voicebot.understanding.details.captures import Capture, kind_of
from voicebot.understanding.normalise import Utterance, phrases, plain
from voicebot.understanding.ports import Context

_WISH = re.compile(r"\b(?:souhait\w*|prefer\w*|convien\w*|arrange\w*|disponib\w*|suits?|would suit|like to come|come)\b")
"""In the question of a detail: the day that the caller wants, not the one of an appointment that stands."""
_FIXED = "( (est|sont|(a|ont|aura|auront) lieu|etait|prevue?s?|fixee?s?|is|was|booked|avec \\w+ \\w+))*"
_APPOINTMENT = phrases(
    f"(rendez vous|rdv|consultation|audience|visite|intervention|passage|ceremonie|obseques|enterrement){_FIXED}",
    f"(appointment|visit|hearing|slot|ceremony|funeral){_FIXED}",
)
_STANDS = phrases("annul\\w+", "ne (pourrai|peux|pourrais) (pas|plus)", "cancel\\w*")
_MOVES = phrases(
    "decal\\w+",
    "deplac\\w+",
    "report\\w+",
    "avanc\\w+",
    "repouss\\w+",
    "chang\\w+",
    "mov(e|ing)",
    "reschedul\\w+",
    "postpon\\w+",
)
_WANTS = phrases(
    "(voudrais|aimerais|souhaite|souhaiterais|veux|pourrais|pourrait|pourriez|peux|pouvez|possible|puis je)( \\w+){0,3} "
    "(venir|passer|rendez vous|rdv|visite|creneau|intervention|place|entretien)( \\w+){0,4}",
    "(would like|want|could i|can i|could you|can you|possible|d like)( \\w+){0,3} "
    "(come|visit|appointment|slot|book)( \\w+){0,4}",
)
_ABSENT = phrases(
    "(pourrai|pourrais|peux|serai|suis) (pas|plus)( (venir|etre|la|present|presente|disponible|honorer|assurer))*",
    "(can t|cannot|can not|won t|unable to)( (make|it|come|attend|be|there|able|to))*",
)
"""« Je ne pourrai pas venir vendredi »: the day of an appointment that stands."""
_OPENS_NEW = frozenset(("a", "au", "pour", "to", "for"))
_OPENS_STANDING = frozenset(("de", "du", "d", "of", "on", "from"))


def volunteered(utterance: Utterance, context: Context, language: Language, scenario_id: str) -> Capture | None:
    """The only date that the scenario asks for, when one sure day to come is plainly said to be it."""
    if not any(t.plain in day_words(language) for t in utterance.tokens):
        return None
    detail = _wanted(context, scenario_id)
    if detail is None:
        return None
    wish = _asks_for_wish(context, detail)
    absent = () if wish else tuple(utterance.find_all(_ABSENT))
    utterance = utterance.take(absent)
    zone = context.instructions.identity.zone
    found = find_date(utterance, language, context.now, zone)
    day = known_day(found.value) if found and found.sure else None
    if found is None or day is None or day < context.now.astimezone(zone).date():
        return None
    close = any(0 <= found.spans[0][0] - last <= 1 for _, last in absent)
    if not close and not _plainly(utterance, found, wish=wish):
        return None
    words = utterance.quote((found.spans[0][0], found.spans[-1][1]))
    return Capture(GiveDetail(detail, found.value, words), found.spans)


def _wanted(context: Context, scenario_id: str) -> str | None:
    scenario = context.instructions.scenario(scenario_id)
    if scenario is None:
        return None
    dates = [
        name
        for name in (*scenario.details, *scenario.optional_details)
        if kind_of(context, name) is DetailKind.DATE and not asks_for_birth(context, name)
    ]
    return dates[0] if len(dates) == 1 and dates[0] not in context.details else None


def _asks_for_wish(context: Context, detail: str) -> bool:
    own = context.instructions.detail(detail)
    return detail == PREFERRED_SLOT if own is None else _WISH.search(plain(" ".join(own.ask.values()))) is not None


def _plainly(utterance: Utterance, found: SpokenDate, *, wish: bool) -> bool:
    first = found.spans[0][0]
    before = " ".join(t.plain for t in utterance.tokens[:first])
    openings = {utterance.tokens[first].plain, utterance.tokens[first - 1].plain if first else ""}
    appointment = _last_words(_APPOINTMENT, before)
    if wish:
        # « mon rendez-vous de jeudi » is not the day that is wanted.
        stands = _STANDS.search(utterance.plain) or (openings & _OPENS_STANDING)
        return not stands and (appointment or _last_words(_WANTS, before))
    if _MOVES.search(utterance.plain):
        return bool(openings & _OPENS_STANDING) and not openings & _OPENS_NEW and appointment
    return appointment or _last_words(_STANDS, before)


def _last_words(pattern: re.Pattern[str], before: str) -> bool:
    """Does the text end with this wording, or with it and a small word?"""
    small = r"(?: (?:le|la|de|du|d|pour|a|au|on|for|of|the|at|in|que|c est))*$"
    return any(re.match(small, before[m.end() :]) for m in pattern.finditer(before))
