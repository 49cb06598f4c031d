"""What is said of the people on call: never a name, never more than what really happened."""

from __future__ import annotations

from math import ceil

from voicebot.domain.decisions import Decision
from voicebot.domain.language import Language
from voicebot.domain.orientation import OnCallNews
from voicebot.replies.sentences import Composer, Said

_LONGEST_IN_MINUTES = 90
_MINUTES = {Language.FRENCH: ("une minute", "{} minutes"), Language.ENGLISH: ("a minute", "{} minutes")}
_HOURS = {Language.FRENCH: ("une heure", "{} heures"), Language.ENGLISH: ("an hour", "{} hours")}


def on_call_news(composer: Composer, decision: Decision) -> list[Said]:
    """Sentences of a SAY_ON_CALL decision."""
    said = _news(composer, decision)
    return said + (composer.house("question_noted") if decision.values.get("noted") else [])


def _news(composer: Composer, decision: Decision) -> list[Said]:
    told = decision.values
    match decision.subject:
        case OnCallNews.ACKNOWLEDGED:
            who = "on_call_acknowledged_other" if told.get("other") else "on_call_acknowledged"
            said = [] if told.get("only_eta") else composer.house(who)
            eta = told.get("eta_min")
            delay = spoken_delay(int(eta), composer.call.language) if eta else ""
            return said + (composer.house("on_call_eta", fixed=False, delay=delay) if delay else [])
        case OnCallNews.EXHAUSTED:
            said = composer.house("on_call_given_up" if told.get("over") else "on_call_not_reached")
            if told.get("known"):
                return said
            said += composer.house("on_call_alarm")
            return said if told.get("over") else said + composer.house("on_call_goes_on")
        case _:
            return composer.house("still_trying")


def spoken_delay(minutes: int, language: Language) -> str:
    """« 20 minutes », « 3 heures »: hours are rounded up, so that nobody is promised sooner."""
    in_hours = minutes > _LONGEST_IN_MINUTES
    count = ceil(minutes / 60) if in_hours else max(1, minutes)
    one, many = (_HOURS if in_hours else _MINUTES)[language]
    return one if count == 1 else many.format(count)
