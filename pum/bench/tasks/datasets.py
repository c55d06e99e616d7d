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
from pum.core.files import read_text
from pum.core.registry import Registry
from pum.core.validation import validated

ANSWER_LIMIT = 600
"""Characters. A longer final answer counts as no answer."""
SHORT_ANSWER = 24
COMPLEX_FROM = 0.6
SUFFIXES = (".json", ".jsonl", ".parquet")
_Row = TypeVar("_Row", bound=BaseModel)


@dataclass(frozen=True)
class DatasetRequest:
    """What a builder gets. It yields tasks in an order keyed by `seed`; the caller takes as many as it needs.

    `folder` holds the files of public datasets; without it they are loaded from the Hugging Face hub.
    """

    seed: int
    folder: Path | None = None


def short_final_answer(entry: dict, reply: str) -> str | None:
    """What most graders judge: the reply's final answer, if it is short enough."""
    answer = final_answer(reply)
    return answer if answer and len(answer) <= ANSWER_LIMIT else None


@dataclass(frozen=True)
class Grader:
    """Judges replies. Each grader defines what a task's `entry` must contain.

    `is_right(entry, submission)`: the verdict; it may raise `grading.Undecided`.
    `is_cheap`: judging is quicker than reading a stored verdict.
    `uses_subprocess`: judging waits for another process, so two replies are judged at the same time.
    `submission(entry, reply)`: the part of a reply that is judged; None when there is none.
    `as_reply(answer)`: the shortest reply that gives the answer.
    `wrong_answers(task)`: candidates for a plausible wrong answer, tried in a keyed order, and
    `is_plausible(task, candidate)`: refuses some of them. Both serve tasks without their own `entry["wrong_answer"]`.
    """

    is_right: Callable[[dict, str], bool]
    is_cheap: bool = False
    uses_subprocess: bool = False
    submission: Callable[[dict, str], str | None] = short_final_answer
    as_reply: Callable[[str], str] = "Answer: {}".format
    wrong_answers: Callable[[Task], Iterable[str]] = lambda task: ()
    is_plausible: Callable[[Task, str], bool] = lambda task, answer: True


Builder = Callable[[DatasetRequest], Iterator[Task]]
DATASETS: Registry[Builder] = Registry("dataset", "pum.bench.tasks")
GRADERS: Registry[Grader] = Registry("grader", "pum.bench.tasks")


def form_tags(answer: str, difficulty: float) -> set[str]:
    """The tags that follow from a task's answer and difficulty: "short_answer", "complex"."""
    tags = {"short_answer"} if len(answer) <= SHORT_ANSWER else set()
    return tags | ({"complex"} if difficulty >= COMPLEX_FROM else set())


@dataclass(frozen=True)
class HubDataset:
    """The address of a dataset on the hub. `revision` "refs/convert/parquet" is the hub's own copy as files, for
    datasets that are scripts, which should not be run."""

    path: str
    split: str
    config: str | None = None
    revision: str | None = None


def rows(name: str, source: HubDataset, model: type[_Row], request: DatasetRequest) -> Iterator[tuple[int, _Row]]:
    """Yields (number, row) in an order keyed by the seed; each row is checked when it is read.

    InputError names the file or dataset and what is wrong with it.
    """
    raw, place = _from_folder(name, source, request.folder) if request.folder else _from_hub(name, source)
    for index in sorted(range(len(raw)), key=lambda index: rng.key(request.seed, name, "order", index)):
        yield index, validated(model, raw[index], f"{place}: item {index}")


def _from_folder(name: str, source: HubDataset, folder: Path) -> tuple[list[Any], str]:
    """Reads NAME.json, .jsonl or .parquet, else the split's files in a folder NAME laid out as on the hub."""
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
        text = read_text(path)
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
