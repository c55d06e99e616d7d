"""MultiSessionCollab's users: a fixture in its format, and the published file where it is."""

import json
from pathlib import Path

import pytest

from pum.bench.checkers.checking import CHECKERS
from pum.bench.multisessioncollab import PROFILES, TELLING_WORDS, load_msc_preferences, load_msc_profiles
from pum.bench.profiles import read_profiles, write_profiles
from pum.core.errors import InputError
from pum.core.paths import ROOT

FIXTURE = Path(__file__).parent / "data" / "multisessioncollab"
PUBLISHED = ROOT.parent / "shared" / "multisessioncollab"


def write(folder: Path, users: object) -> Path:
    (folder / PROFILES).write_text(json.dumps(users), encoding="utf-8")
    return folder


def test_fixture_becomes_profiles(tmp_path: Path) -> None:
    profiles = load_msc_profiles(FIXTURE)
    assert [profile.user_id for profile in profiles] == ["msc_000", "msc_007"]
    assert profiles[0].persona == "A baker who keeps bees"
    assert profiles[0].preferences == (("mc_001", 1.0), ("mc_008", 1.0), ("mc_010", 1.0))
    assert profiles[1].preferences == (("mc_012", 1.0), ("mc_017", 1.0), ("mc_005", 1.0))
    write_profiles(tmp_path / "profiles.jsonl", profiles)
    known = {preference.id for preference in load_msc_preferences()}
    assert read_profiles(tmp_path / "profiles.jsonl", known) == profiles


def test_catalogue_is_theirs_in_our_words() -> None:
    preferences = load_msc_preferences()
    assert {preference.id for preference in preferences} == set(TELLING_WORDS) and len(preferences) == 20
    checked = [preference.style for preference in preferences if preference.style]
    assert len(checked) >= 10 and set(checked) <= set(CHECKERS)
    for preference in preferences:
        assert len(preference.wordings) >= 6
        assert not {preference.note, preference.action} & set(preference.wordings)


@pytest.mark.parametrize(
    ("users", "what"),
    [
        ({"i": 0}, "array"),
        ([{"i": 0, "persona": "", "preferences": ["Headings."]}], "0.persona"),
        ([{"i": 0, "persona": "P", "preferences": []}], "0.preferences"),
        ([{"i": 3, "persona": "P", "preferences": ["Whistle while you work."]}], "user 3: unknown preference 'Whistle"),
        ([{"i": 3, "persona": "P", "preferences": ["Headings."]}] * 2, "user 3 comes twice"),
    ],
)
def test_bad_file_is_named(tmp_path: Path, users: object, what: str) -> None:
    with pytest.raises(InputError, match=rf"{PROFILES}: .*{what}"):
        load_msc_profiles(write(tmp_path, users))


def test_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{PROFILES}: No such file"):
        load_msc_profiles(tmp_path)
    (tmp_path / PROFILES).write_text("[")
    with pytest.raises(InputError, match=f"{PROFILES}: user: Invalid JSON"):
        load_msc_profiles(tmp_path)


@pytest.mark.skipif(not (PUBLISHED / PROFILES).is_file(), reason="MultiSessionCollab's files are not on this machine")
def test_published_users_are_all_understood() -> None:
    profiles = load_msc_profiles(PUBLISHED)
    assert len(profiles) == 100 and len({profile.user_id for profile in profiles}) == 100
    catalogue = {preference.id: preference for preference in load_msc_preferences()}
    for profile in profiles:
        held = [id_ for id_, _ in profile.preferences]
        assert len(held) == 3
        assert not any(catalogue[id_].contradicts & set(held) for id_ in held)
    assert {id_ for profile in profiles for id_, _ in profile.preferences} == set(catalogue)


@pytest.mark.skipif(not (PUBLISHED / PROFILES).is_file(), reason="MultiSessionCollab's files are not on this machine")
def test_nothing_of_the_published_text_is_kept() -> None:
    users = json.loads((PUBLISHED / PROFILES).read_text(encoding="utf-8"))
    theirs = " ".join({text.lower() for user in users for text in user["preferences"]})
    for preference in load_msc_preferences():
        for text in (preference.action, *preference.wordings):
            assert len(text.split()) < 4 or text.lower().rstrip(".") not in theirs, text
