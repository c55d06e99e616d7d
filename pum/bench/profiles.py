"""Profiles of simulated users: persona, preferences that do not contradict each other, and their importances."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from pum.bench.catalogue import Tone
from pum.bench.types import Preference
from pum.core.errors import InputError
from pum.core.files import read_lines, read_yaml, write_lines
from pum.core.paths import DATA
from pum.core.rng import generator, key, pick
from pum.core.validation import STRICT_KEYS, Text, Texts, refuse_repeats, validated

SCHEMA_VERSION = 1
TONES = get_args(Tone)
PATIENCE = range(3, 9)
Importance = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]

# Importances at full spread are Beta(0.2, 0.5): U-shaped, 19% above 0.7 and 65% below 0.3, with mean 2/7.
_ALPHA, _BETA = 0.2, 0.5
_MEAN = _ALPHA / (_ALPHA + _BETA)

_Opposites = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Profile:
    """A simulated user.

    `preferences`: pairs of a preference's id and its importance in [0, 1], the chance that a violation is enforced.
    `patience`: the number of enforcements per session before the user gives up. `seed`: the seed of all draws.
    """

    __pydantic_config__ = ConfigDict(strict=True, **STRICT_KEYS)

    user_id: Annotated[str, Field(pattern=r"\A[a-z0-9][a-z0-9_-]{0,63}\z")]
    persona: Text
    tone: Tone
    patience: Annotated[int, Field(ge=PATIENCE.start, lt=PATIENCE.stop)]
    schema_version: Literal[1]
    seed: int
    preferences: Annotated[tuple[tuple[str, Importance], ...], Field(min_length=1)]


class _PersonasFile(BaseModel):
    model_config = STRICT_KEYS

    roles: Texts
    habits: Texts


def generate_profiles(
    n: int, seed: int, preferences: Sequence[Preference], size: int = 43, importance_spread: float = 1.0
) -> tuple[Profile, ...]:
    """Profiles user_000, user_001, ...; each depends on the seed and its number only, not on `n`.

    Each profile has `size` preferences without a contradiction, in the catalogue's order. At `importance_spread` 0 all
    importances are 0.286; at 1 they are the full, heavy-tailed draw around that mean. InputError when the catalogue has
    no such sample, or the spread is outside [0, 1].
    """
    if n < 1 or size < 1:
        raise InputError(f"profiles: {n} profiles of {size} preferences asked for; both must be positive")
    if not 0.0 <= importance_spread <= 1.0:
        raise InputError(f"importance_spread: {importance_spread} is outside [0, 1]")
    personas = load_personas()
    order = generator(seed, "personas").permutation(len(personas))
    profiles = []
    for number in range(n):
        user_id = f"user_{number:03d}"
        profiles.append(
            Profile(
                user_id=user_id,
                persona=personas[order[number % len(personas)]],
                tone=pick(TONES, seed, "tone", user_id),
                patience=pick(tuple(PATIENCE), seed, "patience", user_id),
                schema_version=SCHEMA_VERSION,
                seed=seed,
                preferences=tuple(
                    (id_, _importance(importance_spread, seed, "importance", user_id, id_))
                    for id_ in _sample(preferences, size, seed, "preferences", user_id)
                ),
            )
        )
    return tuple(profiles)


def drifted(profile: Profile, catalogue: Mapping[str, Preference], share: float) -> Profile:
    """The user after preference drift: `share` of the preferences that have an opposite compatible with all others are
    replaced by it.

    Importances stay. The same profile always drifts in the same way.
    """
    random_key = (profile.seed, "drift", profile.user_id)
    held = [id_ for id_, _ in profile.preferences]
    present, turned = set(held), {}
    able = [id_ for id_ in held if _alternatives(id_, present, catalogue)]
    for id_ in sorted(able, key=lambda id_: key(*random_key, id_))[: round(share * len(able))]:
        if alternatives := _alternatives(id_, present, catalogue):
            turned[id_] = min(alternatives, key=lambda other: key(*random_key, id_, other))
            present = present - {id_} | {turned[id_]}
    return replace(profile, preferences=tuple((turned.get(id_, id_), weight) for id_, weight in profile.preferences))


def load_personas(path: Path = DATA / "personas.yaml") -> tuple[str, ...]:
    content = validated(_PersonasFile, read_yaml(path), path)
    return tuple(f"{role}, {habit}" for role in content.roles for habit in content.habits)


def write_profiles(path: Path, profiles: Iterable[Profile]) -> None:
    write_lines(path, map(asdict, profiles))


def read_profiles(path: Path, known: Collection[str] | None = None) -> tuple[Profile, ...]:
    """The profiles of a file from `write_profiles`. `known`: the ids of the catalogue; without it, any id is accepted.

    InputError "FILE:LINE: what" for a malformed line, a repeated user id, or a preference that is unknown or repeated.
    """
    profiles = []
    for place, profile in read_lines(Profile, path, unique="user_id"):
        ids = [id_ for id_, _ in profile.preferences]
        refuse_repeats(place, "preference", ids)
        if known is not None and (unknown := [id_ for id_ in ids if id_ not in known]):
            raise InputError(f"{place}: preference {unknown[0]!r} is not in the catalogue")
        profiles.append(profile)
    if not profiles:
        raise InputError(f"{path}: no profiles there")
    return tuple(profiles)


def _sample(preferences: Sequence[Preference], size: int, *random_key: object) -> list[str]:
    """`size` ids without a contradiction, in the catalogue's order. A larger catalogue changes the sample little."""
    shuffled = sorted(preferences, key=lambda preference: key(*random_key, preference.id))
    chosen = agreeing(shuffled, size)
    return [preference.id for preference in preferences if preference.id in chosen]


