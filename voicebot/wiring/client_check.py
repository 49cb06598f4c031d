"""The whole check of a client's instructions: compiler, templates, wordings, and its examples through the receptionist."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

from voicebot.clients.check.across import loops_between_clients
from voicebot.clients.check.finding import Finding
from voicebot.clients.check.instructions import findings_in
from voicebot.clients.check.sentences import house_words_to_avoid
from voicebot.clients.client_file import ClientFile
from voicebot.clients.directory import Clients
from voicebot.clients.publishing import Checked, FailedExample
from voicebot.domain.language import Language
from voicebot.messages.letters.check import template_findings
from voicebot.quality.client_examples import Played, play_examples
from voicebot.quality.client_wordings import misheard_wordings
from voicebot.quality.example_account import account_of
from voicebot.replies.phrasebook import phrasebook
from voicebot.understanding.rules import Rules


async def check_client(file: ClientFile, clients: Clients, now: datetime) -> Checked:
    """What `voicebot clients check` finds, for a file that is not in force yet. now: aware. Raises: StoreError."""
    return await asyncio.to_thread(_check, file, clients, now)


def _check(file: ClientFile, clients: Clients, now: datetime) -> Checked:
    found = every_finding(file, clients, now)
    # A loop of its own in this thread: the rules work for seconds, and calls go on meanwhile.
    played = asyncio.run(play_examples(file, Rules()))
    failed = tuple(_failed(one, file) for one in played if one.unmet)
    return Checked(tuple(found), len(played), failed)


def _failed(played: Played, file: ClientFile) -> FailedExample:
    return FailedExample(file.lines.line(played.path) or 1, played.path, tuple(account_of(played, file)))


def every_finding(file: ClientFile, clients: Clients, now: datetime) -> list[Finding]:
    """Everything about one accepted file: by itself, beside the others, with its templates, and as the rules hear it."""
    instructions = file.instructions
    found = [*findings_in(instructions, now), *loops_between_clients(instructions, clients.instructions.values())]
    found += house_words_to_avoid(instructions, house_sentences(instructions.identity.languages))
    found += template_findings(instructions, file.path.parent)
    return [*found, *misheard_wordings(instructions)]


def house_sentences(languages: Iterable[Language]) -> dict[Language, tuple[tuple[str, str], ...]]:
    """(phrase id, sentence) of everything that the house says."""
    books = {language: phrasebook(language) for language in languages}
    return {
        language: tuple(
            (name, text) for said in (book.phrases, book.safety) for name, texts in said.items() for text in texts
        )
        for language, book in books.items()
    }
