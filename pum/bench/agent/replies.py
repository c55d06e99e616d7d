"""Reads and checks the simulated agent's texts in data/replies; answers.yaml explains their format."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError

from pum.bench.agent.code import rewrite
from pum.bench.catalogue import load_preferences, load_request_types
from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.paths import DATA
from pum.core.validation import first_error, suggestion

FACTS = frozenset({"wrong_answer", "brief", "named_steps", "answer_with_markup", "two_pieces", "three_pieces"})
"""Conditions other than a style, a request type or a topic."""

_ANSWER, _PROGRAM = {"rule", "answer", "bare_answer"}, {"rule", "function", "piece_1", "piece_2", "piece_3"}
ANSWER_SLOTS = {
    "answer": _ANSWER,
    "brief_answer": _ANSWER,
    "program": _PROGRAM,
    "brief_program": _PROGRAM,
    "clarification": {"message"},
}
"""The replies of answers.yaml, each with the slots that the writer fills."""
FOLLOWUP_SLOTS = {"rule", "function", "camel_case_function"}

FINISHES: dict[str, Callable[[str], str]] = {
    "annotated_python": partial(rewrite, annotated=True),
    "plain_python": partial(rewrite, annotated=False),
    "lower_case": str.lower,
    "without_exclamation_marks": lambda text: text.replace("!", "."),
}


class TemplatePart(NamedTuple):
    """Literal text and the slot after it, if any; `capitalized`: the slot's text starts with a capital letter."""

    literal: str
    slot: str | None
    capitalized: bool


def _parse(text: object) -> tuple[TemplatePart, ...]:
    if not isinstance(text, (str, int)) or isinstance(text, bool):
        raise ValueError("not a text")
    parts = []
    for literal, slot, format_spec, conversion in Formatter().parse(str(text)):
        if slot is not None and (not slot or format_spec or conversion):
            raise ValueError("a slot is a name in braces; write {{ and }} for braces themselves")
        parts.append(TemplatePart(literal, slot and slot[0].lower() + slot[1:], bool(slot) and slot[0].isupper()))
    return tuple(parts)


def _as_list(value: object) -> list:
    return value if isinstance(value, list) else [value]


def _as_cases(value: object) -> list:
    """A text or a list of variants is a case without conditions."""
    values = _as_list(value)
    return values if any(isinstance(item, dict) for item in values) else [{"say": values}]


