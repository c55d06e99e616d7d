"""The records of the benchmark's world: tasks, preferences, situations, verdicts."""

from dataclasses import dataclass, field
from enum import StrEnum

from pum.core.schemas import Message


@dataclass(frozen=True)
class Task:
    """A problem with a key.

    `statement` is what the user pastes; `answer` the reference solution (for code: the whole program); `entry` what the
    dataset's own grader needs. `traits` name what the task is about ("python", "algebra", ...); `difficulty` in [0, 1].
    """

    task_id: str
    dataset: str
    topic: str
    statement: str
    answer: str
    traits: frozenset[str]
    difficulty: float
    entry: dict = field(hash=False, compare=False)


@dataclass(frozen=True)
class Trigger:
    """When a preference applies: traits of `all_of` all hold, one of `any_of` (if given), none of `none_of`."""

    all_of: frozenset[str] = frozenset()
    any_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()

    def matches(self, traits: frozenset[str]) -> bool:
        return self.all_of <= traits and (not self.any_of or bool(self.any_of & traits)) and not (self.none_of & traits)


@dataclass(frozen=True)
class Preference:
    """A rule of the catalogue: condition -> action. `style` names its checker and the offline agent's way to comply.

    `contradicts` are the ids of those that ask for the opposite on the same occasions: nobody wants both at a time.
    """

    id: str
    family: str
    condition: str
    action: str
    conflict_group: str | None
    cues: tuple[str, ...]
    when: Trigger
    style: str | None
    wordings: tuple[str, ...]
    contradicts: frozenset[str] = frozenset()

    @property
    def note(self) -> str:
        """The sentence that a memory card of this preference would carry."""
        return f"When {self.condition}, {self.action}."


class Verdict(StrEnum):
    """What a checker says of one reply."""

    SATISFIED = "satisfied"
    VIOLATED = "violated"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Situation:
    """What a reply is judged in: the task, the traits of task and request together, and what was said before it."""

    task: Task
    traits: frozenset[str]
    conversation: tuple[Message, ...] = ()
