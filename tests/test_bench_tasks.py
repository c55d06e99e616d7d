"""Datasets, graders and wrong answers, on a sample of every dataset that needs no folder."""

import json
import multiprocessing
import os
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.sandbox import SandboxResult
from pum.bench.tasks import comparisons, competition, programming
from pum.bench.tasks.answers import final_answer
from pum.bench.tasks.collection import build_tasks, read_tasks, write_tasks
from pum.bench.tasks.datasets import DATASETS
from pum.bench.tasks.formulas import is_antiderivative
from pum.bench.tasks.grading import REPLY_LIMIT, VerdictStore, as_reply, grade
from pum.bench.tasks.procedural import FAMILIES, _generated_with_fixed_hashing
from pum.bench.tasks.programs import normal_form, program_in
from pum.bench.tasks.wrong_answers import find_wrong_answer
from pum.bench.types import Task
from pum.config.params import load_params
from pum.core import rng
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
        ("**Final Answer:**\n\\[\n\\boxed{83}\n\\]", "83"),
        ("### Final answer:\n\n---\n\n$$\n\\frac{1}{2}\n$$", "\\frac{1}{2}"),
        ("## Answer\n\n\\[ x = 5 \\].", "x = 5"),
        ("Answer:\n```text\n[1, 2]\n```", "[1, 2]"),
        ("Answer:\n```\n[1, 2]", "[1, 2]"),
        ("Final Answer: The final answer is $\\boxed{83}$. I hope it is correct.", "83"),
        ("Answer: \\boxed{1} or \\boxed{2}", "\\boxed{1} or \\boxed{2}"),
        ("Answer: 42\nAnswer:", "42"),
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
    ("formula", "right"),
    [
        ("x**3/3 + C", True),
        ("x**3/3", True),
        ("X**3/3", False),
        ("x**3 + C", False),
        ("x**3/3 + C*x", False),
        ("0.3333333*x**3", False),
        ("x**3/3 + 10**-5*x", False),
        ("x**3/3 + (sin(x)**2 + cos(x)**2 - 1)*(x + 7)**3", True),
        ("x**3/3 + (sin(x)**2 + cos(x)**2 - 1)*(x + 7)**100", False),  # beyond what floats can tell
        ("(x**6)**(1/2)/3 + 0*Abs(x)", False),
        ("x**3/3 + 9**9**9", False),
        ("x**3/3 + 1e999 - 1e999", False),
        ("__import__('os').system('x')", False),
        ("x.__class__", False),
        ("(lambda: x**3/3)()", False),
        ("[x**3/3]", False),
        ("-" * 300 + "x", False),
        ("", False),
    ],
)
def test_antiderivatives_are_known_by_their_slopes(formula: str, right: bool) -> None:
    assert is_antiderivative(formula, "x**2", "x") is right


INTEGRALS = ("sin(2*x)*exp(x)", "log(x)/x", "x*sqrt(3*x + 1)", "tan(x)", "1/(1 + x**2)", "asin(x)", "cosh(x)*3**x")


@pytest.mark.parametrize("formula", INTEGRALS)
def test_slopes_are_those_that_sympy_finds(formula: str) -> None:
    slope = str(sympy.diff(sympy.parse_expr(formula), "x"))
    assert is_antiderivative(formula, slope, "x") and not is_antiderivative(formula, f"{slope} + x/1000", "x")


