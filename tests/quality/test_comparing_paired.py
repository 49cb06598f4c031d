"""Each statistic against scipy, statsmodels, published figures or simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from voicebot.quality.comparing.paired import (
    MOST_RESAMPLED,
    difference_of_means,
    difference_of_rates,
    holm,
    least_seen,
    mcnemar,
    pairs_needed,
    pass_hat_k,
)
from voicebot.quality.comparing.rates import Rate


@given(some.integers(0, 400), some.integers(0, 400))
def test_mcnemar_is_that_of_statsmodels(lost: int, gained: int) -> None:
    theirs = their_mcnemar([[7, lost], [gained, 9]], exact=True).pvalue  # type: ignore[attr-defined]
    assert mcnemar(lost, gained) == pytest.approx(theirs, abs=1e-12)


@given(some.integers(0, 300), some.integers(0, 300))
def test_interval_of_a_rate_is_wilsons(right: int, wrong: int) -> None:
    rate = Rate(right, right + wrong)
    theirs = proportion_confint(right, right + wrong, method="wilson") if right + wrong else (0.0, 1.0)
    assert rate.interval == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=10)
@given(some.lists(some.floats(0, 1), min_size=1, max_size=30))
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    theirs = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(np.asarray(theirs).tolist(), abs=1e-12)


@pytest.mark.parametrize(("loss", "gain", "pairs"), [(0.05, 0.05, 60), (0.1, 0.02, 150), (0.01, 0.01, 400)])
def test_interval_of_a_paired_difference_holds_the_truth(loss: float, gain: float, pairs: int) -> None:
    chance = np.random.default_rng(7)
    drawn = chance.multinomial(pairs, [loss, gain, 1 - loss - gain], size=4000)
    intervals = {(down, up): difference_of_rates(pairs, down, up) for down, up, _ in drawn.tolist()}
    held = [intervals[(down, up)][0] <= gain - loss <= intervals[(down, up)][1] for down, up, _ in drawn.tolist()]
    assert np.mean(held) >= 0.945


def test_interval_of_a_paired_difference_is_walds_in_a_large_sample() -> None:
    pairs, lost, gained = 200_000, 9_000, 5_000
    low, high = difference_of_rates(pairs, lost, gained)
    outcomes = np.repeat([-1.0, 1.0, 0.0], [lost, gained, pairs - lost - gained])
    wald = stats.norm.interval(0.95, loc=outcomes.mean(), scale=stats.sem(outcomes))
    assert (low, high) == pytest.approx(wald, abs=2e-5)


def test_without_pairs_nothing_is_known_of_a_difference() -> None:
    assert difference_of_rates(0, 0, 0) == (-1.0, 1.0)


@pytest.mark.parametrize(("pairs", "lost", "gained"), [(180, 0, 0), (180, 4, 3), (40, 1, 1), (2000, 30, 60)])
def test_least_seen_loss_is_shown_in_four_of_five_samples(pairs: int, lost: int, gained: int) -> None:
    loss = least_seen(pairs, lost, gained)
    assert loss is not None
    noise = min(lost, gained) / pairs
    drawn = np.random.default_rng(11).multinomial(pairs, [loss + noise, noise, 1 - loss - 2 * noise], size=4000)
    shown = np.mean([down > up and mcnemar(down, up) <= 0.05 for down, up, _ in drawn.tolist()])
    assert shown == pytest.approx(0.8, abs=0.025)


def test_five_calls_can_show_nothing_and_six_only_a_catastrophe() -> None:
    assert least_seen(5) is None
    assert least_seen(6) == pytest.approx(0.8 ** (1 / 6), abs=1e-4)


@pytest.mark.parametrize("loss", [0.02, 0.1, 0.5, 1.0])
def test_pairs_needed_are_the_fewest_that_show_the_loss(loss: float) -> None:
    enough = pairs_needed(loss)
    seen, before = least_seen(enough), least_seen(enough - 1)
    assert seen is not None
    assert seen <= loss + 1e-6
    assert before is None or before > loss - 1e-6


def test_pairs_needed_for_no_loss_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        pairs_needed(0.0)


def test_bootstrap_interval_holds_the_truth() -> None:
    chance, held = np.random.default_rng(3), 0
    for _ in range(60):
        before = chance.normal(10, 2, 60)
        found = difference_of_means(list(before), list(before + chance.normal(0.5, 1, 60)))
        held += found.low <= 0.5 <= found.high
    assert held >= 53


def test_permutation_counts_every_flip_of_few_pairs() -> None:
    # All eight signs of (1, 2, 3): only +++ and --- are as far from 0.
    assert difference_of_means([0, 0, 0], [1, 2, 3]).p == pytest.approx(2 / 8)


def test_bootstrap_agrees_with_students_t_where_that_holds() -> None:
    chance = np.random.default_rng(5)
    before = chance.normal(0, 1, 400)
    after = before + chance.normal(0.1, 1, 400)
    found, theirs = difference_of_means(list(before), list(after)), stats.ttest_rel(after, before)
    interval = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.02)
    assert found.p == pytest.approx(theirs.pvalue, abs=0.03)


def test_means_of_a_very_large_sample_are_those_of_the_normal() -> None:
    chance = np.random.default_rng(9)
    before = chance.normal(0, 1, MOST_RESAMPLED + 1)
    after = before + chance.normal(0.02, 1, MOST_RESAMPLED + 1)
    found, theirs = difference_of_means(list(before), list(after)), stats.ttest_rel(after, before)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-2)


def test_same_pairs_give_the_same_figures() -> None:
    before, after = [1.0, 2.0, 4.0, 8.0, 3.0], [1.5, 1.0, 5.0, 9.0, 3.0]
    assert difference_of_means(before, after) == difference_of_means(before, after)


@pytest.mark.parametrize(("differences", "p"), [([0.0, 0.0, 0.0], 1.0), ([1.0, 1.0, 1.0], 0.25), ([2.0], 1.0)])
def test_pairs_that_do_not_vary_give_a_point(differences: list[float], p: float) -> None:
    found = difference_of_means([0.0] * len(differences), differences)
    assert (found.low, found.value, found.high) == (differences[0],) * 3
    assert found.p == pytest.approx(p)


@pytest.mark.parametrize("lists", [([], []), ([1.0], [1.0, 2.0])])
def test_lists_that_are_no_pairs_are_refused(lists: tuple[list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="same length"):
        difference_of_means(*lists)


@settings(max_examples=40)
@given(some.lists(some.integers(0, 5), min_size=1, max_size=12), some.integers(1, 5))
def test_pass_hat_k_is_the_chance_that_k_drawn_attempts_are_all_right(passes: list[int], k: int) -> None:
    from itertools import combinations

    def chance_of(right: int) -> float:
        drawn = list(combinations([True] * right + [False] * (5 - right), k))
        return sum(all(attempts) for attempts in drawn) / len(drawn)

    assert pass_hat_k(passes, 5, k) == pytest.approx(sum(map(chance_of, passes)) / len(passes))


def test_pass_hat_k_asks_for_as_many_attempts() -> None:
    assert pass_hat_k([], 4, 4) is None
    with pytest.raises(ValueError, match=r"pass\^5 needs"):
        pass_hat_k([1], 4, 5)
