"""The update rule: its gradient, its guards, and when it must do nothing."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.retrieval.policy import select
from pum.user_model.reinforce import Rates, Reinforce
from pum.user_model.vectors import UserVectors

RATES = Rates(beta_long=2, beta_short=5, eta_long=0.3, eta_short=0.5, decay=0.1, alpha=0.05, norm_cap=2)
TAU = 0.7
RULE = Reinforce(RATES, TAU)


def _setting(seed: int, n: int = 8, k: int = 5) -> tuple[np.ndarray, np.ndarray, UserVectors]:
    rng = np.random.default_rng(seed)
    items = rng.normal(size=(n, k))
    items /= np.linalg.norm(items, axis=1, keepdims=True)
    vectors = UserVectors(rng.normal(size=k) * 0.1, rng.normal(size=k) * 0.1, 0.2)
    return items, rng.normal(size=n), vectors


def _surrogate(direction: np.ndarray, items: np.ndarray, base: np.ndarray, chosen: tuple[int, ...]) -> float:
    """Mean log-probability of the chosen items, as a function of the bonus direction."""
    logits = (base + items @ direction) / TAU
    log_pi = logits - np.log(np.exp(logits).sum())
    return float(log_pi[list(chosen)].mean())


@pytest.mark.parametrize("seed", range(5))
def test_gradient_equals_finite_differences(seed: int) -> None:
    items, base, vectors = _setting(seed)
    selection = select(base, RULE.bonus(vectors, items), 3, TAU)
    gradient = RULE.gradient(items, selection.probability, selection.chosen)
    direction = RATES.beta_long * vectors.z_long + RATES.beta_short * vectors.z_short
    step = 1e-6
    for axis in np.eye(len(direction)):
        up = _surrogate(direction + step * axis, items, selection.base, selection.chosen)
        down = _surrogate(direction - step * axis, items, selection.base, selection.chosen)
        assert (up - down) / (2 * step) == pytest.approx(gradient @ axis, abs=1e-6)


def test_update_follows_the_published_formula() -> None:
    items, base, vectors = _setting(1)
    selection = select(base, RULE.bonus(vectors, items), 3, TAU)
    after = RULE.update(vectors, items, selection.probability, selection.chosen, reward=-1.0, gate=0.9)
    mu = selection.probability @ items
    step = 0.9 * (-1.0 - 0.2) / TAU * (items[list(selection.chosen)].mean(axis=0) - mu)
    np.testing.assert_allclose(after.z_long, vectors.z_long + 0.3 * step, atol=1e-11)
    np.testing.assert_allclose(after.z_short, 0.9 * vectors.z_short + 0.5 * step, atol=1e-11)
    assert after.baseline == pytest.approx(0.95 * 0.2 - 0.05)


def test_praise_raises_and_blame_lowers_the_chosen() -> None:
    items, base, vectors = _setting(2)
    selection = select(base, RULE.bonus(vectors, items), 3, TAU)
    chosen = list(selection.chosen)

    def mean_bonus(reward: float) -> float:
        after = RULE.update(vectors, items, selection.probability, selection.chosen, reward, 1.0)
        return float(RULE.bonus(after, items)[chosen].mean() - selection.probability @ RULE.bonus(after, items))

    assert mean_bonus(1.0) > mean_bonus(-1.0)


@pytest.mark.parametrize("chosen", [(), tuple(range(8))])
def test_without_a_choice_nothing_changes(chosen: tuple[int, ...]) -> None:
    items, _, vectors = _setting(3)
    assert RULE.update(vectors, items, np.full(8, 1 / 8), chosen, -1.0, 0.9) is vectors


@pytest.mark.parametrize(("reward", "gate"), [(math.nan, 0.5), (1.5, 0.5), (-1.1, 0.5), (0.5, math.nan), (0.5, 1.2)])
def test_a_bad_reward_or_gate_is_refused(reward: float, gate: float) -> None:
    items, _, vectors = _setting(4)
    with pytest.raises(ValueError, match="is not in"):
        RULE.update(vectors, items, np.full(8, 1 / 8), (0, 1), reward, gate)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1), st.integers(0, 10_000)), min_size=1, max_size=40))
def test_norms_stay_under_the_cap_and_finite(history: list[tuple[float, float, int]]) -> None:
    items, base, vectors = _setting(5)
    for reward, gate, shift in history:
        selection = select(np.roll(base, shift), RULE.bonus(vectors, items), 3, TAU)
        vectors = RULE.update(vectors, items, selection.probability, selection.chosen, reward, gate)
        for z in (vectors.z_long, vectors.z_short):
            assert np.isfinite(z).all() and np.linalg.norm(z) <= RATES.norm_cap + 1e-9


def test_published_rates_barely_move_the_vector_and_tuned_ones_do() -> None:
    """The published eta gives steps about thirty times smaller than the tuned one: the scale, not the rule, differs."""
    items, base, _ = _setting(6)
    start = UserVectors.zero(5)
    selection = select(base, np.zeros(8), 3, TAU)
    paper = Reinforce(RATES.model_copy(update={"eta_long": 0.01}), TAU)
    moved = [
        float(np.linalg.norm(rule.update(start, items, selection.probability, selection.chosen, -1.0, 0.9).z_long))
        for rule in (paper, RULE)
    ]
    assert moved[1] == pytest.approx(30 * moved[0], rel=1e-6)
