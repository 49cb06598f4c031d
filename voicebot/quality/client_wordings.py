"""Do the built-in rules hear each of a client's own wordings as what the client means by it?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from voicebot.clients.check.finding import Finding, warning
from voicebot.domain.acts import Act, AskQuestion, RaiseRedFlag, StateRequest
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.understanding.ports import Context
from voicebot.understanding.rules import read_by_rules


def misheard_wordings(instructions: Instructions) -> Iterator[Finding]:
    """A callers_say that is heard as another scenario or question, or as none."""
    for language in instructions.identity.languages:
        for s in instructions.scenarios:
            for words in s.callers_say.get(language, ()):
                yield from _misheard(instructions, f"scenarios[{s.id}]", words, language)
        for faq in instructions.faq:
            for words in faq.callers_say.get(language, ()):
                yield from _misheard(instructions, f"faq[{faq.id}]", words, language)


def _misheard(instructions: Instructions, path: str, words: str, language: Language) -> Iterator[Finding]:
    heard = dict.fromkeys(filter(None, map(_path_of, _acts(instructions, words, language))))
    if path in heard or any(name.startswith("red_flags") for name in heard):
        return
    yield warning(
        "wordings.misheard",
        f"{path}.callers_say",
        f"« {words} » is heard as {', '.join(heard) or 'no request of this client'}",
        "add the words that make the difference, or move it",
    )


def _acts(instructions: Instructions, words: str, language: Language) -> tuple[Act, ...]:
    context = Context(instructions, language, Expectation(Awaited.REQUEST), None, {}, datetime(2026, 1, 6, 9, tzinfo=UTC))
    return read_by_rules(words, context).acts


def _path_of(act: Act) -> str | None:
    match act:
        case StateRequest():
            return f"scenarios[{act.scenario}]"
        case AskQuestion():
            return f"faq[{act.faq}]"
        case RaiseRedFlag():
            return f"red_flags[{act.red_flag}]"
        case _:
            return None
