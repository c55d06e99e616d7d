"""The nearest request at which a card was asked for: covers by hand, what is remembered, and for how long."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.user_model.learner import CardChoice, Reaction
from pum.user_model.neighbours import Neighbours, NeighboursParams
from pum.user_model.vectors import UserVectors

RANK = 4
TEACH, CODE, PROSE, MATHS = np.eye(RANK)


def rule(**changes: float) -> Neighbours:
    return Neighbours(NeighboursParams(**{"kind": "neighbours", "beta": 1.0, **changes}))


def choice(*sentences: np.ndarray, cards: tuple[int, ...] = (0, 1, 2)) -> CardChoice:
    return CardChoice(np.zeros((len(cards), RANK)), cards, np.array(sentences), probability=np.ones(len(cards)))


def asked(*cards: int) -> Reaction:
    return Reaction(-0.3, 0.5, np.zeros((len(cards), RANK)), cards)


def taught(learner: Neighbours, *turns: tuple[CardChoice, Reaction]) -> UserVectors:
    vectors = UserVectors.zero(RANK)
    for turn in turns:
        vectors = learner.learn(vectors, *turn)
    return vectors


def test_a_bonus_is_the_share_of_the_nearest_remembered_request_that_is_in_this_one() -> None:
    learner = rule(beta=3.0)
    vectors = taught(learner, (choice(TEACH, CODE), asked(0)), (choice(MATHS), asked(0)), (choice(PROSE), asked(1)))
    half = (TEACH + PROSE) / np.sqrt(2)
    for request, wanted in (
        ((TEACH, CODE), (1.0, 0.0, 0.0)),
        ((TEACH, MATHS), (1.0, 0.0, 0.0)),  # the second request is all there, the first one half
        ((CODE,), (0.5, 0.0, 0.0)),
        ((half,), (np.sqrt(0.5) / 2, np.sqrt(0.5), 0.0)),
        ((-PROSE,), (0.0, 0.0, 0.0)),
    ):
        np.testing.assert_allclose(learner.score(vectors, choice(*request)), 3 * np.array(wanted), atol=2e-4)


def test_a_request_unlike_all_remembered_ones_sets_no_card_back() -> None:
    """Nor does it matter for that which other cards there are."""
    learner = rule()
    vectors = taught(learner, (choice(PROSE), asked(0)))
    assert learner.score(vectors, choice(-PROSE, cards=(0,))).tolist() == [0.0]
    assert learner.score(vectors, choice(-PROSE, cards=(0, 1))).tolist() == [0.0, 0.0]


def test_long_requests_keep_their_ends() -> None:
    learner = rule(sentences=3)
    vectors = taught(learner, (choice(TEACH, CODE, PROSE, PROSE, MATHS), asked(0)))
    kept = vectors.evidence["request"][0]
    assert kept.tolist() == [TEACH.tolist(), CODE.tolist(), MATHS.tolist()]


def test_the_leading_dimensions_are_kept_at_unit_length() -> None:
    learner = rule(dims=2)
    vectors = taught(learner, (choice((TEACH + MATHS) / np.sqrt(2), MATHS), asked(0)))
    assert vectors.evidence["request"][0].tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    assert learner.score(vectors, choice(TEACH)).tolist() == [1.0, 0.0, 0.0]


def test_a_new_user_and_beta_zero_get_no_bonus_and_praise_teaches_nothing() -> None:
    assert not rule().score(UserVectors.zero(RANK), choice(CODE)).any()
    silent = rule(beta=0.0)
    assert not silent.score(taught(silent, (choice(CODE), asked(0))), choice(CODE)).any()
    nobody = UserVectors.zero(RANK)
    assert rule().learn(nobody, choice(CODE), Reaction(0.8, 0.6, np.zeros((0, RANK)))) is nobody


def test_who_insists_is_remembered_once_and_lately() -> None:
    learner = rule(window=2)
    vectors = taught(learner, (choice(CODE), asked(0)), (choice(CODE), asked(1)), (choice(CODE), asked(0)))
    assert vectors.evidence["card"].tolist() == [1, 0]
    assert taught(learner, *[(choice(CODE), asked(number)) for number in range(3)]).evidence["card"].tolist() == [1, 2]


@given(st.permutations(range(5)), st.lists(st.integers(0, 4), max_size=12, unique=True))
def test_the_order_of_candidates_is_no_matter(order: list[int], wished: list[int]) -> None:
    learner = rule()
    vectors = taught(learner, (choice(CODE), asked(*wished)))
    straight = learner.score(vectors, choice(CODE, cards=tuple(range(5))))
    assert learner.score(vectors, choice(CODE, cards=tuple(order))).tolist() == straight[list(order)].tolist()


@pytest.mark.parametrize("turns", [1, 9])
def test_what_it_keeps_survives_json(turns: int) -> None:
    learner = rule(window=4)
    vectors = taught(learner, *[(choice(np.eye(RANK)[n % 4], PROSE), asked(n % 3)) for n in range(turns)])
    assert len(vectors.evidence["card"]) == min(turns, 4)
    again = UserVectors.from_json(json.loads(json.dumps(vectors.to_json())))
    assert learner.score(again, choice(PROSE)).tolist() == learner.score(vectors, choice(PROSE)).tolist()
