"""Plausible wrong answers: the search for one, and small changes (slips) that fit most kinds of answers."""

import re
from collections.abc import Iterator
from itertools import islice

from pum.bench.tasks.datasets import GRADERS
from pum.bench.tasks.grading import as_reply, grade
from pum.bench.types import Task
from pum.core import rng

TRIALS = 24


def find_wrong_answer(task: Task) -> str | None:
    """The first of the keyed candidates that the grader refuses; None when it refuses none of TRIALS."""
    grader = GRADERS[task.entry["grader"]]
    stored = task.entry.get("wrong_answer")
    candidates = set(grader.wrong_answers(task) if stored is None else [stored]) - {task.answer}
    shuffled = sorted(candidates, key=lambda text: rng.key("wrong answer", task.task_id, text))
    return next((text for text in islice(shuffled, TRIALS) if _is_wrong(task, text)), None)


def _is_wrong(task: Task, answer: str) -> bool:
    """True for a plausible answer that the grader reads and refuses."""
    grader, reply = GRADERS[task.entry["grader"]], as_reply(task, answer)
    return (
        grader.is_plausible(task, answer)
        and grader.submission(task.entry, reply) is not None
        and not grade(task, reply)
    )


def slips(task: Task) -> Iterator[str]:
    """Answers near the right one, by its form."""
    answer = task.answer
    yield from _other_choices(task)
    yield from _swapped_neighbours(answer)
    for found in re.finditer(r"\d+", answer):
        for width in {len(found[0]), 2}:  # change the last digits or, in a long decimal, the first ones
            yield from _misread(answer, found.start(), found[0][:width])
    if answer.startswith("-"):
        yield answer.removeprefix("-")


def _misread(answer: str, start: int, digits: str) -> Iterator[str]:
    """The answer with the number at `start` changed a little; formulas get no factor 1 and no power 0."""
    for change in (-10, -2, -1, 1, 2, 10):
        value = int(digits) + change
        if value >= (0 if digits == answer else 2):
            yield answer[:start] + str(value).zfill(len(digits)) + answer[start + len(digits) :]


def _other_choices(task: Task) -> Iterator[str]:
    """The other choices: the other truth value, another person, another role, another step."""
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
    """A list with two neighbours exchanged."""
    if not (answer.startswith("[") and answer.endswith("]")):
        return
    items = answer[1:-1].split(", ")
    for left in range(len(items) - 1):
        yield "[" + ", ".join([*items[:left], items[left + 1], items[left], *items[left + 2 :]]) + "]"
