"""Building a collection of tasks, and keeping it in a JSONL file of the same bytes every time."""

import json
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from pum.bench.tasks.grading import as_reply, grade
from pum.bench.tasks.registry import Request, builder_of
from pum.bench.tasks.wrong import find_wrong_answer
from pum.bench.types import Task
from pum.core.errors import InputError
from pum.core.validation import FrozenModel, first_error

log = logging.getLogger(__name__)
WORKERS = 2


class TaskLine(FrozenModel):
    """One line of a tasks file."""

    task_id: str
    dataset: str
    topic: str
    statement: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    traits: list[str]
    difficulty: float = Field(ge=0, le=1)
    entry: dict[str, Any]


def build_tasks(datasets: Sequence[str], per_dataset: int, seed: int, folder: Path | None = None) -> tuple[Task, ...]:
    """At most `per_dataset` tasks of each dataset, sorted by id, each with a verified `entry["wrong_answer"]`.

    A task whose own answer is graded wrong, or for which no wrong answer is found, is dropped and the next one taken; a
    warning says how many. `folder` holds the files of public datasets, which else come from the hub. Bad input raises
    InputError.
    """
    if per_dataset < 1:
        raise InputError(f"per_dataset: must be at least 1, not {per_dataset}")
    request = Request(seed, folder)
    streams = [(name, builder_of(name)(request)) for name in sorted(set(datasets))]
    tasks = [task for name, stream in streams for task in _verified(name, stream, per_dataset)]
    return tuple(sorted(tasks, key=lambda task: task.task_id))


def _verified(name: str, stream: Iterable[Task], count: int) -> list[Task]:
    """The stream's first `count` sound tasks with different statements; code is judged two programs at a time."""
    kept: list[Task] = []
    statements: set[str] = set()
    dropped = 0
    candidates = iter(stream)
    with ThreadPoolExecutor(WORKERS) as pool:
        while len(kept) < count and (batch := list(islice(candidates, count - len(kept)))):
            fresh = []
            for task in batch:
                if task.statement not in statements:
                    statements.add(task.statement)
                    fresh.append(task)
            runs_programs = any(task.entry["grader"] == "python_tests" for task in fresh)
            checked = list((pool.map if runs_programs else map)(_with_wrong_answer, fresh))
            kept += [task for task in checked if task is not None]
            dropped += checked.count(None)
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
    lines = []
    for task in tasks:
        record = {name: getattr(task, name) for name in TaskLine.model_fields} | {"traits": sorted(task.traits)}
        lines.append(json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def read_tasks(path: Path) -> tuple[Task, ...]:
    """What `write_tasks` wrote. InputError "FILE:LINE: what" for a bad line or an id that comes twice."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as failure:
        raise InputError(f"{path}: {failure.strerror}") from failure
    except UnicodeDecodeError as failure:
        raise InputError(f"{path}: not UTF-8 text") from failure
    tasks: dict[str, Task] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = TaskLine.model_validate_json(line)
        except ValidationError as failure:
            raise InputError(f"{path}:{number}: {first_error(failure)}") from failure
        if record.task_id in tasks:
            raise InputError(f"{path}:{number}: task_id {record.task_id!r} comes twice")
        tasks[record.task_id] = Task(**record.model_dump() | {"traits": frozenset(record.traits)})
    return tuple(tasks.values())
