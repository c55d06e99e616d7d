import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.feedback.gate import gate


@pytest.mark.parametrize(
    ("reward", "similarity", "expected"),
    [
        (-1.0, 0.1, 0.9), (-1.0, 0.2, 0.5), (-1.0, 0.5, 0.5), (-1.0, 0.6, 0.2), (-0.5, 0.1, 0.5),
        (0.8, 0.41, 0.6), (0.8, 0.4, 0.3), (0.8, -1.0, 0.3), (0.5, 0.9, 0.5), (0.0, 0.9, 0.5), (-1.0, None, 0.5),
        (1.0, None, 0.5),
    ],
)  # fmt: skip
def test_the_published_table(reward, similarity, expected):
    assert gate(reward, similarity) == expected


@pytest.mark.parametrize("reward", [float("nan"), float("inf"), 1.01, -2.0])
def test_a_reward_that_is_none_is_refused(reward):
    with pytest.raises(ValueError, match="reward"):
        gate(reward, 0.3)


def test_a_similarity_that_is_none_is_refused():
    with pytest.raises(ValueError, match="similarity"):
        gate(0.5, float("nan"))


@given(st.floats(-1, 1), st.none() | st.floats(-1, 1))
def test_a_gate_is_one_of_five(reward, similarity):
    assert gate(reward, similarity) in (0.2, 0.3, 0.5, 0.6, 0.9)
