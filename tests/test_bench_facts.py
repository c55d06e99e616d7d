"""Explanations and comparisons: real ways to say it are understood, wrong and denied ones are not taken for right."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.tasks.datasets import DatasetRequest
from pum.bench.tasks.facts import build_comparisons, build_explanations, load_facts
from pum.bench.tasks.grading import grade
from pum.bench.tasks.statements import is_stated, sentences
from pum.core.errors import InputError

TASKS = {
    task.task_id: task for build in (build_explanations, build_comparisons) for task in build(DatasetRequest(seed=5))
}
REPLIES = yaml.safe_load((Path(__file__).parent / "data" / "fact_replies.yaml").read_text(encoding="utf-8"))
PETS = (("cat", "cat*"), ("dog", "dog*"))


def test_there_are_enough() -> None:
    explanations, comparisons = load_facts()
    assert len(explanations) >= 40 and len(comparisons) >= 30 and len(TASKS) == len(explanations) + len(comparisons)
    assert len({task.statement for task in TASKS.values()}) == len(TASKS)


@pytest.mark.parametrize("task_id", sorted(TASKS))
def test_reference_answer_is_right_and_the_wrong_one_wrong(task_id: str) -> None:
    task = TASKS[task_id]
    wrong = task.entry["wrong_answer"]
    assert grade(task, task.answer) and not grade(task, wrong)
    assert grade(task, f"## Reply\n\nSome words first.\n\n**Answer: {task.answer}**\n\nThat is all there is to it.")
    assert not grade(task, f"## Reply\n\nSome words first.\n\n**Answer: {wrong}**\n\nThat is all there is to it.")
    assert not grade(task, f"```text\n{task.answer}\n```"), "code is not what the reply states"
    assert not grade(task, f"{task.answer.removesuffix('.')} is a common misconception.")


def test_no_answer_passes_for_another_question() -> None:
    passed = [(a, b) for a, task in TASKS.items() for b, other in TASKS.items() if a != b and grade(task, other.answer)]
    assert passed == []


@pytest.mark.parametrize(
    ("task_id", "right", "reply"), [(case["task"], case["right"], case["reply"]) for case in REPLIES]
)
def test_replies_in_the_manner_of_chat_models(task_id: str, right: bool, reply: str) -> None:
    assert grade(TASKS[task_id], reply) is right


@pytest.mark.parametrize(
    ("text", "pattern", "stated"),
    [
        ("Ice is less dense.", "less dense", True),
        ("Ice isn't less dense.", "less dense", False),
        ("Ice is not only less dense but brittle.", "less dense", True),
        ("Nobody doubts it, ice is less dense.", "less dense", True),
        ("That ice is less dense is false.", "less dense", False),
        ("It drops. The pressure rises.", "pressure & drop*", False),
        ("The pressure drops.", "pressure & drop*", True),
        ("About 1,000 of them.", "1000", True),
        ("About 1,000.5 of them.", "1000", False),
        ("It takes 32 bits.", "3 | 2", False),
        ("It uses *last-in, first-out* order.", "last in", True),
        ("It can't be changed.", "not be changed", True),
        ("It cannot ever really be changed.", "not ... changed", True),
        ("`less dense` in code is read like any word.", "less dense", True),
    ],
)
def test_what_counts_as_stated(text: str, pattern: str, stated: bool) -> None:
    assert is_stated(sentences(text), pattern) is stated


@pytest.mark.parametrize(
    ("text", "about", "stated"),
    [
        ("Cats are small, dogs are not.", "cat", True),
        ("Cats are small, dogs are not.", "dog", False),
        ("Unlike dogs, cats are small.", "cat", True),
        ("Unlike dogs, cats are small.", "dog", False),
        ("Cats differ from dogs. They are small.", "cat", True),
        ("## Dogs\n\n- loyal\n- small", "dog", True),
        ("A small animal is the dog.", "dog", True),
        ("Both are small.", "cat", True),
        ("| | cats | dogs |\n|---|---|---|\n| small | yes | no |", "cat", True),
        ("| | cats | dogs |\n|---|---|---|\n| small | yes | no |", "dog", False),
        ("| pet | size |\n|---|---|\n| cat | small |\n| dog | large |", "cat", True),
        ("| pet | size |\n|---|---|\n| cat | small |\n| dog | large |", "dog", False),
    ],
)
def test_what_it_is_said_of(text: str, about: str, stated: bool) -> None:
    assert is_stated(sentences(text, PETS), "small", about, PETS) is stated


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["cats", " not", " small", ". ", ", ", "|", "\n", "**"])).map("".join)
)
@settings(max_examples=50, deadline=None)
def test_grading_takes_any_text(text: str) -> None:
    assert is_stated(sentences(text, PETS), "small & not ... large", "cat", PETS) in (True, False)


def test_bad_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("explanations: []\ncomparisons: []\n")
    with pytest.raises(InputError, match="facts.yaml: explanations: "):
        load_facts(path)
    entry = "{id: a, prompt: p, difficulty: 0.1, facts: [x], wrong: [y], answer: x, wrong_answer: y}"
    pair = "{id: a, prompt: p, subjects: [[x, x], [y, y]], facts: [[b], [c]], answer: '{0} {1}'}"
    path.write_text(f"explanations: [{entry}]\ncomparisons: [{pair}]\n")
    with pytest.raises(InputError, match="'a' comes twice"):
        load_facts(path)
