"""Every checker against replies written by hand, and against any text at all."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.catalogue import load_preferences
from pum.bench.checkers.checking import CHECKERS, check, checker
from pum.bench.checkers.echoes import without_echoes
from pum.bench.checkers.passages import endings
from pum.bench.markdown import parse, split_sentences
from pum.bench.multisessioncollab import load_msc_preferences
from pum.bench.review import EXAMPLES as EXAMPLES_FILE
from pum.bench.types import Preference, Situation, Task, Verdict
from pum.core.errors import InputError

EXAMPLES = {
    style: verdicts
    for path in (EXAMPLES_FILE, Path(__file__).parent / "data" / "checkers_multisessioncollab.yaml")
    for style, verdicts in yaml.safe_load(path.read_text(encoding="utf-8")).items()
}
CASES = [
    (style, Verdict(verdict), reply)
    for style, verdicts in EXAMPLES.items()
    for verdict, replies in verdicts.items()
    for reply in replies
]
MARKDOWN_PIECES = st.sampled_from(
    ["```python\n", "```\n", "~~~", "def f(x):\n", "    ", "- ", "1. ", "| a | b |\n|---|---|\n", "# ", "**", "$",
     "\\boxed{", "}", "Answer: ", "Step 1", "try:\n", "except:\n", "SELECT a FROM b", "'", '"""', "\n\n", "> ", "\t",
     "\x00", "\ud800", "O(n)", "e.g. "]
)  # fmt: skip


def situation(statement: str = "Do it.") -> Situation:
    task = Task("t/0", "t", "algebra", statement, "3", frozenset(), 0.5, {})
    return Situation(task, frozenset())


@pytest.mark.parametrize(("style", "verdict", "reply"), CASES, ids=lambda value: str(value)[:30])
def test_checker_is_right_on_a_reply_written_by_hand(style: str, verdict: Verdict, reply: str) -> None:
    assert check(style, reply, situation()) is verdict


def test_every_checker_has_hand_written_replies_of_both_kinds() -> None:
    assert set(EXAMPLES) == set(CHECKERS)
    assert all({"satisfied", "violated"} <= set(verdicts) for verdicts in EXAMPLES.values())


@given(st.lists(MARKDOWN_PIECES | st.text(max_size=12), max_size=14).map("".join))
@settings(max_examples=60, deadline=None)
def test_no_checker_raises_on_any_text(reply: str) -> None:
    for style in CHECKERS:
        assert check(style, reply, situation()) in Verdict


def satisfied(*styles: str) -> list[tuple[str, str]]:
    return [(style, it) for style in styles for it in EXAMPLES[style]["satisfied"] if "Answer:" not in it]


CLOSINGS = satisfied(
    *("check_question", "encouraging_close", "ends_with_code", "ends_with_qed", "recap_last"),
    *("msc_one_increment", "msc_tldr_last"),
)
ANSWER_LINES = (
    "Answer: 12",
    "**Answer:** $x = 4$",
    "Final answer: [1, 2, 3]",
    "### Answer\n\n12",
    "The final answer is: $\\boxed{12}$",
    "$\\boxed{12}$",
    "Answer:\n\n12",
)


@pytest.mark.parametrize("line", ANSWER_LINES)
@pytest.mark.parametrize(("style", "reply"), CLOSINGS)
def test_a_closing_may_stand_above_the_line_of_the_final_answer(style: str, reply: str, line: str) -> None:
    assert check(style, f"{reply.rstrip()}\n\n{line}", situation()) is Verdict.SATISFIED


@pytest.mark.parametrize("line", ANSWER_LINES)
@pytest.mark.parametrize("style", ["check_question", "encouraging_close", "ends_with_qed", "recap_last"])
def test_an_answer_line_alone_closes_nothing(style: str, line: str) -> None:
    assert check(style, f"Both sides change alike.\n\n{line}", situation()) is Verdict.VIOLATED


@pytest.mark.parametrize("tag", ["markdown", "md"])
@pytest.mark.parametrize(("style", "reply"), satisfied("checklist", "options_table", "numbered_options"))
def test_what_is_in_a_fence_of_markdown_is_read_as_markdown(style: str, reply: str, tag: str) -> None:
    assert check(style, f"Here it is:\n\n```{tag}\n{reply}\n```", situation()) is Verdict.SATISFIED


def test_places_count_on_behind_a_fence_of_markdown() -> None:
    document = parse("First.\n\n```text\n- a\n- b\n```\n\n```md\n```python\nx = 1\n```\n\n```\nout\n```\n")
    assert [block.kind for block in document.blocks] == ["paragraph", "item", "item", "code", "code"]
    assert [entry.block for entry in document.lists] == [1]
    assert [document.blocks[fence.block].text for fence in document.fences] == ["x = 1\n", "out\n"]


def test_fences_in_fences_of_markdown_are_code_however_deep() -> None:
    deep = "".join("`" * length + "md\n" for length in range(500, 3, -1))
    assert [block.kind for block in parse(deep).blocks] == ["code"]


@pytest.mark.parametrize(
    ("style", "reply"),
    satisfied(
        *("analogy", "memory_cost", "names_pitfall", "states_limits", "contrasts_concept", "version_note"),
        *("names_rule", "takeaway", "tldr_first", "second_check", "names_bottleneck", "time_complexity"),
    ),
)
def test_prose_behind_the_word_answer_is_read(style: str, reply: str) -> None:
    assert check(style, f"Answer: {reply}", situation()) is Verdict.SATISFIED


