"""Checks for instructions that no caller can ever reach."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, warning
from voicebot.domain.instructions import Instructions


def excluded_by_itself(instructions: Instructions) -> Iterator[Finding]:
    for s in instructions.scenarios:
        for language, excluded in s.unless.items():
            for words in s.callers_say.get(language, ()):
                if any(one.casefold() in words.casefold() for one in excluded):
                    yield warning(
                        "reachable.unless",
                        f"scenarios[{s.id}].unless",
                        f"« {words} » is one of callers_say and is excluded here",
                        "remove one of the two",
                    )


def said_in_no_language(instructions: Instructions) -> Iterator[Finding]:
    said = [(f"scenarios[{s.id}]", s.callers_say) for s in instructions.scenarios]
    said += [(f"faq[{f.id}]", f.callers_say) for f in instructions.faq]
    for path, words in said:
        for language in instructions.identity.languages:
            if not words.get(language):
                yield warning(
                    "reachable.callers_say",
                    f"{path}.callers_say",
                    f'has no words in "{language}": callers who speak it never reach this',
                    f"write what they say, {language}: […]",
                )


def detail_never_asked(instructions: Instructions) -> Iterator[Finding]:
    asked = {d for s in instructions.scenarios for d in (*s.details, *s.optional_details)}
    asked |= {d for f in instructions.filters for d in f.details or ()}
    asked |= {d for r in instructions.red_flags for d in r.details}
    for detail in instructions.details:
        if detail.id not in asked:
            yield warning(
                "reachable.detail",
                f"details[{detail.id}]",
                "no scenario, filter or red flag asks for this detail",
                "name it where it is needed, or remove it",
            )


CHECKS: tuple[Check, ...] = (excluded_by_itself, said_in_no_language, detail_never_asked)
