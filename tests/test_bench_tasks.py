"""Datasets, graders and wrong answers, on a sample of every dataset that needs no folder."""

import json
import multiprocessing
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.sandbox import SandboxResult
from pum.bench.tasks import formulas, programming
from pum.bench.tasks.answers import final_answer
from pum.bench.tasks.collection import build_tasks, read_tasks, write_tasks
from pum.bench.tasks.datasets import DATASETS
from pum.bench.tasks.grading import VerdictStore, as_reply, grade
from pum.bench.tasks.procedural import FAMILIES, _generated_with_fixed_hashing
from pum.bench.tasks.programs import normal_form, program_in
from pum.bench.tasks.wrong_answers import find_wrong_answer
from pum.bench.types import Task
from pum.config.params import load_params
from pum.core.errors import InputError
from pum.core.paths import DATA, ROOT

OFFLINE = sorted(load_params().world.datasets)
PER_DATASET = 3


@pytest.fixture(scope="module")
def tasks() -> tuple[Task, ...]:
    return build_tasks(OFFLINE, PER_DATASET, seed=11)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("competition")
    problems = [
        ("What is $1/2 + 1/4$?", r"It is $\boxed{\frac{3}{4}}$.", "Level 1", "Prealgebra"),
        ("Solve $x^2 = 3$, $x > 0$.", r"$\boxed{\sqrt{3}}$", "Level 5", "Algebra"),
        ("No answer here.", "None.", "Level 5", "Algebra"),
    ]
    keys = ("problem", "solution", "level", "type")
    (path / "math-hard.json").write_text(json.dumps([dict(zip(keys, problem, strict=True)) for problem in problems]))
    (path / "math-500.json").write_text('[{"problem": 3}]')
    return path


def first(tasks: tuple[Task, ...], dataset: str) -> Task:
    return next(task for task in tasks if task.dataset == dataset)


def test_every_dataset_gives_what_was_asked(tasks: tuple[Task, ...]) -> None:
    assert {"humaneval", "explanations", "comparisons"} < set(OFFLINE) and len(set(OFFLINE) & set(FAMILIES)) >= 12
    assert Counter(task.dataset for task in tasks) == dict.fromkeys(OFFLINE, PER_DATASET)
    ids = [task.task_id for task in tasks]
    assert ids == sorted(set(ids))
    for task in tasks:
        assert 0 <= task.difficulty <= 1 and task.answer and task.tags
        assert len(task.statement) < 1200 or task.dataset == "humaneval"


def test_own_answer_is_right_and_wrong_answer_wrong(tasks: tuple[Task, ...]) -> None:
    for task in tasks:
        wrong = task.entry["wrong_answer"]
        assert grade(task, as_reply(task, task.answer)), task.task_id
        assert wrong != task.answer and not grade(task, as_reply(task, wrong)), task.task_id
        assert not grade(task, "I would rather not say."), task.task_id


def test_wrong_answer_is_searched_where_none_is_stored(tasks: tuple[Task, ...]) -> None:
    task = first(tasks, "algebra-linear")
    bare = replace(task, entry={key: task.entry[key] for key in task.entry if key != "wrong_answer"})
    assert find_wrong_answer(bare) == find_wrong_answer(bare) == task.entry["wrong_answer"]
    assert not grade(bare, f"Answer: {find_wrong_answer(bare)}")


def test_building_is_seeded(tasks: tuple[Task, ...]) -> None:
    again = build_tasks(["algebra-linear", "humaneval"], PER_DATASET, seed=11)
    assert again == tuple(task for task in tasks if task.dataset in {"algebra-linear", "humaneval"})
    other = build_tasks(["algebra-linear"], PER_DATASET, seed=12)
    assert {task.statement for task in other} != {task.statement for task in again if task.dataset == "algebra-linear"}


@pytest.mark.slow
@pytest.mark.parametrize("hash_seed", ["0", "1", "2", "random"])
def test_tasks_depend_on_no_hash_seed(hash_seed: str, tmp_path: Path) -> None:
    committed = (DATA / "tasks.jsonl").read_text(encoding="utf-8").splitlines()
    family, count = "calculus-techniques", 45  # without a fixed seed, numbers 11 and 42 differ
    code = f"""
from pathlib import Path
from pum.bench.tasks.collection import build_tasks, write_tasks
write_tasks(Path("tasks.jsonl"), build_tasks(["{family}"], {count}, {load_params().seed}))
"""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    wanted = [line for line in committed if f'"task_id":"{family}/' in line][:count]
    assert (tmp_path / "tasks.jsonl").read_text(encoding="utf-8").splitlines() == wanted


