"""Partial transcripts: which end a turn, which keep it open, which are left to the turn model."""

from __future__ import annotations

import pytest

from tests.understanding.acts_in_words import context
from voicebot.understanding.completeness import completeness


@pytest.mark.parametrize(
    ("words", "asked", "verdict"),
    [
        ("zéro six douze trente quatre cinquante six soixante dix huit", "callback_number", "complete"),
        ("06 12 34 56 78", "callback_number", "complete"),
        ("bonjour rappelez moi au zéro six douze trente quatre cinquante six soixante dix huit", "request", "complete"),
        ("zéro six douze", "callback_number", "incomplete"),
        ("zéro six", "callback_number", "incomplete"),
        ("zéro six douze trente quatre cinquante six soixante", "callback_number", "likely"),
        ("zéro six quatre vingt douze trente quatre cinquante six", "callback_number", "incomplete"),
        ("zéro six douze euh", "callback_number", "incomplete"),
        ("mon numéro c'est le", "callback_number", "incomplete"),
        ("mon numéro c'est le", "request", "incomplete"),
        ("attendez", "callback_number", "incomplete"),
        ("je vais vous le donner", "callback_number", "unknown"),
        ("oui", "confirmation", "complete"),
        ("oui c'est ça", "confirmation", "complete"),
        ("non", "confirmation", "complete"),
        ("non merci", "anything_else", "likely"),
        ("oui mais", "confirmation", "incomplete"),
        ("non c'est", "confirmation", "incomplete"),
        ("oui", "water_is_off", "complete"),
        ("oui", "callback_number", "likely"),
        ("je m'appelle", "caller_name", "incomplete"),
        ("je m'appelle paul martin", "caller_name", "likely"),
        ("paul martin", "caller_name", "likely"),
        ("m a r", "caller_name", "likely"),
        ("j'ai une fuite parce que", "request", "incomplete"),
        ("j'ai une fuite dans la", "request", "incomplete"),
        ("j'ai une fuite euh", "request", "incomplete"),
        ("euh", "request", "incomplete"),
        ("j'ai une fuite dans la cuisine", "request", "likely"),
        ("je veux parler à quelqu'un", "request", "complete"),
        ("vous êtes un robot", "caller_name", "complete"),
        ("vous pouvez répéter", "caller_name", "complete"),
        ("merci au revoir", "anything_else", "complete"),
        ("ça sent le gaz", "request", "complete"),
        ("ça sent le gaz dans la", "callback_number", "complete"),
        ("", "request", "unknown"),
    ],
)
def test_completeness(words: str, asked: str, verdict: str) -> None:
    assert completeness(words, context(asked=asked)).value == verdict


@pytest.mark.parametrize(
    ("words", "asked", "verdict"),
    [
        ("oh six one two three four five six seven eight", "callback_number", "complete"),
        ("oh six one two", "callback_number", "incomplete"),
        ("my name is", "caller_name", "incomplete"),
        ("yes that's right", "confirmation", "complete"),
        ("i have a leak because", "request", "incomplete"),
        ("i want to speak to a human", "request", "complete"),
    ],
)
def test_completeness_in_english(words: str, asked: str, verdict: str) -> None:
    assert completeness(words, context(asked=asked, language="en")).value == verdict


def test_digits_continue_what_was_heard_before_the_breath() -> None:
    begun = context(asked="callback_number", known={"callback_number": "061234… zéro six douze trente quatre"})
    assert completeness("cinquante six soixante dix huit", begun).value == "complete"
    assert completeness("cinquante six", begun).value == "incomplete"
