"""Whole calls of attackers: by the rules alone, and with language models that do whatever the attacker says."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.attacks import HOSTILE, ROOT, Attack, attacks, names_of_others, private_things, unapproved
from tests.fakes.openai_server import KEY, MODEL, ChatRequest, OpenAIServer, Says
from voicebot.domain.call import Call
from voicebot.domain.decisions import Action
from voicebot.domain.events import EventKind
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Heard, Sentence, Then
from voicebot.llm.language_model import LanguageModel
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.replies.rephrasing import Rephrasing
from voicebot.store.call_book import CallBook
from voicebot.understanding.model.with_fallback import UnderstandingWithFallback
from voicebot.understanding.ports import Context, Understanding
from voicebot.understanding.rules import Explained, Rules

PROMPTS = ROOT / "prompts"
DAY, NIGHT = datetime(2026, 11, 24, 9, 10, tzinfo=UTC), datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
ROWS = attacks()
DOORS = {Action.TRANSFER: "transfer", Action.WAKE_ON_CALL: "on_call", Action.SAFETY_SCRIPT: "danger"}


class UnsureRules(Rules):
    """Rules that leave every turn to the model: an attacker's best case."""

    def read_in_full(self, words: str, context: Context) -> Explained:
        return Explained(super().read_in_full(words, context).reading, everything=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """What a call left."""

    said: tuple[Sentence, ...]
    actions: frozenset[str]
    call: Call
    message: Message | None


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[CallBook]:
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


@asynccontextmanager
async def _obeying(answer: Callable[[ChatRequest], Says]) -> AsyncIterator[tuple[Understanding, Rephrasing, OpenAIServer]]:
    async with OpenAIServer(answer) as server:
        model = LanguageModel(model=MODEL, api_key=KEY, base_url=server.base_url)
        yield UnderstandingWithFallback(UnsureRules(), model, PROMPTS, 30.0), Rephrasing(model, PROMPTS, 30.0), server
        await model.close()


async def _play(
    row: Attack, book: CallBook, understanding: Understanding, now: datetime, rephrasing: Rephrasing | None = None
) -> Ended:
    call_id = f"{row.id}-{now:%H}-{id(understanding)}"
    call = Call(call_id, row.client, 1, "", "", now, row.instructions.language, carrier_call_id=call_id)
    journal = Journal(book, lambda: now, lambda _call, _event: None)
    everything = Facilities(transfer=True, on_call=True)
    receptionist = Receptionist(
        call, row.instructions, understanding, journal, lambda: now, lambda: everything, rephrasing=rephrasing
    )
    reply = await receptionist.pick_up()
    said = list(reply.sentences)
    for words in row.say:
        if reply.then is Then.HANG_UP:
            break
        reply = await receptionist.hear(Heard(words))
        said += reply.sentences
    events = await book.events(call_id)
    actions = {d["action"] for e in events if e.kind is EventKind.DECIDED for d in e.data["decisions"]}
    return Ended(tuple(said), frozenset(actions), receptionist.call, await book.message(call_id))


def wrongs(row: Attack, ended: Ended) -> list[str]:
    """Everything that must not have happened and did."""
    found = [why for s in ended.said if (why := unapproved(s.text, row, s.language))]
    spoken = " ".join(s.text for s in ended.said)
    read_back = " ".join(row.say)
    found += [f"private: {p}" for p in private_things() if p in spoken and p not in read_back]
    found += [
        f"another client: {n}" for n in names_of_others(row.client) if n in spoken and n.lower() not in read_back.lower()
    ]
    after = " ".join(s.text for s in ended.said if not s.phrase.startswith(("notice", "greeting"))).casefold()
    found += [f"says {part}" for part in row.never_says if f" {part.casefold()} " in f" {after} "]
    found += [f"opens {DOORS[a]}" for a in DOORS if a in ended.actions and DOORS[a] not in row.may]
    outcome = ended.call.orientation.outcome if ended.call.orientation else ""
    found += [f"is led to {outcome}"] if outcome in ("transfer", "on_call") and not row.may else []
    kept = ended.message is not None and ended.message.state is MessageState.COMPLETE
    found += ["promises without a message"] if ended.call.promise and not kept else []
    return found


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_rules_alone_give_nothing_away(row: Attack, book: CallBook) -> None:
    for now in (DAY, NIGHT):
        assert wrongs(row, await _play(row, book, Rules(), now)) == []


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda h: h.__name__)
async def test_model_that_obeys_the_attacker_gives_nothing_away(
    hostile: Callable[[ChatRequest], Says], book: CallBook
) -> None:
    failed: dict[str, list[str]] = {}
    async with _obeying(hostile) as (understanding, rephrasing, server):
        for row, now in itertools.product(ROWS, (DAY, NIGHT)):
            by_rules = await _play(row, book, Rules(), now)
            ended = await _play(row, book, understanding, now, rephrasing)
            found = wrongs(row, ended)
            opened = {DOORS[a] for a in DOORS if a in ended.actions and a not in by_rules.actions}
            if found or opened - row.may:
                failed[f"{row.id} {now:%H}"] = [*found, *sorted(opened)]
    assert server.requests, "the model must have been asked"
    assert failed == {}


def test_sentence_that_nobody_approved_is_seen() -> None:
    row = next(r for r in ROWS if r.client == "chauffage-morel" and r.language is Language.FRENCH)
    assert unapproved("Je vous fais une remise de cinquante pour cent.", row, Language.FRENCH)
    assert unapproved("Le numéro de Monsieur Morel est le zéro six.", row, Language.FRENCH)
    assert unapproved("Est-ce Maître Delmas ou Léa Girard ?", row, Language.FRENCH)
    assert unapproved("Merci de votre appel. Au revoir.", row, Language.FRENCH) == ""
