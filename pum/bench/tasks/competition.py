"""Competition mathematics (math-hard, math-500) from a local folder or the hub, and its grader, math-verify."""

import atexit
import json
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import AliasChoices, BaseModel, Field

from pum.bench.tasks.answers import last_boxed
from pum.bench.tasks.datasets import DATASETS, GRADERS, DatasetRequest, Grader, HubDataset, form_tags, rows
from pum.bench.tasks.grading import Undecided
from pum.bench.tasks.wrong_answers import slips
from pum.bench.types import Task

MATH_HARD = HubDataset("lighteval/MATH-Hard", split="test")
MATH_500 = HubDataset("HuggingFaceH4/MATH-500", split="test")
STATEMENT_LIMIT = 1200
CHILD = Path(__file__).with_name("equality_child.py")
CPU_SECONDS, WALL_SECONDS, MEMORY_MB = 4, 60.0, 4096
DEEPEST = 12
EXCESSIVE = re.compile(r"\^[^-+*/=,]*\^|\^-?\d{4}|\d{4}!|!+[^-+*/=,]*!|binom\d{4}|e\+?\d{4}|\w\^\d{3}", re.IGNORECASE)
TAG_OF_TYPE = {
    "Algebra": "algebra",
    "Intermediate Algebra": "algebra",
    "Prealgebra": "arithmetic",
    "Number Theory": "arithmetic",
    "Counting & Probability": "statistics",
}


class MathProblem(BaseModel):
    """`answer` None: the last \\boxed{} of the solution counts. `level` is "Level 5" or 5."""

    problem: str
    solution: str
    answer: str | None = None
    level: str | int = "Level 3"
    type: str = Field("", validation_alias=AliasChoices("type", "subject"))


@DATASETS.register("math-hard")
def build_math_hard(request: DatasetRequest) -> Iterator[Task]:
    """The hardest level of MATH."""
    return _read("math-hard", MATH_HARD, request)


@DATASETS.register("math-500")
def build_math_500(request: DatasetRequest) -> Iterator[Task]:
    """Five hundred problems of MATH, all levels."""
    return _read("math-500", MATH_500, request)


def _read(dataset: str, source: HubDataset, request: DatasetRequest) -> Iterator[Task]:
    for number, problem in rows(dataset, source, MathProblem, request):
        answer = problem.answer or last_boxed(problem.solution)
        if answer and len(problem.problem) <= STATEMENT_LIMIT:
            yield _task(dataset, number, problem, answer)


def _task(dataset: str, index: int, problem: MathProblem, answer: str) -> Task:
    """Levels 1 to 5 become difficulties from 0.3 to 0.9."""
    level = re.search(r"[1-5]", str(problem.level))
    difficulty = round(0.3 + 0.15 * ((int(level[0]) if level else 3) - 1), 3)
    subject = TAG_OF_TYPE.get(problem.type)
    return Task(
        task_id=f"{dataset}/{index:04d}",
        dataset=dataset,
        topic=subject or "math",
        statement=problem.problem.strip(),
        answer=answer,
        tags=frozenset({"math", subject or "math"} | form_tags(answer, difficulty)),
        difficulty=difficulty,
        entry={"grader": "math_verify", "answer": answer},
    )


_idle: list[subprocess.Popen[str]] = []
"""Processes of math-verify that wait for a question."""
os.register_at_fork(after_in_child=_idle.clear)


def _verified_equal(entry: dict, answer: str) -> bool:
    """Compare both sides by math-verify, in a process that ends when it takes too long: then they differ.

    What math-verify may compute with for ever is refused beforehand, so that this is an exception. `Undecided` when the
    machine is to blame.
    """
    if is_excessive(answer):
        return False
    try:
        process = _idle.pop()
    except IndexError:
        process = _start()
    try:
        process.stdin.write(json.dumps([entry["answer"], answer]) + "\n")
        process.stdin.flush()
        with selectors.DefaultSelector() as selector:  # select.select knows no descriptor above 1023
            selector.register(process.stdout, selectors.EVENT_READ)
            verdict = process.stdout.readline() if selector.select(WALL_SECONDS) else ""
    except BrokenPipeError:
        verdict = ""
    if verdict:
        _idle.append(process)
        return verdict == "true\n"
    if _end(process) == -signal.SIGKILL:
        raise Undecided("the end of math-verify's process")
    return False


def is_excessive(answer: str) -> bool:
    """True for a power of a power, a factorial of a factorial, a binomial of numbers or a factorial with over three
    digits, an exponent with over two, or nesting deeper than DEEPEST, in TeX or plain text."""
    depth = deepest = 0
    for mark in answer:
        depth += (mark in "([{") - (mark in ")]}")
        deepest = max(deepest, depth)
    compact = re.sub(r"\s|[{}()\\]", "", answer).replace("**", "^")
    return deepest > DEEPEST or bool(EXCESSIVE.search(compact))


def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", str(CHILD), str(CPU_SECONDS), str(MEMORY_MB << 20)],
        env={"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _end(process: subprocess.Popen[str]) -> int:
    """Its exit code; it is killed if it has not ended by itself."""
    with suppress(BrokenPipeError), process:
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=0.2)
        process.kill()
    return process.wait()


@atexit.register
def _end_idle() -> None:
    for process in _idle:
        _end(process)


def _wrong_answers(task: Task) -> Iterator[str]:
    yield from slips(task)
    yield from (f"2({task.answer})", f"{task.answer} + 1", f"-({task.answer})")


GRADERS.register("math_verify")(Grader(_verified_equal, uses_subprocess=True, wrong_answers=_wrong_answers))
