"""The catalogue of preferences and the utterances of simulated users, read and checked from two YAML files in data/."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from pum.bench.types import Preference, Task, Trigger
from pum.core.errors import InputError
from pum.core.files import read_yaml
from pum.core.paths import DATA
from pum.core.validation import STRICT_KEYS, Text, Texts, refuse_repeats, validated

PREFERENCES = DATA / "preferences.yaml"
_STATEMENT, _WORDING = "{statement}", "{wording}"

Tone = Literal["polite", "direct", "casual"]
TaskKind = Literal["code", "math", "logic", "other"]
_Entry = TypeVar("_Entry", Preference, "RequestType")


@dataclass(frozen=True)
class RequestType:
    """A kind of request.

    `tags` contains its id. `needs`: a condition on the task's tags. Each phrasing of an opening contains the slot
    {statement} once; phrasings of follow-ups have no slot.
    """

    __pydantic_config__ = STRICT_KEYS

    id: Text
    role: Literal["opening", "followup"]
    tags: frozenset[Text]
    phrasings: Texts
    needs: Trigger = Trigger()


@dataclass(frozen=True)
class UtteranceTemplates:
    """The utterances of simulated users, without the wordings of their preferences.

    `vague`: openings without a task, by kind of task. `enforcement` (first mention) and `insistence` (repeated): frames
    by tone, which contain {wording} once. `clarified`: replies to a question after a vague opening, and `restated`:
    replies to a question after a full one; both end with {statement}. `topic_changes`: remarks before a follow-up.
    """

    __pydantic_config__ = STRICT_KEYS

    openings: tuple[RequestType, ...]
    followups: tuple[RequestType, ...]
    vague: dict[TaskKind, Texts]
    enforcement: dict[Tone, Texts]
    insistence: dict[Tone, Texts]
    clarified: Texts
    restated: Texts
    topic_changes: Texts
    wrong_answer: Texts
    thanks_closing: Texts
    giving_up: Texts

    def texts(self) -> Iterator[str]:
        for field in fields(self):
            for item in _flat(getattr(self, field.name)):
                yield from item.phrasings if isinstance(item, RequestType) else (item,)

    def sayings(self) -> list[str]:
        """All texts with empty slots: messages of users that contain no preference."""
        return [text.replace(_STATEMENT, "").replace(_WORDING, "").strip() for text in self.texts()]


class _PreferencesFile(BaseModel):
    model_config = STRICT_KEYS

    conflict_groups: Texts
    preferences: Annotated[list[dict], Field(min_length=1)]


class _RequestTypesFile(BaseModel):
    """The other keys of the file are those of UtteranceTemplates."""

    model_config = ConfigDict(extra="allow")

    request_types: Annotated[list[dict], Field(min_length=1)]


def load_preferences(path: Path = PREFERENCES) -> tuple[Preference, ...]:
    """The catalogue in the file's order. InputError, naming file and id, for anything wrong or repeated."""
    content = validated(_PreferencesFile, read_yaml(path), path)
    preferences = _entries(Preference, content.preferences, path)
    refuse_repeats(path, "wording", (wording for preference in preferences for wording in preference.wordings))
    for it in preferences:
        if it.family != it.id[:2]:
            raise InputError(f"{path}: {it.id}: family is {it.family!r}, but the id starts with {it.id[:2]!r}")
        if not (it.when.all_of or it.when.any_of):
            raise InputError(f"{path}: {it.id}: when: names no tag under `all` or `any`")
        if it.conflict_group not in (None, *content.conflict_groups):
            raise InputError(f"{path}: {it.id}: conflict_group {it.conflict_group!r} is not in conflict_groups")
    _check_contradictions(path, preferences)
    return preferences


