"""Agreement of two people: held to statsmodels, to published tables, and to simulation; and the drawing of samples."""

from __future__ import annotations

import random
from collections import Counter
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from voicebot.policy.agreement import Band, Weighting, band_of, cohen_kappa, mean_interval, pooled_kappa
from voicebot.policy.review_draw import Candidate, draw_calls, seat_reviewers

SCALE = ("1", "2", "3", "4", "5")


def pairs_of(table: list[list[int]], names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(names[r], names[c]) for r, row in enumerate(table) for c, count in enumerate(row) for _ in range(count)]


def some_table(seed: int, size: int) -> list[list[int]]:
    dice = random.Random(seed)
    return [[dice.randrange(1, 30) if row == column else dice.randrange(6) for column in range(size)] for row in range(size)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("weighting", list(Weighting))
def test_kappa_and_interval_are_those_of_statsmodels(seed: int, weighting: Weighting):
    table = some_table(seed, 5)
    ours = cohen_kappa(pairs_of(table, SCALE), SCALE, weighting)
    theirs: Any = cohens_kappa(np.array(table), wt=None if weighting is Weighting.NONE else weighting.value)
    assert ours.kappa == pytest.approx(theirs.kappa, abs=1e-12)
    assert ours.low == pytest.approx(max(-1, theirs.kappa_low), abs=1e-9)
    assert ours.high == pytest.approx(min(1, theirs.kappa_upp), abs=1e-9)


def test_kappa_of_a_published_table():
    """Fleiss, Levin & Paik, Statistical Methods for Rates and Proportions (2003), table 18.1 and 18.2: kappa 0.68 of 100
    subjects in three classes; the standard error 0.087 is of the same chapter.
    """
    table = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
    found = cohen_kappa(pairs_of(table, ("psychotic", "neurotic", "organic")), ("psychotic", "neurotic", "organic"))
    assert found.observed == pytest.approx(0.89)
    assert found.expected == pytest.approx(0.66)
    assert found.kappa == pytest.approx(0.6765, abs=5e-5)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.088, abs=1.5e-3)
    assert (found.n, found.same, found.share) == (100, 89, 0.89)


def test_weighted_kappa_of_a_published_table():
    """Cohen (1968), Psychological Bulletin 70, 213-220: the agreement of near answers counts; perfect and opposite ones."""
    near = [("1", "2"), ("2", "3"), ("3", "4"), ("4", "5")]
    plain = cohen_kappa(near, SCALE).kappa
    weighted = cohen_kappa(near, SCALE, Weighting.QUADRATIC).kappa
    assert plain is not None
    assert weighted is not None
    assert plain < 0 < weighted
    opposite = [("1", "5"), ("5", "1")] * 5
    assert cohen_kappa(opposite, SCALE, Weighting.QUADRATIC).kappa == pytest.approx(-1)


def test_where_chance_explains_everything_there_is_no_kappa():
    all_yes = cohen_kappa([("yes", "yes")] * 40, ("yes", "no"))
    assert all_yes.kappa is None
    assert (all_yes.share, all_yes.low, all_yes.band) == (1.0, None, None)
    nothing = cohen_kappa([])
    assert (nothing.n, nothing.kappa, nothing.share) == (0, None, None)


def test_an_answer_outside_the_scale_is_refused():
    with pytest.raises(ValueError, match="6"):
        cohen_kappa([("1", "6")], SCALE)


def test_words_begin_where_landis_and_koch_say():
    kappas = (-0.01, 0, 0.2, 0.21, 0.4, 0.41, 0.6, 0.61, 0.8, 0.81, 1)
    bands = [band_of(kappa) for kappa in kappas]
    assert bands == [
        Band.POOR, Band.SLIGHT, Band.SLIGHT, Band.FAIR, Band.FAIR, Band.MODERATE, Band.MODERATE, Band.SUBSTANTIAL,
        Band.SUBSTANTIAL, Band.ALMOST_PERFECT, Band.ALMOST_PERFECT,
    ]  # fmt: skip
    # What seven of ten alike by chance of a half comes to in binary: it is read as 0.40.
    assert band_of(0.4000000000000001) is Band.FAIR


def two_items(seed: int, calls: int, sure: float) -> dict[str, list[tuple[str, tuple[str, str]]]]:
    """Two items per call; the second reviewer says the same as the first with probability `sure`, else anything."""
    dice = random.Random(seed)
    items: dict[str, list[tuple[str, tuple[str, str]]]] = {"a": [], "b": []}
    for call in range(calls):
        repeats = dice.random() < sure
        for item in items:
            one = dice.choice(("yes", "no"))
            items[item].append((f"call-{call}", (one, one if repeats else dice.choice(("yes", "no")))))
    return items


