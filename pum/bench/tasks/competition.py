"""Competition mathematics (math-hard, math-500) from a local folder or the hub, and its grader, math-verify."""

import logging
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from pydantic import AliasChoices, BaseModel, Field

from pum.bench.tasks.answers import last_boxed
from pum.bench.tasks.datasets import DATASETS, GRADERS, DatasetRequest, Grader, HubDataset, form_tags, rows
from pum.bench.tasks.formulas import has_power_tower
from pum.bench.tasks.wrong_answers import slips
from pum.bench.types import Task

MATH_HARD = HubDataset("lighteval/MATH-Hard", split="test")
MATH_500 = HubDataset("HuggingFaceH4/MATH-500", split="test")
STATEMENT_LIMIT = 1200
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


def _verified_equal(entry: dict, answer: str) -> bool:
    """Compare both sides by math-verify.

    Its time limits use signals, which work in the main thread only, so they are off. Towers of powers, which could
    make it run for ever, are refused beforehand.
    """
    parse, verify = _math_verify()
    if has_power_tower(answer):
        return False
    gold, given = (parse(f"${text}$", parsing_timeout=None) for text in (entry["answer"], answer))
    return bool(verify(gold, given, timeout_seconds=None))


@lru_cache(maxsize=1)
def _math_verify() -> tuple[Callable, Callable]:
    from math_verify import parse, verify

    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns of every call without a time limit
    return parse, verify


def _wrong_answers(task: Task) -> Iterator[str]:
    yield from slips(task)
    yield from (f"2({task.answer})", f"{task.answer} + 1", f"-({task.answer})")


GRADERS.register("math_verify")(Grader(_verified_equal, wrong_answers=_wrong_answers))