@pytest.mark.parametrize(
    ("kind", "right", "accepted", "refused"),
    [
        ("number", "1234", ["x = 1,234 apples", "$1234", "1234.0"], ["-1234", "1234 or 5", "1e999", "9" * 590]),
        ("number", "-7", ["- 7", "\N{MINUS SIGN}7"], ["7"]),
        ("probability", "0.2744140625", ["0.2744", "281/1024", "P = 0.27441"], ["0", "0.2", "0.27", "0.1 or 0.2744"]),
        ("probability", "0.5", ["1/2", "\\frac{1}{2}"], ["1/0", "1/\u0660", "0/1", "1/2, 1/3", "1/" + "0" * 400]),
        ("reduced_fraction", "2/3", ["2/3", "P(14 or more) = 2 / 3", "2/3 = 0.67"], ["4/6", "77 or 2/3", "2/3 or 1/2"]),
        ("roots", "-0.898, 0.0, 0.898", ["0, 0.898, -0.898"], ["0", "0, 0.898", "0.898, 0, -0.898, 1", ""]),
        ("roots", "-3, 3.625", ["29/8, -3"], ["-3/0, 29/8", "-3, 3.625/00", "-3/\u0660, 29/8"]),
        ("numbers", "['3.5', '-1.0']", ["3.5, -1", "[3.5, -1.0]"], ["4, -1", "-1, 3.5", "3.5", ""]),
        ("choice", "Yes", ["yes, it does", "YES"], ["No", "Yes or no", "Yes/No", "no, yes", "I say yes", ""]),
        ("choice", "arnold", ["Arnold lives there"], ["arnold, alice, bob", "bob"]),
        (
            "roles",
            "Ann is a knight, and Bob is a knave.",
            ["Bob is a knave and Ann is a knight", "Ann knight, Bob knave"],
            ["Ann is a knight", "Ann is a knight, Ann is a knave, Bob is a knave", "Ann is not a knight, Bob knave"],
        ),
        (
            "shortest_path",
            "down left",
            ["Down \N{RIGHTWARDS ARROW} left"],
            ["down", "down left or left", "left down", "up"],
        ),
    ],
)
def test_answers_are_right_as_a_whole(kind: str, right: str, accepted: list[str], refused: list[str]) -> None:
    item = {"answer": right, "metadata": {"matrix": [["X", "*"], ["#", "O"]]}}
    is_right = getattr(comparisons, kind)
    assert [text for text in (right, *accepted) if not is_right(item, text)] == []
    assert [text for text in refused if is_right(item, text)] == []


def twins(task: Task, another: str) -> Iterator[str]:
    """Replies that do not solve the task, each near to one that does."""
    answer, wrong = task.answer, task.entry["wrong_answer"]
    yield from ("", task.statement, "Answer: 0", as_reply(task, wrong))
    if task.dataset == "humaneval":
        yield from (as_reply(task, "\n".join(answer.splitlines()[:-1])), as_reply(task, f"{answer}\n{wrong}"))
        return
    yield from ("0", "1", "Answer:", "Answer: 1", "Answer: -1", "Answer: 0.1", "Answer: 1e999", "Answer: " + "9" * 590)
    yield from (f"Answer: {task.statement}", f"Answer: {' '.join(task.statement.split())}", f"Answer: {another}")
    yield from ("Answer: Yes, No", "Answer: True or False", "Answer: arnold, bob, alice", "Answer: up down left right")
    yield from (f"Answer: {answer} {wrong}", f"Answer: {wrong} {answer}", f"Answer: {answer[: len(answer) // 4]}")
    if task.dataset not in ("explanations", "comparisons"):
        for word in (" or ", " and ", ", ", "/"):
            yield from (f"Answer: {answer}{word}{wrong}", f"Answer: {wrong}{word}{answer}")


def passing(tasks: Sequence[Task]) -> list[tuple[str, str]]:
    """The twins that are graded right, without the answers that are, by chance, the task's own or another's."""
    found = []
    for number, task in enumerate(tasks):
        another = tasks[number - 1].answer
        for reply in twins(task, another):
            given = reply.removeprefix("Answer: ")
            if grade(task, reply) and given not in (another, task.answer, task.answer.removesuffix(".0")):
                found.append((task.task_id, reply))
    return found


def test_no_twin_passes() -> None:
    everything = read_tasks(DATA / "tasks.jsonl")
    chosen = [task for task in everything if rng.key("twins", task.task_id) % 12 == 0]
    assert len({task.dataset for task in chosen}) == len(OFFLINE)
    assert passing(chosen) == []


@pytest.mark.slow
def test_no_twin_of_any_task_passes() -> None:
    assert passing(read_tasks(DATA / "tasks.jsonl")) == []


