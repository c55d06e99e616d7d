"""Building a collection of tasks, and keeping it in a JSONL file of the same bytes every time."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from pum.bench.record_files import read_lines, write_lines
from pum.bench.tasks.datasets import DATASETS, DatasetRequest
from pum.bench.tasks.grading import as_reply, grade
from pum.bench.tasks.wrong_answers import find_wrong_answer
from pum.bench.types import Task
from pum.core.errors import InputError

log = logging.getLogger(__name__)


def build_tasks(datasets: Sequence[str], per_dataset: int, seed: int, folder: Path | None = None) -> tuple[Task, ...]:
    """At most `per_dataset` tasks of each dataset, sorted by id, each with a verified `entry["wrong_answer"]`.

    A task whose own answer is graded wrong, or for which no wrong answer is found, is dropped and the next one taken; a
    warning says how many. `folder` holds the files of public datasets, which else come from the hub. Bad input raises
    InputError.
    """
    if per_dataset < 1:
        raise InputError(f"per_dataset: must be at least 1, not {per_dataset}")
    request = DatasetRequest(seed, folder)
    streams = [(name, DATASETS[name](request)) for name in sorted(set(datasets))]
    tasks = [task for name, stream in streams for task in _verified(name, stream, per_dataset)]
    return tuple(sorted(tasks, key=lambda task: task.task_id))


def _verified(name: str, stream: Iterable[Task], count: int) -> list[Task]:
    """The stream's first `count` sound tasks with different statements."""
    kept: list[Task] = []
    statements: set[str] = set()
    dropped = 0
    for task in stream:
        if task.statement in statements:
            continue
        statements.add(task.statement)
        checked = _with_wrong_answer(task)
        if checked is None:
            dropped += 1
        else:
            kept.append(checked)
        if len(kept) == count:
            break
    if dropped:
        log.warning("%s: %d tasks dropped, because their answers could not be told from wrong ones", name, dropped)
    return kept


def _with_wrong_answer(task: Task) -> Task | None:
    if not grade(task, as_reply(task, task.answer)):
        return None
    wrong = find_wrong_answer(task)
    return None if wrong is None else replace(task, entry={**task.entry, "wrong_answer": wrong})


def write_tasks(path: Path, tasks: Iterable[Task]) -> None:
    """One JSON object a line, keys sorted."""
    write_lines(path, (TypeAdapter(Task).dump_python(task) for task in tasks), separators=(",", ":"))


def read_tasks(path: Path) -> tuple[Task, ...]:
    """What `write_tasks` wrote. InputError "FILE:LINE: what" for a bad line or an id that comes twice."""
    tasks: dict[str, Task] = {}
    for place, task in read_lines(Task, path):
        if task.task_id in tasks:
            raise InputError(f"{place}: task_id {task.task_id!r} comes twice")
        tasks[task.task_id] = task
    return tuple(tasks.values())
