"""Benchmarks that others made, read from their owners' own files into one kind of row.

Start with `load_external(NAME, FOLDER)`. A new benchmark is one file in this package: a function from a folder to rows,
registered under its name. The files stay where they are: some of their licences forbid copies.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

from pydantic import NonNegativeInt, model_validator

from pum.core.errors import InputError
from pum.core.registry import Registry
from pum.core.validation import FrozenModel, Text, refuse_repeats


class Said(FrozenModel):
    """One message of a conversation before the question."""

    session: NonNegativeInt
    """Sessions are numbered in the order of time."""
    speaker: Literal["user", "assistant"]
    text: str


class ExternalItem(FrozenModel):
    """What was said, what is then asked, and what an answer should use.

    Items without a question only have something to hear. `options` are the answers to choose from, and `answer` is the
    right one's index.
    """

    item_id: Text
    topic: str = ""
    said: tuple[Said, ...] = ()
    question: str = ""
    should_use: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    answer: NonNegativeInt | None = None

    @model_validator(mode="after")
    def _check_answer(self) -> "ExternalItem":
        if self.answer is not None and self.answer >= len(self.options):
            raise ValueError(f"answer {self.answer} is none of {len(self.options)} options")
        return self


Loader = Callable[[Path], Iterable[ExternalItem]]

EXTERNAL: Registry[Loader] = Registry("external benchmark", "pum.bench.external")


def load_external(name: str, folder: Path) -> tuple[ExternalItem, ...]:
    """The items of a benchmark, in the order of its files.

    `folder` has the owners' files under their own names. InputError, naming the file, when one is missing or broken,
    and for an item that comes twice.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; it should hold the files of {name}")
    items = tuple(EXTERNAL[name](folder))
    refuse_repeats(folder, f"{name} item", (item.item_id for item in items))
    return items
