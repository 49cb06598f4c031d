"""Checks of a file's own examples: they can be run, and judge something that the file has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.clients.check.likeness import plain
from voicebot.domain.details import HOUSE_DETAILS
from voicebot.domain.examples import Expected
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.urgency import RED_FLAGS

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_TELLING = {
    Language.ENGLISH: "the i my is you to please hello what are have would and do not it can am need",
    Language.FRENCH: "le la les je vous est un une de pour mon ma et bonjour ai des du au il pas voudrais que",
}
"""Small words that tell in which of the two languages an example is written."""


def no_example(instructions: Instructions) -> Iterator[Finding]:
    if not instructions.examples:
        yield warning(
            "examples.none",
            "scenarios",
            "the file has no examples: nothing shows that it does what is meant",
            "write examples:, one for each scenario and one for each urgency",
        )


def example_cannot_run(instructions: Instructions) -> Iterator[Finding]:
    for place, example in enumerate(instructions.examples):
        path = f"examples[{place}]"
        if not example.then.judges_something:
            yield error("examples.empty", f"{path}.then", "expects nothing", "write what must happen")
        if example.caller and not _NUMBER.fullmatch(example.caller):
            yield error("examples.caller", f"{path}.caller", "is not a number", 'write it as "+33639980001"')
        if example.at and not _is_moment(example.at):
            yield error("examples.at", f"{path}.at", f'"{example.at}" is not a time', 'write it as "2026-08-15 10:00"')


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def unknown_name(instructions: Instructions) -> Iterator[Finding]:
    for place, example in enumerate(instructions.examples):
        for field, name, known in _names(example.then, instructions):
            if name not in known:
                yield error(
                    "examples.unknown",
                    f"examples[{place}].then.{field}",
                    f'expects "{name}", which the file does not have',
                    f"write one of {', '.join(sorted(known)) or 'none: the file has no such part'}",
                )


def _names(then: Expected, instructions: Instructions) -> Iterator[tuple[str, str, set[str]]]:
    people = {p.id for p in instructions.people} | {t.id for t in instructions.teams}
    details = set(HOUSE_DETAILS) | {d.id for d in instructions.details}
    named: tuple[tuple[str, str | None, set[str]], ...] = (
        ("scenario", then.scenario, {s.id for s in instructions.scenarios}),
        ("faq", then.faq, {f.id for f in instructions.faq}),
        ("filter", then.filter, {f.id for f in instructions.filters}),
        ("red_flag", then.red_flag, set(RED_FLAGS)),
        ("to", then.to, people),
        ("person", then.person, people),
        ("asks", then.asks, details),
    )
    yield from ((field, name, known) for field, name, known in named if name)
    yield from ((f"details.{detail}", detail, details) for detail in then.details)


def scenario_without_example(instructions: Instructions) -> Iterator[Finding]:
    if not instructions.examples:
        return
    shown = {e.then.scenario for e in instructions.examples}
    missing = [s.id for s in instructions.scenarios if s.id not in shown]
    if missing:
        yield warning(
            "examples.scenario",
            "examples",
            f"no example expects {', '.join(missing)}",
            "write for each what a caller says, and then: {scenario: …}",
        )


def language_without_example(instructions: Instructions) -> Iterator[Finding]:
    if not instructions.examples:
        return
    spoken = {language for e in instructions.examples for turn in e.say if (language := _language_of(turn))}
    for language in instructions.identity.languages:
        if language not in spoken:
            yield warning("examples.language", "examples", f'no example is in "{language}"', "write some of each language")


def _language_of(words: str) -> Language | None:
    said = plain(words).split()
    french, english = (sum(w in _TELLING[one].split() for w in said) for one in (Language.FRENCH, Language.ENGLISH))
    if french == english:
        return None
    return Language.FRENCH if french > english else Language.ENGLISH


CHECKS: tuple[Check, ...] = (
    no_example,
    example_cannot_run,
    unknown_name,
    scenario_without_example,
    language_without_example,
)