def test_a_generator_that_fails_elsewhere_is_no_short_dataset() -> None:
    with pytest.raises(RuntimeError, match="no instances of nothing"):
        list(_generated_with_fixed_hashing("nothing", {}, 0))


def test_file_keeps_everything_and_its_bytes(tasks: tuple[Task, ...], tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    write_tasks(path, tasks)
    written = path.read_bytes()
    assert read_tasks(path) == tasks
    assert [task.entry for task in read_tasks(path)] == [task.entry for task in tasks]
    write_tasks(path, read_tasks(path))
    assert path.read_bytes() == written


@pytest.mark.parametrize(
    ("line", "what"),
    [("{nonsense", "Invalid JSON"), ('{"task_id": "a/1"}', "dataset: Field required"), ("SAME", "comes twice")],
)
def test_bad_line_is_named(tasks: tuple[Task, ...], tmp_path: Path, line: str, what: str) -> None:
    path = tmp_path / "tasks.jsonl"
    write_tasks(path, tasks[:1])
    good = path.read_text()
    path.write_text(good + (good if line == "SAME" else line + "\n"))
    with pytest.raises(InputError, match=f"tasks.jsonl:2: .*{what}"):
        read_tasks(path)


def test_the_paper_asks_for_every_dataset_that_is_built() -> None:
    assert set(OFFLINE) <= set(DATASETS)
    assert sorted(load_params().study("paper").datasets) == OFFLINE


def test_unknown_dataset_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'humaneval'"):
        build_tasks(["humanevall"], 1, seed=0)


def test_competition_mathematics(folder: Path) -> None:
    built = build_tasks(["math-hard"], 5, seed=0, folder=folder)
    assert [(task.answer, task.topic) for task in built] == [(r"\frac{3}{4}", "arithmetic"), (r"\sqrt{3}", "algebra")]
    assert "complex" in built[1].tags and "complex" not in built[0].tags
    assert grade(built[0], "So we get **Answer: 0.75**") and grade(built[0], r"Hence $\boxed{\frac{6}{8}}$.")
    assert not grade(built[0], "Answer: 0.76")
    with pytest.raises(InputError, match="math-500.json: item 0: problem"):
        build_tasks(["math-500"], 1, seed=0, folder=folder)
    with pytest.raises(InputError, match="needs a folder"):
        build_tasks(["math-500"], 1, seed=0)


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Answer: 42", "42"),
        ("Steps.\n\n**Answer: 42**\n\nHope it helps.", "42"),
        ("**Final answer:** x = 3.", "x = 3"),
        ("Answer: 1\nWait.\nAnswer: 2", "2"),
        ("The final answer is: $\\boxed{\\frac{1}{2}}$.", "\\frac{1}{2}"),
        ("so \\boxed{a_{1}} holds", "a_{1}"),
        ("## Answer\n\n`['1', '2']`", "['1', '2']"),
        ("Answer:\n42", "42"),
        ("The answer is 42. It is even.", "42"),
        ("The answer is 3.5", "3.5"),
        ("Answer: \\(7\\)", "7"),
        ("I cannot say.", None),
        ("", None),
    ],
)
def test_final_answer_in_the_wild(reply: str, answer: str | None) -> None:
    assert final_answer(reply) == answer


PIECES = st.sampled_from(["Answer:", "the answer", "**", "\\boxed{", "}", "$", "\n", " is ", "4", ".", "#"])


@given(st.text() | st.lists(PIECES).map("".join))
def test_final_answer_takes_any_text(text: str) -> None:
    answer = final_answer(text)
    assert answer is None or (answer and answer == answer.strip())


@given(st.text(max_size=60))
def test_tidying_takes_any_answer(text: str) -> None:
    for family in FAMILIES.values():
        assert isinstance(family.form(text), str)


@pytest.mark.parametrize(
    ("dataset", "wrap"),
    [
        ("algebra-linear", "So the answer is x = {}."),
        ("arithmetic-words", "Answer: ${} in total"),
        ("structures-sorting", "Answer: `{}`"),
        ("logic-syllogism", "**Answer:** {}, it does."),
        ("graphs-courses", "Answer: {}."),
        ("calculus-integration", "Answer: F(x) = {}"),
        ("statistics-dice", "Answer: P = {}"),
    ],
)
def test_wordings_of_real_models(tasks: tuple[Task, ...], dataset: str, wrap: str) -> None:
    task = first(tasks, dataset)
    assert grade(task, wrap.format(task.answer))
    assert not grade(task, wrap.format(task.entry["wrong_answer"]))


