"""The decision sentence: what stops a change, what asks for a look, and what may be published."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.quality.reports_samples import made_case, made_run, verdict
from voicebot.domain.language import Language
from voicebot.policy.figures import wilson
from voicebot.quality.comparing.compare import compare
from voicebot.quality.comparing.paired import pairs_needed
from voicebot.quality.judging.verdict import JudgedCase
from voicebot.quality.reports.decision import TOLERATED, calls_needed, decide
from voicebot.quality.reports.words import sentence, words
from voicebot.quality.running.result import RunResult

NAME, ADVICE = "message.details.caller_name", "forbidden.advice"


def _case(number: int, *, name: bool = True, advice: bool = True) -> JudgedCase:
    return made_case(f"call-{number}", verdict(NAME, name), verdict(ADVICE, advice, critical=True))


def _run(
    calls: int, *, bad: tuple[int, ...] = (), advising: tuple[int, ...] = (), understanding: str = "rules"
) -> RunResult:
    cases = (_case(n, name=n not in bad, advice=n not in advising) for n in range(calls))
    return made_run(*cases, understanding=understanding)


def test_critical_failure_that_the_baseline_did_not_have_stops() -> None:
    after = _run(100, advising=(3, 7))
    decision = decide(after, compare(_run(100, advising=(3,)), after))
    assert decision.verdict == "stop"
    assert decision.reasons[0].code == "critical_new"
    assert decision.reasons[0].values == {"n": "1", "checks": ADVICE}
    assert decision.calls == ("call-7",)


def test_critical_failure_that_the_baseline_had_does_not_stop() -> None:
    run = _run(100, advising=(3,))
    decision = decide(run, compare(run, run))
    assert decision.verdict == "publish"
    assert decision.reasons[0].code == "nothing_lost_some_fail"
    assert decision.calls == ("call-3",)


def test_critical_failure_of_a_new_call_stops() -> None:
    after = _run(101, advising=(100,))
    assert decide(after, compare(_run(100), after)).calls == ("call-100",)


def test_critical_failure_without_a_baseline_stops() -> None:
    decision = decide(_run(100, advising=(3,)))
    assert (decision.verdict, decision.reasons[0].code) == ("stop", "critical")


def test_regression_stops_and_names_its_calls() -> None:
    after = _run(100, bad=(4, 5))
    decision = decide(after, compare(_run(100), after))
    assert decision.verdict == "stop"
    assert [reason.code for reason in decision.reasons] == ["regressions"]
    assert decision.calls == ("call-4", "call-5")


def test_loss_that_chance_may_explain_asks_for_a_look_and_tells_how_many_calls_it_takes() -> None:
    after = _run(200, bad=(1, 2, 3), understanding="some-model 0a1b")
    decision = decide(after, compare(_run(200, understanding="some-model 0a1b"), after))
    assert (decision.verdict, decision.reasons[0].code) == ("look", "unclear")
    assert decision.reasons[0].values["need"] == str(pairs_needed(3 / 200))
    assert decision.calls == ("call-1", "call-2", "call-3")


def test_sample_that_could_hide_a_loss_asks_for_a_look() -> None:
    run = _run(40, understanding="some-model 0a1b")
    decision = decide(run, compare(run, run))
    assert (decision.verdict, decision.reasons[0].code) == ("look", "too_few")
    assert decision.reasons[0].values["need"] == str(pairs_needed(TOLERATED))
    enough = _run(pairs_needed(TOLERATED), understanding="some-model 0a1b")
    assert decide(enough, compare(enough, enough)).verdict == "publish"


def test_few_calls_without_chance_are_enough_against_their_baseline() -> None:
    run = _run(5)
    assert decide(run, compare(run, run)).verdict == "publish"


def test_calls_needed_without_a_baseline_are_the_fewest() -> None:
    need = calls_needed()
    assert wilson(need, need)[0] >= 1 - TOLERATED > wilson(need - 1, need - 1)[0]
    assert decide(_run(need)).verdict == "publish"
    assert decide(_run(need - 1)).reasons[0].values["need"] == str(need)


def test_failures_nobody_accepted_ask_for_a_look() -> None:
    decision = decide(_run(100, bad=(9,)))
    assert (decision.verdict, decision.calls) == ("look", ("call-9",))


def test_call_that_could_not_be_judged_asks_for_a_look() -> None:
    run = made_run(*(_case(n) for n in range(99)), replace(_case(99), trouble="no such client"))
    assert decide(run, compare(run, run)).reasons[0].code == "not_judged"


def test_run_without_calls_or_pairs_is_never_published() -> None:
    assert decide(made_run()).verdict == "look"
    assert decide(_run(3), compare(made_run(), _run(3))).reasons[0].code == "no_pairs"


@pytest.mark.parametrize("language", list(Language))
def test_every_decision_has_words(language: Language) -> None:
    runs = (made_run(), _run(5), _run(100), _run(100, bad=(1,)), _run(100, advising=(1,)), _run(100, bad=(1, 2)))
    for after in runs:
        for decision in (decide(after), *(decide(after, compare(before, after)) for before in runs)):
            said = sentence(decision, language)
            assert said.endswith(".")
            assert "{" not in said


def test_words_are_whole_in_both_languages() -> None:
    assert words()[Language.FRENCH].keys() == words()[Language.ENGLISH].keys()
    assert all(said for of in words().values() for said in of.values())
