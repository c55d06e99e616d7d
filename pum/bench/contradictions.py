"""Which preferences one person can hold at a time, and which one turns into which when the person's mind changes."""

from collections.abc import Iterable, Mapping, Sequence

from pum.bench.types import Preference
from pum.core.errors import InputError
from pum.core.rng import key

_Opposites = Mapping[str, frozenset[str]]


def agreeing(preferences: Sequence[Preference], size: int) -> frozenset[str]:
    """The ids of `size` preferences that do not contradict each other: the first ones that leave enough to choose from.

    InputError when there are no `size` that agree.
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


def drifted_ids(
    held: Sequence[str], catalogue: Mapping[str, Preference], share: float, *random_key: object
) -> dict[str, str]:
    """Which of the `held` ids turn into which: `share` of those with an opposite that nothing else held rules out."""
    present, turned = set(held), {}
    able = [id_ for id_ in held if _alternatives(id_, present, catalogue)]
    for id_ in sorted(able, key=lambda id_: key(*random_key, id_))[: round(share * len(able))]:
        if alternatives := _alternatives(id_, present, catalogue):
            turned[id_] = min(alternatives, key=lambda other: key(*random_key, id_, other))
            present = present - {id_} | {turned[id_]}
    return turned


def _alternatives(id_: str, held: Iterable[str], catalogue: Mapping[str, Preference]) -> list[str]:
    """The opposites of `id_` that agree with everything else that is held."""
    others = set(held) - {id_}
    opposites = sorted(catalogue[id_].contradicts & catalogue.keys())
    return [other for other in opposites if other not in others and not catalogue[other].contradicts & others]


def _groups(opposites: _Opposites) -> dict[str, frozenset[str]]:
    """Each id's group: all that are reached from it by contradictions."""
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
    """How many of `ids` can be held at a time; exponential in a group's size, and groups are small."""
    tied = max(sorted(ids), key=lambda id_: len(opposites[id_] & ids), default=None)
    if tied is None or not opposites[tied] & ids:
        return len(ids)
    rest = ids - {tied}
    return max(_most(rest, opposites), 1 + _most(rest - opposites[tied], opposites))
