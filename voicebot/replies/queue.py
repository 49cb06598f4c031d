"""What is said around a human: how the queue stands, a callback, who takes the call, and the receptionist coming back."""

from __future__ import annotations

from dataclasses import replace

from num2words import num2words

from voicebot.domain.decisions import Decision
from voicebot.domain.handoff import Why
from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.replies.names import begun, inside_sentence
from voicebot.replies.on_call_news import spoken_delay
from voicebot.replies.sentences import Composer, Said

_LOST = (Why.AGENT_LOST, Why.AGENT_HUNG_UP, Why.CARRIER)


def how_it_stands(composer: Composer, decision: Decision) -> list[Said]:
    """Sentences of a SAY_QUEUE decision: nothing that is not known, and no minutes that nobody can promise."""
    told, to = decision.values, composer.call.handover.to
    position = int(decision.subject or 0)
    if told.get("known"):
        # One who is wanted by name has no queue of places.
        said = _place(composer, position) if position > 0 and not to else composer.with_name("wait_transfer", to)
        if not told.get("how_long"):
            return said
        if waited := told.get("waited_min", ""):
            delay = spoken_delay(int(waited), composer.call.language)
            said += composer.house("queue_since", fixed=False, delay=delay)
        return said + composer.house("queue_no_estimate")
    if position > 1:
        return _place(composer, position)
    if told.get("ringing"):
        return composer.with_name("queue_ringing", to)
    return _place(composer, 1) if told.get("first") else composer.with_name("wait_transfer", to)


def _place(composer: Composer, position: int) -> list[Said]:
    return composer.house("queue_position", place=spoken_place(position, composer.call.language))


def spoken_place(position: int, language: Language) -> str:
    """« première », « deuxième », "two": as the sentence about the place takes it."""
    if language is Language.ENGLISH:
        return str(num2words(position, lang="en"))
    return "première" if position == 1 else str(num2words(position, lang="fr", to="ordinal"))


def callback_promised(composer: Composer, decision: Decision) -> list[Said]:
    number = spoken_number(decision.subject, composer.call.language)
    return composer.house("callback_promised", fixed=False, number=number)


def taker_announced(composer: Composer, decision: Decision) -> list[Said]:
    return _named(composer, "taker_announced", decision.values.get("name", ""))


def taken_back(composer: Composer, decision: Decision) -> list[Said]:
    """Why the receptionist speaks again."""
    if decision.subject == Why.NOT_CONNECTED:
        return composer.house("taken_back_not_connected")
    if decision.subject in _LOST:
        return _named(composer, "taken_back_lost", decision.values.get("name", ""))
    return composer.house("taken_back_given")


def text_sent(composer: Composer, decision: Decision) -> list[Said]:
    text, language = composer.instructions.text(decision.subject), composer.call.language
    phrase = "text_again" if decision.values.get("again") else "text_sent"
    return composer.house(phrase, title=text.title[language]) if text else []


def _named(composer: Composer, phrase: str, name: str) -> list[Said]:
    """The phrase with the name of a human; the one without where there is none."""
    if not name:
        return composer.house(phrase)
    called = inside_sentence(name, composer.call.language)
    return [replace(said, text=begun(said.text)) for said in composer.house(f"{phrase}_person", person=called)]
