"""Competition mathematics (math-hard, math-500) from a local folder of JSON files; none of it is copied here.

Each file `<dataset>.json` is a list of objects with `problem`, `solution` (its last \\boxed{} is the answer), `level`
("Level 5") and `type`.
"""

import json
import re
from collections.abc import Iterator

from pydantic import BaseModel, TypeAdapter, ValidationError

from pum import rng
from pum.bench.tasks.answers import last_boxed
from pum.bench.tasks.registry import Request, register
from pum.bench.world import Task
from pum.errors import InputError

STATEMENT_LIMIT = 1200
SHORT_ANSWER = 24
COMPLEX_FROM = 0.6
TRAIT_OF_TYPE = {
    "Algebra": "algebra",
    "Intermediate Algebra": "algebra",
    "Prealgebra": "arithmetic",
    "Number Theory": "arithmetic",
    "Counting & Probability": "statistics",
}


class Problem(BaseModel):
    problem: str
    solution: str
    level: str | int = "Level 3"
    type: str = ""


@register("math-hard")
def build_math_hard(request: Request) -> Iterator[Task]:
    """The hardest level of MATH."""
    return _read("math-hard", request)


@register("math-500")
def build_math_500(request: Request) -> Iterator[Task]:
    """Five hundred problems of MATH, all levels."""
    return _read("math-500", request)


def _read(dataset: str, request: Request) -> Iterator[Task]:
    if request.folder is None:
        raise InputError(f"dataset {dataset!r} needs a folder with {dataset}.json in it")
    path = request.folder / f"{dataset}.json"
    try:
        problems = TypeAdapter(list[Problem]).validate_python(json.loads(path.read_text(encoding="utf-8")))
    except OSError as failure:
        raise InputError(f"{path}: {failure.strerror}") from failure
    except ValidationError as failure:
        first = failure.errors()[0]
        raise InputError(f"{path}: item {'.'.join(map(str, first['loc']))}: {first['msg']}") from failure
    except ValueError as failure:
        raise InputError(f"{path}: not JSON: {failure}") from failure
    for index in sorted(range(len(problems)), key=lambda index: rng.key(request.seed, dataset, "order", index)):
        answer = last_boxed(problems[index].solution)
        if answer and len(problems[index].problem) <= STATEMENT_LIMIT:
            yield _task(dataset, index, problems[index], answer)


def _task(dataset: str, index: int, problem: Problem, answer: str) -> Task:
    """Difficulty is the problem's level, 1 to 5, put between 0.3 and 0.9."""
    level = re.search(r"[1-5]", str(problem.level))
    difficulty = round(0.3 + 0.15 * ((int(level[0]) if level else 3) - 1), 3)
    subject = TRAIT_OF_TYPE.get(problem.type)
    traits = {"math", subject or "math"} | ({"short_answer"} if len(answer) <= SHORT_ANSWER else set())
    return Task(
        task_id=f"{dataset}/{index:04d}",
        dataset=dataset,
        topic=subject or "math",
        statement=problem.problem.strip(),
        answer=answer,
        traits=frozenset(traits | ({"complex"} if difficulty >= COMPLEX_FROM else set())),
        difficulty=difficulty,
        entry={"grader": "math_verify", "answer": answer},
    )
