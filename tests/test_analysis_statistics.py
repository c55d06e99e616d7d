"""Tests of differences: against scipy, against their own promises in simulations, and Holm's procedure by hand."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pum.analysis.statistics import (
    FEWEST_DIFFERING,
    Difference,
    bootstrap_mean,
    bootstrap_ratio,
    detectable_difference,
    holm,
    paired_difference,
    paired_test,
    power,
)
from pum.analysis.tables import write_csv


def test_p_is_that_of_scipys_paired_t_test() -> None:
    one, other = np.random.default_rng(5).normal(size=(2, 40)) + [[0.3], [0.0]]
    assert paired_test(one - other)["p"] == pytest.approx(stats.ttest_rel(one, other).pvalue)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_without_spread_there_is_nothing_to_test(count: int) -> None:
    same = paired_test(np.zeros(count))
    assert (same["p"], same["effect"]) == (1.0, 0.0) and np.isnan(same["detectable"])
    assert all(np.isnan(value) for value in paired_test(np.full(count, 0.1)).values())


def test_few_who_differ_do_not_say_what_would_have_been_found() -> None:
    """As many as can reach p < 0.05 in a sign test do, fewer do not, however many there are who are alike."""
    few, enough = (np.r_[np.zeros(200), np.arange(1.0, 1 + n)] for n in (FEWEST_DIFFERING - 1, FEWEST_DIFFERING))
    assert stats.binomtest(FEWEST_DIFFERING, FEWEST_DIFFERING).pvalue < 0.05
    assert stats.binomtest(FEWEST_DIFFERING - 1, FEWEST_DIFFERING - 1).pvalue > 0.05
    assert np.isnan(paired_test(few)["detectable"]) and 0 < paired_test(few)["p"] < 1
    assert paired_test(enough)["detectable"] > 0


def test_sessions_that_differ_are_counted_though_they_cancel() -> None:
    control = pd.DataFrame({"user_id": list("aabb"), "seed": 0, "session": [0, 1, 0, 1], "asked": [1, 2, 3, 4]})
    both = pd.concat([control.assign(method="rag", asked=[2, 1, 3, 4]), control.assign(method="vanilla")])
    found = paired_difference(both, "rag", "vanilla", "asked", 10)
    assert (found.differing, found.mean, found.p) == (2, 0.0, 1.0)
    assert found.to_json()["differing"] == 2


def test_what_cannot_be_tested_is_null_in_json_and_an_empty_cell_in_a_table(tmp_path: Path) -> None:
    difference = Difference(0.5, 0.5, 0.5, **paired_test(np.array([0.5])), differing=1)
    text = json.dumps(difference.to_json(), allow_nan=False)
    tested = {"p": None, "effect": None, "detectable": None, "differing": 1}
    assert json.loads(text) == {"mean": 0.5, "low": 0.5, "high": 0.5, **tested}
    write_csv(pd.DataFrame([difference.to_json()]), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "mean,low,high,p,effect,detectable,differing\n0.5,0.5,0.5,,,,1\n"


def test_two_copies_of_one_method_differ_in_one_of_twenty_studies() -> None:
    """Counts like enforcements: skewed, and alike for a user in both copies."""
    rng = np.random.default_rng(11)
    rejected = 0
    for _ in range(2000):
        users = rng.gamma(2.0, 1.0, size=(60, 1))
        one, other = (rng.poisson(users, size=(60, 15)).mean(axis=1) for _ in range(2))
        rejected += paired_test(one - other)["p"] < 0.05
    assert 0.03 <= rejected / 2000 <= 0.07


def of_counts(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    users = rng.gamma(2.0, 1.0, size=(60, 1))
    return rng.poisson(users, size=(60, 15)), rng.poisson(users, size=(60, 15))


def of_successes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """As in the studies, nearly all sessions succeed."""
    users = rng.beta(9.0, 1.0, size=(60, 1))
    return rng.random((60, 15)) < users, rng.random((60, 15)) < users


@pytest.mark.parametrize("outcome", [of_counts, of_successes])
def test_the_interval_of_a_difference_of_two_copies_lacks_zero_in_one_of_twenty_studies(outcome: Callable) -> None:
    rng = np.random.default_rng(12)
    rejected = 0
    for study in range(2000):
        one, other = (played.mean(axis=1) for played in outcome(rng))
        interval = bootstrap_mean(one - other, 400, "null", study)
        rejected += not interval.low <= 0 <= interval.high
    assert 0.03 <= rejected / 2000 <= 0.07


def test_a_difference_of_the_detectable_size_is_found_in_four_of_five_studies() -> None:
    rng = np.random.default_rng(3)
    differences = rng.normal(size=(2000, 50))
    detectable = np.mean([paired_test(sample)["detectable"] for sample in differences])
    found = np.mean([paired_test(sample + detectable)["p"] < 0.05 for sample in differences])
    assert found == pytest.approx(0.8, abs=0.03)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_holm_counts_a_claim_that_could_not_be_tested_and_gives_it_no_p() -> None:
    adjusted = holm([None, 0.01, float("nan"), 0.04])
    assert [adjusted[1], adjusted[3]] == pytest.approx([0.04, 0.12])
    assert np.isnan([adjusted[0], adjusted[2]]).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_lies_between_no_correction_and_bonferronis(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for p, one in zip(p_values, adjusted, strict=True):
        assert p <= one <= min(1.0, len(p_values) * p) or one == pytest.approx(min(1.0, len(p_values) * p))
        assert all(one <= other for q, other in zip(p_values, adjusted, strict=True) if p < q)


def test_power_is_that_of_a_simulation_and_of_the_detectable_difference() -> None:
    assert power(detectable_difference(0.3, 49), 0.3, 49) == pytest.approx(0.8, abs=0.005)
    assert power(0.0, 0.3, 49) == pytest.approx(0.05)
    assert power(100.0, 0.3, 49) == pytest.approx(1.0)
    assert np.isnan([power(0.1, 0.0, 49), power(0.1, np.nan, 49)]).all(), "nothing differed: nobody knows"
    samples = np.random.default_rng(8).normal(0.3, 1.0, size=(4000, 60))
    found = np.mean(stats.ttest_1samp(samples, 0.0, axis=1).pvalue < 0.05)
    assert power(0.3, 1 / np.sqrt(60), 59) == pytest.approx(found, abs=0.025)


@pytest.mark.parametrize("sign", [1, -1])
def test_rounding_errors_put_no_end_of_an_interval_beside_zero(sign: int) -> None:
    """Every value is zero but for what is left of 0.1 + 0.2 - 0.3."""
    values = sign * np.array([0.1 + 0.2 - 0.3] * 8)
    assert values.any()
    for end in vars(bootstrap_mean(values, 200, 1)).values():
        assert end == 0 and not np.signbit(end)


def test_a_ratio_is_that_of_the_sums_and_its_interval_that_of_a_mean_where_all_weigh_the_same() -> None:
    values = np.random.default_rng(2).gamma(2.0, size=50)
    ratio, mean = bootstrap_ratio(values, np.ones(50), 800, "r"), bootstrap_mean(values, 800, "r")
    assert vars(ratio) == pytest.approx(vars(mean))
    assert bootstrap_ratio(np.array([1.0, 6.0]), np.array([1.0, 3.0]), 10, "r").mean == pytest.approx(7 / 4)
    assert np.isnan(bootstrap_ratio(np.zeros(3), np.zeros(3), 10, "r").mean)


def test_a_ratio_stays_where_every_resample_misses_its_denominator() -> None:
    rare = np.r_[np.zeros(999), 1.0]
    seeds = [seed for seed in range(20) if np.isnan(bootstrap_ratio(2 * rare, rare, 1, seed).low)]
    assert seeds, "one resample of a thousand misses any one of them in a third of all cases"
    for seed in seeds:
        found = bootstrap_ratio(2 * rare, rare, 1, seed)
        assert found.mean == 2.0 and np.isnan([found.low, found.high]).all()


def test_intervals_of_a_ratio_hold_it_about_as_often_as_they_say() -> None:
    """Users who talk more are also asked for more: numerator and denominator depend on each other."""
    held = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        tokens = rng.gamma(4.0, 50.0, size=60)
        estimate = bootstrap_ratio(rng.poisson(0.02 * tokens), tokens, 200, seed)
        held += estimate.low <= 0.02 <= estimate.high
    assert 0.88 <= held / 150 <= 0.99
