"""Hints: what somebody of ours tells the receptionist is done or asked about, and never spoken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reception.humans import CAN, OnTheLine, on_the_line, texts
from voicebot.domain.acts import Confidence
from voicebot.domain.call import EndReason
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import Hint, TaskKind
from voicebot.domain.orientation import Facilities
from voicebot.domain.urgency import UrgencyLevel
from voicebot.store.call_book import CallBook


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


async def talking(book: CallBook, *words: str, can: Facilities = CAN) -> OnTheLine:
    line = on_the_line(book, can=can)
    await line.receptionist.pick_up()
    for said in words or ("bonjour j'ai une fuite d'eau sous ma chaudière",):
        await line.say(said)
    return line


async def hint(line: OnTheLine, words: str) -> list[str]:
    return texts(await line.receptionist.hear_hint(Hint(words, "lea.roux")))


async def hinted(line: OnTheLine) -> list[dict]:
    return [e.data for e in await line.book.events("c1") if e.kind is EventKind.HINTED]


@pytest.mark.parametrize("words", ["demandez l'adresse", "ask for the address", "prenez son adresse s'il vous plaît"])
async def test_order_is_obeyed_at_once(book: CallBook, words: str) -> None:
    line = await talking(book)
    assert await hint(line, words) == ["À quelle adresse, s'il vous plaît ?"]
    (event,) = await hinted(line)
    assert (event["by"], event["text"], event["task"], event["detail"]) == (
        "lea.roux",
        words,
        TaskKind.TAKE_DETAIL,
        "address",
    )
    assert line.call.expectation.detail == "address"


async def test_value_is_asked_to_be_confirmed_by_the_caller(book: CallBook) -> None:
    line = await talking(book)
    await hint(line, "il habite au 12 rue des Lilas à Dijon")
    known = line.call.details["address"]
    assert known.confidence is Confidence.UNSURE
    assert not known.confirmed
    assert known.words == ""
    assert (await hinted(line))[0]["acts"][0]["kind"] == "give_detail"


async def test_words_of_a_hint_are_never_spoken_nor_kept(book: CallBook) -> None:
    line = await talking(book)
    said = await hint(line, "c'est un client pénible qui ment toujours et ne paie jamais ses factures")
    rest = [*said, *(await line.say("Paul Martin")), *(await line.say("oui"))]
    assert not any("pénible" in text or "ment" in text.split() for text in rest)
    assert "pénible" not in str(line.call.details)
    assert "pénible" not in str(line.call.verbatim)


async def test_urgent_by_hint_moves_the_message(book: CallBook) -> None:
    line = await talking(book, "je voudrais un devis")
    assert await hint(line, "c'est urgent") == []
    assert line.call.urgency is not None
    assert line.call.urgency.level is UrgencyLevel.P1
    await line.say("Paul Martin")
    assert line.call.urgency.level is UrgencyLevel.P1
    assert await hint(await talking(book, "je voudrais un devis"), "ce n'est pas urgent") == []


async def test_call_is_put_through_when_somebody_says_so(book: CallBook) -> None:
    line = await talking(book)
    assert (await hint(line, "passez-moi l'appel"))[-1].startswith("Je cherche quelqu'un")
    assert line.call.handover.to == ""
    nobody = await talking(book, can=Facilities())
    assert await hint(nobody, "passez-moi l'appel") == []


async def test_danger_that_somebody_else_hears_is_danger(book: CallBook) -> None:
    line = await talking(book, "bonjour je voudrais un devis")
    assert any("18" in text for text in await hint(line, "ça sent le gaz chez lui"))


async def test_nobody_says_yes_or_goodbye_for_the_caller(book: CallBook) -> None:
    line = await talking(book)
    before = line.call
    for words in ("oui", "non", "d'accord merci", "je ne sais pas"):
        assert await hint(line, words) == []
    assert line.call == before
    reply = await line.receptionist.hear_hint(Hint("prenez congé", "lea.roux"))
    assert reply is not None
    assert reply.ending is EndReason.GOODBYE
