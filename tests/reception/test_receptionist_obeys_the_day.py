"""What the receptionist brings to the rules: the day's instructions, what can be done now, what the model cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.scripted_understanding import ScriptedUnderstanding
from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import Act, AskForHuman, AskForPerson, GiveDetail, StateRequest, Unclear
from voicebot.domain.call import Call, call_json
from voicebot.domain.events import EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import message_json
from voicebot.domain.model_use import ModelUse
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.speaking import Heard, Then
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook
from voicebot.understanding.ports import Context, Reading

DAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
FICHES = Path(__file__).parents[1] / "fakes" / "fiches"
EVERYTHING = Facilities(transfer=True, on_call=True)


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


def lifts() -> Instructions:
    return read_client_file(FICHES / "ascenseurs-vauban.yaml")


def on_the_line(
    book: CallBook,
    turns: list[tuple[Act, ...]],
    facilities: Callable[[], Facilities] = lambda: ONLY_MESSAGES,
    instructions: Instructions | None = None,
    understanding: Any = None,
) -> Receptionist:
    client = instructions or lifts()
    call = Call("c1", client.id, 7, "", "+33199003001", DAY, Language.FRENCH, instructions_digest="0123456789ab")
    journal = Journal(book, lambda: DAY, lambda _call, _event: None)
    return Receptionist(call, client, understanding or ScriptedUnderstanding(turns), journal, lambda: DAY, facilities)


async def test_without_facilities_nobody_is_rung(book: CallBook) -> None:
    receptionist = on_the_line(book, [(AskForHuman("un conseiller"),)])
    await receptionist.pick_up()
    reply = await receptionist.hear(Heard("un conseiller"))
    assert receptionist.call.handover.to is None
    assert "message" in " ".join(s.text for s in reply.sentences)


async def test_facilities_are_asked_at_every_turn_and_a_failed_transfer_goes_on_with_a_message(book: CallBook) -> None:
    now = [ONLY_MESSAGES]
    receptionist = on_the_line(book, [(Unclear("euh"),), (AskForHuman("un conseiller"),)], lambda: now[0])
    await receptionist.pick_up()
    await receptionist.hear(Heard("euh"))
    now[0] = EVERYTHING
    put = await receptionist.hear(Heard("un conseiller"))
    assert receptionist.call.handover.to == ""
    assert "Je cherche quelqu'un" in put.sentences[-1].text
    failed = await receptionist.transfer_failed()
    assert failed.then is Then.LISTEN
    assert failed.sentences[0].text == "Personne n'a pu prendre votre appel."
    message = await book.message("c1")
    assert message is not None
    assert message.human_wanted


async def test_expired_scenario_is_not_obeyed(book: CallBook) -> None:
    client = lifts()
    ended = tuple(s.model_copy(update={"valid_to": date(2026, 11, 22)}) if s.id == "quote" else s for s in client.scenarios)
    receptionist = on_the_line(
        book, [(StateRequest("quote", "un devis"),)], instructions=client.model_copy(update={"scenarios": ended})
    )
    await receptionist.pick_up()
    await receptionist.hear(Heard("un devis"))
    assert receptionist.call.scenario is None
    assert receptionist.instructions.scenario("quote") is None


async def test_notice_is_spoken_only_on_its_days(book: CallBook) -> None:
    spoken = await on_the_line(book, []).pick_up()
    assert "Nous déménageons le premier décembre." in [s.text for s in spoken.sentences]
    client = lifts()
    over = client.notices[0].model_copy(update={"valid_to": date(2026, 11, 22)})
    silent = await on_the_line(book, [], instructions=client.model_copy(update={"notices": (over,)})).pick_up()
    assert not any("déménageons" in s.text for s in silent.sentences)


class _CostlyUnderstanding:
    async def read(self, words: str, context: Context) -> Reading:
        use = ModelUse(2, 100, 20, 0.5)
        assert context.meter is not None
        context.meter.add(use)
        return Reading((Unclear(words),), by="language_model", model_use=use)


async def test_cost_of_the_model_is_counted_per_reading_and_per_call(book: CallBook) -> None:
    receptionist = on_the_line(book, [], understanding=_CostlyUnderstanding())
    await receptionist.pick_up()
    await receptionist.hear(Heard("un"))
    await receptionist.hear(Heard("deux"))
    assert receptionist.call.model_use == ModelUse(4, 200, 40, 1.0)
    events = await book.events("c1")
    read = [e.data for e in events if e.kind is EventKind.ACTS_UNDERSTOOD]
    assert [(d["requests"], d["prompt_tokens"], d["completion_tokens"], d["cost"]) for d in read] == [(2, 100, 20, 0.5)] * 2
    assert (await book.call("c1")).model_use == receptionist.call.model_use


async def test_opened_call_names_the_file_that_it_obeys(book: CallBook) -> None:
    await on_the_line(book, []).pick_up()
    opened = (await book.events("c1"))[0]
    assert opened.data["instructions_digest"] == "0123456789ab"


async def test_reference_may_be_keyed_where_the_client_says_so(book: CallBook) -> None:
    receptionist = on_the_line(book, [(StateRequest("contract", "mon contrat"),), (StateRequest("breakdown", "panne"),)])
    await receptionist.pick_up()
    await receptionist.hear(Heard("mon contrat"))
    replies = [await receptionist.hear_keys(key) for key in "79927398713#"]
    assert replies[:-1] == [None] * 11
    assert receptionist.call.details["contract"].value == "79927398713"
    assert receptionist.call.details["contract"].source == "keypad"


async def test_tie_of_names_may_be_answered_by_key(book: CallBook) -> None:
    receptionist = on_the_line(book, [(AskForPerson(None, "Dupont", "dupont", ("dupont", "dupond")),)])
    await receptionist.pick_up()
    asked = await receptionist.hear(Heard("dupont"))
    assert asked.sentences[-1].text == "Est-ce Renaud Dupont, technicien, ou Alain Dupond, technicien ?"
    await receptionist.hear_keys("2")
    assert receptionist.call.person_asked == "dupond"


async def test_call_of_the_version_before_still_loads(book: CallBook) -> None:
    receptionist = on_the_line(book, [(StateRequest("quote", "un devis"), GiveDetail("caller_name", "Paul", "paul"))])
    await receptionist.pick_up()
    await receptionist.hear(Heard("un devis"))
    row = call_json.dump_python(receptionist.call, mode="json")
    added = (
        "in_question", "told", "question_noted", "handover", "orientation", "person_candidates", "caller_kind", "filter",
        "instructions_digest", "model_use",
    )  # fmt: skip
    for name in added:
        del row[name]
    old = call_json.validate_python(row)
    assert old.scenario == "quote"
    message = await book.message("c1")
    assert message is not None
    written = message_json.dump_python(message, mode="json")
    del written["orientation"], written["caller_kind"]
    assert message_json.validate_python(written).orientation is None
    journal = Journal(book, lambda: DAY, lambda *_: None, next_number=99)
    second = Receptionist(old, lifts(), ScriptedUnderstanding([(Unclear("bla"),)]), journal, lambda: DAY)
    assert (await second.hear(Heard("bla"))).sentences
