"""The offline agent's curves: what they say, that they never turn round, and how a bad file is refused."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pum.bench.agent.curves import Asked, Curves, FollowingRates, Noted, Solve, load_curves
from pum.bench.catalogue import load_preferences
from pum.core.errors import InputError
from pum.core.paths import DATA

CURVES = Curves(
    source="made for tests",
    measured=False,
    unprompted=FollowingRates(rates={"bullets": 0.3}, otherwise=0.1),
    noted=Noted(effects={"bullets": 2.0}, otherwise=0.0, per_doubling=-1.0, place=0.5, own_words=-0.25),
    asked=Asked(effects={"bullets": 3.0}, otherwise=1.0, per_doubling=-0.5),
    solve=Solve(effects={"algebra": 1.0}, otherwise=0.0, difficulty=-2.0, per_doubling=-0.5),
    keeps=0.9,
)


def test_chances_are_those_of_the_log_odds() -> None:
    noted = CURVES.noted
    assert noted.chance("bullets", 1, 0.5, False) == pytest.approx(0.8807971)  # log-odds 2
    assert noted.chance("bullets", 4, 0.5, False) == pytest.approx(0.5)
    assert noted.chance("bullets", 4, 1.0, True) == pytest.approx(0.5)  # 0.25 for the last place, taken by the words
    assert noted.chance("other", 1, 0.0, False) == pytest.approx(0.4378235)
    assert CURVES.asked.chance("bullets", 4) == pytest.approx(0.8807971)
    assert CURVES.asked.chance("other", 16) == pytest.approx(0.2689414)
    assert CURVES.solve.chance("algebra", 0.5, 100) == CURVES.solve.chance("algebra", 0.5, 256) == pytest.approx(0.5)
    assert CURVES.solve.chance("other", 0.0, 1024) == pytest.approx(0.2689414)
    assert (CURVES.unprompted.of("bullets"), CURVES.unprompted.of("other")) == (0.3, 0.1)


@given(st.lists(st.integers(1, 10**6), min_size=2), st.sampled_from(["bullets", "other"]))
def test_no_curve_turns_round(values: list[int], name: str) -> None:
    ordered = sorted(values)
    for chances in (
        [CURVES.noted.chance(name, value, 0.3, True) for value in ordered],
        [CURVES.asked.chance(name, value) for value in ordered],
        [CURVES.solve.chance(name, 0.2, value) for value in ordered],
        [CURVES.solve.chance(name, value / 10**6, 300) for value in ordered],
    ):
        assert chances == sorted(chances, reverse=True) and all(0.0 <= chance <= 1.0 for chance in chances)


def test_the_shipped_calibrations_know_the_catalogue_and_say_whether_they_were_measured() -> None:
    paths = sorted((DATA / "calibration").glob("*.json"))
    assert paths
    known = {preference.style for preference in load_preferences() if preference.style}
    for path in paths:
        curves = load_curves(path)
        assumed = path.name.startswith("assumed-")
        assert curves.measured is not assumed
        assert curves.source.startswith("Assumed, not measured:" if assumed else "Measured on")
        assert set(curves.unprompted.rates) | set(curves.noted.effects) | set(curves.asked.effects) <= known


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "model.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"curves": CURVES.model_dump(), "counts": {}}))
    assert load_curves(path) == CURVES


@pytest.mark.parametrize(
    ("section", "changes", "said"),
    [
        ("noted", {"per_doubling": 0.5}, r"curves\.noted\.per_doubling: Input should be less than or equal to 0"),
        ("solve", {"difficulty": 1.0}, r"curves\.solve\.difficulty"),
        (
            "asked",
            {"effects": {"bullets": "often"}},
            r"curves\.asked\.effects\.bullets: Input should be a valid number",
        ),
        ("unprompted", {"otherwise": 1.5}, r"curves\.unprompted\.otherwise"),
        ("unprompted", {"rates": {"bullets": -0.1}}, r"curves\.unprompted\.rates\.bullets"),
        ("noted", {"surprise": 1}, r"curves\.noted\.surprise: Extra inputs are not permitted"),
        ("noted", {"place": 1e999}, r"not JSON: Infinity is not a number"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else None,
)
def test_a_number_out_of_bounds_is_refused_by_its_key(tmp_path: Path, section: str, changes: dict, said: str) -> None:
    data = {"curves": CURVES.model_dump()}
    data["curves"][section] |= changes
    with pytest.raises(InputError, match=rf"model\.json: {said}") as refused:
        load_curves(written(tmp_path, json.dumps(data)))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_absent_partial_or_no_json_is_refused_in_one_line(tmp_path: Path) -> None:
    cases = {
        b"": "not JSON: Expecting value",
        b"{": "not JSON",
        b"[]": "not a JSON object",
        b"{}": "curves: Input should be",
        b'{"curves": {"source": "x"}}': r"curves\.measured: Field required",
        b'{"curves": {"keeps": NaN}}': "not JSON: NaN is not a number",
        b'"\xff"': "not UTF-8 text",
    }
    for text, said in cases.items():
        with pytest.raises(InputError, match=rf"model\.json: {said}") as refused:
            load_curves(written(tmp_path, text))
        assert "\n" not in str(refused.value)
    with pytest.raises(InputError, match=r"none\.json: No such file or directory"):
        load_curves(tmp_path / "none.json")
    with pytest.raises(InputError, match=r": Is a directory"):
        load_curves(tmp_path)
