import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.analysis.extraction import report
from pum.bench.catalogue import load_preferences, load_request_types
from pum.core.errors import InputError
from pum.core.files import read_jsonl
from pum.core.paths import DATA
from pum.extraction.rules import LONGEST_ACTION, LONGEST_CONDITION, RuleExtractor, note_of

EXTRACTOR = RuleExtractor()
UTTERANCES = read_jsonl(DATA / "labelled" / "utterances.jsonl", ["text", "preferences", "split"])


def only(message, topic=None):
    found = EXTRACTOR.extract(message, topic)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("message", "note"),
    [
        ("When writing Python, use snake_case and type hints.", "When writing Python, use snake_case and type hints."),
        ("Please be brief for quick questions.", "When answering quick questions, be brief."),
        ("Use bullets whenever you list options.", "When you list options, use bullets."),
        ("Whenever I ask a quick question, keep it short.", "When I ask a quick question, keep the answer short."),
        ("I'd like it if you ended with a short summary.", "End with a short summary."),
        ("I prefer numbered lists.", "Use numbered lists."),
        ("In general, use headings.", "Use headings."),
        ("You forgot the docstring again.", "Include the docstring."),
        ('Never start with "Great question!"', 'Do not start with "Great question!".'),
        ("Could you put those in bullet points?", "Put the answer in bullet points."),
    ],
)
def test_a_wish_becomes_a_note_that_reads_well(message, note):
    assert note_of(only(message)) == note


@pytest.mark.parametrize(
    "message", ["no bullets any more", "stop using bullets", "I hate bullets", "Please don't use bullets."]
)
def test_a_prohibition_says_so(message):
    found = only(message)
    assert found.negated
    assert found.action.startswith("do not use bullets")


def test_a_pointing_condition_is_worded_by_the_topic():
    message = "In questions like this, always use numbered steps."
    assert only(message, "mathematics").condition == "working on mathematics questions like this one"
    assert only(message).condition == "dealing with questions like this"


@pytest.mark.parametrize(
    "message",
    [
        "Show me how to run it from the terminal.",
        "Compare this with another way.",
        "Can you prove it?",
        "Give your answer as a fraction.",
        "Return the list sorted.",
        "```\n# always use bullets\nuse bullets\n```",
        "> Please always use bullets.",
        'He wrote: "Please always use bullets."',
        'I read "it is old. Please use bullets. Bye" today.',
        "Here is the text:\nPlease always use bullets.",
        '"""Always use bullets."""',
    ],
)
def test_tasks_code_and_quotations_hold_no_preference(message):
    assert EXTRACTOR.extract(message) == ()


@pytest.mark.parametrize(
    "message",
    [
        "We agreed on this earlier.",
        "I requested it in my first message.",
        "I mentioned that two messages ago.",
        "Did I not say so? I said it at the very beginning.",
        "I asked how a heap works.",
        "I asked you three questions about monads.",
        "I'd like your opinion on an essay.",
        "I want a minute of your time.",
        "I need assistance with Python code.",
        "I need a program that I can run on this.",
        "Give me code to try at home.",
        "I need a solution to this exercise in Python.",
        "Please check the essay, as in a report.",
        "Can you write a chapter for this library?",
        "Always do it like that.",
    ],
)
def test_a_remark_or_a_request_for_help_is_no_preference(message):
    assert EXTRACTOR.extract(message) == ()


@pytest.mark.parametrize(
    ("message", "note"),
    [
        ("I asked for bullets and got a table.", "Use bullets."),
        ("I wanted a short answer but you wrote three paragraphs.", "Give a short answer."),
        ("I asked about two libraries and got an essay; I want a table.", "Use a table."),
        ("I don't see any headings here; please use them.", "Use headings."),
        ("You forgot the docstring. I always want it, and comments too.", "Use the docstring, and comments too."),
        ("I always want them, and headings too.", "Use headings too."),
    ],
)
def test_a_complaint_gives_one_card_that_stands_alone(message, note):
    assert note_of(only(message)) == note


@pytest.mark.parametrize("message", ["I want them.", "Please use them.", "Solve it.\n\nI always want it that way."])
def test_a_pronoun_without_a_noun_before_it_is_no_preference(message):
    assert EXTRACTOR.extract(message) == ()


def test_a_complaint_far_away_names_no_pronoun():
    message = "There are no comments here. Is that on purpose? It looks odd. I always want them."
    assert note_of(only(message)) == "Include comments."


def test_nothing_that_simulated_users_say_besides_their_wishes_gives_a_card():
    templates = load_request_types()
    statements = _first_statements()
    wrapped = [text for request_type in templates.openings for text in request_type.phrasings] + list(
        templates.clarified
    )
    frames = [
        frame
        for by_tone in (templates.enforcement, templates.insistence)
        for frames in by_tone.values()
        for frame in frames
    ]
    messages = [text.replace("{statement}", statement) for text in wrapped for statement in statements]
    messages += [text for request_type in templates.followups for text in request_type.phrasings]
    messages += [text for texts in templates.vague.values() for text in texts]
    messages += [*templates.wrong_answer, *templates.thanks_closing, *templates.giving_up]
    messages += [frame.replace("{wording}", "") for frame in frames]
    assert {message: found for message in messages if (found := EXTRACTOR.extract(message))} == {}


def test_a_frame_around_a_wish_adds_no_card():
    for frames in [*load_request_types().enforcement.values(), *load_request_types().insistence.values()]:
        for frame in frames:
            assert note_of(only(frame.replace("{wording}", "Please use bullet points."))) == "Use bullet points."


