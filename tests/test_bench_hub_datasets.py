"""Public datasets in the formats of the hub: from a folder, and through a stand-in for the package `datasets`."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pum.bench.tasks.collection import build_tasks
from pum.bench.tasks.grading import as_reply, grade
from pum.bench.tasks.multiple_choice import chosen_right
from pum.bench.types import Task
from pum.core.errors import InputError

FOLDER = Path(__file__).parent / "data" / "hub"
COUNTS = {"logiqa": 2, "mmlu": 3, "medqa": 2, "bigcodebench": 1, "math-500": 2}


@pytest.fixture(scope="module")
def tasks() -> dict[str, list[Task]]:
    built = build_tasks(sorted(COUNTS), 10, seed=3, folder=FOLDER)
    return {name: [task for task in built if task.dataset == name] for name in COUNTS}


def test_every_dataset_is_read_from_a_folder(tasks: dict[str, list[Task]]) -> None:
    assert {name: len(found) for name, found in tasks.items()} == COUNTS
    assert "A. Vitamin A\nB. Vitamin B12\nC. Vitamin C\nD. Vitamin D" in tasks["medqa"][0].statement + (
        tasks["medqa"][1].statement
    )
    assert {task.topic for task in tasks["mmlu"]} == {"arithmetic", "knowledge", "statistics"}
    assert all({"logic", "short_answer"} <= task.tags for task in tasks["logiqa"])
    assert {task.answer for task in tasks["math-500"]} == {r"\frac{3}{4}", r"2\sqrt{3}"}


def test_answers_are_told_apart(tasks: dict[str, list[Task]]) -> None:
    for task in (task for found in tasks.values() for task in found):
        assert grade(task, as_reply(task, task.answer)), task.task_id
        assert not grade(task, as_reply(task, task.entry["wrong_answer"])), task.task_id


def test_a_problem_that_needs_other_packages_is_left_out(tasks: dict[str, list[Task]]) -> None:
    (task,) = tasks["bigcodebench"]
    assert task.answer.startswith("import re\n") and "numpy" not in task.answer
    body = "words = re.findall(r'\\w+', text)\n    return Counter(words)"
    assert not grade(task, f"```python\ndef task_func(text):\n    {body}\n```"), "case counts in one of the tests"
    assert grade(task, f"```python\ndef task_func(text):\n    {body.replace('text)', 'text.lower())')}\n```")


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("B", True), ("b", True), ("(B)", True), ("B.", True), ("B) the Nile", True), ("Option B", True),
        ("the Nile", True), ("The Nile.", True), ("It is the Nile, of course", True), ("A", False), ("E", False),
        ("A. The Amazon", False), ("the Amazon or the Nile", False), ("But why?", False), ("a river", False),
        ("", False),
    ],
)  # fmt: skip
def test_an_option_is_chosen_by_letter_or_words(answer: str, right: bool) -> None:
    entry = {"options": ["The Amazon", "The Nile", "The Rhine"], "answer": "B"}
    assert chosen_right(entry, answer) is right


def test_parquet_is_read_as_well(tmp_path: Path) -> None:
    import pandas

    rows = json.loads((FOLDER / "mmlu.json").read_text(encoding="utf-8"))
    (tmp_path / "mmlu" / "all").mkdir(parents=True)
    pandas.DataFrame(rows).to_parquet(tmp_path / "mmlu" / "all" / "test-00000-of-00001.parquet")
    assert build_tasks(["mmlu"], 10, 3, tmp_path) == build_tasks(["mmlu"], 10, 3, FOLDER)


def test_hub_is_asked_through_datasets(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple] = []

    def load_dataset(path: str, config: str | None, *, split: str, revision: str | None) -> list[dict]:
        asked.append((path, config, split, revision))
        return json.loads((FOLDER / "mmlu.json").read_text(encoding="utf-8"))

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    assert build_tasks(["mmlu"], 10, 3) == build_tasks(["mmlu"], 10, 3, FOLDER)
    assert asked == [("cais/mmlu", "all", "test", None)]


def test_without_hub_and_folder_it_says_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InputError, match="'logiqa' needs a folder with logiqa.json in it, or the package `datasets`"):
        build_tasks(["logiqa"], 1, 0)

    def offline(*_: object, **__: object) -> None:
        raise ConnectionError("no route to host\nand more")

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=offline))
    with pytest.raises(InputError, match="'logiqa': lucasmccabe/logiqa cannot be loaded: no route to host$"):
        build_tasks(["logiqa"], 1, 0)


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("mmlu.json", "{}", "mmlu.json: not a list"),
        ("mmlu.jsonl", "{nonsense\n", "mmlu.jsonl: not readable as jsonl"),
        ("mmlu.json", '[{"question": "Why?", "subject": "law", "choices": ["a", "b"]}]', "0: answer: Field required"),
        ("mmlu.json", '[{"question": "Why?", "subject": "law", "choices": ["a", " "], "answer": 0}]', "0: choices"),
        ("other.json", "[]", "no mmlu.json"),
    ],
)  # fmt: skip
def test_bad_files_are_named(tmp_path: Path, name: str, text: str, what: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=what):
        build_tasks(["mmlu"], 1, 0, tmp_path)
