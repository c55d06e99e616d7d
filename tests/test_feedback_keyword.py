import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.feedback.keyword import RESTATES_AT, VALUES, keyword_reward
from pum.feedback.keyword_quality import score_reward
from pum.memory.extraction import RuleExtractor
from pum.memory.extraction_quality import read_labelled
from pum.paths import DATA

NEXT_TURNS = read_labelled(DATA / "labelled" / "next_turns.jsonl", ["text", "label", "split"])


@pytest.mark.parametrize(
    "statement",
    [
        "The denominator is greater than the numerator.",
        "Show that there is no x such that x^2 = -1, so that there are no real solutions.",
        "A great circle has radius 3.",
        "Which of the following is incorrect? (A) 2+2=4 (B) wrong",
        'Print "wrong, try again" when the input is bad.',
        "```\n# that's wrong\n```",
    ],
)
def test_task_statements_carry_no_reward(statement):
    assert keyword_reward(statement).value == 0.0


@pytest.mark.parametrize("message", ["Not bad!", "No problem with that, thanks.", "Nothing wrong with it."])
def test_negated_blame_is_praise(message):
    assert keyword_reward(message).label == "pos_praise"


def test_blame_goes_before_praise():
    assert keyword_reward("Thanks, but that's wrong.").label == "neg_correction"


def test_a_stored_preference_said_again_is_a_complaint_and_a_new_one_a_request():
    message = "Please use bullet points."
    assert keyword_reward(message, restates=RESTATES_AT).value == -1.0
    assert keyword_reward(message, restates=RESTATES_AT - 0.01).label == "neg_request"
    assert keyword_reward(message, asks=True).value == -0.3
    assert keyword_reward("I asked for bullet points.").label == "neg_constraint_restate"


def test_a_change_of_topic_rates_nothing():
    assert keyword_reward("Let's talk about something else.").value is None


@given(st.text(max_size=200), st.none() | st.floats(-1, 1), st.booleans())
def test_any_text_gets_a_known_label(message, restates, asks):
    reward = keyword_reward(message, restates, asks)
    assert VALUES[reward.label] == reward.value


@pytest.mark.parametrize(("split", "accuracy"), [("dev", 0.95), ("test", 0.92)])
def test_quality_on_the_labelled_messages(split, accuracy):
    scores = score_reward(RuleExtractor(), [record for record in NEXT_TURNS if record["split"] == split])
    assert scores["accuracy"] >= accuracy
    assert scores["false_blame"] <= 0.07
