"""The catalogue of preferences and the phrasebook of simulated users, read and checked from two YAML files in data/."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from pum.bench.types import Preference, Trigger
from pum.core.errors import InputError
from pum.core.paths import DATA
from pum.core.validation import FrozenModel, validated
from pum.core.yaml_file import read_yaml

PREFERENCES = DATA / "preferences.yaml"
_STATEMENT, _WORDING = "{statement}", "{wording}"

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
Tone = Literal["polite", "direct", "casual"]
TaskKind = Literal["code", "math", "logic", "other"]


@dataclass(frozen=True)
class Occasion:
    """A kind of request. `traits` contains its id; `needs` looks at a task's traits alone. The phrasings of an opening
    contain the slot {statement} once; those of a follow-up have no slot."""

    id: str
    role: Literal["opening", "followup"]
    traits: frozenset[str]
    needs: Trigger
    phrasings: tuple[str, ...]


@dataclass(frozen=True)
class Phrasebook:
    """All that simulated users say, apart from the wordings of their preferences.

    `vague` goes by the kind of task (code, math, logic, other), the frames `enforcement` (first mention) and
    `insistence` (repeated) by tone (polite, direct, casual). Frames contain {wording} once; `clarified` (asked what a
    vague opening was about) and `restated` (asked back although the task was told) end with {statement}.
    `topic_changes` are remarks before a follow-up.
    """

    openings: tuple[Occasion, ...]
    followups: tuple[Occasion, ...]
    vague: Mapping[str, tuple[str, ...]]
    clarified: tuple[str, ...]
    restated: tuple[str, ...]
    topic_changes: tuple[str, ...]
    wrong_answer: tuple[str, ...]
    thanks_closing: tuple[str, ...]
    giving_up: tuple[str, ...]
    enforcement: Mapping[str, tuple[str, ...]]
    insistence: Mapping[str, tuple[str, ...]]

    def sayings(self) -> list[str]:
        """All of it, with nothing in the slots: what users say that holds no preference."""
        spoken = [phrasing for occasion in (*self.openings, *self.followups) for phrasing in occasion.phrasings]
        for by_kind in (self.vague, self.enforcement, self.insistence):
            spoken += [text for texts in by_kind.values() for text in texts]
        spoken += [*self.clarified, *self.restated, *self.topic_changes, *self.wrong_answer]
        spoken += [*self.thanks_closing, *self.giving_up]
        return [text.replace(_STATEMENT, "").replace(_WORDING, "").strip() for text in spoken]


class _TriggerEntry(FrozenModel):
    all: frozenset[Text] = frozenset()
    any: frozenset[Text] = frozenset()
    none: frozenset[Text] = frozenset()

    def trigger(self) -> Trigger:
        return Trigger(all_of=self.all, any_of=self.any, none_of=self.none)


class _PreferenceEntry(FrozenModel):
    id: Annotated[str, Field(pattern=r"^[a-z]{2}_\d{3}$")]
    family: Text
    condition: Text
    action: Text
    conflict_group: Text | None
    cues: Texts
    when: _TriggerEntry
    style: Text | None
    wordings: Texts
    contradicts: frozenset[Text] = frozenset()

    @model_validator(mode="after")
    def _is_consistent(self) -> "_PreferenceEntry":
        if self.family != self.id[:2]:
            raise ValueError(f"family is {self.family!r}, but the id starts with {self.id[:2]!r}")
        if not (self.when.all or self.when.any):
            raise ValueError("when: names no trait under `all` or `any`")
        return self

    def preference(self) -> Preference:
        return Preference(**{**dict(self), "when": self.when.trigger()})


class _OccasionEntry(FrozenModel):
    id: Text
    role: Literal["opening", "followup"]
    traits: frozenset[Text]
    needs: _TriggerEntry = _TriggerEntry()
    phrasings: Texts

    @model_validator(mode="after")
    def _is_consistent(self) -> "_OccasionEntry":
        if self.id not in self.traits:
            raise ValueError(f"traits: {self.id!r} is missing")
        for text in self.phrasings:
            _check_slots(text, _STATEMENT if self.role == "opening" else None)
        return self

    def occasion(self) -> Occasion:
        return Occasion(**{**dict(self), "needs": self.needs.trigger()})


class _PreferencesFile(FrozenModel):
    conflict_groups: Texts
    preferences: Annotated[list[dict], Field(min_length=1)]


class _OccasionsFile(FrozenModel):
    occasions: Annotated[list[dict], Field(min_length=1)]
    vague: dict[TaskKind, Texts]
    clarified: Texts
    restated: Texts
    topic_changes: Texts
    wrong_answer: Texts
    thanks_closing: Texts
    giving_up: Texts
    enforcement: dict[Tone, Texts]
    insistence: dict[Tone, Texts]

    @model_validator(mode="after")
    def _is_consistent(self) -> "_OccasionsFile":
        for texts in (*self.enforcement.values(), *self.insistence.values()):
            for text in texts:
                _check_slots(text, _WORDING)
        for text in (*self.clarified, *self.restated):
            _check_slots(text, _STATEMENT)
            if not text.endswith(_STATEMENT):
                raise ValueError(f"{text!r} does not end with {_STATEMENT}")
        for text in (
            *self.topic_changes,
            *self.wrong_answer,
            *self.thanks_closing,
            *self.giving_up,
            *_flat(self.vague),
        ):
            _check_slots(text, None)
        for name, kinds, given in (
            ("vague", TaskKind, self.vague),
            ("enforcement", Tone, self.enforcement),
            ("insistence", Tone, self.insistence),
        ):
            if missing := [kind for kind in get_args(kinds) if kind not in given]:
                raise ValueError(f"{name}: {', '.join(missing)} missing")
        return self


def load_preferences(path: Path = PREFERENCES) -> tuple[Preference, ...]:
    """The catalogue in the file's order. InputError naming file and id for anything wrong, a repeated id included."""
    content = validated(_PreferencesFile, read_yaml(path), str(path))
    entries = [validated(_PreferenceEntry, raw, _place(path, raw, n)) for n, raw in enumerate(content.preferences, 1)]
    _refuse_repeats(path, "id", (entry.id for entry in entries))
    _refuse_repeats(path, "wording", (wording for entry in entries for wording in entry.wordings))
    for entry in entries:
        if entry.conflict_group not in (None, *content.conflict_groups):
            raise InputError(f"{path}: {entry.id}: conflict_group {entry.conflict_group!r} is not in conflict_groups")
    preferences = tuple(entry.preference() for entry in entries)
    _check_contradictions(path, preferences)
    return preferences