def test_pooled_kappa_of_one_item_is_its_kappa_with_nearly_its_interval():
    rated = {"a": two_items(3, 400, 0.7)["a"]}
    alone = cohen_kappa([pair for _, pair in rated["a"]])
    pooled = pooled_kappa(rated, {})
    assert pooled.kappa == pytest.approx(alone.kappa)
    assert (pooled.low, pooled.high) == (pytest.approx(alone.low, abs=0.01), pytest.approx(alone.high, abs=0.01))


def test_pooled_kappa_averages_agreement_before_it_takes_chance_away():
    items = two_items(4, 60, 0.6)
    parts = [cohen_kappa([pair for _, pair in rated]) for rated in items.values()]
    observed, expected = fmean(one.observed for one in parts), fmean(one.expected for one in parts)
    assert pooled_kappa(items, {}).kappa == pytest.approx((observed - expected) / (1 - expected))


def test_the_jackknife_is_the_one_that_leaves_out_each_call():
    items = two_items(5, 25, 0.6)
    calls = [call for call, _ in items["a"]]
    left: list[float] = []
    for call in calls:
        kappa = pooled_kappa({name: [one for one in rated if one[0] != call] for name, rated in items.items()}, {}).kappa
        assert kappa is not None
        left.append(kappa)
    error = ((len(left) - 1) / len(left) * sum((one - fmean(left)) ** 2 for one in left)) ** 0.5
    found = pooled_kappa(items, {})
    assert found.kappa is not None
    assert found.low == pytest.approx(found.kappa - 1.959964 * error, abs=1e-6)


def test_the_interval_of_pooled_kappa_holds_the_truth_about_as_often_as_it_says():
    truth, held = 0.6, 0
    for seed in range(300):
        found = pooled_kappa(two_items(seed, 80, truth), {})
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.91 <= held / 300 <= 0.985


def test_a_mean_has_its_normal_interval():
    found = mean_interval([70.0, 80.0, 90.0, 100.0])
    assert found.mean == 85
    assert found.low == pytest.approx(85 - 1.959964 * 12.909944 / 2, abs=1e-5)
    assert mean_interval([50.0]).low is None
    assert mean_interval([]).mean is None


def candidates(**sizes: int) -> list[Candidate]:
    return [Candidate(f"{name}-{n:03}", (name, "p3")) for name, size in sizes.items() for n in range(size)]


def strata(drawn: list[str]) -> Counter[str]:
    return Counter(call.partition("-")[0] for call in drawn)


def test_a_draw_takes_of_each_kind_its_share_and_rare_kinds_too():
    found = draw_calls(candidates(leak=80, lift=19, gas=1), 10, seed=7)
    assert strata(found) == {"leak": 8, "lift": 1, "gas": 1}
    assert len(set(found)) == 10


def test_the_same_seed_draws_the_same_calls_and_another_seed_others():
    whole = candidates(leak=80, lift=20)
    shuffled = random.Random(1).sample(whole, len(whole))
    assert draw_calls(whole, 12, 7) == draw_calls(shuffled, 12, 7)
    assert draw_calls(whole, 12, 7) != draw_calls(whole, 12, 8)


def test_a_draw_of_more_than_there_are_takes_all():
    assert sorted(draw_calls(candidates(leak=3, gas=1), 10, 1)) == ["gas-000", "leak-000", "leak-001", "leak-002"]


def test_more_kinds_than_calls_wanted_takes_the_rarest():
    assert strata(draw_calls(candidates(leak=9, lift=4, gas=1), 2, 1)) == {"gas": 1, "lift": 1}


def test_every_call_of_a_stratum_is_drawn_about_as_often():
    times = Counter(call for seed in range(2000) for call in draw_calls(candidates(leak=5), 1, seed))
    assert min(times.values()) > 330
    assert max(times.values()) < 470


def test_three_different_people_look_at_a_call_and_all_have_as_much_to_do():
    calls = [f"call-{n}" for n in range(40)]
    seated = seat_reviewers(calls, ["ana", "bo", "chris", "dee"], {}, seed=3)
    assert all(len({one.first, one.second, one.arbiter}) == 3 for one in seated)
    judged = Counter(who for one in seated for who in (one.first, one.second))
    assert set(judged.values()) == {20}
    assert max(Counter(one.arbiter for one in seated).values()) <= 11


def test_who_has_much_to_do_gets_less():
    seated = seat_reviewers([f"call-{n}" for n in range(10)], ["ana", "bo", "chris"], {"ana": 100}, seed=3)
    assert {who for one in seated for who in (one.first, one.second)} == {"bo", "chris"}
    assert {one.arbiter for one in seated} == {"ana"}


def test_two_people_are_too_few():
    with pytest.raises(ValueError, match="three"):
        seat_reviewers(["call-1"], ["ana", "bo"], {}, seed=3)
