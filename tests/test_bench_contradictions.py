"""Nobody holds two preferences that contradict each other, at the start or after a change of mind."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.catalogue import load_preferences
from pum.bench.profiles import Profile, agreeing, drifted, generate_profiles
from pum.bench.types import Preference
from pum.core.errors import InputError

BARE = [replace(preference, contradicts=frozenset()) for preference in load_preferences()]


def opposed(*pairs: tuple[int, int], count: int = 12) -> list[Preference]:
    """The first preferences of the catalogue, with these pairs (by place) contradicting each other."""
    ids = [preference.id for preference in BARE[:count]]
    of = {id_: set() for id_ in ids}
    for one, other in pairs:
        if one != other:
            of[ids[one]].add(ids[other])
            of[ids[other]].add(ids[one])
    return [replace(preference, contradicts=frozenset(of[preference.id])) for preference in BARE[:count]]


def quarrels(profile: Profile, catalogue: list[Preference]) -> int:
    held = {id_ for id_, _ in profile.preferences}
    return sum(len(preference.contradicts & held) for preference in catalogue if preference.id in held)


def most_that_agree(catalogue: list[Preference]) -> int:
    """By trying every subset."""
    ids = [preference.id for preference in catalogue]
    banned = [sum(1 << ids.index(other) for other in preference.contradicts) for preference in catalogue]
    free = [
        mask
        for mask in range(1 << len(ids))
        if not any(mask >> place & 1 and mask & banned[place] for place in range(len(ids)))
    ]
    return max(mask.bit_count() for mask in free)


PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=10)


@given(PAIRS, st.integers(0, 1000), st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_a_profile_never_contradicts_itself_and_exists_whenever_it_can(
    pairs: list[tuple[int, int]], seed: int, size: int
) -> None:
    catalogue = opposed(*pairs, count=8)
    if size > (most := most_that_agree(catalogue)):
        with pytest.raises(InputError, match=f"{size} preferences .* at most {most} that agree"):
            generate_profiles(2, seed, catalogue, size=size)
        return
    profiles = generate_profiles(3, seed, catalogue, size=size)
    for profile in profiles:
        assert len({id_ for id_, _ in profile.preferences}) == size
        assert quarrels(profile, catalogue) == 0
    assert generate_profiles(2, seed, catalogue, size=size) == profiles[:2]


def test_the_shipped_catalogue_gives_profiles_that_agree_and_hold_both_sides_between_them() -> None:
    catalogue = list(load_preferences())
    profiles = generate_profiles(60, 7, catalogue)
    assert all(quarrels(profile, catalogue) == 0 for profile in profiles)
    held = {id_ for profile in profiles for id_, _ in profile.preferences}
    assert held == {preference.id for preference in catalogue}


def test_the_middle_of_a_chain_is_left_out_when_both_ends_are_needed() -> None:
    catalogue = opposed((0, 1), (1, 2), count=3)
    assert agreeing([catalogue[1], catalogue[0], catalogue[2]], 2) == {catalogue[0].id, catalogue[2].id}
    assert agreeing([catalogue[1], catalogue[0], catalogue[2]], 1) == {catalogue[1].id}


def test_an_opposite_that_is_not_in_the_catalogue_rules_nothing_out() -> None:
    catalogue = opposed((0, 1))
    assert len(generate_profiles(1, 0, catalogue[1:], size=11)[0].preferences) == 11


def drift(pairs: list[tuple[int, int]], share: float, seed: int = 0) -> tuple[Profile, Profile, list[Preference]]:
    catalogue = opposed(*pairs, count=8)
    before = generate_profiles(1, seed, catalogue, size=most_that_agree(catalogue))[0]
    return before, drifted(before, {preference.id: preference for preference in catalogue}, share), catalogue


@given(PAIRS, st.floats(0, 1), st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_drift_turns_preferences_into_their_opposites_and_leaves_no_contradiction(
    pairs: list[tuple[int, int]], share: float, seed: int
) -> None:
    before, after, catalogue = drift(pairs, share, seed)
    opposites = {preference.id: preference.contradicts for preference in catalogue}
    assert quarrels(after, catalogue) == 0
    assert len({id_ for id_, _ in after.preferences}) == len(before.preferences)
    for (old, weight), (new, kept) in zip(before.preferences, after.preferences, strict=True):
        assert weight == kept and (new == old or new in opposites[old])
    assert replace(after, preferences=before.preferences) == before
    if share == 0:
        assert after == before


@pytest.mark.parametrize(("share", "turned"), [(0.0, 0), (0.5, 2), (1.0, 4)])
def test_drift_turns_the_share_of_those_that_have_an_opposite(share: float, turned: int) -> None:
    for seed in range(10):
        before, after, _ = drift([(0, 1), (2, 3), (4, 5), (6, 7)], share, seed)
        assert sum(old != new for old, new in zip(before.preferences, after.preferences, strict=True)) == turned


def test_an_opposite_that_another_preference_rules_out_is_not_taken() -> None:
    # 0 - 1 - 2: whoever holds both ends could only turn one of them by contradicting the other.
    before, after, _ = drift([(0, 1), (1, 2)], 1.0)
    assert after == before
