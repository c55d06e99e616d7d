import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.analysis.extraction import false_blame, rate, score_reward
from pum.bench.catalogue import load_request_types
from pum.bench.tasks.collection import read_tasks
from pum.core.files import read_jsonl
from pum.core.paths import DATA
from pum.core.schemas import ExtractedPreference
from pum.extraction.rules import RuleExtractor
from pum.feedback.keyword import BLAMES_FROM, RESTATES_AT, VALUES, keyword_reward, surely

NEXT_TURNS = read_jsonl(DATA / "labelled" / "next_turns.jsonl", ["text", "label", "split"])


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


@pytest.mark.parametrize(
    "message",
    [
        "Hmm, this solution is wrong.",
        "It does not agree with the answer key.",
        "There is an error in that.",
        "The answer is slightly off.",
        "In my project the answer is wrong as well.",
        "You forgot the base case.",
        "Try again.",
    ],
)
def test_a_wrong_answer_is_a_correction(message):
    assert rate(RuleExtractor(), message) == "neg_correction"


@pytest.mark.parametrize(
    "message",
    [
        "It doesn't work. I get a ModuleNotFoundError.",
        "This fails on our server.",
        "That does not run on my laptop, it says no module named foo.",
        "There is a bug in this code, where is it?",
        "Show that it does not equal zero.",
        "I asked how it works.",
        "How many requests per second? One request at a time.",
    ],
)
def test_trouble_where_it_is_used_and_task_text_are_no_blame(message):
    assert keyword_reward(message).value >= 0.0


@pytest.mark.parametrize(
    "message",
    [
        "I hate to repeat myself, but shorter.",
        "I did mention that last time.",
        "We've been over this already.",
        "We discussed this.",
        "The same remark as before.",
        "You forgot it once more.",
    ],
)
def test_having_said_it_before_is_a_complaint_whatever_it_was(message):
    assert keyword_reward(message).label == "neg_constraint_restate"


def test_a_wish_for_the_form_explains_why_the_answer_is_sent_back():
    assert rate(RuleExtractor(), "Please use bullets. Do it again.") == "neg_request"
    assert rate(RuleExtractor(), "That's wrong. Please use bullets.") == "neg_correction"


@pytest.mark.parametrize("message", ["I have a small wish, hm.", "A note on the layout.", "Not this way!"])
def test_a_remark_on_the_form_is_a_request(message):
    assert keyword_reward(message).label == "neg_request"


def test_what_simulated_users_say_reads_as_it_is_meant():
    extractor, templates = RuleExtractor(), load_request_types()
    wish = "Please use bullet points."
    for frames, label in (
        (templates.enforcement, "neg_request"),
        (templates.insistence, "neg_constraint_restate"),
        ({"": templates.wrong_answer}, "neg_correction"),
    ):
        for frame in (frame for of_tone in frames.values() for frame in of_tone):
            assert (frame, rate(extractor, frame.replace("{wording}", wish))) == (frame, label)
    for request_type in templates.followups:
        for text in request_type.phrasings:
            assert keyword_reward(text).value >= 0.0, text


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


def test_statements_of_tasks_blame_nobody():
    statements = [(task.dataset, task.statement) for task in read_tasks(DATA / "tasks.jsonl")]
    blamed = false_blame(RuleExtractor(), statements)
    assert blamed["all"]["share"] < 0.02
    assert blamed["all"]["of"] == len(statements) == sum(blamed[name]["of"] for name in blamed if name != "all")
    assert false_blame(RuleExtractor(), [("one", "That's wrong.")])["one"]["share"] == 1.0


def test_what_was_heard_unsurely_blames_nobody():
    sure, unsure = (ExtractedPreference("", "use tables", at, "global", False, "") for at in (BLAMES_FROM, 0.4))
    assert surely([sure, unsure]) == (sure,)
