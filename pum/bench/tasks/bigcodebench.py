"""BigCodeBench's programming problems, as far as they need nothing but the standard library: so the sandbox has it."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from pum.bench.tasks.hub import HubDataset, rows
from pum.bench.tasks.programs import preamble
from pum.bench.tasks.registry import Request, register
from pum.bench.types import Task

BIGCODEBENCH = HubDataset("bigcode/bigcodebench", split="v0.1.4")
TRAITS = frozenset({"python", "code", "snippet"})

# Its tests are unittest classes; ours are a function `check`.
CHECK = """

def check(candidate):
    import sys
    import unittest

    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    outcome = unittest.TestResult()
    tests.run(outcome)
    assert outcome.testsRun and outcome.wasSuccessful(), outcome
"""


def _listed(libraries: object) -> object:
    """The hub has the list of libraries as the text of a Python list."""
    return json.loads(libraries.replace("'", '"')) if isinstance(libraries, str) else libraries


class Problem(BaseModel):
    """`code_prompt`: imports and the head of the function, without the docstring; the solution goes on from there."""

    task_id: str
    instruct_prompt: str
    code_prompt: str
    canonical_solution: str
    test: str
    entry_point: str
    libs: Annotated[list[str], BeforeValidator(_listed)]


@register("bigcodebench")
def build(request: Request) -> Iterator[Task]:
    """Problems in a seeded order. Difficulty grows with the solution's lines: 0.3 for one, 0.9 from twenty-one on."""
    for number, problem in rows("bigcodebench", BIGCODEBENCH, Problem, request):
        if not {library.split(".")[0] for library in problem.libs} <= sys.stdlib_module_names:
            continue
        lines = sum(bool(line.strip()) for line in problem.canonical_solution.splitlines())
        yield Task(
            task_id=f"bigcodebench/{number:04d}",
            dataset="bigcodebench",
            topic="code",
            statement=problem.instruct_prompt.strip(),
            answer=(problem.code_prompt + problem.canonical_solution).strip() + "\n",
            traits=TRAITS,
            difficulty=round(0.3 + 0.6 * min(1.0, (lines - 1) / 20), 3),
            entry={
                "grader": "python_tests",
                "entry_point": problem.entry_point,
                "preamble": preamble(problem.code_prompt, problem.entry_point),
                "test": problem.test.strip() + CHECK,
            },
        )
