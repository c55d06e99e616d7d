"""Which datasets there are: name -> builder. A builder joins by its decorator; its module is listed in `_MODULES`."""

import difflib
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pum.bench.types import Task
from pum.core.errors import InputError


@dataclass(frozen=True)
class Request:
    """What a builder is asked for: a stream of tasks in an order keyed by `seed`, of which as many are taken as are
    needed. `folder` holds the files of the datasets that are neither generated nor installed; without it they are
    loaded from the hub."""

    seed: int
    folder: Path | None = None


Builder = Callable[[Request], Iterator[Task]]
_MODULES = ("bigcodebench", "choices", "competition", "facts", "human_eval", "procedural")
_BUILDERS: dict[str, Builder] = {}


def register(name: str) -> Callable[[Builder], Builder]:
    """Decorator: make `name` build its tasks with this function."""

    def remember(builder: Builder) -> Builder:
        if name in _BUILDERS:
            raise ValueError(f"two datasets are named {name!r}")
        _BUILDERS[name] = builder
        return builder

    return remember


def dataset_names() -> tuple[str, ...]:
    """All known datasets, sorted."""
    for module in _MODULES:
        importlib.import_module(f"pum.bench.tasks.{module}")
    return tuple(sorted(_BUILDERS))


def builder_of(name: str) -> Builder:
    """The builder of a dataset; InputError with the nearest name when there is none."""
    known = dataset_names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise InputError(f"unknown dataset {name!r}: {hint}")
    return _BUILDERS[name]