def load_request_types(path: Path = DATA / "request_types.yaml") -> UtteranceTemplates:
    """The request types and utterances. InputError, naming file and id or key, for anything wrong or repeated."""
    content = validated(_RequestTypesFile, read_yaml(path), path)
    request_types = _entries(RequestType, content.request_types, path)
    by_role: dict[str, list[RequestType]] = {"openings": [], "followups": []}
    for request_type in request_types:
        if request_type.id not in request_type.tags:
            raise InputError(f"{path}: {request_type.id}: tags: {request_type.id!r} is missing")
        _check_slots(
            request_type.phrasings, _STATEMENT if request_type.role == "opening" else None, f"{path}: {request_type.id}"
        )
        by_role[f"{request_type.role}s"].append(request_type)
    for role, found in by_role.items():
        if not found:
            raise InputError(f"{path}: request_types: no {role}")
    templates = validated(UtteranceTemplates, {**(content.model_extra or {}), **by_role}, path)
    _check_frames(templates, path)
    refuse_repeats(path, "phrasing", templates.texts())
    return templates


def _entries(kind: type[_Entry], raw: Iterable[dict], path: Path) -> tuple[_Entry, ...]:
    """The checked entries; errors name an entry by its id, or by its number when it has none."""
    places = (f"{path}: {entry.get('id', f'entry {number}')}" for number, entry in enumerate(raw, start=1))
    entries = tuple(validated(kind, entry, place) for entry, place in zip(raw, places, strict=True))
    refuse_repeats(path, "id", (entry.id for entry in entries))
    return entries


def _check_frames(templates: UtteranceTemplates, path: Path) -> None:
    """Every kind of task and every tone has texts, and every text has its slot."""
    for name, kinds in (("vague", TaskKind), ("enforcement", Tone), ("insistence", Tone)):
        if missing := [kind for kind in get_args(kinds) if kind not in getattr(templates, name)]:
            raise InputError(f"{path}: {name}: {', '.join(missing)} missing")
    slots = {"enforcement": _WORDING, "insistence": _WORDING, "clarified": _STATEMENT, "restated": _STATEMENT}
    for name in (field.name for field in fields(templates)[2:]):
        texts, slot = _flat(getattr(templates, name)), slots.get(name)
        _check_slots(texts, slot, f"{path}: {name}")
        for text in texts if slot == _STATEMENT else ():
            if not text.endswith(_STATEMENT):
                raise InputError(f"{path}: {name}: {text!r} does not end with {_STATEMENT}")


def unknown_tags(
    tasks: Iterable[Task], preferences: Iterable[Preference], templates: UtteranceTemplates
) -> dict[str, tuple[str, ...]]:
    """Dataset -> the tags of its tasks (without the topic) on which no preference and no request type depends."""
    triggers = [preference.when for preference in preferences]
    triggers += [request_type.needs for request_type in (*templates.openings, *templates.followups)]
    known = frozenset().union(*(trigger.all_of | trigger.any_of | trigger.none_of for trigger in triggers))
    found: dict[str, set[str]] = {}
    for task in tasks:
        found.setdefault(task.dataset, set()).update(task.tags - known - {task.topic})
    return {dataset: tuple(sorted(unknown)) for dataset, unknown in found.items() if unknown}


def _check_contradictions(path: Path, preferences: Iterable[Preference]) -> None:
    """Contradicting preferences name each other, and belong to one conflict group."""
    by_id = {preference.id: preference for preference in preferences}
    for preference in by_id.values():
        for id_ in sorted(preference.contradicts):
            other = by_id.get(id_)
            if other is None or preference.id not in other.contradicts:
                raise InputError(f"{path}: {preference.id}: contradicts {id_!r}, which does not contradict it")
            if preference.conflict_group is None or other.conflict_group != preference.conflict_group:
                raise InputError(f"{path}: {preference.id}: contradicts {id_!r} of another conflict_group")


def _flat(value: Mapping[str, tuple] | tuple) -> tuple:
    return tuple(item for group in value.values() for item in group) if isinstance(value, Mapping) else value


def _check_slots(texts: Iterable[str], slot: str | None, place: str) -> None:
    """Each text has `slot` exactly once and no other brace: str.format and str.replace fill it."""
    for text in texts:
        if slot and text.count(slot) != 1:
            raise InputError(f"{place}: {text!r} does not contain {slot} exactly once")
        if set(text.replace(slot or "", "")) & set("{}"):
            raise InputError(f"{place}: {text!r} has braces that are not a slot")
