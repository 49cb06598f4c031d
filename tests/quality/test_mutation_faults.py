"""Faults bite where they are put, are seen by the suite, and never stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.clients.directory import Clients, load_clients
from voicebot.errors import EvalFileError
from voicebot.policy import decide as rules
from voicebot.quality.conversation_evals import passing_book
from voicebot.quality.conversation_file import WrittenConversation, read_conversations
from voicebot.quality.mutation.benign import BENIGN, reworded, varied
from voicebot.quality.mutation.catalogue import FAULTS, faults_named
from voicebot.quality.mutation.fault import Seam
from voicebot.quality.mutation.hearing_faults import swapped_digits
from voicebot.quality.mutation.held import Held, hold_and_judge
from voicebot.quality.mutation.measure import Suite, measure
from voicebot.quality.mutation.seams import injected, watched
from voicebot.reception import one_call, receptionist
from voicebot.reception.one_call import OneCall
from voicebot.settings import shipped
from voicebot.store.call_book import CallBook
from voicebot.understanding.rules import Rules

CALLS = shipped("evals") / "conversations" / "heating.yaml"


@pytest.fixture(scope="module")
def clients() -> Clients:
    return load_clients(shipped("client_configs"))


@pytest.fixture(scope="module")
def understanding() -> Rules:
    return Rules()


def call_named(name: str) -> WrittenConversation:
    return next(c for c in read_conversations([CALLS]) if c.conversation.name == name)


async def held(name: str, clients: Clients, understanding: Rules) -> Held:
    written = call_named(name)
    async with passing_book() as book:
        return await hold_and_judge(written, clients.of(written.client), understanding, book, 0)


def seams() -> list[object]:
    names = ("greet", "decide", "pass_silence", "resume", "reach_time_limit", "transfer_failed")
    places = [vars(rules)[name] for name in names]
    places += [vars(one_call)[name] for name in ("compose", "message_of", "work_after_turn", "work_after_call", "queued_by")]
    return [*places, vars(receptionist)["acts_of_keys"], vars(OneCall)["__init__"], vars(CallBook)["save"]]


def test_there_are_faults_of_every_seam_and_each_says_whom_it_harms():
    assert len(FAULTS) >= 40
    assert {seam for fault in FAULTS.values() for seam in fault.changes} == set(Seam)
    assert all(fault.harm.endswith(".") and fault.changes for fault in FAULTS.values())
    assert len({fault.harm for fault in FAULTS.values()}) == len(FAULTS)


def test_an_unknown_fault_is_refused_by_name():
    with pytest.raises(EvalFileError):
        faults_named("no-such-fault")


def test_digits_change_places_and_a_number_of_one_digit_stays():
    assert swapped_digits("+33639981234") == "+33639981243"
    assert swapped_digits("+33611111111") == "+33611111111"


async def test_a_fault_bites_while_the_block_lasts_and_never_after(clients: Clients, understanding: Rules):
    before = seams()
    right = await held("smell-of-gas", clients, understanding)
    with injected(FAULTS["script_dropped"], clients):
        faulty = await held("smell-of-gas", clients, understanding)
    after = await held("smell-of-gas", clients, understanding)
    assert any("Sortez tout de suite" in line for line in right.lines)
    assert not any("Sortez tout de suite" in line for line in faulty.lines)
    assert not right.failed
    assert faulty.failed
    assert after == right
    assert seams() == before


def test_a_block_that_breaks_takes_its_fault_out_too(clients: Clients):
    before = seams()
    with pytest.raises(EvalFileError), injected(FAULTS["message_lost"], clients):
        faults_named("no-such-fault")
    assert seams() == before


async def test_watching_changes_nothing_and_names_what_could_bite(clients: Clients, understanding: Rules):
    right = await held("canvasser-is-refused", clients, understanding)
    with watched(FAULTS.values(), clients) as noted:
        seen = await held("canvasser-is-refused", clients, understanding)
    assert seen == right
    assert {"canvasser_gets_through", "disclosure_dropped", "refusal_unsaid"} <= noted
    assert not noted & {"script_dropped", "keys_ignored", "silence_never_prompted", "on_call_not_woken"}


async def test_what_watching_does_not_name_does_not_happen(clients: Clients, understanding: Rules):
    name = "leak-under-control"
    with watched(FAULTS.values(), clients) as noted:
        right = await held(name, clients, understanding)
    for fault in [f for f in FAULTS.values() if f.name not in noted][::12]:
        with injected(fault, clients):
            assert (await held(name, clients, understanding)).record == right.record


async def test_memory_of_a_fault_ends_with_the_call(clients: Clients, understanding: Rules):
    with injected(FAULTS["question_loop"], clients):
        first = await held("no-hot-water-at-night", clients, understanding)
        second = await held("no-hot-water-at-night", clients, understanding)
    assert first == second
    assert max(first.lines.count(line) for line in first.lines if line.startswith("receptionist")) >= 4


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return Suite((CALLS,), shipped("client_configs"), "leak-")


SAMPLE = ("yes_no_detail_inverted", "disclosure_dropped", "message_lost", "criterion_ignored", "asked_though_answered")


def test_the_suite_sees_a_sample_of_faults(few: Suite):
    found = measure(few, [FAULTS[name] for name in SAMPLE])
    assert not found.failing
    assert [m.fault.name for m in found.slipped] == []
    assert found.caught.trials == len(SAMPLE)
    assert found.sensitivity.trials == sum(len(m.bites) for m in found.faults)


def test_a_fault_that_no_call_reaches_is_told_apart_and_counts_as_not_caught(few: Suite):
    found = measure(few, [FAULTS["keys_ignored"], FAULTS["message_lost"]])
    never, lost = found.faults
    assert (never.reached, never.caught) == (False, False)
    assert lost.caught
    assert found.caught.successes == 1


def test_fewer_calls_at_first_come_to_the_same_verdict(few: Suite):
    faults = [FAULTS["criterion_ignored"], FAULTS["message_lost"]]
    all_calls, first_only = measure(few, faults, most_calls=100), measure(few, faults, most_calls=1)
    assert [m.caught for m in first_only.faults] == [m.caught for m in all_calls.faults]
    assert first_only.held < all_calls.held


def test_harmless_changes_apply_and_keep_facts_with_the_caller(clients: Clients):
    written = call_named("smell-of-gas")
    instructions = clients.of(written.client)
    kinds = {kind.name: kind for kind in BENIGN}
    assert len(kinds) >= 8
    other = varied(kinds["another_caller"], written, instructions)
    assert other is not None
    message = other.conversation.expect.message
    assert message is not None
    assert message.details["callback_number"] == "+33639982768"
    assert "vingt-sept soixante-huit" in other.conversation.answers["callback_number"][0]
    later = varied(kinds["another_day"], written, instructions)
    assert later is not None
    assert (later.conversation.at - written.conversation.at).days == 7


async def test_reworded_house_phrases_are_spoken_and_taken_back(clients: Clients, understanding: Rules):
    kind = next(k for k in BENIGN if k.wording)
    with reworded(kind):
        other = await held("no-hot-water-at-night", clients, understanding)
    after = await held("no-hot-water-at-night", clients, understanding)
    assert "receptionist: À quel nom, s'il vous plaît ?" in other.lines
    assert "receptionist: Quel est votre nom, s'il vous plaît ?" in after.lines
    assert not other.failed


def test_a_suite_is_read_as_written(few: Suite):
    assert all("leak" in call.conversation.name for call in few.calls())
    assert Path(few.paths[0]).name == "heating.yaml"