@pytest.mark.parametrize("answer", ["x = 4", "$x = 4$", "3/8 = 0.375", "[1, 2, 3]"])
def test_a_bare_final_answer_is_no_formula_before_the_intuition(answer: str) -> None:
    reply = f"Answer: {answer}\n\nImagine two bags of apples in everyday life."
    assert check("real_world_first", reply, situation()) is Verdict.SATISFIED


def test_a_fence_on_the_line_of_its_label_is_a_fence() -> None:
    query = "Answer: ```sql\nSELECT name\nFROM users;\n```"
    assert check("sql_case", query, situation()) is Verdict.SATISFIED
    assert check("language_tag", query, situation()) is Verdict.SATISFIED


PREFERENCES = [preference for preference in load_preferences() if preference.style]
MSC_PREFERENCES = [preference for preference in load_msc_preferences() if preference.style]


@pytest.mark.parametrize("preference", PREFERENCES, ids=lambda preference: preference.id)
def test_who_repeats_an_instruction_has_not_followed_it(preference: Preference) -> None:
    for text in (*notes(preference), *preference.wordings):
        for reply in (text, f"Answer: {text}", f"> {text}", f"- {text}"):
            assert check(preference.style, reply, situation()) is not Verdict.SATISFIED, reply


@pytest.mark.parametrize("preference", MSC_PREFERENCES, ids=lambda preference: preference.id)
def test_who_repeats_a_note_of_multisessioncollab_has_not_followed_it(preference: Preference) -> None:
    for text in notes(preference):
        for reply in (text, f"Answer: {text}", f"> {text}", f"- {text}"):
            assert check(preference.style, reply, situation()) is not Verdict.SATISFIED, reply


def notes(preference: Preference) -> tuple[str, str, str]:
    """The note, the note without its condition, and the note as a promise."""
    return preference.note, preference.action.capitalize(), preference.note.replace(", ", ", I will ", 1)


def test_a_repeated_instruction_never_helps_a_reply() -> None:
    """Without it, this long reply would be short enough."""
    reply = "I like to be helped by being honest. It is 42. Six times seven is 42. That is a standard fact."
    assert check("at_most_three_sentences", reply, situation()) is Verdict.VIOLATED
    for style in ("no_apology", "no_confirmation", "no_exclamation"):
        reply = "Answer: I like to be helped by being honest and transparent."
        assert check(style, reply, situation()) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("style", EXAMPLES)
def test_a_repeated_instruction_leaves_what_stands_below_it(style: str) -> None:
    echo = "I like to be helped by being honest and transparent."
    for reply in EXAMPLES[style]["satisfied"]:
        assert without_echoes(f"{echo}\n\n{reply}", style).strip() == reply.strip()


@pytest.mark.parametrize(
    ("reply", "last_blocks"),
    [
        ("", []),
        ("Answer: 42", ["Answer: 42"]),
        ("**Answer:**\n\n42", ["42"]),
        ("All is well.", ["All is well."]),
        ("All is well.\n\nAnswer: 42", ["Answer: 42", "All is well."]),
        ("All is well.\nAnswer: 42", ["All is well.\nAnswer: 42", "All is well."]),
        ("All is well.\n\n## Answer\n\n42", ["42", "All is well."]),
    ],
)
def test_every_ending_has_a_last_block(reply: str, last_blocks: list[str]) -> None:
    assert [blocks[-1].text for blocks in endings(parse(reply))] == last_blocks


def test_names_given_by_the_task_need_not_be_snake_case() -> None:
    reply = "```python\ndef Strongest(className: str) -> str:\n    return className\n```"
    assert check("python_conventions", reply, situation("def Strongest(className):")) is Verdict.SATISFIED
    assert check("python_conventions", reply, situation()) is Verdict.VIOLATED


def test_unknown_style_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'bullets'"):
        check("bulets", "- a", situation())


def test_a_style_cannot_be_registered_twice() -> None:
    with pytest.raises(ValueError, match="bullets"):
        checker("bullets")(lambda document, situation: True)


def test_document_keeps_reading_order_and_nesting() -> None:
    document = parse(
        "# Title\n\nOne. Two.\n\n1. a\n   - b\n   - c\n2. d\n\n"
        "```Python\nx = 1\n```\n\n| h | k |\n|---|---|\n| 1 | 2 |\n"
    )
    assert [block.kind for block in document.blocks] == ["heading", "paragraph", *["item"] * 4, "code", "table"]
    outer, inner = document.lists
    assert (outer.ordered, outer.items, outer.depth) == (True, ("a", "d"), 0)
    assert (inner.ordered, inner.items, inner.indents, inner.depth) == (False, ("b", "c"), (3, 3), 1)
    assert (document.fences[0].language, document.fences[0].code) == ("python", "x = 1\n")
    assert (document.tables[0].header, document.tables[0].rows) == (("h", "k"), (("1", "2"),))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It is 3.5 m long, e.g. a car. Done!", 2),
        ('He said "stop." Then he left.', 2),
        ("no full stop", 1),
        ("**Yes.** It is.", 2),
        ("...", 0),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count
