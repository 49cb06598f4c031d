"""A past call under the instructions that it obeyed comes out word for word as it did, whatever happened around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.attacks import attacks
from tests.policy.told_ladders import acknowledged, alarm
from tests.quality.replay_calls_held import ROOT, again, clients
from tests.reception.humans import BY_PHONE, CAN, CLAIRE, FIRST, MOBILE, OnTheLine, on_the_line, waiting
from voicebot.domain.call import Call, EndReason
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import HandoffStatus, Hint, Returned, Task, TaskKind, Why
from voicebot.domain.ladder import Way
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Heard, Then
from voicebot.quality.conversation_evals import hold_call, passing_book
from voicebot.quality.conversation_file import read_conversations
from voicebot.quality.replaying.kept_call import KeptCall
from voicebot.quality.replaying.past_call import past_call
from voicebot.quality.replaying.replay_call import first_difference
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.understanding.rules import Rules


async def assert_identical(line: OnTheLine) -> None:
    assert isinstance(line.book, KeptCall)
    record = line.book.record
    way, _, place = await again(record, line.receptionist.instructions)
    past = past_call(record)
    now = [step.replies for step in way.steps]
    assert place is None, f"{[step.said for step in past.steps][place or 0 :]} → {now[place or 0 :]}"
    assert [step.said for step in past.steps] == now
    assert way.record.call.ended is record.call.ended
    assert way.record.message == record.message


async def test_all_shipped_conversations_come_out_as_they_did() -> None:
    rules, drifted, count = Rules(), list[str](), 0
    async with passing_book() as book:
        for written in read_conversations([ROOT / "evals" / "conversations"]):
            instructions = clients().of(written.client)
            record = (await hold_call(written, instructions, rules, book, count)).record
            way, _, place = await again(record, instructions)
            count += 1
            same = place is None and way.record.message == record.message
            if not same:
                drifted.append(written.conversation.name)
    assert count >= 180
    assert drifted == []


async def test_calls_of_attackers_come_out_as_they_did() -> None:
    rules, drifted = Rules(), list[str]()
    now = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    for row in attacks():
        book = KeptCall()
        call = Call(row.id, row.client, 1, "", "", now, row.instructions.language, carrier_call_id=row.id)
        can = Facilities(transfer=True, on_call=True)
        journal = Journal(book, lambda: now, lambda _c, _e: None)
        receptionist = Receptionist(call, row.instructions, rules, journal, lambda: now, lambda can=can: can)
        reply = await receptionist.pick_up()
        for words in row.say:
            if reply.then is Then.LISTEN:
                reply = await receptionist.hear(Heard(words))
        await receptionist.hang_up(reply.ending or EndReason.CALLER_HUNG_UP)
        if (await again(book.record, row.instructions))[2] is not None:
            drifted.append(row.id)
    assert drifted == []


async def test_a_handoff_that_is_given_back_with_a_task() -> None:
    line = await waiting(KeptCall())
    await line.queue(2)
    await line.queue(1, ringing=True, after_s=20)
    await line.say("c'est encore long ?")
    await line.receptionist.announce(FIRST, CLAIRE)
    line.clock.passes(60)
    await line.receptionist.note_said("agent", "Je vous envoie l'adresse.", 0.9, 61000, 63000, "keyboard")
    task = Task(TaskKind.SEND_TEXT, text="address")
    await line.receptionist.take_back(FIRST, Returned(Why.GIVEN_BACK, CLAIRE, task))
    await line.say("non merci au revoir")
    await line.receptionist.hang_up(EndReason.GOODBYE)
    await assert_identical(line)


@pytest.mark.parametrize("why", [Why.MAX_WAIT, Why.NOBODY])
async def test_a_queue_that_gives_up(why: Why) -> None:
    line = await waiting(KeptCall())
    await line.queue(1)
    await line.overflow(why)
    await line.say("je m'appelle paul martin")
    await line.say("pour une facture")
    await line.receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    await assert_identical(line)


async def test_a_transfer_that_fails_and_an_agent_who_is_not_connected() -> None:
    line = await waiting(KeptCall())
    await line.queue(1, status=HandoffStatus.RETURNED, why=Why.NOT_CONNECTED)
    await line.say("rappelez-moi plutôt")
    line.clock.passes(10)
    await line.receptionist.hear_silence(6)
    await line.receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    await assert_identical(line)


async def test_a_callback_instead_of_waiting() -> None:
    line = await waiting(KeptCall())
    await line.queue(3)
    await line.queue(3, after_s=75)
    await line.say("oui rappelez-moi plutôt")
    await line.say("non merci au revoir")
    await line.receptionist.hang_up(EndReason.GOODBYE)
    await assert_identical(line)


async def test_a_talk_on_the_telephone_that_comes_back() -> None:
    line = await waiting(KeptCall())
    await line.receptionist.announce(FIRST, BY_PHONE)
    await line.receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    line.clock.passes(90)
    await line.receptionist.resume(Returned(Why.AGENT_HUNG_UP))
    await line.say("non merci au revoir")
    await line.receptionist.hang_up(EndReason.GOODBYE)
    await assert_identical(line)


async def _urgent(can: Facilities = CAN) -> OnTheLine:
    """A leak by night that nobody can stop; the people on call are woken, and the caller is asked to stay."""
    line = on_the_line(KeptCall(), can=can)
    line.clock.passes(timedelta(hours=12).total_seconds())
    call = replace(line.call, started_at=line.clock.now)
    line = replace_call(line, call)
    await line.receptionist.pick_up()
    for words in (
        "j'ai une fuite d'eau je m'appelle paul martin",
        "zéro six trente-neuf quatre-vingt-dix-huit douze trente-quatre",
        "au douze rue des lilas à dijon",
        "non je trouve pas le robinet",
        "oui c'est ça",
    ):
        await line.say(words)
    return line


def replace_call(line: OnTheLine, call: Call) -> OnTheLine:
    journal = Journal(line.book, line.clock, lambda _c, _e: None)
    line.receptionist = Receptionist(
        call, line.receptionist.instructions, Rules(), journal, line.clock, facilities=lambda: line.can
    )
    return line


@pytest.mark.parametrize("way", [Way.KEYPAD, Way.LINK])
async def test_people_on_call_who_take_it(way: Way) -> None:
    line = await _urgent()
    await line.say("oui je reste")
    line.clock.passes(30)
    await line.receptionist.hear_on_call(acknowledged(way))
    if line.call.handover.connects:
        await line.receptionist.connecting_failed()
    await line.say("non merci au revoir")
    await line.receptionist.hang_up(EndReason.GOODBYE)
    assert line.call.handover.on_call_woken
    await assert_identical(line)


async def test_people_on_call_whom_nobody_reaches() -> None:
    line = await _urgent()
    await line.say("oui je reste")
    line.clock.passes(30)
    await line.receptionist.hear_on_call(alarm())
    await line.say("alors ?")
    await line.receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    await assert_identical(line)


async def test_a_house_that_loses_its_people_in_the_middle_of_a_call() -> None:
    line = await waiting(KeptCall())
    await line.receptionist.transfer_failed()
    line.can = Facilities()
    await line.say("passez-moi quelqu'un d'autre")
    await line.say("c'est pour une fuite d'eau")
    await line.receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    await assert_identical(line)


async def test_keys_silences_hints_a_cut_and_failing_deliveries() -> None:
    line = on_the_line(KeptCall(), can=replace(CAN, delivery=False), number="")
    await line.receptionist.pick_up()
    await line.say("je n'ai plus de chauffage")
    await line.receptionist.hear_silence(6)
    await line.say("je m'appelle paul martin")
    for key in "0639981234":
        await line.receptionist.hear_keys(key)
    await line.receptionist.lose_line("stream")
    line.clock.passes(9)
    await line.receptionist.resume()
    await line.receptionist.hear_hint(Hint("prends l'adresse", "claire"))
    await line.receptionist.hear_hint(Hint("c'est urgent", "claire"))
    await line.say("douze rue des lilas à dijon")
    await line.say("oui c'est ça")
    await line.receptionist.reach_time_limit()
    await line.receptionist.hang_up(EndReason.TIME_LIMIT)
    assert line.call.caller_number != MOBILE
    await assert_identical(line)


async def test_what_is_not_as_recorded_is_found_where_it_is() -> None:
    line = await waiting(KeptCall())
    await line.overflow()
    await line.say("je m'appelle paul martin")
    await line.receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    assert isinstance(line.book, KeptCall)
    record = line.book.record
    way, _, place = await again(record, line.receptionist.instructions)
    assert place is None
    says = [n for n, e in enumerate(record.events) if e.kind is EventKind.RECEPTIONIST_SAYS]
    events = list(record.events)
    events[says[-1]] = replace(events[says[-1]], data={**events[says[-1]].data, "text": "Autre chose."})
    changed = past_call(replace(record, events=tuple(events)))
    assert first_difference(changed, way) == len(changed.steps) - 1
