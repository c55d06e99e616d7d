"""Selection: standardised scores, ties by place, and a zero bonus that changes nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pum.retrieval.policy import select, softmax, standardise

SCORES = arrays(np.float64, st.integers(1, 30), elements=st.floats(-50, 50))


@given(SCORES, st.integers(1, 10))
def test_zero_bonus_keeps_the_base_order_and_never_flips(scores: np.ndarray, top_j: int) -> None:
    selection = select(scores, np.zeros(len(scores)), top_j, 1.0)
    assert not selection.rank_flip
    assert len(selection.chosen) == min(top_j, len(scores))
    kept = selection.base[list(selection.chosen)]
    assert (np.diff(kept) <= 0).all()
    left_out = np.delete(selection.base, list(selection.chosen))
    assert left_out.size == 0 or left_out.max() <= kept.min()


@given(SCORES, st.floats(0.1, 100), st.floats(-100, 100))
def test_scale_and_shift_of_a_reranker_do_not_matter(scores: np.ndarray, scale: float, shift: float) -> None:
    spread = standardise(scores)
    if np.ptp(scores) > 1e-3:
        np.testing.assert_allclose(standardise(scores * scale + shift), spread, atol=1e-5)


@given(SCORES)
def test_probabilities_sum_to_one(scores: np.ndarray) -> None:
    assert np.isclose(softmax(scores).sum(), 1.0)


def test_equal_scores_keep_the_candidates_order() -> None:
    assert select(np.array([0.5, 0.5, 0.5, 0.5]), np.zeros(4), 2, 1.0).chosen == (0, 1)


def test_a_bonus_that_changes_the_set_is_a_rank_flip() -> None:
    selection = select(np.array([3.0, 2.0, 1.0]), np.array([0.0, 0.0, 9.0]), 2, 1.0)
    assert selection.chosen == (2, 0) and selection.rank_flip
