"""The registries of datasets and graders, and the rows of public datasets. A new dataset is one file in this package:

    @DATASETS.register("riddles")
    def build(request: DatasetRequest) -> Iterator[Task]: ...

Its tasks name their grader in `entry["grader"]`. Register a grader of its own in the same file:

    GRADERS.register("riddles")(Grader(is_right=..., wrong_answers=...))
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from pum.bench.tasks.answers import final_answer
from pum.bench.types import Task
from pum.core import rng
from pum.core.errors import InputError
from pum.core.registry import Registry
from pum.core.validation import validated

ANSWER_LIMIT = 600
"""Characters; a longer final answer is none."""


@dataclass(frozen=True)
class DatasetRequest:
    """What a builder is asked for: a stream of tasks in an order keyed by `seed`, of which as many are taken as are
    needed. `folder` holds the files of the datasets that are neither generated nor installed; without it they are
    loaded from the hub."""

    seed: int
    folder: Path | None = None


def short_final_answer(entry: dict, reply: str) -> str | None:
    """What most graders judge of a reply."""
    answer = final_answer(reply)
    return answer if answer and len(answer) <= ANSWER_LIMIT else None


@dataclass(frozen=True)
class Grader:
    """How replies are judged. What a task's `entry` must hold, each grader says for itself.

    `is_right(entry, submission)` may raise `grading.Undecided`; `is_cheap` where that is quicker than to read a stored
    verdict. `submission(entry, reply)` is what is judged of a reply, None where it gives nothing; `as_reply(answer)` is
    the shortest reply that gives an answer. `wrong_answers(task)` are candidates for a plausible wrong answer,
    tried in a keyed order; `is_plausible(task, candidate)` may refuse some. Both are for tasks that do not bring their
    own `entry["wrong_answer"]`.
    """

    is_right: Callable[[dict, str], bool]
    is_cheap: bool = False
    submission: Callable[[dict, str], str | None] = short_final_answer
    as_reply: Callable[[str], str] = "Answer: {}".format
    wrong_answers: Callable[[Task], Iterable[str]] = lambda task: ()
    is_plausible: Callable[[Task, str], bool] = lambda task, answer: True


Builder = Callable[[DatasetRequest], Iterator[Task]]
DATASETS: Registry[Builder] = Registry("dataset", "pum.bench.tasks")
GRADERS: Registry[Grader] = Registry("grader", "pum.bench.tasks")


SUFFIXES = (".json", ".jsonl", ".parquet")
_Row = TypeVar("_Row", bound=BaseModel)


@dataclass(frozen=True)
class HubDataset:
    """Where the hub has a dataset. `revision` "refs/convert/parquet" is the hub's own copy, for datasets that consist
    of a script, which nobody should run."""

    path: str
    split: str
    config: str | None = None
    revision: str | None = None


def rows(name: str, source: HubDataset, model: type[_Row], request: DatasetRequest) -> Iterator[tuple[int, _Row]]:
    """(number, row) in an order keyed by the seed, each row checked when it comes.

    InputError names the file or dataset and what is wrong with it.
    """
    raw, place = _from_folder(name, source, request.folder) if request.folder else _from_hub(name, source)
    for index in sorted(range(len(raw)), key=lambda index: rng.key(request.seed, name, "order", index)):
        yield index, validated(model, raw[index], f"{place}: item {index}")


def _from_folder(name: str, source: HubDataset, folder: Path) -> tuple[list[Any], str]:
    """The file NAME.json, .jsonl or .parquet, else the split's files in a folder NAME, as the hub has it."""
    single = [path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").is_file()]
    below = folder / name / (source.config or "")
    files = single[:1] or sorted(
        path for path in below.glob("**/*") if path.suffix in SUFFIXES and source.split in path.stem
    )
    if not files:
        raise InputError(f"{folder}: there is no {name}.json, .jsonl or .parquet, and no {name}/ as the hub has it")
    return [row for path in files for row in _read(path)], str(files[0])


def _read(path: Path) -> list[Any]:
    try:
        if path.suffix == ".parquet":
            import pandas

            return json.loads(pandas.read_parquet(path).to_json(orient="records"))
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.split("\n") if line]
    except OSError as failure:
        raise InputError(f"{path}: {failure.strerror or failure}") from None
    except ValueError as failure:
        raise InputError(f"{path}: not readable as {path.suffix[1:]}: {failure}") from None
    if not isinstance(found, list):
        raise InputError(f"{path}: not a list of objects")
    return found


def _from_hub(name: str, source: HubDataset) -> tuple[list[Any], str]:
    try:
        from datasets import load_dataset
    except ImportError:
        raise InputError(
            f"dataset {name!r} needs a folder with {name}.json in it, or the package `datasets`, which loads "
            f"{source.path} from the hub"
        ) from None
    try:
        loaded = load_dataset(source.path, source.config, split=source.split, revision=source.revision)
    except (OSError, ValueError) as failure:
        raise InputError(f"dataset {name!r}: {source.path} cannot be loaded: {str(failure).splitlines()[0]}") from None
    return [dict(row) for row in loaded], source.path