@settings(max_examples=50, deadline=None)
@given(reply=st.text(max_size=80))
def test_grading_takes_any_reply(tasks: tuple[Task, ...], reply: str) -> None:
    for dataset in ("algebra-linear", "algebra-polynomial", "calculus-integration", "graphs-paths", "logic-knights"):
        assert grade(first(tasks, dataset), f"Answer: {reply}") in (True, False)


def test_program_in_chunks_and_with_remarks(tasks: tuple[Task, ...]) -> None:
    task = next(task for task in tasks if task.dataset == "humaneval")
    lines = task.answer.splitlines()
    cut = next(number for number, line in enumerate(lines) if line.startswith("def "))
    head, tail = "\n".join(lines[:cut]), "\n".join(lines[cut:])
    chunks = f"First:\n```python\n{head}\n# done\n```\nThen:\n```py\n{tail}\n```\nIt prints:\n```text\n42 !\n```\n"
    assert grade(task, chunks)
    assert grade(task, task.answer)
    assert grade(task, f"```\n{task.answer}\n```\n\n```bash\npython solve.py\n```")
    assert not grade(task, "```python\ndef unrelated():\n    return 1\n```")
    assert not grade(task, "```python\nraise SystemExit(0)\n```")


def test_normal_form_drops_comments_only() -> None:
    assert normal_form("import math", "x = 1  # one\n\n\ny=( 2 )") == "import math\nx = 1\ny = 2"
    assert normal_form("", 'def f():\n    """Doc."""') == 'def f():\n    """Doc."""'
    assert normal_form("import math", "from __future__ import annotations").startswith("from __future__")
    assert normal_form("", "def f(:") is None
    assert program_in("```python\nx = 1\n```\n```python\n>>> x\n1\n```") == "x = 1\n"


@pytest.mark.parametrize(
    "formula",
    ["__import__('os').system('x')", "x.__class__", "9**9**9", "x**1000", "(lambda: x)()", "[x]", "é", "", "x"],
)
def test_only_plain_formulas_reach_sympy(formula: str) -> None:
    assert formulas.is_plain(formula) == (formula == "x")


def test_slopes_settle_only_what_differs() -> None:
    assert formulas.cannot_be_antiderivative("x**3 + C", "x**2", "x")
    assert not formulas.cannot_be_antiderivative("x**3/3 + C", "x**2", "x")
    assert not formulas.cannot_be_antiderivative("2*(4*x + 2)**(3/2)/3 + C", "4*sqrt(4*x + 2)", "x")


def _store_and_grade(path: Path, task: Task) -> bool:
    return grade(task, as_reply(task, task.answer), VerdictStore(path))


def test_verdicts_are_kept_on_disk_for_several_processes(tasks: tuple[Task, ...], tmp_path: Path) -> None:
    task, path = first(tasks, "humaneval"), tmp_path / "cache" / "verdicts.sqlite"
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.starmap(_store_and_grade, [(path, task)] * 6) == [True] * 6
    store = VerdictStore(path)
    calls: list[str] = []

    def judge(question: str, submission: str) -> bool:
        calls.append(submission)
        return False

    assert [store.look_up("question", "answer", judge) for _ in range(3)] == [False] * 3
    assert calls == ["answer"]


@pytest.mark.parametrize(
    ("reason", "kept"), [("timeout", True), ("wall timeout", False), ("killed by signal 9", False)]
)
def test_only_verdicts_that_any_run_would_give_are_kept(
    tasks: tuple[Task, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str, kept: bool
) -> None:
    task, store = first(tasks, "humaneval"), VerdictStore(tmp_path / "verdicts.sqlite")
    reply = f"```python\n{task.answer}\nREASON = {reason!r}\n```"
    monkeypatch.setattr(programming, "run_python", lambda *_, **__: SandboxResult(False, reason, "", ()))
    assert not grade(task, reply, store) and not grade(task, reply)
    monkeypatch.undo()
    assert grade(task, reply, VerdictStore(tmp_path / "verdicts.sqlite")) is not kept
    assert grade(task, reply) is not kept
