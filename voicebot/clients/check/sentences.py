"""Checks of what callers hear: short enough to be spoken, no blanks unfilled, none of the words to avoid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.clients.check.likeness import plain
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language

LONGEST_WORDS = 35
"""Words of one sentence that a listener can still follow by ear."""
_END = re.compile(r"(?<=[.!?…])\s+")
_BLANK = re.compile(r"\{([^}]*)\}")
_READ = re.compile(r"texts\[[^\]]*\]\.body$")
_KNOWN_BLANKS = ("reopening",)
_UNSPEAKABLE = re.compile(r"https?://|www\.|[@€$&#_<>*]|\b\d{5,}\b|\b\d{2}(?:[ .]\d{2}){3,}\b")


def _spoken(instructions: Instructions) -> Iterator[tuple[str, dict[Language, str]]]:
    """Sentences that are heard: an SMS is read, and may hold digits and addresses."""
    return ((path, texts) for path, texts in instructions.sentences() if not _READ.match(path))


def too_long(instructions: Instructions) -> Iterator[Finding]:
    for path, texts in _spoken(instructions):
        for language in instructions.identity.languages:
            for sentence in _END.split(texts.get(language, "")):
                words = len(sentence.split())
                if words > LONGEST_WORDS:
                    yield warning(
                        "sentences.too_long",
                        f"{path}.{language}",
                        f"a sentence of {words} words is too long to be followed by ear",
                        f"cut it into sentences of at most {LONGEST_WORDS} words",
                    )


def unknown_blank(instructions: Instructions) -> Iterator[Finding]:
    for path, texts in instructions.sentences():
        for language, text in texts.items():
            for blank in _BLANK.findall(text):
                if blank not in _KNOWN_BLANKS:
                    yield error(
                        "sentences.blank",
                        f"{path}.{language}",
                        f'"{{{blank}}}" is filled by nothing: callers would hear it',
                        "write the words, or {reopening}",
                    )


def reopening_never_comes(instructions: Instructions) -> Iterator[Finding]:
    if any(instructions.hours.weekly.values()) or instructions.hours.overrides:
        return
    for path, texts in instructions.sentences():
        if any("{reopening}" in text for text in texts.values()):
            yield warning(
                "sentences.reopening", path, "{reopening} is said by a client that never opens", "name a day in words"
            )


def unspeakable(instructions: Instructions) -> Iterator[Finding]:
    for path, texts in _spoken(instructions):
        for language, text in texts.items():
            if found := _UNSPEAKABLE.search(text):
                yield warning(
                    "sentences.unspeakable",
                    f"{path}.{language}",
                    f'"{found.group().strip()}" is not written as it is spoken',
                    "write it in words, as « zéro six, douze … » or « soixante euros »",
                )


def words_to_avoid(instructions: Instructions) -> Iterator[Finding]:
    for language, avoided in instructions.tone.avoid.items():
        own = [(path, texts[language]) for path, texts in instructions.sentences() if language in texts]
        for word in avoided:
            for path, text in own:
                if _says(text, word):
                    yield warning(
                        "sentences.avoid", f"{path}.{language}", f'says "{word}" (tone.avoid)', "say it in other words"
                    )


def house_words_to_avoid(
    instructions: Instructions, house: Mapping[Language, Iterable[tuple[str, str]]]
) -> Iterator[Finding]:
    """Words of tone.avoid in what the house itself says. house: (phrase id, sentence) by language."""
    for language, avoided in instructions.tone.avoid.items():
        for word in avoided:
            said = [phrase for phrase, text in house.get(language, ()) if _says(text, word)]
            if said:
                yield warning(
                    "sentences.avoid",
                    f"tone.avoid.{language}",
                    f'the house itself says "{word}": {", ".join(dict.fromkeys(said))}',
                    "remove the word, or ask for another sentence of the house",
                )


def _says(text: str, word: str) -> bool:
    return f" {plain(word)} " in f" {plain(text)} "


def rephrased_figures(instructions: Instructions) -> Iterator[Finding]:
    for faq in instructions.faq:
        if faq.rephrase and any(re.search(r"\d|euro|pour cent|percent", text) for text in faq.answer.values()):
            yield warning(
                "sentences.rephrase",
                f"faq[{faq.id}].rephrase",
                "an answer with figures or prices may be rephrased",
                "write rephrase: false, so that it is spoken word for word",
            )


CHECKS: tuple[Check, ...] = (
    too_long,
    unknown_blank,
    reopening_never_comes,
    unspeakable,
    words_to_avoid,
    rephrased_figures,
)
