"""The records of a calibration, and what they show.

A record is one reply of the measured model with its situation, as JSON. Verdicts are not stored: they are
computed from the replies, so a better checker needs no new measurement.
"""

import gzip
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from pum.bench.checkers.checking import check
from pum.bench.tasks.grading import VerdictStore, grade
from pum.bench.types import Preference, Situation, Task, Verdict
from pum.core.errors import InputError
from pum.core.validation import FrozenModel, validated_json


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


class _Keyed(Protocol):
    key: str


Kind = TypeVar("Kind", bound=_Keyed)


class RecordBook(Generic[Kind]):
    """Records of a `kind` by key, in a file of gzip members; each record is one, and is appended at once.

    So a killed measurement loses nothing: an incomplete last member is cut off. InputError for a file of something
    else.
    """

    def __init__(self, path: Path, kind: type[Kind] = Record) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._known: dict[str, Kind] = {}
        for number, text in enumerate(_members(path), start=1):
            record = validated_json(kind, text, f"{path}: record {number}: not one of this measurement")
            self._known[record.key] = record

    def __getitem__(self, key: str) -> Kind:
        return self._known[key]

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def add(self, record: Kind) -> None:
        """Append a record; it is on disk when this returns."""
        with self.path.open("ab") as file:
            file.write(gzip.compress(record.model_dump_json().encode() + b"\n", mtime=0))
            file.flush()
            os.fsync(file.fileno())
        self._known[record.key] = record


_CHUNK = 1 << 14


def _members(path: Path) -> Iterator[str]:
    """The texts of all complete gzip members; the file is cut after the last one."""
    content, start = path.read_bytes(), 0
    while start < len(content):
        member, parts, at = zlib.decompressobj(wbits=31), [], start
        try:
            while not member.eof and at < len(content):
                parts.append(member.decompress(content[at : at + _CHUNK]))
                at += _CHUNK
            text = b"".join(parts).decode()
        except (zlib.error, UnicodeDecodeError):
            raise InputError(f"{path}: not the records of a measurement; move the file away to start afresh") from None
        if not member.eof:
            os.truncate(path, start)
            return
        start = min(at, len(content)) - len(member.unused_data)
        yield text


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
