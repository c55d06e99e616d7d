"""Plausible wrong answers: a slip in a number, another choice, two items swapped, or a small bug put into a program."""

import ast
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from pum.bench.sandbox import TIMEOUT
from pum.bench.tasks.choices import LETTERS
from pum.bench.tasks.grading import as_reply, grade, run_tests, submission_in
from pum.bench.types import Task
from pum.core import rng

TRIALS = 24
PATIENCE_S = 2.0


def wrong_answer(task: Task, *key: object) -> str:
    """A wrong answer that the grader has refused: the one stored in the task, else found by a search keyed by `key`.
    ValueError where the search finds none."""
    stored = task.entry.get("wrong_answer")
    found = stored if stored is not None else find_wrong_answer(task, *key)
    if found is None:
        raise ValueError(f"no wrong answer found for {task.task_id}")
    return found


def find_wrong_answer(task: Task, *key: object) -> str | None:
    """The first of a few dozen keyed candidates that the grader refuses; for code, one that fails without hanging."""
    if "wrong_answer" in task.entry:
        candidates, is_wrong = iter([task.entry["wrong_answer"]]), _is_graded_wrong
    elif task.entry["grader"] == "python_tests":
        candidates, is_wrong = _mutants(task), _fails_soon
    else:
        candidates, is_wrong = _slips(task), _is_graded_wrong
    distinct = set(candidates) - {task.answer}
    shuffled = sorted(distinct, key=lambda text: rng.key("wrong answer", task.task_id, *key, text))
    return next((text for text in islice(shuffled, TRIALS) if is_wrong(task, text)), None)


def _is_graded_wrong(task: Task, answer: str) -> bool:
    if task.dataset.startswith("statistics-") and not 0 < Fraction(answer) < 1:
        return False  # nobody would believe such a probability
    return submission_in(task, as_reply(task, answer)) is not None and not grade(task, as_reply(task, answer))


def _fails_soon(task: Task, program: str) -> bool:
    source = submission_in(task, as_reply(task, program))
    if source is None or source == submission_in(task, as_reply(task, task.answer)):
        return False
    result = run_tests(task.entry, source, PATIENCE_S)
    slow = not result.repeatable or result.reason == TIMEOUT
    return not result.ok and not slow and not result.reason.startswith("NameError")


def _slips(task: Task) -> Iterator[str]:
    """Answers near the right one, by its shape."""
    answer = task.answer
    yield from _other_choices(task)
    yield from _swapped_neighbours(answer)
    for found in re.finditer(r"\d+", answer):
        for width in {len(found[0]), 2}:  # a slip in the last digits, or, of a long decimal, in the first ones
            yield from _misread(answer, found.start(), found[0][:width])
    if answer.startswith("-"):
        yield answer.removeprefix("-")
    if task.entry["grader"] == "math_verify":
        yield from (f"2({answer})", f"{answer} + 1", f"-({answer})")


def _misread(answer: str, start: int, digits: str) -> Iterator[str]:
    """The answer with the number at `start` off by a little; no factor 1 or power 0 is put into a formula."""
    for change in (-10, -2, -1, 1, 2, 10):
        value = int(digits) + change
        if value >= (0 if digits == answer else 2):
            yield answer[:start] + str(value).zfill(len(digits)) + answer[start + len(digits) :]


def _other_choices(task: Task) -> Iterator[str]:
    """What else could have been said: the other truth value, another person, another role, another step."""
    if task.entry["grader"] == "multiple_choice":
        yield from set(LETTERS[: len(task.entry["options"])]) - {task.answer}
    for pair in (("Yes", "No"), ("True", "False")):
        if task.answer in pair:
            yield pair[1 - pair.index(task.answer)]
    if names := re.search(r"unique name: (.+)", task.statement):
        yield from (name.strip() for name in names[1].split(","))
    if roles := re.search(r"who is (an? \w+) and who is (an? \w+)\?", task.statement):
        yield from _other_roles(task.answer, *roles.groups())
    steps = task.answer.split()
    if set(steps) <= {"up", "down", "left", "right"} and steps:
        opposite = {"up": "down", "down": "up", "left": "right", "right": "left"}
        yield " ".join(steps[:-1])
        yield " ".join([*steps[:-1], opposite[steps[-1]]])
        yield " ".join([opposite[steps[0]], *steps[1:]])


def _other_roles(answer: str, first: str, second: str) -> Iterator[str]:
    """The assignment with one person's role changed."""
    for found in re.finditer(rf"{re.escape(first)}\b|{re.escape(second)}\b", answer):
        other = second if found[0] == first else first
        yield answer[: found.start()] + other + answer[found.end() :]


def _swapped_neighbours(answer: str) -> Iterator[str]:
    """A list with two unequal neighbours exchanged."""
    if not (answer.startswith("[") and answer.endswith("]")):
        return
    items = answer[1:-1].split(", ")
    for left in range(len(items) - 1):
        yield "[" + ", ".join([*items[:left], items[left + 1], items[left], *items[left + 2 :]]) + "]"


def _mutants(task: Task) -> Iterator[str]:
    """The reference program with one slip in the asked function: another comparison, an operator exchanged, a number
    off by one, a condition negated, a result cut short."""
    entry_point = task.entry["entry_point"]
    for target in range(len(_places(ast.parse(task.answer), entry_point))):
        for variant in range(2):
            module = ast.parse(task.answer)
            if _mutate(_places(module, entry_point)[target], variant):
                yield ast.unparse(ast.fix_missing_locations(module)) + "\n"


def _places(module: ast.Module, entry_point: str) -> list[ast.AST]:
    """Nodes of the asked function in which a slip can be made, in the order of `ast.walk`."""
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
    """Change `node` in place; False where this variant has no slip for it."""
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
