"""The records of a calibration, and what they show.

A record is one reply of the measured model with its situation, as one line of JSON. Verdicts are not stored: they are
computed from the replies, so a better checker needs no new measurement.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pum.bench.checkers.checking import check
from pum.bench.tasks.grading import VerdictStore, grade
from pum.bench.types import Preference, Situation, Task, Verdict
from pum.core.errors import InputError
from pum.core.validation import FrozenModel


class Record(FrozenModel):
    """One reply. `key` is a digest of the messages that it answers.

    `notes`: ids of the noted preferences, in order. `asked`: ids of preferences that the user had asked for, with the
    number of messages since then (1: the message being answered). `answers_task`: the reply must solve the task.
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
    """Records by key, in a file that each is appended to at once; lines that are incomplete are dropped."""

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
        """Append a record; it is on disk when this returns."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(record.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._known[record.key] = record


def _read(path: Path) -> Iterator[Record]:
    """All complete lines; the file is cut after the last one, so that the next record starts on a new line."""
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


@dataclass(frozen=True)
class Observed:
    """One yes or no. `kind`: unprompted, noted, asked or solve; `name`: the style, or the task's dataset.

    `x` are the covariates of its curve (see `pum.bench.agent.curves`): notes, place and own_words for noted, distance
    for asked, difficulty and prompt_tokens for solve.
    """

    kind: str
    name: str
    x: tuple[float, ...]
    success: bool


def observe(record: Record, catalogue: Mapping[str, Preference], verdicts: VerdictStore) -> Iterator[Observed]:
    """All observations of a reply.

    A reply that lacks what a style is about (no code, say) tells nothing of it. Once the user has asked for something,
    other styles are left out; so are styles that contradict a note or a request.
    """
    task = record.task
    situation = Situation(task, frozenset(record.tags))
    noted = {id_: place for place, id_ in enumerate(record.notes) if id_ in catalogue}
    asked = dict(record.asked)
    wanted = [catalogue[id_] for id_ in (*noted, *asked) if id_ in catalogue]
    for style, preference in _applicable(catalogue, situation.tags, {*noted, *asked}).items():
        if any(preference.id in other.contradicts for other in wanted):
            continue
        verdict = check(style, record.reply, situation)
        if verdict is Verdict.NOT_APPLICABLE:
            continue
        followed = verdict is Verdict.SATISFIED
        if preference.id in asked:
            yield Observed("asked", style, (float(asked[preference.id]),), followed)
        elif asked:
            continue
        elif preference.id in noted:
            count = len(record.notes)
            place = noted[preference.id] / (count - 1) if count > 1 else 0.5
            yield Observed("noted", style, (float(count), round(place, 3), float(record.own_words)), followed)
        else:
            yield Observed("unprompted", style, (), followed)
    if record.answers_task:
        x = (task.difficulty, float(record.prompt_tokens))
        yield Observed("solve", task.dataset, x, grade(task, record.reply, verdicts))


def violated(record: Record, catalogue: Mapping[str, Preference]) -> list[Preference]:
    """Preferences that the reply violates, except those asked for and those that contradict a note or request."""
    situation = Situation(record.task, frozenset(record.tags))
    wanted = {*record.notes, *(id_ for id_, _ in record.asked)}
    return [
        preference
        for style, preference in _applicable(catalogue, situation.tags, wanted).items()
        if not preference.contradicts & wanted
        and preference.id not in dict(record.asked)
        and check(style, record.reply, situation) is Verdict.VIOLATED
    ]


def _applicable(catalogue: Mapping[str, Preference], tags: frozenset[str], wanted: set[str]) -> dict[str, Preference]:
    """Style -> the preference that stands for it; of several with the same style, one that is wanted if possible."""
    fitting = [p for p in catalogue.values() if p.style and p.when.matches(tags)]
    return {p.style: p for p in sorted(fitting, key=lambda p: p.id in wanted)}
