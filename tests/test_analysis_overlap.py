"""Mantel's test: rho is scipy's, the null is kept where pairs as if independent lose it, and a relation is found."""

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from pum.analysis.overlap import cosines, jaccard, mantel, mean_cosines


def symmetric(vectors: np.ndarray) -> np.ndarray:
    return np.abs(vectors[:, None] - vectors[None, :]).sum(axis=2)


def test_rho_is_scipys_spearman_over_pairs() -> None:
    rng = np.random.default_rng(1)
    one = rng.normal(size=(30, 3))
    a, b = cosines(one), symmetric(one + rng.normal(size=(30, 3)))
    pairs = np.triu_indices(30, 1)
    found = mantel(a, b, 99, "test")
    assert found.rho == pytest.approx(spearmanr(a[pairs], b[pairs]).statistic)
    assert (found.users, found.pairs, len(found.null)) == (30, 435, 99)


def test_unrelated_users_are_rarely_called_related_though_pairs_look_so() -> None:
    """Each user has a level of its own in both matrices, as users who talk more have; the pairs inherit it."""
    by_users, by_pairs, pairs = 0, 0, np.triu_indices(24, 1)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        levels = rng.normal(size=(2, 24))
        a, b = (level[:, None] + level[None, :] for level in levels)
        by_users += mantel(a, b, 59, seed).p <= 0.05
        by_pairs += pearsonr(a[pairs], b[pairs]).pvalue <= 0.05
    assert 0.02 <= by_users / 200 <= 0.08
    assert by_pairs / 200 > 0.3


def test_a_relation_is_found_by_rho_and_by_the_quarters() -> None:
    rng = np.random.default_rng(2)
    wants = rng.random((40, 30)) < 0.5
    overlap = jaccard([{f"p{i}" for i in np.flatnonzero(row)} for row in wants])
    found = mantel(cosines(wants - 0.5 + rng.normal(scale=0.5, size=wants.shape)), overlap, 199, "related")
    assert found.rho > 0.3 and found.p <= 0.01 and found.contrast > 0.1 and found.contrast_p <= 0.01


def test_jaccard_and_cosines_by_hand() -> None:
    assert jaccard([{"a", "b"}, {"b", "c"}, set()]).round(6).tolist() == [
        [1.0, 0.333333, 0.0], [0.333333, 1.0, 0.0], [0.0, 0.0, 0.0]
    ]  # fmt: skip
    assert cosines(np.array([[2.0, 0.0], [0.0, 0.0], [1.0, 1.0]])).round(6).tolist() == [
        [1.0, 0.0, 0.707107], [0.0, 0.0, 0.0], [0.707107, 0.0, 1.0]
    ]  # fmt: skip
    both = mean_cosines({0: np.eye(2), 1: np.ones((2, 2))})
    assert both.round(6).tolist() == [[1.0, 0.5], [0.5, 1.0]]


def test_no_spread_is_no_correlation() -> None:
    with pytest.raises(ValueError, match="all pairs are alike"):
        mantel(np.ones((5, 5)), np.ones((5, 5)), 9, 0)
