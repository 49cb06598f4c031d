"""The card of a real call: what an agent reads in five seconds, with the evidence of each detail; and the order of risk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.conftest import BY_DAY
from tests.reception.humans import CLAIRE, FIRST, MOBILE, OnTheLine, on_the_line
from voicebot.domain.call import Call, EndReason
from voicebot.domain.card import CardLine, Correction, Standing, card_json
from voicebot.domain.details import DetailSource
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Returned, Task, TaskKind, Why
from voicebot.domain.language import Language
from voicebot.domain.orientation import Handover
from voicebot.domain.speaking import Heard
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.policy.card import card_of
from voicebot.policy.risk import MOST, risk_of
from voicebot.store.call_book import CallBook

LILAS = Path(__file__).parents[2] / "client_configs" / "cabinet-lilas.yaml"


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


async def told(line: OnTheLine, *words: str) -> None:
    """Spoken turns, each as ears give it."""
    await line.receptionist.pick_up()
    for number, said in enumerate(words, start=1):
        begins = number * 10_000
        await line.receptionist.hear(Heard(said, 0.5 + number / 10, begins, begins + 2000, "practice ears"))


async def card(line: OnTheLine, *corrections: Correction):
    instructions = line.receptionist.instructions
    return card_of(line.call, await line.book.events("c1"), instructions, line.clock.now, corrections)


def line_of(whole, detail: str) -> CardLine:
    return next(line for line in whole.lines if line.detail == detail)


async def test_card_of_a_leak(book: CallBook) -> None:
    line = on_the_line(book)
    await told(
        line, "bonjour j'ai une fuite d'eau sous la chaudière", "je m'appelle Paul Martin", "passez-moi un conseiller"
    )
    whole = await card(line)
    assert whole.who == "Paul Martin"
    assert "fuite" in whole.what
    assert "\n" not in whole.what
    assert whole.why == "demande à parler à quelqu'un"
    name = line_of(whole, "caller_name")
    assert (name.value, name.standing, name.label) == ("Paul Martin", Standing.SURE, "nom")
    assert (name.confidence, name.started_ms, name.ended_ms) == (0.7, 20_000, 22_000)
    assert "Paul Martin" in name.words
    address = line_of(whole, "address")
    assert (address.value, address.standing, address.started_ms) == ("", Standing.MISSING, None)
    assert "address" in whole.missing
    assert whole.said[-1] == "passez-moi un conseiller"
    assert card_json.validate_json(card_json.dump_json(whole)) == whole


async def test_number_of_the_line_is_confirmed_and_no_ear_heard_it(book: CallBook) -> None:
    line = on_the_line(book)
    await told(line, "je voudrais un devis", "Paul Martin", "oui")
    number = line_of(await card(line), "callback_number")
    assert (number.value, number.standing, number.source) == ("06 39 98 12 34", Standing.CONFIRMED, DetailSource.LINE)
    assert number.confidence is None


async def test_correction_replaces_and_says_by_whom(book: CallBook) -> None:
    line = on_the_line(book)
    await told(line, "je voudrais un devis", "Paul Martin")
    told_wrong = Correction("caller_name", "Paul Martin", "Paul Martain", "claire.petit", line.clock.now)
    new = Correction("address", "", "12 rue Haute", "claire.petit", line.clock.now)
    whole = await card(line, replace(told_wrong, now="Pol"), told_wrong, new)
    name = line_of(whole, "caller_name")
    assert (name.value, name.standing, name.corrected_by) == ("Paul Martain", Standing.CONFIRMED, "claire.petit")
    assert name.started_ms == 20_000, "the sound it came from stays"
    assert whole.who == "Paul Martain"
    assert line_of(whole, "address").value == "12 rue Haute"
    assert "address" not in whole.missing


async def test_promises_stand_as_they_were_spoken_and_heard(book: CallBook) -> None:
    line = on_the_line(book)
    await told(line, "passez-moi un conseiller")
    await line.receptionist.announce(FIRST, CLAIRE)
    task = Task(TaskKind.SEND_TEXT, text="address")
    reply = await line.receptionist.take_back(FIRST, Returned(Why.GIVEN_BACK, CLAIRE, task))
    assert (await card(line)).promised == ("Je vous envoie l'adresse de l'atelier par SMS.",)
    unheard = [CallEvent(900 + n, BY_DAY, EventKind.SENTENCE_PLAYED, {"sentence": s.id, "played": "none"})
               for n, s in enumerate(reply.sentences)]  # fmt: skip
    events = (*await book.events("c1"), *unheard)
    assert card_of(line.call, events, line.receptionist.instructions, BY_DAY).promised == ()


async def test_notes_of_a_secret_client_and_of_a_rehearsal(book: CallBook) -> None:
    line = on_the_line(book, client=LILAS, rehearsal=True, language=Language.ENGLISH)
    await told(line, "I would like to speak to a person please")
    notes = (await card(line)).notes
    assert "appel d'essai : rien ne part" in notes
    assert any("patient" in note for note in notes)
    assert "parle anglais" in notes


async def test_unknown_caller_shows_the_number(book: CallBook) -> None:
    line = on_the_line(book)
    await told(line)
    assert (await card(line)).who == "06 39 98 12 34"
    assert (await card(on_the_line(book, number=""))).who == ""
    assert MOBILE


CALM = Call("c1", "chauffage-morel", 1, MOBILE, "", BY_DAY, Language.FRENCH)
WORSE = {
    "danger": {"urgency": Urgency(UrgencyLevel.P0, "fire", "au feu"), "safety_script_given": ("fire",)},
    "urgent": {"urgency": Urgency(UrgencyLevel.P1, "leak")},
    "human": {"human_asked": True, "tries": {"wish:human": 2}},
    "waiting": {"handover": Handover(to="", queued_at=BY_DAY - timedelta(seconds=90))},
    "failed": {"handover": Handover(failed=("",))},
    "unclear": {"unclear": 2},
    "asked again": {"tries": {"caller_name": 3}},
    "silent": {"silences": 2},
    "read back": {"read_backs": 3},
}


@pytest.mark.parametrize("worse", WORSE.values(), ids=WORSE)
def test_each_fact_raises_the_risk(worse: dict) -> None:
    assert risk_of(CALM, (), BY_DAY).score == 0
    risen = risk_of(replace(CALM, **worse), (), BY_DAY)
    assert 0 < risen.score <= MOST
    assert risen.reasons


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3), st.integers(0, 900), st.sampled_from(list(UrgencyLevel)))
def test_more_of_a_fact_never_lowers_the_risk(unclear: int, again: int, silences: int, waited_s: int, level) -> None:
    def call(more: int) -> Call:
        since = BY_DAY - timedelta(seconds=waited_s + 60 * more)
        return replace(
            CALM,
            unclear=unclear + more,
            tries={"caller_name": again + more, "wish:human": again + more},
            silences=silences + more,
            handover=Handover(to="", queued_at=since),
            urgency=Urgency(level, "leak"),
        )

    scores = [risk_of(call(more), (), BY_DAY).score for more in range(4)]
    assert scores == sorted(scores)
    more_urgent = [level for level in UrgencyLevel if level <= call(0).urgency.level]  # type: ignore[union-attr]
    urgent = [risk_of(replace(call(0), urgency=Urgency(one, "leak")), (), BY_DAY).score for one in more_urgent]
    assert urgent == sorted(urgent, reverse=True)


def test_call_that_a_human_has_or_that_is_over_needs_nobody() -> None:
    worst = replace(CALM, unclear=4, human_asked=True)
    assert risk_of(worst, (), BY_DAY).score > 0
    assert risk_of(replace(worst, handover=Handover(with_taker=CLAIRE)), (), BY_DAY).score == 0
    assert risk_of(replace(worst, ended=EndReason.GOODBYE), (), BY_DAY).score == 0


def test_refusals_in_a_row_count_and_an_answer_ends_them() -> None:
    def turn(number: int, kind: str) -> CallEvent:
        return CallEvent(number, BY_DAY, EventKind.ACTS_UNDERSTOOD, {"turn": number, "acts": [{"kind": kind}]})

    refused = [turn(1, "refuse"), turn(2, "unclear"), turn(3, "refuse")]
    assert "refuses" in risk_of(CALM, refused, BY_DAY).reasons
    assert risk_of(CALM, [*refused, turn(4, "give_detail")], BY_DAY).score == 0
