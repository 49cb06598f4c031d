"""The judge of understanding: known answers for its statistics, and faults that it must find."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.instructions import heating_engineer
from voicebot.clients.directory import Clients
from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.language import Language
from voicebot.errors import EvalFileError
from voicebot.policy.figures import wilson
from voicebot.quality.comparing.rates import Counts, Rate
from voicebot.quality.labelled_utterances import read_labelled
from voicebot.quality.understanding_evals import Report, judge, same_value
from voicebot.understanding.ports import Context, Reading

NUMBER = "callback_number"


class _Says:
    """An understanding that always reads the same."""

    def __init__(self, *found: Act) -> None:
        self._found = found

    async def read(self, words: str, context: Context) -> Reading:
        return Reading(self._found, "rules")


async def _report(tmp_path: Path, row: str, *found: Act) -> Report:
    file = tmp_path / "rows.yaml"
    file.write_text(f"client: chauffage-tison\nutterances:\n  - {row}\n", encoding="utf-8")
    clients = Clients("tests", {"chauffage-tison": heating_engineer()})
    return await judge(read_labelled([file]), clients, _Says(*found))


# Known answers: Newcombe (1998), Statistics in Medicine 17, 857-872, table I (method 3).
@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_those_of_the_literature(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_without_trials_knows_nothing_and_impossible_counts_are_refused() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 successes of 2 trials"):
        wilson(3, 2)


def test_precision_recall_and_f1() -> None:
    counts = Counts(right=6, spurious=2, missed=4)
    assert (counts.precision, counts.recall) == (Rate(6, 8), Rate(6, 10))
    assert counts.f1 == pytest.approx(2 * 0.75 * 0.6 / 1.35)
    assert Counts().f1 is None


async def test_missed_danger_and_false_alarm_are_found(tmp_path: Path) -> None:
    missed = await _report(tmp_path, '{say: "ça sent le gaz", danger: [gas_smell]}', acts.Unclear(""))
    assert missed.danger == Counts(missed=1)
    assert [(f.what, f.wanted, f.found) for f in missed.failures] == [("danger", "gas_smell", "none")]
    alarm = await _report(tmp_path, '{say: "un devis"}', acts.RaiseRedFlag("fire", "devis"))
    assert alarm.false_alarms == Rate(1, 1)


async def test_wrong_red_flag_is_a_danger_heard_but_counts_against_both_flags(tmp_path: Path) -> None:
    report = await _report(tmp_path, '{say: "ça sent le gaz", danger: [gas_smell]}', acts.RaiseRedFlag("fire", "gaz"))
    assert report.danger == Counts(right=1)
    assert report.acts["danger gas_smell"] == Counts(missed=1)
    assert report.acts["danger fire"] == Counts(spurious=1)


async def test_wish_for_a_human_is_judged_in_every_row(tmp_path: Path) -> None:
    spurious = await _report(tmp_path, '{say: "un devis"}', acts.AskForHuman("devis"))
    assert spurious.acts["human"] == Counts(spurious=1)
    person = await _report(tmp_path, '{say: "monsieur tison", person: tison}', acts.AskForPerson("tison", "tison", ""))
    assert person.acts["human"] == person.acts["person"] == Counts(right=1)


@pytest.mark.parametrize(
    ("wanted", "act", "column"),
    [
        ("+33639981234", GiveDetail(NUMBER, "+33639981234", ""), "exact"),
        ("+33639981234", GiveDetail(NUMBER, "+33639981235", ""), "wrong"),
        ("+33639981234", GiveDetail(NUMBER, "+33639981235", "", Confidence.UNSURE), "doubted"),
        ("+33639981234", GiveDetail(NUMBER, "063998", "", complete=False), "asked"),
        ("+33639981234", acts.Unclear(""), "asked"),
        ("ask", GiveDetail(NUMBER, "+33639981234", ""), "invented"),
        ("ask", GiveDetail(NUMBER, "+33639981234", "", Confidence.UNSURE), "rightly_asked"),
        ("ask", acts.Unclear(""), "rightly_asked"),
    ],
)
async def test_each_verdict_on_a_detail(tmp_path: Path, wanted: str, act: Act, column: str) -> None:
    row = f'{{say: "…", asked: {NUMBER}, details: {{{NUMBER}: "{wanted}"}}}}'
    score = (await _report(tmp_path, row, act)).details["phone/fr"]
    columns = ("exact", "asked", "doubted", "wrong", "invented", "rightly_asked")
    assert {name: getattr(score, name) for name in columns} == {name: int(name == column) for name in columns}


async def test_unsure_scenario_counts_only_where_it_is_right(tmp_path: Path) -> None:
    unsure = acts.StateRequest("leak", "", Confidence.UNSURE)
    assert (await _report(tmp_path, '{say: "…", scenario: leak}', unsure)).acts["scenario"] == Counts(right=1)
    assert not (await _report(tmp_path, '{say: "…", scenario: none}', unsure)).failures
    sure = await _report(tmp_path, '{say: "…", scenario: none}', acts.StateRequest("leak", ""))
    assert sure.acts["scenario"] == Counts(spurious=1)
    assert sure.confusions[("scenario", "none", "leak")] == 1


async def test_listed_acts_are_all_and_only_those_that_may_be_there(tmp_path: Path) -> None:
    goodbye = acts.SayGoodbye("au revoir")
    both = await _report(tmp_path, '{say: "merci au revoir", acts: [goodbye]}', acts.Thank("merci"), goodbye)
    assert not both.failures
    none = await _report(tmp_path, '{say: "ok le parking", acts: []}', acts.AskForLanguage(Language.ENGLISH, "ok"))
    assert [(f.what, f.wanted, f.found) for f in none.failures] == [("language en", "none", "language en")]


def test_values_are_compared_as_people_read_them() -> None:
    kinds = heating_engineer().detail_kind
    assert same_value(kinds("caller_name"), "Jean-Pierre Le Goff", "jean pierre le goff")
    assert not same_value(kinds("caller_name"), "Dupont", "Dupond")
    assert same_value(kinds("address"), "12 rue des Lilas, Lyon", "12 rue des lilas lyon")
    assert same_value(kinds("address"), "3 rue du 4 septembre", "3 rue du Quatre-Septembre")
    assert not same_value(kinds("address"), "3 rue du 4 septembre", "3 rue du 14 septembre")
    assert same_value(kinds("contract"), "AB 1234", "ab1234")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{say: "x", danger: [gaz]}', "line 3, danger: Value error, unknown red flag gaz"),
        ('{say: "x", answer: perhaps}', "line 3, answer"),
        ('{say: "x", humann: true}', "line 3, humann"),
        ('{say: "x", at: "tomorrow"}', 'line 3, at: Value error, "tomorrow" is not a local time'),
        ("just words", "line 3: a row is written {say: …}"),
    ],
)
def test_bad_row_is_named_with_its_line(tmp_path: Path, row: str, said: str) -> None:
    file = tmp_path / "rows.yaml"
    file.write_text(f"client: chauffage-tison\nutterances:\n  - {row}\n", encoding="utf-8")
    with pytest.raises(EvalFileError) as caught:
        read_labelled([file])
    assert said in str(caught.value)
    assert str(file) in str(caught.value)


async def test_unknown_client_and_detail_are_named(tmp_path: Path) -> None:
    with pytest.raises(EvalFileError, match='no client "nobody"'):
        await _report(tmp_path, '{say: "x", client: nobody}')
    with pytest.raises(EvalFileError, match='no detail "colour"'):
        await _report(tmp_path, '{say: "x", details: {colour: red}}')