def _importance(spread: float, *random_key: object) -> float:
    drawn = float(generator(*random_key).beta(_ALPHA, _BETA))
    return round(_MEAN + spread * (drawn - _MEAN), 3)


def agreeing(preferences: Sequence[Preference], size: int) -> frozenset[str]:
    """The ids of `size` preferences that do not contradict each other; earlier ones come first when possible.

    InputError when there are no `size` such preferences.
    """
    present = frozenset(preference.id for preference in preferences)
    opposites = {preference.id: preference.contradicts & present for preference in preferences}
    groups = _groups(opposites)
    open_in = {group: group for group in groups.values()}
    spare = sum(_most(group, opposites) for group in open_in) - size
    if spare < 0:
        raise InputError(
            f"profiles: {size} preferences each asked for, the catalogue has at most {spare + size} that agree"
        )
    chosen: set[str] = set()
    for id_ in opposites:
        group = groups[id_]
        if id_ in open_in[group] and len(chosen) < size:
            left = open_in[group] - {id_} - opposites[id_]
            lost = _most(open_in[group], opposites) - 1 - _most(left, opposites)
            if lost <= spare:
                spare, open_in[group] = spare - lost, left
                chosen.add(id_)
            else:
                open_in[group] -= {id_}
    return frozenset(chosen)


def _alternatives(id_: str, held: Iterable[str], catalogue: Mapping[str, Preference]) -> list[str]:
    """The opposites of `id_` that contradict nothing else in `held`."""
    others = set(held) - {id_}
    opposites = sorted(catalogue[id_].contradicts & catalogue.keys())
    return [other for other in opposites if other not in others and not catalogue[other].contradicts & others]


def _groups(opposites: _Opposites) -> dict[str, frozenset[str]]:
    """Id -> its group: all ids that contradictions connect with it."""
    groups: dict[str, frozenset[str]] = {}
    for start in opposites:
        if start not in groups:
            group, frontier = {start}, {start}
            while frontier:
                frontier = {near for id_ in frontier for near in opposites[id_]} - group
                group |= frontier
            groups.update(dict.fromkeys(group, frozenset(group)))
    return groups


def _most(ids: frozenset[str], opposites: _Opposites) -> int:
    """How many of `ids` one user can hold; exponential in the size of a group, and groups are small."""
    tied = max(sorted(ids), key=lambda id_: len(opposites[id_] & ids), default=None)
    if tied is None or not opposites[tied] & ids:
        return len(ids)
    rest = ids - {tied}
    return max(_most(rest, opposites), 1 + _most(rest - opposites[tied], opposites))
