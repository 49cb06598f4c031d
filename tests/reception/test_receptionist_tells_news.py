"""The receptionist and the people on call: news is saved before it is said, and a caller who was connected is not lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.scripted_understanding import ScriptedUnderstanding
from tests.policy.told_ladders import acknowledged, alarm, ladder
from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import Act, Affirm, GiveDetail, StateRequest, Unclear
from voicebot.domain.call import Awaited, Call, EndReason
from voicebot.domain.events import EventKind
from voicebot.domain.ladder import LadderStatus, Way
from voicebot.domain.language import Language
from voicebot.domain.message import MessageState
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Heard, Reply
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook

NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
CLIENT = Path(__file__).parents[2] / "client_configs" / "chauffage-morel.yaml"
CAN = Facilities(on_call=True, connect=True)
LEAK = (
    StateRequest("leak", "une fuite"),
    GiveDetail("caller_name", "Paul Martin", "…"),
    GiveDetail("callback_number", "+33639981234", "…"),
    GiveDetail("address", "12 rue des Lilas", "…"),
    GiveDetail("water_is_off", "no", "non"),
)
YES = (Affirm("oui"),)


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


async def waiting(book: CallBook, *more: Sequence[Act], language: Language = Language.FRENCH) -> Receptionist:
    """A caller who left an urgent message and stays on the line."""
    client = read_client_file(CLIENT)
    call = Call("c1", client.id, 1, "", "", NIGHT, language)
    turns = [LEAK, YES, YES, *[tuple(acts) for acts in more]]
    journal = Journal(book, lambda: NIGHT, lambda _c, _e: None)
    receptionist = Receptionist(call, client, ScriptedUnderstanding(turns), journal, lambda: NIGHT, facilities=lambda: CAN)
    await receptionist.pick_up()
    for _ in range(3):
        await receptionist.hear(Heard("…"))
    assert receptionist.call.handover.stays
    return receptionist


def texts(reply: Reply | None) -> list[str]:
    return [s.text for s in reply.sentences] if reply else []


async def test_whole_wait_in_words(book: CallBook) -> None:
    receptionist = await waiting(book, (Unclear("alors"),))
    assert receptionist.silence_limit_s == 20
    assert texts(await receptionist.hear_silence(20)) == [
        "J'essaie toujours de joindre la personne d'astreinte, merci de patienter."
    ]
    assert texts(await receptionist.hear(Heard("alors ?"))) == ["J'essaie toujours de joindre la personne d'astreinte."]
    assert await receptionist.hear_on_call(ladder()) is None
    late = alarm(over=False, status=LadderStatus.CLIMBING)
    assert texts(await receptionist.hear_on_call(late)) == [
        "Je n'ai pas encore réussi à joindre la personne d'astreinte.",
        "J'ai donné l'alerte à notre équipe.",
        "Je continue d'essayer.",
    ]
    assert await receptionist.hear_on_call(late) is None
    assert texts(await receptionist.hear_on_call(acknowledged(Way.LINK, eta_min=20))) == [
        "La personne d'astreinte est prévenue et prend votre demande en charge.",
        "Elle annonce qu'elle s'en occupe d'ici environ 20 minutes.",
        "Puis-je faire autre chose pour vous ?",
    ]


async def test_news_is_in_the_store_before_it_is_said(book: CallBook) -> None:
    receptionist = await waiting(book)
    reply = await receptionist.hear_on_call(acknowledged(Way.SMS))
    assert reply is not None
    stored = {e.data["sentence"] for e in await book.events("c1") if e.kind is EventKind.RECEPTIONIST_SAYS}
    assert {s.id for s in reply.sentences} <= stored
    assert (await book.call("c1")).handover == receptionist.call.handover


@pytest.mark.parametrize("line_ends", ["hang_up", "lose_line"])
async def test_caller_who_was_connected_has_neither_hung_up_nor_been_lost(book: CallBook, line_ends: str) -> None:
    receptionist = await waiting(book)
    reply = await receptionist.hear_on_call(acknowledged())
    assert texts(reply)[-1] == "Je vous mets en relation avec elle. Ne quittez pas, s'il vous plaît."
    assert reply is not None
    assert reply.expectation.awaited is Awaited.NOTHING
    if line_ends == "hang_up":
        await receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    else:
        await receptionist.lose_line("line_lost")
    saved = await book.call("c1")
    assert saved.ended is EndReason.CONNECTED
    message = await book.message("c1")
    assert message is not None
    assert message.state is MessageState.COMPLETE
    assert await receptionist.hear_on_call(acknowledged(eta_min=5)) is None


async def test_connecting_that_fails_leaves_the_caller_with_us(book: CallBook) -> None:
    receptionist = await waiting(book)
    assert await receptionist.connecting_failed() is None
    await receptionist.hear_on_call(acknowledged())
    assert texts(await receptionist.connecting_failed()) == [
        "La mise en relation n'a pas abouti.",
        "Votre demande est bien prise en charge.",
        "Puis-je faire autre chose pour vous ?",
    ]
    await receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    assert receptionist.call.ended is EndReason.CALLER_HUNG_UP


async def test_staying_is_answered_by_keys_too(book: CallBook) -> None:
    receptionist = await waiting(book)
    no_answer = await receptionist.hear_keys("9#")
    assert texts(no_answer) == ["J'essaie toujours de joindre la personne d'astreinte, merci de patienter."]


async def test_english_says_the_same(book: CallBook) -> None:
    receptionist = await waiting(book, language=Language.ENGLISH)
    assert texts(await receptionist.hear_on_call(acknowledged(Way.CONSOLE, by="operator:jeanne", eta_min=150))) == [
        "Someone from the team has been told and is taking care of your request.",
        "They say they will see to it within about 3 hours.",
        "Is there anything else I can do for you?",
    ]
