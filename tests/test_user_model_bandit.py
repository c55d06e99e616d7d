"""Bandits: the dual form is the regression it says it is, exploration is keyed, and what is kept stays small."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.user_model.bandit import Bandit, BanditParams
from pum.user_model.learner import CardChoice, Reaction
from pum.user_model.vectors import UserVectors

RANK = 6
NOTHING = np.zeros((0, RANK))


def unit(rng: np.random.Generator, count: int) -> np.ndarray:
    rows = rng.normal(size=(count, RANK))
    return np.round(rows / np.linalg.norm(rows, axis=1, keepdims=True), 4)


def choice(seed: int, count: int = 5, chosen: tuple[int, ...] = (0, 2)) -> CardChoice:
    rng = np.random.default_rng(seed)
    return CardChoice(unit(rng, count), tuple(range(count)), unit(rng, 1), ("user", seed), np.ones(count), chosen)


def bandit(**changes: object) -> Bandit:
    return Bandit(
        BanditParams(**{"kind": "bandit", "explore": "ucb", "beta": 1.0, "width": 0.0, "dims": RANK, **changes})
    )


def taught(rule: Bandit, turns: int = 8, asked: bool = False) -> UserVectors:
    vectors = UserVectors.zero(RANK)
    for seed in range(turns):
        wish = unit(np.random.default_rng(100 + seed), 1) if asked else NOTHING
        reaction = Reaction([-1.0, 0.1, 0.8][seed % 3], [0.2, 0.5, 0.9][seed % 3], wish, (1,) * len(wish))
        vectors = rule.learn(vectors, choice(seed), reaction)
    return vectors


def features(items: np.ndarray, context: np.ndarray, rho: float) -> np.ndarray:
    crossed = np.einsum("nk,j->nkj", items, np.round(context, 4)).reshape(len(items), -1)
    return np.hstack([items, np.sqrt(rho) * crossed])


@pytest.mark.parametrize("rho", [0.0, 3.0])
def test_the_mean_and_the_bound_are_those_of_bayesian_linear_regression(rho: float) -> None:
    """Against the primal: posterior N(A^-1 b, A^-1) with A = I + sum w x x' / noise, b = sum w y x / noise."""
    noise = 0.7
    size = RANK + (RANK * RANK if rho else 0)
    precision, moment = np.eye(size), np.zeros(size)
    for seed in range(8):
        seen, y, g = choice(seed), [-1.0, 0.1, 0.8][seed % 3], [0.2, 0.5, 0.9][seed % 3]
        for x in features(seen.items, seen.context, rho)[list(seen.chosen), :size]:
            precision += (g / 2) / noise * np.outer(x, x)
            moment += (g / 2) / noise * y * x
    new = choice(50)
    x = features(new.items, new.context, rho)[:, :size]
    mean = x @ np.linalg.solve(precision, moment)
    spread = np.sqrt(np.einsum("nk,kj,nj->n", x, np.linalg.inv(precision), x))
    for width in (0.0, 0.5):
        rule = bandit(rho=rho, noise=noise, width=width)
        vectors = taught(rule)
        np.testing.assert_allclose(rule.score(vectors, new), mean + width * spread, atol=1e-8)
    np.testing.assert_allclose(vectors.z_long, np.linalg.solve(precision, moment)[:RANK], atol=1e-8)


def test_a_card_of_its_own_has_its_own_weighted_mean() -> None:
    rule = bandit(space="cards", asked=2.0, noise=1.0)
    vectors = rule.learn(
        UserVectors.zero(RANK), choice(0), Reaction(-1.0, 0.8, unit(np.random.default_rng(1), 2), (2, -1))
    )
    scores = rule.score(vectors, choice(9))
    assert scores[0] == pytest.approx(-0.4 / 1.4), "injected: -1 at weight 0.8 / 2, shrunk by a prior of weight 1"
    assert scores[2] == pytest.approx((-0.4 + 2.0) / 3.4), "injected, and asked for"
    assert scores[1] == scores[3] == 0.0, "never seen; the wish without a card speaks of none"


def test_what_was_asked_for_is_wanted_and_what_it_resembles_too() -> None:
    rule, wish = bandit(asked=1.0), choice(3)
    vectors = rule.learn(UserVectors.zero(RANK), wish, Reaction(0.0, 0.0, wish.items[4:5], (4,)))
    assert rule.score(vectors, wish)[4] == pytest.approx(0.5, abs=1e-3)


def test_thompson_draws_from_the_posterior_by_luck_alone() -> None:
    rule, turn = bandit(explore="thompson", width=1.0), choice(4)
    vectors = taught(rule)
    draws = np.array(
        [
            rule.score(vectors, CardChoice(turn.items, turn.cards, turn.request, ("user", number)))
            for number in range(4000)
        ]
    )
    np.testing.assert_array_equal(rule.score(vectors, turn), rule.score(vectors, turn))
    assert len(np.unique(draws[:, 0])) == len(draws)
    still = bandit(explore="thompson", width=0.0).score(vectors, turn)
    bound = bandit(width=1.0).score(vectors, turn)
    np.testing.assert_allclose(draws.mean(axis=0), still, atol=0.05)
    np.testing.assert_allclose(draws.std(axis=0), bound - still, atol=0.05)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["thompson", "ucb"]), st.sampled_from(["items", "cards"]), st.sampled_from([0.0, 2.0]),
    st.sampled_from([0.0, 0.5]), st.integers(1, 12),
)  # fmt: skip
def test_any_bandit_is_saved_and_restored_stays_small_and_is_silent_at_beta_zero(
    explore: str, space: str, rho: float, asked: float, turns: int
) -> None:
    kind = {"explore": explore, "space": space, "rho": rho, "asked": asked, "width": 0.3, "window": 10}
    rule, new = bandit(**kind), choice(77)
    vectors = taught(rule, turns, asked=True)
    assert {len(values) for values in vectors.evidence.values()} == {min(10, turns * (3 if asked else 2))}
    text = json.dumps(vectors.to_json())
    assert len(text) < 3000
    restored = UserVectors.from_json(json.loads(text))
    np.testing.assert_array_equal(rule.score(vectors, new), rule.score(restored, new))
    again = [rule.learn(state, choice(5), Reaction(0.8, 0.6, NOTHING)) for state in (vectors, restored)]
    assert again[0].to_json() == again[1].to_json()
    assert np.isfinite(rule.score(vectors, new)).all()
    assert not bandit(**{**kind, "beta": 0.0}).score(vectors, new).any()


def test_cards_that_say_the_same_have_a_singular_covariance_and_one_worth() -> None:
    rule, turn = bandit(explore="thompson", width=1.0), choice(1, count=2)
    same = CardChoice(np.repeat(turn.items[:1], 3, axis=0), (0, 1, 2), turn.request, ("twins",))
    scores = rule.score(taught(rule), same)
    np.testing.assert_allclose(scores, scores[0], atol=1e-6)


def test_a_reaction_out_of_range_is_refused_and_one_without_weight_changes_nothing() -> None:
    for reward, gate in ((1.1, 0.5), (float("nan"), 0.5), (0.5, -0.1)):
        with pytest.raises(ValueError, match="is not in"):
            Reaction(reward, gate, NOTHING)
    vectors = UserVectors.zero(RANK)
    assert bandit().learn(vectors, choice(0), Reaction(0.5, 0.0, NOTHING)) is vectors
