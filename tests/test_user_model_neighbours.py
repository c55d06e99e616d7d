"""The rate of what is asked for at like requests: counts by hand, what is no evidence, and what is kept."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.user_model.learner import Choice, Reaction
from pum.user_model.neighbours import Neighbours, NeighboursParams
from pum.user_model.vectors import UserVectors

RANK = 4
CODE, PROSE = np.eye(RANK)[0], np.eye(RANK)[1]


def rule(**changes: float) -> Neighbours:
    return Neighbours(NeighboursParams(**{"kind": "neighbours", "beta": 1.0, "sharpness": 5.0, **changes}))


def choice(request: np.ndarray, cards: tuple[int, ...] = (0, 1, 2), chosen: tuple[int, ...] = ()) -> Choice:
    return Choice(np.zeros((len(cards), RANK)), cards, request, probability=np.ones(len(cards)), chosen=chosen)


def asked(*cards: int) -> Reaction:
    return Reaction(-0.3, 0.5, np.zeros((len(cards), RANK)), cards)


def taught(learner: Neighbours, *turns: tuple[Choice, Reaction]) -> UserVectors:
    vectors = UserVectors.zero(RANK)
    for turn in turns:
        vectors = learner.learn(vectors, *turn)
    return vectors


def test_without_locality_the_score_is_the_log_of_a_beta_posterior_mean() -> None:
    """Prior 2 x 0.1. Card 0: asked for in 2 of 3 turns. Card 1: in none. Card 2: injected twice, asked for once."""
    learner = rule(sharpness=0.0)
    turns = (
        (choice(CODE), asked(0)),
        (choice(PROSE, chosen=(2,)), asked(0, 2)),
        (choice(PROSE, chosen=(2,)), asked()),
    )
    rates = np.array([(0.2 + 2) / (2 + 3), 0.2 / (2 + 3), (0.2 + 1) / (2 + 2)])
    np.testing.assert_allclose(learner.score(taught(learner, *turns), choice(CODE)), np.log(rates / 0.1), atol=1e-9)


def test_what_was_asked_for_at_a_like_request_counts_more() -> None:
    learner = rule()
    vectors = taught(learner, (choice(CODE), asked(0)), (choice(PROSE), asked(1)))
    code, prose = (learner.score(vectors, choice(request)) for request in (CODE, PROSE))
    assert code[0] > code[1]
    assert prose[1] > prose[0]


def test_a_card_that_did_not_exist_yet_was_not_unwanted() -> None:
    learner = rule()
    before, after = (taught(learner, (choice(CODE, cards=cards), asked(0))) for cards in ((0,), (0, 1)))
    new = choice(CODE, cards=(0, 1))
    assert learner.score(before, new)[1] == 0.0 > learner.score(after, new)[1]


def test_a_new_user_and_beta_zero_get_no_bonus() -> None:
    assert not rule().score(UserVectors.zero(RANK), choice(CODE)).any()
    silent = rule(beta=0.0)
    assert not silent.score(taught(silent, (choice(CODE), asked(0))), choice(CODE)).any()


@given(st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=12, unique=True))
def test_the_order_of_candidates_is_no_matter(order: list[int], wished: list[int]) -> None:
    learner = rule()
    vectors = taught(learner, (choice(CODE, cards=tuple(range(5)), chosen=(1,)), asked(*wished)))
    straight = learner.score(vectors, choice(CODE, cards=tuple(range(5))))
    assert learner.score(vectors, choice(CODE, cards=tuple(order))).tolist() == straight[list(order)].tolist()


@pytest.mark.parametrize("turns", [1, 9])
def test_it_keeps_its_window_and_survives_json(turns: int) -> None:
    learner = rule(window=4)
    vectors = taught(learner, *[(choice(CODE), asked(number % 3)) for number in range(turns)])
    assert len(vectors.evidence["request"]) == min(turns, 4)
    again = UserVectors.from_json(json.loads(json.dumps(vectors.to_json())))
    assert learner.score(again, choice(PROSE)).tolist() == learner.score(vectors, choice(PROSE)).tolist()
