"""Profiles: drawn one by one, heavy-tailed in importance, and read back only when nothing is wrong with them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.catalogue import load_preferences
from pum.bench.profiles import Profile, generate_profiles, load_personas, read_profiles, write_profiles
from pum.core.errors import InputError

CATALOGUE = load_preferences()
IDS = {preference.id for preference in CATALOGUE}
# As many as a profile holds, and nothing that rules out another.
ALONE = [replace(preference, contradicts=frozenset()) for preference in CATALOGUE[:43]]
PROFILES = generate_profiles(200, 20260321, CATALOGUE)


def importances(profiles: tuple[Profile, ...]) -> np.ndarray:
    return np.array([[importance for _, importance in profile.preferences] for profile in profiles])


def test_two_hundred_different_people() -> None:
    assert [profile.user_id for profile in PROFILES[:2]] == ["user_000", "user_001"]
    assert len({profile.user_id for profile in PROFILES}) == len({profile.persona for profile in PROFILES}) == 200
    assert {profile.tone for profile in PROFILES} == {"polite", "direct", "casual"}
    assert {profile.patience for profile in PROFILES} == set(range(3, 9))
    assert all(len({id_ for id_, _ in profile.preferences}) == 43 for profile in PROFILES)
    assert {id_ for profile in PROFILES for id_, _ in profile.preferences} == IDS
    assert len(load_personas()) == len(set(load_personas())) >= 200


@settings(max_examples=20)
@given(st.integers(1, 12), st.integers(0, 2**63), st.integers(1, 43))
def test_a_profile_does_not_depend_on_how_many_there_are(n: int, seed: int, size: int) -> None:
    assert generate_profiles(n, seed, CATALOGUE, size=size) == generate_profiles(n + 3, seed, CATALOGUE, size=size)[:n]


def test_another_seed_draws_other_people() -> None:
    other = generate_profiles(5, 1, CATALOGUE)
    assert all(one.preferences != two.preferences for one, two in zip(PROFILES, other, strict=False))


def test_few_preferences_matter_much_and_most_little() -> None:
    drawn = importances(PROFILES)
    assert 0.16 < (drawn >= 0.7).mean() < 0.24
    assert 0.6 < (drawn <= 0.3).mean() < 0.75
    assert abs(drawn.mean() - 2 / 7) < 0.01
    assert (drawn == drawn.round(3)).all()


def test_spread_interpolates_between_equal_importances_and_the_full_draw() -> None:
    assert (importances(generate_profiles(3, 5, CATALOGUE, importance_spread=0.0)) == 0.286).all()
    half, full = (importances(generate_profiles(3, 5, CATALOGUE, importance_spread=spread)) for spread in (0.5, 1.0))
    np.testing.assert_allclose(half, (full + 2 / 7) / 2, atol=1.1e-3)


@settings(max_examples=30)
@given(st.floats(0, 1), st.integers(0, 1000))
def test_importances_are_probabilities(spread: float, seed: int) -> None:
    drawn = importances(generate_profiles(2, seed, CATALOGUE, importance_spread=spread))
    assert ((drawn >= 0) & (drawn <= 1)).all()


def test_a_larger_catalogue_is_sampled_and_leaves_importances_as_they_were() -> None:
    sampled = generate_profiles(40, 3, ALONE, size=20)
    order = [preference.id for preference in ALONE]
    for some, all_ in zip(sampled, generate_profiles(40, 3, ALONE, size=len(ALONE)), strict=True):
        ids = [id_ for id_, _ in some.preferences]
        assert len(set(ids)) == 20 and ids == sorted(ids, key=order.index)
        assert set(some.preferences) <= set(all_.preferences)
    assert len({profile.preferences for profile in sampled}) == 40
    assert {id_ for profile in sampled for id_, _ in profile.preferences} == set(order)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 44}, "44 preferences each asked for, the catalogue has at most 43 that agree"),
        ({"size": 0}, "must be positive"),
        ({"n": 0}, "must be positive"),
        ({"importance_spread": 1.5}, "importance_spread: 1.5 is outside"),
        ({"importance_spread": float("nan")}, "importance_spread: nan is outside"),
    ],
)
def test_impossible_requests_are_refused(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        generate_profiles(**{"n": 1, "seed": 0, "preferences": ALONE, **options})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "profiles.jsonl"
    # A line separator inside a value must not end the line.
    profiles = (*PROFILES[:3], replace(PROFILES[3], persona='tailor\u2028with "quotes", née Ünal'))
    write_profiles(path, profiles)
    assert read_profiles(path, IDS) == profiles
    lines = path.read_bytes().decode().split("\n")
    assert lines.pop() == "" and len(lines) == 4
    assert all(list(json.loads(line)) == sorted(json.loads(line)) for line in lines)


def line(**changes: object) -> str:
    record = {
        "user_id": "user_000", "persona": "baker", "tone": "direct", "patience": 5, "schema_version": 1, "seed": 0,
        "preferences": [["cs_001", 0.5], ["rf_001", 1]],
    }  # fmt: skip
    return json.dumps({name: value for name, value in {**record, **changes}.items() if value is not ...})


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "Invalid JSON"),
        ("[]", "should be an object"),
        (line(), "user_id 'user_000' comes twice"),
        (line(user_id="../etc"), "user_id: String should match pattern"),
        (line(user_id="a\n"), "user_id: String should match pattern"),
        (line(user_id="a" * 65), "user_id: String should match pattern"),
        (line(user_id="b", tone="rude"), "tone: Input should be"),
        (line(user_id="b", patience=2), "patience: Input should be greater"),
        (line(user_id="b", patience="5"), "patience: Input should be a valid integer"),
        (line(user_id="b", schema_version=2), "schema_version: Input should be 1"),
        (line(user_id="b", seed=...), "seed: Field required"),
        (line(user_id="b", mood="good"), "mood: Unexpected"),
        (line(user_id="b", preferences=[]), "preferences: Tuple should have at least 1"),
        (line(user_id="b", preferences=[["cs_001", 1.01]]), "preferences.0.1: Input should be less"),
        (line(user_id="b", preferences=[["cs_001", -0.1]]), "preferences.0.1: Input should be greater"),
        (line(user_id="b", preferences=[["cs_001", float("nan")]]), "NaN|finite"),
        (line(user_id="b", preferences=[["cs_001", 0.1], ["cs_001", 0.2]]), "preference 'cs_001' comes twice"),
        (line(user_id="b", preferences=[["zz_999", 0.1]]), "preference 'zz_999' is not in the catalogue"),
    ],
)
def test_a_bad_line_is_refused_by_its_number(bad: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "profiles.jsonl"
    path.write_text(f"{line()}\n\n{bad}\n", encoding="utf-8")
    with pytest.raises(InputError, match=message) as refusal:
        read_profiles(path, IDS)
    assert str(refusal.value).startswith(f"{path}:3: ") and "\n" not in str(refusal.value)


def test_without_a_catalogue_any_preference_id_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "profiles.jsonl"
    path.write_text(line(preferences=[["zz_999", 0.1]]) + "\n", encoding="utf-8")
    assert read_profiles(path)[0].preferences == (("zz_999", 0.1),)


@pytest.mark.parametrize(("content", "message"), [(b"", "no profiles there"), (b"\xff", "not UTF-8 text")])
def test_a_file_without_profiles_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "profiles.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_profiles(path)
    with pytest.raises(InputError, match="No such file"):
        read_profiles(tmp_path / "missing.jsonl")
