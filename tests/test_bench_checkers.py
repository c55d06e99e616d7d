"""Every checker against replies written by hand, and against any text at all."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.checkers.checking import CHECKERS, check, checker
from pum.bench.markdown import parse, split_sentences
from pum.bench.review import EXAMPLES as EXAMPLES_FILE
from pum.bench.types import Situation, Task, Verdict
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
