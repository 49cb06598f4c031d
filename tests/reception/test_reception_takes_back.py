"""A human takes the caller and gives them back: what is said, what is written down, and that nothing is asked twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.reception.humans import BY_PHONE, CAN, CLAIRE, FIRST, OnTheLine, on_the_line, texts, waiting
from voicebot.domain.acts import Act, Affirm, AskForHuman, GiveDetail, StateRequest
from voicebot.domain.call import EndReason
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import HandoffStatus, Hint, Returned, Task, TaskKind, Why
from voicebot.domain.message import MessageState
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Heard, Then
from voicebot.store.call_book import CallBook

BACK = "Je suis de nouveau avec vous."
LOST = "La ligne avec Claire Petit a été coupée, je suis de nouveau avec vous."
ELSE = "Puis-je faire autre chose pour vous ?"
NAME_ASKED = "Quel est votre nom, s'il vous plaît ?"
PAUL = GiveDetail("caller_name", "Paul Martin", "Paul Martin")


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


async def taken(book: CallBook, *turns: tuple[Act, ...], taker=CLAIRE, can: Facilities = CAN, **how) -> OnTheLine:
    """A caller who asked for a human, and has one."""
    line = on_the_line(book, [(AskForHuman("…"),), *turns], can=can, **how)
    await line.receptionist.pick_up()
    await line.say()
    await line.receptionist.announce(FIRST, taker)
    return line


async def kinds(line: OnTheLine, kind: EventKind) -> list[dict]:
    return [e.data for e in await line.book.events("c1") if e.kind is kind]


async def test_taker_is_announced_shortly_and_then_nothing_is_said(book: CallBook) -> None:
    line = await waiting(book)
    reply = await line.receptionist.announce(FIRST, CLAIRE)
    assert texts(reply) == ["Claire Petit prend votre appel, je vous laisse."]
    assert reply.then is Then.LISTEN
    assert line.call.handover.with_taker == CLAIRE
    assert (await kinds(line, EventKind.HANDED_OVER)) == [
        {"handoff": FIRST, "taker": "claire.petit", "name": "Claire Petit", "way": "browser"}
    ]
    assert texts(await line.receptionist.announce(FIRST, CLAIRE)) == [], "once"
    assert texts(await line.receptionist.hear_silence(7)) == []
    assert texts(await line.receptionist.hear_keys("0")) == []
    assert texts(await line.receptionist.reach_time_limit()) == []
    assert await line.receptionist.hear_hint(Hint("c'est urgent", "lea")) is None
    assert (await line.rows())[0].status is HandoffStatus.WAITING, "whoever claimed it has changed its row"


async def test_what_the_two_say_is_noted_and_understood_by_nobody(book: CallBook) -> None:
    line = await taken(book)
    before = line.call
    await line.receptionist.note_said("agent", "il y a le feu au 12 rue Haute, carte 4970 1012 3456 7891", 0.91, 10, 20, "x")
    assert texts(await line.receptionist.answer(Heard("au revoir"), await line.receptionist.read(Heard("")))) == []
    said = await kinds(line, EventKind.SAID_TO_EACH_OTHER)
    assert [s["speaker"] for s in said] == ["agent", "caller"]
    assert "4970" not in said[0]["text"]
    assert replace(line.call, model_use=before.model_use) == before
    assert line.call.verbatim == before.verbatim


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (Returned(Why.GIVEN_BACK, CLAIRE), BACK),
        (Returned(Why.AGENT_LOST, CLAIRE), LOST),
        (Returned(Why.AGENT_LOST), LOST),
    ],
)
async def test_caller_comes_back_and_hears_why(book: CallBook, returned: Returned, said: str) -> None:
    line = await taken(book, can=CAN)
    line.can = Facilities()
    reply = await line.receptionist.take_back(FIRST, returned)
    assert texts(reply)[0] == said
    assert texts(reply)[-1].endswith("?")
    (event,) = await kinds(line, EventKind.TAKEN_BACK)
    assert event == {"handoff": FIRST, "why": returned.why, "task": {}}
    assert line.call.handover.with_taker is None
    assert texts(await line.receptionist.take_back(FIRST, returned)) == [], "they are ours already"


async def test_lost_agent_is_replaced_once_by_somebody_else(book: CallBook) -> None:
    line = await taken(book)
    said = texts(await line.receptionist.take_back(FIRST, Returned(Why.AGENT_LOST)))
    assert said == [LOST, "Je cherche quelqu'un pour prendre votre appel. Ne quittez pas, s'il vous plaît."]
    rows = await line.rows()
    assert [row.id for row in rows] == [FIRST, "c1-handoff-2"]
    await line.receptionist.announce("c1-handoff-2", CLAIRE)
    again = texts(await line.receptionist.take_back("c1-handoff-2", Returned(Why.AGENT_LOST)))
    assert again == [LOST, NAME_ASKED]


async def test_agent_who_could_not_be_joined_is_no_talk(book: CallBook) -> None:
    line = await waiting(book)
    said = texts(await line.receptionist.take_back(FIRST, Returned(Why.NOT_CONNECTED, CLAIRE)))
    assert said[0] == "La mise en relation n'a pas abouti."
    assert line.call.handover.talked_with == ()
    assert line.call.handover.handoffs == 2


async def test_task_asks_exactly_that_and_then_only_what_is_missing(book: CallBook) -> None:
    line = await taken(
        book,
        (GiveDetail("address", "12 rue des Lilas", "…"),),
        (PAUL,),
        (Affirm("oui"),),
        (GiveDetail("reason", "un devis", "…"),),
        (Affirm("oui"),),
    )
    task = Task(TaskKind.TAKE_DETAIL, detail="address", by="claire.petit")
    back = texts(await line.receptionist.take_back(FIRST, Returned(Why.GIVEN_BACK, CLAIRE, task)))
    assert back == [BACK, "À quelle adresse, s'il vous plaît ?"]
    assert await line.say() == [NAME_ASKED]
    assert "numéro qui s'affiche" in (await line.say())[0]
    assert await line.say() == ["Pouvez-vous me préciser l'objet de votre appel ?"]
    read = (await line.say())[0]
    assert "12 rue des Lilas" in read
    assert "Paul Martin" in read
    assert (await line.say())[-1] == ELSE
    message = await book.message("c1")
    assert message is not None
    assert message.details["address"].confirmed


async def test_known_detail_is_read_back_and_not_asked(book: CallBook) -> None:
    leak = (StateRequest("leak", "une fuite"), PAUL, GiveDetail("address", "12 rue des Lilas", "…"))
    line = on_the_line(book, [leak, (AskForHuman("…"),)])
    await line.receptionist.pick_up()
    await line.say()
    await line.say()
    await line.receptionist.announce("c1-handoff-1", CLAIRE)
    task = Task(TaskKind.TAKE_DETAIL, detail="address")
    said = texts(await line.receptionist.take_back("c1-handoff-1", Returned(Why.GIVEN_BACK, CLAIRE, task)))
    assert said == [BACK, "Je récapitule : adresse : 12 rue des Lilas.", "C'est bien ça ?"]


async def test_message_is_finished_without_a_question_that_was_answered(book: CallBook) -> None:
    line = on_the_line(book, [(PAUL, AskForHuman("…")), (Affirm("oui"),)])
    await line.receptionist.pick_up()
    await line.say()
    await line.receptionist.announce(FIRST, CLAIRE)
    said = texts(await line.receptionist.take_back(FIRST, Returned(Why.GIVEN_BACK, CLAIRE, Task(TaskKind.TAKE_MESSAGE))))
    assert said[0] == BACK
    assert "numéro qui s'affiche" in said[1]
    assert await line.say() == ["Pouvez-vous me préciser l'objet de votre appel ?"]


@pytest.mark.parametrize(
    ("number", "can", "said"),
    [
        ("+33639981234", CAN, "Je vous envoie l'adresse de l'atelier par SMS."),
        ("+33199001234", CAN, "Je ne peux pas envoyer de SMS au numéro de cet appel."),
        ("", CAN, "Je ne peux pas envoyer de SMS au numéro de cet appel."),
        ("+33639981234", Facilities(transfer=True), "Je ne peux pas envoyer de SMS en ce moment."),
    ],
)
async def test_text_is_promised_only_when_it_is_ordered(book: CallBook, number: str, can: Facilities, said: str) -> None:
    line = await taken(book, can=can, number=number)
    task = Task(TaskKind.SEND_TEXT, text="address")
    assert texts(await line.receptionist.take_back(FIRST, Returned(Why.GIVEN_BACK, CLAIRE, task))) == [BACK, said, ELSE]
    ordered = "c1-text-address" in await book.work("c1")
    assert ordered is said.startswith("Je vous envoie")
    assert line.call.handover.texts == (("address",) if ordered else ())


async def test_leave_is_taken_when_everything_is_said(book: CallBook) -> None:
    line = await taken(book)
    reply = await line.receptionist.take_back(FIRST, Returned(Why.GIVEN_BACK, CLAIRE, Task(TaskKind.TAKE_LEAVE)))
    assert reply.ending is EndReason.GOODBYE
    assert texts(reply)[-1] == "Merci de votre appel. Au revoir."


@pytest.mark.parametrize("reason", [EndReason.CALLER_HUNG_UP, EndReason.LINE_LOST])
async def test_call_in_the_carriers_room_is_not_over_when_our_stream_is(book: CallBook, reason: EndReason) -> None:
    line = await taken(book, taker=BY_PHONE)
    await line.receptionist.hang_up(reason)
    assert not line.receptionist.ended
    assert (await kinds(line, EventKind.LINE_LOST)) == [{"reason": "with_taker"}]
    line.clock.passes(120)
    reply = await line.receptionist.resume()
    assert texts(reply) == ["La ligne avec Monsieur Morel a été coupée, je suis de nouveau avec vous.", ELSE]
    assert (await kinds(line, EventKind.TAKEN_BACK))[0]["why"] == Why.AGENT_LOST


async def test_task_given_while_they_talk_is_done_when_the_room_closes(book: CallBook) -> None:
    line = await taken(book, taker=BY_PHONE)
    await line.receptionist.give_task(Task(TaskKind.SEND_TEXT, text="address"))
    assert (await book.call("c1")).handover.task == Task(TaskKind.SEND_TEXT, text="address")
    said = texts(await line.receptionist.resume())
    assert said == [BACK, "Je vous envoie l'adresse de l'atelier par SMS.", ELSE]


@pytest.mark.parametrize("taker", [CLAIRE, BY_PHONE])
async def test_call_that_a_human_ends_is_handled(book: CallBook, taker) -> None:
    line = await taken(book, taker=taker)
    await line.receptionist.hang_up(EndReason.HANDLED)
    assert (await book.call("c1")).ended is EndReason.HANDLED
    assert await book.message("c1") is None, "the human did what was to be done"
    assert (await book.work("c1")) == frozenset()


async def test_caller_who_hangs_up_on_the_agent_was_handled(book: CallBook) -> None:
    line = await taken(book)
    await line.receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    assert (await book.call("c1")).ended is EndReason.HANDLED


async def test_handled_call_still_leaves_what_was_recorded(book: CallBook) -> None:
    told = (StateRequest("quote", "un devis"), PAUL, GiveDetail("callback_number", "+33639981234", "…"))
    line = on_the_line(
        book,
        [(*told, GiveDetail("reason", "un devis", "…"), GiveDetail("address", "12 rue Haute", "…"))]
        + [(Affirm("oui"),)] * 4,
    )
    await line.receptionist.pick_up()
    for _ in range(4):
        await line.say()
    assert "message" in line.call.told
    await line.receptionist.announce("c1-handoff-1", CLAIRE)
    await line.receptionist.hang_up(EndReason.HANDLED)
    message = await book.message("c1")
    assert message is not None
    assert message.state is MessageState.COMPLETE
    assert "c1-deliver-final" in await book.work("c1")


async def test_time_with_a_human_does_not_count_as_ours(book: CallBook) -> None:
    line = await taken(book)
    assert line.receptionist.time_limit_s > 3600
    left = line.receptionist.instructions.limits.call_s - line.receptionist.elapsed_ms / 1000
    line.clock.passes(1800)
    await line.receptionist.take_back(FIRST, Returned(Why.GIVEN_BACK, CLAIRE))
    assert line.receptionist.time_limit_s == pytest.approx(left)


async def test_call_that_was_taken_over_before_any_wish_goes_on_where_it_was(book: CallBook) -> None:
    line = on_the_line(book, [])
    await line.receptionist.pick_up()
    await line.receptionist.announce("c1-handoff-1", CLAIRE)
    said = texts(await line.receptionist.take_back("c1-handoff-1", Returned(Why.GIVEN_BACK, CLAIRE)))
    assert said == [BACK, "Que puis-je faire pour vous ?"]
    assert line.call.handover.handoffs == 1


async def test_telephone_that_drops_at_once_was_no_talk(book: CallBook) -> None:
    line = await taken(book, taker=BY_PHONE)
    line.clock.passes(5)
    said = texts(await line.receptionist.resume(Returned(Why.AGENT_LOST, BY_PHONE)))
    assert said[0].startswith("La ligne avec Monsieur Morel")
    assert said[-1].startswith("Je cherche quelqu'un")


async def test_announced_human_who_was_never_joined_had_nobody(book: CallBook) -> None:
    line = await taken(book, taker=BY_PHONE)
    said = texts(await line.receptionist.take_back(FIRST, Returned(Why.NOT_CONNECTED, BY_PHONE)))
    assert said[0] == "La mise en relation n'a pas abouti."
    assert line.call.handover.talked_with == ()
    assert (await line.rows())[-1].id == "c1-handoff-2"
