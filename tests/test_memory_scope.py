import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.extraction.scope import scope_of


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "in general",
        "always",
        "whatever I ask",
        "answering any question",
        "in all your answers",
        "no matter what I ask",
    ],
)
def test_universal_conditions_are_global(condition):
    assert scope_of(condition) == "global"


@pytest.mark.parametrize(
    "condition",
    [
        "small functions", "many options exist", "call center scripts", "SQL queries", "Germany trip planning",
        "any response with code",
        "company emails", "generalization bounds in ML", "unit tests", "error handling", "always when debugging",
        "writing Python",
    ],
)  # fmt: skip
def test_narrow_conditions_stay_conditional(condition):
    assert scope_of(condition) == "conditional"


@given(st.text())
def test_any_text_has_a_scope(condition):
    assert scope_of(condition) in ("global", "conditional")