@pytest.mark.parametrize(
    ("message", "note"),
    [
        ("Must you always start with a compliment?", "Do not start with a compliment."),
        ("You skip steps all the time, please don't.", "Do not skip steps."),
        ("Why is there a comment on every line?", "Do not use a comment on every line."),
        ("Horizontal rules between sections are driving me mad.", "Do not use horizontal rules between sections."),
        ("Don't bother explaining the basics, I know them.", "Do not explain the basics."),
        ("Feel free to skip the imports.", "Do not include the imports."),
        ("Don't forget the units.", "Include the units."),
        ("You can be blunt with me.", "Be blunt with me."),
        ("The fewer words the better.", "Use fewer words."),
        ("All I need is the command.", "Use the command."),
        ("A table is easier for me to read.", "Use a table."),
        ("I learn better from worked examples.", "Give worked examples."),
        ("Could this be a table instead?", "Make the answer a table instead."),
        ("Can we drop the headings?", "Do not use the headings."),
        ("Use pytest, not unittest.", "Use pytest, not unittest."),
        ("One code block that I can copy.", "Use one code block that I can copy."),
        ("Metric units please, I can't picture feet.", "Use metric units."),
        ("When you integrate name the rule.", "When you integrate, name the rule."),
        (
            "chemistry: always write the balanced equation",
            "When answering about chemistry, write the balanced equation.",
        ),
        ("For big tasks, outline the plan first.", "When working on big tasks, outline the plan first."),
        (
            "A bit of empathy when I'm frustrated would be nice.",
            "When I'm frustrated, use empathy.",
        ),
        ("I'm new here, so define any term you use.", "Define any term you use."),
    ],
)
def test_a_wish_is_heard_in_whatever_clause_it_comes(message, note):
    assert note_of(only(message)) == note


@pytest.mark.parametrize(
    "message",
    [
        "I like bullet journals.",
        "I need 5 bullet points for my CV about leadership.",
        "Explain the difference between a list and a tuple.",
        "Summarize this paragraph.",
        "Add a docstring to this function.",
        "My function should always return a list.",
        "A bakery always sells muffins in boxes of 6 and never splits a box.",
        "make the button always stay at the bottom of the screen",
        "Show that f is never zero.",
        "If I wanted everything in French, would you be able to do that?",
        "The log lines have to be short, at most 80 chars.",
        "Perfect, exactly what I was looking for. Clear and short.",
        "I appreciate the detail here.",
        "You always give such clear answers, thanks!",
        "Could you give me another hint?",
        "No idea what that means.",
        "Proofread pls: from now on always add the ticket number. Never push to main.",
        "/* NOTE: do not use recursion here */\nWhat does it do?",
        "In APA style, do tables go before or after the references?",
        "Sorry to be particular about this.",
        "Please don't delete my files.",
    ],
)
def test_requirements_tastes_praise_and_pasted_rules_hold_no_preference(message):
    assert EXTRACTOR.extract(message) == ()


def _first_statements():
    first = {}
    for line in (DATA / "tasks.jsonl").read_text(encoding="utf-8").splitlines():
        task = json.loads(line)
        first.setdefault(task["dataset"], task["statement"])
    return list(first.values())


def test_confidence_orders_the_ways_of_asking():
    messages = ["From now on I want bullets.", "I want bullets.", "Could you use bullets?", "You forgot the bullets."]
    values = [only(message).confidence for message in messages]
    assert values == sorted(values, reverse=True) and len(set(values)) == 4


def test_an_item_that_is_too_long_is_dropped_alone():
    long = "Please use bullets and " + "very " * 60 + "short lines."
    found = EXTRACTOR.extract(f"{long} Please use headings.")
    assert [preference.action for preference in found] == ["use headings"]


@given(
    st.text(max_size=300)
    | st.lists(
        st.sampled_from('please when use no "bullets" , . : \n ``` > I you want not in ; always'.split(" "))
    ).map(" ".join)
)
def test_any_text_is_accepted_and_every_item_is_valid(message):
    for found in EXTRACTOR.extract(message):
        assert len(found.condition) <= LONGEST_CONDITION and 3 <= len(found.action) <= LONGEST_ACTION
        assert 0 <= found.confidence <= 1
        assert found.span in message


@pytest.mark.parametrize(
    "piece", ["when you ", "a", '"', "x:\n\n", "Please use bullets when you list options. ", "if a b c d e f "]
)
def test_time_stays_linear(piece):
    message = piece * (100_000 // len(piece))
    start = time.process_time()
    EXTRACTOR.extract(message)
    assert time.process_time() - start < 2.0


@pytest.mark.parametrize(
    ("split", "precision", "recall"), [("dev", 0.96, 0.95), ("test", 0.95, 0.93), ("heldout_dev", 0.89, 0.88)]
)
def test_quality_on_the_labelled_utterances(split, precision, recall):
    heldout = read_jsonl(DATA / "labelled" / "heldout_dev.jsonl", ["text", "preferences"])
    records = heldout if split == "heldout_dev" else [record for record in UTTERANCES if record["split"] == split]
    scores = report(EXTRACTOR, records)
    assert scores["precision"] >= 0.96 and scores["recall"] >= 0.96
    assert scores["items"]["precision"] >= precision and scores["items"]["recall"] >= recall


def test_the_wordings_of_the_catalogue_are_heard():
    wordings = [wording for preference in load_preferences() for wording in preference.wordings]
    assert sum(bool(EXTRACTOR.extract(wording)) for wording in wordings) >= 0.93 * len(wordings)


def test_the_same_message_read_again_gives_the_same():
    message = "For proofs: claim, idea, recap. Please use bullets."
    assert EXTRACTOR.extract(message) == RuleExtractor().extract(message) != EXTRACTOR.extract(message + " No tables.")


def test_a_bad_line_is_named(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "a"}\n')
    with pytest.raises(InputError, match="line 1: no 'preferences'"):
        read_jsonl(path, ["text", "preferences"])
