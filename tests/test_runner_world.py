"""The world as a run builds it: the same plans before and after drift, and other preferences from then on."""

from dataclasses import replace
from pathlib import Path

import pytest

from pum.bench.catalogue import load_preferences
from pum.bench.profiles import Profile, drifted, generate_profiles, write_profiles
from pum.config.params import load_params
from pum.runner.config import DataFiles, RunConfig
from pum.runner.world import World, load_world

CATALOGUE = {preference.id: preference for preference in load_preferences()}
OPPOSED = [preference for preference in CATALOGUE.values() if preference.contradicts]


def world(folder: Path, **factors: object) -> World:
    """That of two people who hold a preference with an opposite, in the study `smoke`."""
    people = generate_profiles(40, 9, tuple(CATALOGUE.values()))
    able = [person for person in people if drifted(person, CATALOGUE, 1.0) != person][:2]
    write_profiles(folder / "profiles.jsonl", able)
    params = load_params()
    params = params.model_copy(update={"world": params.world.model_copy(update=factors)})
    return load_world(RunConfig("smoke", params.study("smoke"), "rag", params, DataFiles(folder / "profiles.jsonl")))


def held(of: World, session: int) -> list[Profile]:
    return [of.user(profile, 0, session, set()).profile for profile in of.profiles]


def test_minds_change_at_the_session_that_is_named_and_stay_changed(tmp_path: Path) -> None:
    calm, changing = world(tmp_path), world(tmp_path, drift_at=2, drift_share=1.0)
    assert len(calm.profiles) == 2 and OPPOSED
    for session in range(5):
        before, now = held(calm, session), held(changing, session)
        assert before == list(calm.profiles)
        assert (now == before) == (session < 2)
    assert held(changing, 2) == held(changing, 4)
    for old, new in zip(calm.profiles, held(changing, 2), strict=True):
        assert replace(new, preferences=old.preferences) == old
        pairs = [(a, b) for a, b in zip(old.preferences, new.preferences, strict=True) if a != b]
        assert all(b[0] in CATALOGUE[a[0]].contradicts and a[1] == b[1] for a, b in pairs)


def test_what_people_come_with_does_not_change_with_their_minds(tmp_path: Path) -> None:
    calm, changing = world(tmp_path), world(tmp_path, drift_at=1, drift_share=1.0)
    for profile in calm.profiles:
        for session in range(4):
            one, other = (of.user(profile, 0, session, set()) for of in (calm, changing))
            assert one.plan == other.plan and one.open() == other.open()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_without_a_session_for_it_nobody_changes(share: float, tmp_path: Path) -> None:
    still = world(tmp_path, drift_at=None, drift_share=share)
    assert held(still, 50) == list(still.profiles)
