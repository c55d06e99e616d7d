"""Tests of differences: against scipy, against their own promises in simulations, and Holm's procedure by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pum.analysis.statistics import holm, paired_test


def test_p_is_that_of_scipys_paired_t_test() -> None:
    one, other = np.random.default_rng(5).normal(size=(2, 40)) + [[0.3], [0.0]]
    assert paired_test(one - other)["p"] == pytest.approx(stats.ttest_rel(one, other).pvalue)


def test_without_spread_there_is_nothing_to_test() -> None:
    assert paired_test(np.zeros(5)) == {"p": 1.0, "effect": 0.0, "detectable": 0.0}
    assert paired_test(np.full(5, 0.1))["p"] == 0.0
    assert paired_test(np.array([0.0]))["p"] == 1.0


def test_two_copies_of_one_method_differ_in_one_of_twenty_studies() -> None:
    """Counts like enforcements: skewed, and alike for a user in both copies."""
    rng = np.random.default_rng(11)
    rejected = 0
    for _ in range(2000):
        users = rng.gamma(2.0, 1.0, size=(60, 1))
        one, other = (rng.poisson(users, size=(60, 15)).mean(axis=1) for _ in range(2))
        rejected += paired_test(one - other)["p"] < 0.05
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


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_lies_between_no_correction_and_bonferronis(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for p, one in zip(p_values, adjusted, strict=True):
        assert p <= one <= min(1.0, len(p_values) * p) or one == pytest.approx(min(1.0, len(p_values) * p))
        assert all(one <= other for q, other in zip(p_values, adjusted, strict=True) if p < q)
