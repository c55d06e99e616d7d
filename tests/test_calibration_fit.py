"""Fitting a calibration: known answers, what must hold for any counts, and the file it ends up in."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pum.bench.agent.curves import load_curves
from pum.calibration.fit import fit_logistic, fit_rates, wilson
from pum.calibration.records import Observed
from pum.calibration.tables import (
    COLUMNS,
    Count,
    Counts,
    check_curves,
    fit_curves,
    load_counts,
    tally,
    to_json,
    write_calibration,
)
from pum.core.errors import InputError


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def many(kind: str, name: str, x: tuple[float, ...], successes: int, trials: int) -> list[Observed]:
    return [Observed(kind, name, x, number < successes) for number in range(trials)]


def seen() -> list[Observed]:
    """Bullets are followed less the more notes there are; tables are hardly ever; twenty easy tasks are solved."""
    return [
        *many("unprompted", "bullets", (), 4, 20),
        *many("unprompted", "table", (), 1, 40),
        *many("noted", "bullets", (1.0, 0.5, 0.0), 18, 20),
        *many("noted", "bullets", (4.0, 0.0, 0.0), 15, 20),
        *many("noted", "bullets", (16.0, 1.0, 1.0), 9, 20),
        *many("noted", "table", (1.0, 0.5, 0.0), 3, 20),
        *many("asked", "bullets", (1.0,), 19, 20),
        *many("asked", "bullets", (5.0,), 12, 20),
        *many("solve", "algebra", (0.1, 200.0), 18, 20),
        *many("solve", "algebra", (0.9, 2000.0), 6, 20),
    ]


def test_wilson_agrees_with_published_values() -> None:
    assert wilson(8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775328), abs=1e-6)
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_surrounds_the_rate(counts: tuple[int, int]) -> None:
    k, n = counts
    low, high = wilson(k, n)
    assert 0.0 <= low <= k / n + 1e-12 and k / n - 1e-12 <= high <= 1.0


def test_rates_that_differ_stay_apart_and_rates_of_few_counts_go_to_the_mean() -> None:
    apart, mean = fit_rates({"a": (5, 100), "b": (95, 100), "rare": (1, 1)})
    assert apart["a"] < 0.08 and apart["b"] > 0.92 and mean < apart["rare"] < 1.0
    alike, mean = fit_rates({name: (10, 20) for name in "abcdef"} | {"rare": (1, 1)})
    assert alike["rare"] == pytest.approx(mean, abs=0.02)


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"),
        st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
    )
)
def test_a_rate_lies_between_what_was_seen_and_the_mean(counts: dict[str, tuple[int, int]]) -> None:
    rates, mean = fit_rates(counts)
    for name, (k, n) in counts.items():
        assert min(k / n, mean) - 1e-9 <= rates[name] <= max(k / n, mean) + 1e-9


def test_the_logistic_finds_the_effects_and_the_slope_it_was_made_from() -> None:
    truth = {"easy": 1.5, "hard": -1.0}
    names, x, k, n = [], [], [], []
    for name, effect in truth.items():
        for value in (0.0, 1.0, 2.0, 3.0):
            names.append(name)
            x.append([value])
            n.append(20000.0)
            k.append(20000.0 / (1 + math.exp(-(effect - 0.6 * value))))
    fitted = fit_logistic(names, np.array(x), np.array(k), np.array(n), falling=(0,))
    assert fitted.slopes[0] == pytest.approx(-0.6, abs=0.01)
    for name, effect in truth.items():
        assert fitted.effects[name] == pytest.approx(effect, abs=0.02)


def test_a_slope_that_must_fall_is_level_when_the_counts_rise() -> None:
    x, k = np.array([[0.0], [1.0], [2.0]]), np.array([10.0, 20.0, 30.0])
    free = fit_logistic(["a"] * 3, x, k, np.full(3, 40.0))
    bound = fit_logistic(["a"] * 3, x, k, np.full(3, 40.0), falling=(0,))
    assert free.slopes[0] > 0.5 and bound.slopes == (0.0,)
    assert bound.effects["a"] == pytest.approx(0.0, abs=0.15)  # half of all


def test_a_name_seen_once_is_pulled_to_the_others() -> None:
    names = ["a", "b", "c", "d", "once"]
    k, n = np.array([30.0, 32.0, 28.0, 31.0, 0.0]), np.array([40.0, 40.0, 40.0, 40.0, 1.0])
    fitted = fit_logistic(names, np.zeros((5, 1)), k, n)
    assert fitted.effects["once"] == pytest.approx(logit(0.75), abs=0.35)


def test_counts_and_curves_survive_the_file(tmp_path: Path) -> None:
    counts = tally(seen(), replies=200)
    curves = fit_curves(counts, "tiny")
    path = tmp_path / "sub" / "tiny.json"
    write_calibration(path, to_json(counts, curves, {"name": "tiny", "files": {"tiny.gguf": "ab" * 32}}))
    assert load_counts(path) == counts
    assert load_curves(path) == curves
    check_curves(load_counts(path), load_curves(path))
    data = json.loads(path.read_text())
    assert data["rates"]["unprompted by style"]["bullets"] == [0.2, 0.0807, 0.416, 4, 20]
    assert data["rates"]["noted by number of notes"]["4"][3:] == [15, 20]
    assert '["bullets", 4.0, 0.0, 0.0, 15, 20]' in path.read_text()


def test_the_curves_follow_the_counts() -> None:
    curves = fit_curves(tally(seen(), 200), "tiny")
    noted = [curves.noted.chance("bullets", count, 0.5, False) for count in (1, 4, 16)]
    assert noted[0] > 0.8 and noted[0] > noted[1] > noted[2]
    assert curves.noted.chance("table", 1, 0.5, False) < 0.35
    assert curves.asked.chance("bullets", 1) > 0.8 > curves.asked.chance("bullets", 5)
    assert curves.solve.chance("algebra", 0.1, 200) > 0.75
    assert curves.solve.chance("algebra", 0.9, 2000) < 0.45
    assert curves.unprompted.of("table") < 0.1 and curves.measured


_CELLS = {
    "noted": st.tuples(*(st.sampled_from(values) for values in ([1.0, 2.0, 8.0, 32.0], [0.0, 0.5, 1.0], [0.0, 1.0]))),
    "asked": st.tuples(st.sampled_from([1.0, 3.0, 5.0])),
    "solve": st.tuples(st.floats(0, 1).map(lambda d: round(d, 2)), st.integers(50, 4000).map(float)),
    "unprompted": st.just(()),
}  # fmt: skip


@st.composite
def any_counts(draw: st.DrawFn) -> Counts:
    def cells(kind: str) -> tuple[Count, ...]:
        rows = draw(st.dictionaries(st.tuples(st.sampled_from("abc"), _CELLS[kind]), st.integers(1, 9), min_size=1))
        return tuple(Count(*cell, draw(st.integers(0, n)), n) for cell, n in sorted(rows.items()))

    return Counts(1, {kind: cells(kind) for kind in COLUMNS})


@settings(max_examples=25, deadline=None)
@given(any_counts())
def test_whatever_was_counted_chances_are_chances_and_fall_where_they_must(counts: Counts) -> None:
    curves = fit_curves(counts, "any")
    for style in ("a", "never seen"):
        by_notes = [curves.noted.chance(style, count, 0.5, False) for count in (1, 2, 5, 32, 100)]
        by_distance = [curves.asked.chance(style, distance) for distance in (1, 2, 9, 300)]
        by_prompt = [curves.solve.chance(style, 0.5, tokens) for tokens in (10, 500, 8000)]
        by_difficulty = [curves.solve.chance(style, difficulty, 300) for difficulty in (0.0, 0.4, 1.0)]
        for falling in (by_notes, by_distance, by_prompt, by_difficulty):
            assert all(0.0 < p < 1.0 for p in falling) and falling == sorted(falling, reverse=True)


def test_curves_that_are_not_those_of_the_counts_are_refused() -> None:
    counts = tally(seen(), 200)
    curves = fit_curves(counts, "tiny")
    bent = curves.model_copy(update={"asked": curves.asked.model_copy(update={"otherwise": 0.5})})
    with pytest.raises(InputError, match=r"calibration: curves\.asked: otherwise is 0\.5, its counts give"):
        check_curves(counts, bent)
    fewer = tally([o for o in seen() if o.name != "table"], 160)
    with pytest.raises(InputError, match=r"curves\.unprompted has other names than its counts"):
        check_curves(fewer, curves)


def test_counts_that_are_none_are_named(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(
        json.dumps({"counts": {"replies": 1, "unprompted": [["a", 1]], "noted": [], "asked": [], "solve": []}})
    )
    with pytest.raises(InputError, match=r"c\.json: counts\.unprompted\.0\.2: Field required"):
        load_counts(path)
