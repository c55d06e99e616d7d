"""The benchmark's basic records: tasks, preferences, situations, verdicts."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PlainSerializer

from pum.core.schemas import Message, Note
from pum.core.validation import STRICT_KEYS, Text, Texts


@dataclass(frozen=True)
class Task:
    """A problem with its solution.

    `statement`: the text that the user pastes. `answer`: the reference solution (for code, the whole program).
    `entry`: the data that the dataset's grader needs. `tags`: what the task is about ("python", "algebra", ...).
    `difficulty`: in [0, 1].
    """

    __pydantic_config__ = STRICT_KEYS

    task_id: str
    dataset: str
    topic: str
    statement: Text
    answer: Text
    tags: Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str])]
    difficulty: Annotated[float, Field(ge=0, le=1)]
    entry: dict[str, Any] = field(hash=False, compare=False)


@dataclass(frozen=True)
class Trigger:
    """The condition of a preference on tags: all of `all_of`, one of `any_of` (if given), and none of `none_of`."""

    __pydantic_config__ = STRICT_KEYS

    all_of: Annotated[frozenset[Text], Field(alias="all")] = frozenset()
    any_of: Annotated[frozenset[Text], Field(alias="any")] = frozenset()
    none_of: Annotated[frozenset[Text], Field(alias="none")] = frozenset()

    def matches(self, tags: frozenset[str]) -> bool:
        return self.all_of <= tags and (not self.any_of or bool(self.any_of & tags)) and not (self.none_of & tags)


@dataclass(frozen=True)
class Preference:
    """A rule of the catalogue: condition -> action.

    `style` names its checker, and the style in which the simulated agent complies. `contradicts`: the ids of
    preferences that ask for the opposite in the same situations; no user holds both at a time.
    """

    __pydantic_config__ = STRICT_KEYS

    id: Annotated[str, Field(pattern=r"^[a-z]{2}_\d{3}$")]
    family: Text
    condition: Text
    action: Text
    conflict_group: Text | None
    cues: Texts
    when: Trigger
    style: Text | None
    wordings: Texts
    contradicts: frozenset[Text] = frozenset()

    @property
    def note(self) -> str:
        """The preference as the sentence of a memory card."""
        return f"When {self.condition}, {self.action}."

    def as_note(self, met: bool) -> Note:
        """As a prompt shows it; `met` as in `Note`."""
        return Note(self.note, f"{self.action[:1].upper()}{self.action[1:]}.", met)


class Verdict(StrEnum):
    """A checker's result for one reply."""

    SATISFIED = "satisfied"
    VIOLATED = "violated"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Situation:
    """The context of a reply: the task, the tags of task and request together, and the conversation before it."""

    task: Task
    tags: frozenset[str]
    conversation: tuple[Message, ...] = ()
