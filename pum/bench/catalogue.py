"""The catalogue of preferences and the words of simulated users, read and checked from two YAML files in data/."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from pum.bench.record_files import STRICT_KEYS, Text, Texts, refuse_repeats
from pum.bench.types import Preference, Task, Trigger
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.core.validation import validated
from pum.core.yaml_file import read_yaml

PREFERENCES = DATA / "preferences.yaml"
_STATEMENT, _WORDING = "{statement}", "{wording}"

Tone = Literal["polite", "direct", "casual"]
TaskKind = Literal["code", "math", "logic", "other"]
_Entry = TypeVar("_Entry", Preference, "RequestType")


@dataclass(frozen=True)
class RequestType:
    """A kind of request. `tags` contains its id; `needs` looks at a task's tags alone. The phrasings of an opening
    contain the slot {statement} once; those of a follow-up have no slot."""

    __pydantic_config__ = STRICT_KEYS

    id: Text
    role: Literal["opening", "followup"]
    tags: frozenset[Text]
    phrasings: Texts
    needs: Trigger = Trigger()


@dataclass(frozen=True)
class UtteranceTemplates:
    """All that simulated users say, apart from the wordings of their preferences.

    `vague` goes by the kind of task (code, math, logic, other), the frames `enforcement` (first mention) and
    `insistence` (repeated) by tone (polite, direct, casual). Frames contain {wording} once; `clarified` (asked what a
    vague opening was about) and `restated` (asked back although the task was told) end with {statement}.
    `topic_changes` are remarks before a follow-up.
    """

    __pydantic_config__ = STRICT_KEYS

    openings: tuple[RequestType, ...]
    followups: tuple[RequestType, ...]
    vague: dict[TaskKind, Texts]
    clarified: Texts
    restated: Texts
    topic_changes: Texts
    wrong_answer: Texts
    thanks_closing: Texts
    giving_up: Texts
    enforcement: dict[Tone, Texts]
    insistence: dict[Tone, Texts]

    def sayings(self) -> list[str]:
        """All of it, with nothing in the slots: what users say that holds no preference."""
        spoken = [phrasing for request_type in (*self.openings, *self.followups) for phrasing in request_type.phrasings]
        for by_kind in (self.vague, self.enforcement, self.insistence):
            spoken += [text for texts in by_kind.values() for text in texts]
        spoken += [*self.clarified, *self.restated, *self.topic_changes, *self.wrong_answer]
        spoken += [*self.thanks_closing, *self.giving_up]
        return [text.replace(_STATEMENT, "").replace(_WORDING, "").strip() for text in spoken]


class _PreferencesFile(BaseModel):
    model_config = STRICT_KEYS

    conflict_groups: Texts
    preferences: Annotated[list[dict], Field(min_length=1)]


class _RequestTypesFile(BaseModel):
    """Everything else in it belongs to the utterance_templates."""

    model_config = ConfigDict(extra="allow")

    request_types: Annotated[list[dict], Field(min_length=1)]


def load_preferences(path: Path = PREFERENCES) -> tuple[Preference, ...]:
    """The catalogue in the file's order. InputError naming file and id for anything wrong, a repeated id included."""
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
    """InputError naming file and id or key for anything wrong, a phrasing that comes twice included."""
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
            raise InputError(f"{path}: occasions: no {role}")
    templates = validated(UtteranceTemplates, {**(content.model_extra or {}), **by_role}, path)
    _check_frames(templates, path)
    refuse_repeats(path, "phrasing", _all_phrasings(templates))
    return templates


def _entries(kind: type[_Entry], raw: Iterable[dict], path: Path) -> tuple[_Entry, ...]:
    """Named in errors by their ids, or by their numbers where they have none."""
    places = (f"{path}: {entry.get('id', f'entry {number}')}" for number, entry in enumerate(raw, start=1))
    entries = tuple(validated(kind, entry, place) for entry, place in zip(raw, places, strict=True))
    refuse_repeats(path, "id", (entry.id for entry in entries))
    return entries


def _check_frames(templates: UtteranceTemplates, path: Path) -> None:
    """All kinds and tones are there, and every text has its slot."""
    for name, kinds, slot in (
        ("vague", TaskKind, None),
        ("enforcement", Tone, _WORDING),
        ("insistence", Tone, _WORDING),
    ):
        given = getattr(templates, name)
        if missing := [kind for kind in get_args(kinds) if kind not in given]:
            raise InputError(f"{path}: {name}: {', '.join(missing)} missing")
        _check_slots(_flat(given), slot, f"{path}: {name}")
    for name in ("topic_changes", "wrong_answer", "thanks_closing", "giving_up"):
        _check_slots(getattr(templates, name), None, f"{path}: {name}")
    for name in ("clarified", "restated"):
        _check_slots(getattr(templates, name), _STATEMENT, f"{path}: {name}")
        for text in getattr(templates, name):
            if not text.endswith(_STATEMENT):
                raise InputError(f"{path}: {name}: {text!r} does not end with {_STATEMENT}")


def unknown_tags(
    tasks: Iterable[Task], preferences: Iterable[Preference], templates: UtteranceTemplates
) -> dict[str, tuple[str, ...]]:
    """Dataset -> the tags of its tasks, other than their topic, on which no preference and no request depends."""
    triggers = [preference.when for preference in preferences]
    triggers += [request_type.needs for request_type in (*templates.openings, *templates.followups)]
    known = frozenset().union(*(trigger.all_of | trigger.any_of | trigger.none_of for trigger in triggers))
    found: dict[str, set[str]] = {}
    for task in tasks:
        found.setdefault(task.dataset, set()).update(task.tags - known - {task.topic})
    return {dataset: tuple(sorted(unknown)) for dataset, unknown in found.items() if unknown}


def _check_contradictions(path: Path, preferences: Iterable[Preference]) -> None:
    """Both sides of a contradiction name each other, and belong to one conflict group."""
    by_id = {preference.id: preference for preference in preferences}
    for preference in by_id.values():
        for id_ in sorted(preference.contradicts):
            other = by_id.get(id_)
            if other is None or preference.id not in other.contradicts:
                raise InputError(f"{path}: {preference.id}: contradicts {id_!r}, which does not contradict it")
            if preference.conflict_group is None or other.conflict_group != preference.conflict_group:
                raise InputError(f"{path}: {preference.id}: contradicts {id_!r} of another conflict_group")


def _all_phrasings(templates: UtteranceTemplates) -> Iterator[str]:
    for field in fields(templates):
        value = getattr(templates, field.name)
        for item in _flat(value) if isinstance(value, Mapping) else value:
            yield from item.phrasings if isinstance(item, RequestType) else (item,)


def _flat(texts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(text for group in texts.values() for text in group)


def _check_slots(texts: Iterable[str], slot: str | None, place: str) -> None:
    """Exactly one `slot` in each and no other brace: frames are filled with str.format and str.replace."""
    for text in texts:
        if slot and text.count(slot) != 1:
            raise InputError(f"{place}: {text!r} does not contain {slot} exactly once")
        if set(text.replace(slot or "", "")) & set("{}"):
            raise InputError(f"{place}: {text!r} has braces that are no slot")