def load_occasions(path: Path = DATA / "occasions.yaml") -> Phrasebook:
    """The phrasebook. InputError naming file and id or key for anything wrong, a phrasing that comes twice included."""
    content = validated(_OccasionsFile, read_yaml(path), str(path))
    entries = [validated(_OccasionEntry, raw, _place(path, raw, n)) for n, raw in enumerate(content.occasions, 1)]
    occasions = [entry.occasion() for entry in entries]
    _refuse_repeats(path, "id", (occasion.id for occasion in occasions))
    by_role = {
        "openings": tuple(occasion for occasion in occasions if occasion.role == "opening"),
        "followups": tuple(occasion for occasion in occasions if occasion.role == "followup"),
    }
    for role, found in by_role.items():
        if not found:
            raise InputError(f"{path}: occasions: no {role}")
    phrasebook = Phrasebook(**by_role, **{name: value for name, value in content if name != "occasions"})
    _refuse_repeats(path, "phrasing", _all_phrasings(phrasebook))
    return phrasebook


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


def _all_phrasings(phrasebook: Phrasebook) -> Iterator[str]:
    for field in fields(phrasebook):
        value = getattr(phrasebook, field.name)
        for item in _flat(value) if isinstance(value, Mapping) else value:
            yield from item.phrasings if isinstance(item, Occasion) else (item,)


def _flat(texts: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(text for group in texts.values() for text in group)


def _check_slots(text: str, slot: str | None) -> None:
    """Exactly one `slot` and no other brace: frames are filled with str.format and str.replace."""
    if slot and text.count(slot) != 1:
        raise ValueError(f"{text!r} does not contain {slot} exactly once")
    if set(text.replace(slot or "", "")) & set("{}"):
        raise ValueError(f"{text!r} has braces that are no slot")


def _place(path: Path, raw: dict, number: int) -> str:
    return f"{path}: {raw.get('id', f'entry {number}')}"


def _refuse_repeats(path: Path, what: str, values: Iterable[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            raise InputError(f"{path}: {what} {value!r} comes {count} times")