EXCESSIVE = [
    "\\frac{1}{" * 16, "\\frac{1}{" * 11 + "2" + "}" * 11, "((99!)!)!", "(" * 590, "(" * 30 + "1" + ")" * 30,
    "\\binom{99999999}{44444444}", "(x+y+z+w+v)^{999}", "99999^{999}!", "9**9**9**9", "1e999",
    "9" * 590, "1e99" * 140, "-" * 590, "x**" * 190 + "x", "sin(" * 140 + "x", "1/" * 290 + "1", "\\boxed{" * 80,
    "(sin(x)**2 + cos(x)**2 - 1)*(x + 1)**100", "[" * 590, "{" * 590, "f({" * 190, "lambda: " * 70 + "x",
]  # fmt: skip
LIMIT_S = 6.0
"""Seconds of processor time: math-verify's 4, one by which that is rounded, one for all else."""


def cpu_seconds() -> float:
    return sum(os.times()[:4])


def test_every_answer_is_graded_within_its_limit(tasks: tuple[Task, ...], folder: Path) -> None:
    competition_task = build_tasks(["math-hard"], 1, seed=0, folder=folder)[0]
    one_each = [first(tasks, dataset) for dataset in OFFLINE if dataset != "humaneval"]
    for text in EXCESSIVE:
        start = cpu_seconds()
        assert not any(grade(task, f"Answer: {text}") for task in one_each), text
        assert cpu_seconds() - start < LIMIT_S, text
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(lambda text: grade(competition_task, f"Answer: {text}"), EXCESSIVE))
    assert verdicts == [False] * len(EXCESSIVE)
    assert grade(competition_task, f"Answer: {competition_task.answer}")


def test_mathematics_that_never_ends_is_wrong(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(competition, "is_excessive", lambda answer: False)
    monkeypatch.setattr(competition, "CPU_SECONDS", 1)
    monkeypatch.setattr(competition, "_idle", [])
    task = build_tasks(["math-hard"], 1, seed=0, folder=folder)[0]
    assert [grade(task, f"Answer: {text}") for text in ("((99!)!)!", "(x+y+z+w+v)^{999}", task.answer)] == [
        False, False, True,
    ]  # fmt: skip


def test_mathematics_is_graded_in_a_process_with_many_files_open(monkeypatch: pytest.MonkeyPatch) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("this machine allows too few open files")
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (2000, hard))
        for _ in range(1024):
            stack.callback(os.close, os.dup(0))
        pipe = subprocess.PIPE
        answering = subprocess.Popen(["sh", "-c", "read question; echo true"], stdin=pipe, stdout=pipe, text=True)
        stack.enter_context(answering)
        assert answering.stdout.fileno() >= 1024
        monkeypatch.setattr(competition, "_idle", [answering])
        assert competition._verified_equal({"answer": "1"}, "1")


@pytest.mark.parametrize(
    "piece", ["answer:\n", "answer" + " " * 99, "\\boxed{", "*", "answer: **", "an array, ", "f({", "> "]
)
def test_long_replies_are_read_in_time(tasks: tuple[Task, ...], piece: str) -> None:
    for dataset in ("algebra-linear", "comparisons", "explanations", "humaneval"):
        start = cpu_seconds()
        assert not grade(first(tasks, dataset), (piece * REPLY_LIMIT)[:REPLY_LIMIT])
        assert cpu_seconds() - start < LIMIT_S
    assert not grade(
        first(tasks, "algebra-linear"), "so " * REPLY_LIMIT + f"Answer: {first(tasks, 'algebra-linear').answer}"
    )


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
    monkeypatch.setattr(programming, "run_with_tests", lambda *_, **__: SandboxResult(False, reason, "", ("limits",)))
    assert not grade(task, reply, store) and not grade(task, reply)
    monkeypatch.undo()
    assert grade(task, reply, VerdictStore(tmp_path / "verdicts.sqlite")) is not kept
    assert grade(task, reply) is not kept
