"""Builds a collection of tasks, and writes and reads it as a JSONL file with the same bytes every time."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter

from pum.bench.tasks.datasets import DATASETS, GRADERS, DatasetRequest
from pum.bench.tasks.grading import as_reply, grade
from pum.bench.tasks.wrong_answers import find_wrong_answer
from pum.bench.types import Task
from pum.core.errors import InputError
from pum.core.files import read_lines, write_lines

log = logging.getLogger(__name__)

WORKERS = 2
"""Programs that are tested at the same time."""


def build_tasks(datasets: Sequence[str], per_dataset: int, seed: int, folder: Path | None = None) -> tuple[Task, ...]:
    """At most `per_dataset` tasks of each dataset, sorted by id, each with a verified `entry["wrong_answer"]`.

    Tasks whose own answer is graded wrong, or for which no wrong answer is found, are dropped; a warning says how many.
    `folder` holds the files of public datasets; without it they come from the hub. Bad input raises InputError.
    """
    if per_dataset < 1:
        raise InputError(f"per_dataset: must be at least 1, not {per_dataset}")
    request = DatasetRequest(seed, folder)
    streams = [(name, DATASETS[name](request)) for name in sorted(set(datasets))]
    tasks = [task for name, stream in streams for task in _verified(name, stream, per_dataset)]
    return tuple(sorted(tasks, key=lambda task: task.task_id))


def _verified(name: str, stream: Iterable[Task], count: int) -> list[Task]:
    """The stream's first `count` sound tasks with different statements."""
    distinct, sound, dropped = _distinct(stream), [], 0
    with ThreadPoolExecutor(WORKERS) as pool:
        while len(sound) < count and (batch := list(islice(distinct, count - len(sound)))):
            waits = any(GRADERS[task.entry["grader"]].uses_subprocess for task in batch)
            checked = list((pool.map if waits else map)(_with_wrong_answer, batch))
            sound += [task for task in checked if task is not None]
            dropped += checked.count(None)
    if dropped:
        log.warning("%s: dropped %d tasks, whose right answers the grader does not tell from wrong ones", name, dropped)
    return sound


def _distinct(stream: Iterable[Task]) -> Iterator[Task]:
    """The tasks without those that repeat a statement."""
    seen: set[str] = set()
    for task in stream:
        if task.statement not in seen:
            seen.add(task.statement)
            yield task


def _with_wrong_answer(task: Task) -> Task | None:
    if not grade(task, as_reply(task, task.answer)):
        return None
    wrong = find_wrong_answer(task)
    return None if wrong is None else replace(task, entry={**task.entry, "wrong_answer": wrong})


def write_tasks(path: Path, tasks: Iterable[Task]) -> None:
    """Write one JSON object per line, keys sorted."""
    write_lines(path, (TypeAdapter(Task).dump_python(task) for task in tasks), separators=(",", ":"))


def read_tasks(path: Path) -> tuple[Task, ...]:
    """The tasks of a file from `write_tasks`. InputError "FILE:LINE: what" for a bad line or a repeated id."""
    return tuple(task for _, task in read_lines(Task, path, unique="task_id"))
