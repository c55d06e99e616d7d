"""The journal of a calibration: every reply of the measured model with the situation it was given in, a line each.

Verdicts are not in it: they are computed from the replies, so a better checker needs no new measurement.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from pum.bench.types import Task
from pum.core.errors import InputError
from pum.core.validation import FrozenModel


class Record(FrozenModel):
    """One reply. `key` is a digest of the messages it answers.

    `notes`: the ids of the noted preferences in their order; `asked`: what the user had asked for before, with the
    number of messages since then (1: in the one being answered). `answers_task`: the reply must solve the task.
    """

    key: str
    task: Task
    request_type: str
    tags: list[str]
    notes: list[str]
    own_words: bool
    asked: list[tuple[str, int]]
    answers_task: bool
    prompt_tokens: int
    reply: str


class RecordBook:
    """Records by key, in a file to which each is appended at once; what a killed process half wrote is dropped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Record] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        for record in _read(path):
            self._known[record.key] = record

    def __getitem__(self, key: str) -> Record:
        return self._known[key]

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __iter__(self) -> Iterator[Record]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def add(self, record: Record) -> None:
        """On disk before the call returns."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(record.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._known[record.key] = record


def _read(path: Path) -> Iterator[Record]:
    """All whole lines; the file is cut after the last of them, so that the next one starts afresh."""
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        os.truncate(path, len(whole))
    for number, line in enumerate(whole.split(b"\n")[:-1], start=1):
        try:
            yield Record.model_validate(json.loads(line))
        except (ValueError, ValidationError):
            raise InputError(
                f"{path}:{number}: not a record of a calibration; delete the file to start afresh"
            ) from None
