"""voicebot eval labels, as QA staff type it: figures and facts counted by hand, and what cannot be, said clearly."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.call_file.filed_samples import a_call
from tests.console.open_console import CLIENTS
from voicebot.cli.app import app
from voicebot.domain.call import EndReason
from voicebot.domain.card import Correction
from voicebot.domain.review import Draw, Only, Review
from voicebot.domain.scorecard import Scorecard
from voicebot.settings import settings
from voicebot.store.call_book import CallBook
from voicebot.store.correction_book import CorrectionBook
from voicebot.store.review_book import ReviewBook

MOREL, OTHER = "chauffage-morel", "ascenseurs-vertex"
BEGAN = datetime(2026, 11, 1, 9, tzinfo=UTC)
CARD = Scorecard.model_validate(
    {
        "title": {"fr": "Essai"},
        "items": [
            {"id": "polite", "kind": "yes_no", "weight": 1, "question": {"fr": "Poli ?"}},
            {
                "id": "tone",
                "kind": "scale",
                "weight": 1,
                "fact": "tone",
                "question": {"fr": "Ton ?"},
                "anchors": {1: {"fr": "non"}, 5: {"fr": "oui"}},
            },
            {"id": "name", "kind": "text", "fact": "message.details.caller_name", "question": {"fr": "Nom ?"}},
        ],
    }
)
POLITE = [("yes", "yes")] * 4 + [("yes", "no")] + [("no", "yes")] * 2 + [("no", "no")] * 3
"""7 of 10 alike; chance gives 0.5 · 0.6 + 0.5 · 0.4 = 0.5; so κ = (0.7 − 0.5) / 0.5 = 0.4."""


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(CLIENTS))
    monkeypatch.setenv("COLUMNS", "200")
    settings.cache_clear()
    yield
    settings.cache_clear()


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, ["eval", "labels", *words])


def a_day(number: int) -> datetime:
    return BEGAN + timedelta(days=number)


async def _judge(book: CallBook) -> None:
    """Ten calls, one a day from 1 November on, judged by ana and bo; chris settles the name that they heard differently."""
    made: list[Review] = []
    for number in range(10):
        call = a_call(id=f"call-{number}", client=MOREL, carrier_call_id=f"CA-{number}", ended=EndReason.GOODBYE)
        await book.save(call, [])
        made.append(Review(call.id, MOREL, "draw-1", f"t-{number}", "d1", "ana", "bo", "chris", BEGAN))
    draw = Draw("draw-1", MOREL, BEGAN, BEGAN, 10, 10, 1, Only.ALL, "d1", "chris", BEGAN)
    await ReviewBook(book.database).add(draw, CARD, made)
    for number, (ana, bo) in enumerate(POLITE):
        kept = ReviewBook(book.database, lambda number=number: a_day(number))
        heard = "Zoé Lefebvre" if number == 0 else "Zoé Lefèvre"
        await kept.submit(f"call-{number}", "ana", {"polite": ana, "tone": "4", "name": "zoe lefevre"}, "")
        await kept.submit(f"call-{number}", "bo", {"polite": bo, "tone": "4", "name": heard}, "")
    settling = ReviewBook(book.database, lambda: a_day(20))
    await settling.save_ruling("call-0", "chris", {"name": "Zoé Lefebvre"}, "", final=True)


async def _correct(book: CallBook) -> None:
    corrections = CorrectionBook(book.database)
    await book.save(a_call(id="call-x", client=OTHER, carrier_call_id="CA-x", ended=EndReason.GOODBYE), [])
    at = a_day(1)
    for call, client, correction in (
        ("call-1", MOREL, Correction("caller_name", "Zoé", "Chloé Lefèvre", "lea", at)),
        ("call-1", MOREL, Correction("address", "", "3 rue des Lilas, Dijon", "lea", at)),
        ("call-x", OTHER, Correction("caller_name", "", "Ali Benali", "lea", at)),
    ):
        await corrections.add(call, client, correction)


@pytest.fixture
def judged() -> None:
    async def fill() -> None:
        book = await CallBook.open(settings().database, reserve_bytes=0)
        try:
            await _judge(book)
            await _correct(book)
        finally:
            await book.close()

    settings().data_dir.mkdir(parents=True)
    asyncio.run(fill())


def rows_of(said: Result) -> dict[str, list[str]]:
    """First column → the others, of the table."""
    lines = [line.strip("│").split("│") for line in said.output.splitlines() if line.startswith("│")]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}


def facts_in(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.usefixtures("judged")
def test_agreement_is_what_was_counted_by_hand():
    said = typed("--client", MOREL)
    assert said.exit_code == 0, said.output
    rows = rows_of(said)
    # The interval is that of statsmodels.stats.inter_rater.cohens_kappa for [[4, 1], [2, 3]].
    assert rows["polite (yes_no, scorecard d1)"] == ["10", "70 %", "0.40", "-0.16 … 0.96", "fair (few)"]
    # Where everybody says the same, chance would too; texts have no κ at all.
    assert rows["tone (scale, scorecard d1)"] == ["10", "100 %", "–", "", "(few)"]
    assert rows["name (text, scorecard d1)"] == ["10", "90 %", "–", "", "(few)"]
    # Pooled over polite and tone: ((0.7 + 1) / 2 − (0.5 + 1) / 2) / (1 − (0.5 + 1) / 2) = 0.4.
    assert [rows[who][:3] for who in ("all questions", "ana – bo")] == [["20", "85 %", "0.40"]] * 2
    assert said.output.splitlines()[-1] == "21 reference facts of 10 calls."


@pytest.mark.usefixtures("judged")
def test_facts_are_those_that_both_say_the_arbiters_and_what_agents_corrected(tmp_path: Path):
    out = tmp_path / "reference" / "labels.jsonl"
    said = typed("--out", str(out))
    assert said.exit_code == 0, said.output
    assert f"22 reference facts of 11 calls in {out}." in said.output
    facts = {(one["call"], one["fact"]): one for one in facts_in(out)}
    assert [facts[f"call-{n}", "tone"]["value"] for n in range(10)] == ["4"] * 10
    ruled = {"client": MOREL, "value": "Zoé Lefebvre", "source": "review", "at": "2026-11-21T09:00:00Z"}
    name = "message.details.caller_name"
    assert facts["call-0", name] == {"call": "call-0", "fact": name} | ruled
    agreed, address = facts["call-1", name], facts["call-1", "message.details.address"]
    assert (agreed["value"], agreed["source"]) == ("zoe lefevre", "review")
    assert (address["value"], address["source"]) == ("3 rue des Lilas, Dijon", "correction")
    assert (facts["call-x", name]["client"], facts["call-x", name]["value"]) == (OTHER, "Ali Benali")
    assert not any(fact == "polite" for _, fact in facts)


@pytest.mark.usefixtures("judged")
def test_since_and_client_narrow_it_down(tmp_path: Path):
    out = tmp_path / "labels.jsonl"
    said = typed("--client", MOREL, "--since", "2026-11-09", "--out", str(out))
    # The last two calls, of 9 and 10 November, and the ruling of the 21st.
    assert rows_of(said)["polite (yes_no, scorecard d1)"][0] == "2"
    assert [(one["call"], one["fact"]) for one in facts_in(out)] == [
        ("call-0", "message.details.caller_name"),
        ("call-8", "message.details.caller_name"),
        ("call-8", "tone"),
        ("call-9", "message.details.caller_name"),
        ("call-9", "tone"),
    ]
    alone = typed("--client", OTHER)
    assert (alone.exit_code, rows_of(alone)) == (0, {"all questions": ["0", "–", "–", "", ""]})
    assert "1 reference facts of 1 calls." in alone.output


def test_what_cannot_be_is_said_with_its_remedy(tmp_path: Path):
    nobody = typed("--client", "chauffage-morelle")
    assert (nobody.exit_code, 'no client has the id "chauffage-morelle"' in nobody.output) == (1, True)
    (tmp_path / "file").write_text("", encoding="utf-8")
    unwritable = typed("--out", str(tmp_path / "file" / "labels.jsonl"))
    assert (unwritable.exit_code, "Choose another place" in unwritable.output) == (1, True)
    assert typed("--since", "hier").exit_code == 2
    assert not any("Traceback" in said.output for said in (nobody, unwritable))