Template = Annotated[tuple[TemplatePart, ...], PlainValidator(_parse)]
Conditions = Annotated[frozenset[str], BeforeValidator(_as_list)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Case(_Entry):
    """One case of a passage: where all of `required` and none of `excluded` hold, one of `variants`, then `finish`."""

    required: Conditions = Field(frozenset(), alias="if")
    excluded: Conditions = Field(frozenset(), alias="unless")
    variants: Annotated[tuple[Template, ...], BeforeValidator(_as_list)] = Field(alias="say", min_length=1)
    key: Template | None = None
    finish: Literal[tuple(FINISHES)] | None = Field(None, alias="as")


Passage = Annotated[tuple[Case, ...], BeforeValidator(_as_cases)]
Passages = Mapping[str, Passage]
_Steps = tuple[Passage, Passage, Passage]
_File = TypeVar("_File", bound=BaseModel)


class _ReplyEntry(_Entry):
    """`paragraphs` names passages; all other keys are passages of this reply."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Passage]
    paragraphs: tuple[str, ...]


class _RepliesFile(_Entry):
    shared: dict[str, Passage]
    replies: dict[str, _ReplyEntry]


class _Topic(_Entry):
    name: Passage
    method: Passage
    intuition: Passage
    picture: Passage
    definition: Passage
    formula: Passage
    named_steps: _Steps
    plain_steps: _Steps
    remarks: Passage
    exercise: Passage
    term: Passage
    term_meaning: Passage
    example: Passage
    edge_cases: Passage

    def passages(self) -> dict[str, Passage]:
        """By the names that slots use: "topic.method", "topic.named_steps.1"."""
        steps = {"topic.named_steps": self.named_steps, "topic.plain_steps": self.plain_steps}
        numbered = {f"{kind}.{n}": step for kind, found in steps.items() for n, step in enumerate(found, 1)}
        return numbered | {f"topic.{name}": value for name, value in self if f"topic.{name}" not in steps}


class _TopicsFile(_Entry):
    topics: dict[str, _Topic]


@dataclass(frozen=True)
class ReplyTexts:
    """A reply. `paragraphs`: the names of its passages, in order; `passages`: its own and the shared ones, by name."""

    paragraphs: tuple[str, ...]
    passages: Passages


@dataclass(frozen=True)
class Replies:
    """All texts, by the names of replies and topics. The passages of a topic have the names that slots use."""

    answers: Mapping[str, ReplyTexts]
    followups: Mapping[str, ReplyTexts]
    topics: Mapping[str, Passages]


@cache
def load_replies(folder: Path = DATA / "replies") -> Replies:
    """The texts in the folder's three files. InputError naming file and key for anything wrong or unused."""
    path = folder / "topics.yaml"
    topics = {name: topic.passages() for name, topic in _read(path, _TopicsFile).topics.items()}
    if "general" not in topics:
        raise InputError(f"{path}: topics: 'general' is missing")
    answers = _read_replies(folder / "answers.yaml", topics)
    if missing := ANSWER_SLOTS.keys() - answers.keys():
        raise InputError(f"{folder / 'answers.yaml'}: replies: {min(missing)!r} is missing")
    return Replies(answers, _read_replies(folder / "followups.yaml", topics), topics)


def _read(path: Path, model: type[_File]) -> _File:
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        raise InputError(f"{path}: {first_error(error)}") from None


def _read_replies(path: Path, topics: Mapping[str, Passages]) -> dict[str, ReplyTexts]:
    file = _read(path, _RepliesFile)
    templates = load_request_types()
    conditions = (
        FACTS | topics.keys() | {request_type.id for request_type in (*templates.openings, *templates.followups)}
    )
    conditions |= {preference.style for preference in load_preferences() if preference.style}
    words = {
        word: [
            (f"{path.with_name('topics.yaml')}: topics.{name}{word.removeprefix('topic')}", topic[word])
            for name, topic in topics.items()
        ]
        for word in topics["general"]
    }
    replies, used = {}, set()
    for name, entry in file.replies.items():
        own = entry.model_extra or {}
        replies[name] = ReplyTexts(entry.paragraphs, {**file.shared, **own})
        place = f"{path}: replies.{name}"
        given = dict.fromkeys(ANSWER_SLOTS.get(name, FOLLOWUP_SLOTS), ())
        passages = {key: [(f"{place}.{key}", passage)] for key, passage in replies[name].passages.items()}
        found = _check(place, entry.paragraphs, {**given, **words, **passages}, conditions)
        if unused := own.keys() - found:
            raise InputError(f"{place}.{min(unused)}: neither a paragraph nor a slot of this reply")
        used |= found
    if unused := file.shared.keys() - used:
        raise InputError(f"{path}: shared.{min(unused)}: neither a paragraph nor a slot of any reply")
    return replies


def _check(
    place: str,
    paragraphs: Iterable[str],
    known: Mapping[str, Iterable[tuple[str, Passage]]],
    conditions: Collection[str],
) -> set[str]:
    """The names of all passages and slots that the paragraphs can reach.

    InputError for an unknown name, and for a passage that contains itself. `known`: for each name the passages that it
    can stand for, with their places in the files.
    """
    visited: set[str] = set()

    def visit(name: str, inside: tuple[str, ...]) -> None:
        if name in inside:
            raise InputError(f"{place}.{name}: contains itself")
        if name in visited:
            return
        visited.add(name)
        for where, passage in known[name]:
            for case in passage:
                for condition in case.required | case.excluded:
                    _check_name(f"{where}: unknown condition", condition, conditions)
                for part in (part for template in (*case.variants, case.key or ()) for part in template):
                    if part.slot:
                        _check_name(f"{where}: unknown slot", part.slot, known)
                        visit(part.slot, (*inside, name))

    for paragraph in paragraphs:
        _check_name(f"{place}.paragraphs: unknown passage", paragraph, known)
        visit(paragraph, ())
    return visited


def _check_name(problem: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise InputError(f"{problem} {name!r}: {suggestion(name, known)}")
