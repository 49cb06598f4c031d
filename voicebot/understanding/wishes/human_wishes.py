"""A wish for a human: someone, a service or a role that the caller asks for, told from those they only speak about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.phonetics import sound
from voicebot.understanding.vocabulary import find_wording, find_wordings, word_list, wordings


class Whom(Enum):
    """ANYONE: « un conseiller ». SERVICE: « la comptabilité ». TRADE: « le docteur », who is also asked for to come."""

    ANYONE = "humans.anyone"
    SERVICE = "humans.service"
    TRADE = "humans.trade"


_SHORTEST_MISHEARD = 4
_DEFINITE = frozenset(("le", "la", "l", "mon", "ma", "votre", "notre", "the", "my", "your", "au"))


def as_meant(utterance: Utterance) -> Utterance:
    """The utterance with misheard words of wishes put right: « un consellier » → "un conseiller"."""
    meant = tuple(_meant(t.plain) or t.plain for t in utterance.tokens)
    if meant == tuple(t.plain for t in utterance.tokens):
        return utterance
    tokens = tuple(replace(t, plain=word) for t, word in zip(utterance.tokens, meant, strict=True))
    return Utterance.joined(utterance.words, tokens, utterance.ends_hesitating)


@lru_cache(maxsize=4096)
def _meant(word: str) -> str:
    """The word of wishes that a misheard word stands for, or ""."""
    known = word_list("humans.heard")
    if len(word) < _SHORTEST_MISHEARD or not word.isalpha() or word in known or word in word_list("humans.other_words"):
        return ""
    heard = sound(word)
    for meant in sorted(known):
        if meant[0] == word[0] and (sound(meant) == heard or (len(word) > _SHORTEST_MISHEARD and _one_apart(word, meant))):
            return meant
    return ""


def _one_apart(word: str, other: str) -> bool:
    return Levenshtein.distance(word, other, score_cutoff=1) <= 1


def find_wish(utterance: Utterance, teams: tuple[Span, ...] = ()) -> Span | None:
    """Tokens of a wish for a human, or None. teams: where the client's own teams and services are named."""
    if not utterance.free:
        return None
    for section in ("humans.no_machine", "humans.whoever"):
        span = find_wording(utterance, section)
        if span:
            return span
    asked = [*_asked_for(utterance), *((Whom.SERVICE, span) for span in teams)]
    if not asked:
        return None
    for whom, span in asked:
        found = led_to(utterance, span) or _wanted(utterance, whom, span) or _on_the_line(utterance, span)
        if found:
            return found
    if _only(utterance, [span for whom, span in asked if _may_stand_alone(utterance, whom, span)]):
        return asked[0][1][0], asked[-1][1][1]
    back = utterance.find(wordings("humans.back_to"))
    return (asked[0][1][0], back[1]) if back and back[0] >= asked[0][1][1] else None


def _asked_for(utterance: Utterance) -> Iterator[tuple[Whom, Span]]:
    for whom in Whom:
        for span in find_wordings(utterance, whom.value):
            yield whom, span


def led_to(utterance: Utterance, span: Span, section: str = "humans.reach") -> Span | None:
    """« … parler à », « passez-moi … » right before these tokens: the tokens of the wish, else None."""
    cue = _before(utterance, span, section)
    if cue is None or _told(utterance, cue, "humans.past") or _told(utterance, cue, "humans.do_not_want"):
        return None
    return cue[0], span[1]


def _wanted(utterance: Utterance, whom: Whom, span: Span) -> Span | None:
    """« Je veux un conseiller », « y a-t-il quelqu'un »; of a trade that also comes only when they shall be on the line."""
    after = _after(utterance, span)
    if whom is Whom.TRADE and not wordings("humans.on_the_line").match(after):
        return None
    cue = _before(utterance, span, "humans.want")
    if cue and not _told(utterance, cue, "humans.do_not_want") and not wordings("humans.errand").match(after):
        return cue[0], span[1]
    cue = _before(utterance, span, "humans.is_there")
    if cue and (not after or wordings("humans.is_there_tail").match(after)):
        return cue[0], span[1]
    return None


def _on_the_line(utterance: Utterance, span: Span) -> Span | None:
    """« … tant que je n'ai pas une personne au téléphone », but not of an earlier call."""
    if not wordings("humans.at_the_other_end").match(_after(utterance, span)):
        return None
    return None if wordings("humans.earlier").search(utterance.plain) else span


@lru_cache(maxsize=8)
def _leading(section: str) -> re.Pattern[str]:
    """The section at the end of what was said so far, small talk after it left out."""
    return re.compile(rf"{wordings(section).pattern}(?: {wordings('humans.around').pattern})*$")


def _before(utterance: Utterance, span: Span, section: str) -> Span | None:
    if span[0] == 0:
        return None
    found = _leading(section).search(utterance.plain, 0, utterance.starts[span[0]] - 1)
    return utterance.span(found) if found else None


def _told(utterance: Utterance, cue: Span, section: str) -> bool:
    """Do these words stand right before the cue, or begin it? « J'ai parlé à », « je ne veux pas parler à »."""
    if section == "humans.past" and utterance.tokens[cue[0]].plain.endswith("er"):
        return False
    end = utterance.starts[cue[0]] - 1
    found = _leading(section).search(utterance.plain, 0, end) if end > 0 else None
    return found is not None


def _after(utterance: Utterance, span: Span) -> str:
    return " ".join(t.plain for t in utterance.tokens[span[1] :])


def _only(utterance: Utterance, spans: list[Span]) -> bool:
    """Nothing but this and politeness is said: « le standard, s'il vous plaît »."""
    return bool(spans) and not utterance.take([*spans, *utterance.find_all(wordings("humans.around"))]).free


def _may_stand_alone(utterance: Utterance, whom: Whom, span: Span) -> bool:
    return whom is not Whom.TRADE or utterance.tokens[span[0]].plain in _DEFINITE
