"""Analysis: estimates agree with scipy and with hand computation, failures count, tables say what the metrics say."""

import json
import re
from dataclasses import fields
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from pum.analysis.figures import save, use_style
from pum.analysis.figures.methods import draw_learning_curves, draw_live_vs_offline, draw_main
from pum.analysis.main_results import (
    differences_by_session,
    differences_table,
    learning_curves,
    main_metrics,
    main_table,
)
from pum.analysis.sessions import PARTIAL, load_sessions
from pum.analysis.statistics import bootstrap_mean, paired_difference, profile_means
from pum.analysis.style import COLOURS, KINDS, OTHERS, OUTCOMES, colour, label, ordered
from pum.analysis.tables import dashed, readable, write_csv, write_json
from pum.config.params import FamilyParams
from pum.core.errors import InputError
from pum.results.files import Outcome, SessionRow
from pum.runner.simulate import SessionId, failed_session

METHODS = ("vanilla", "rag", "rag_vector", "zz_own_method")
LABELS = ["Vanilla", "RAG", "RAG + vector", "Zz own method"]
RESAMPLES = 400
FAMILY = FamilyParams(comparisons=(("rag", "vanilla"), ("rag_vector", "rag"), ("absent", "rag")), outcomes=("success",))


def session_row(method: str, user: int, session: int) -> dict:
    """Numbers that differ between methods, users and sessions, so that no two means are equal by accident."""
    base = dict(vars(failed_session(SessionId(0, f"user_{user:03d}", session), Outcome.COMPLETED, "")))
    size = METHODS.index(method) + 1
    outcome = Outcome.TIMEOUT if (user + session) % 4 == 0 else Outcome.COMPLETED
    return base | {
        "outcome": outcome,
        "success": outcome == Outcome.COMPLETED and (user * size + session) % 3 != 0,
        "enforcements": (user * 3 + session) % 4 + size,
        "user_tokens": 40 + 7 * user + 3 * session + size,
        "agent_tokens": 200 + 11 * user + session * size,
    }


def write_run(study: Path, method: str, rows: list[dict], scheduled: int | None = None) -> None:
    """results.json as pum.runner.results writes it."""
    columns = [field.name for field in fields(SessionRow)]
    table = {
        "format": 1,
        "study": study.name,
        "method": method,
        "scheduled": len(rows) if scheduled is None else scheduled,
        "columns": columns,
        "rows": [[row[column] for column in columns] for row in rows],
    }
    (study / method).mkdir(parents=True)
    (study / method / "results.json").write_text(json.dumps(table))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Four methods, 5 users x 3 sessions; two sessions of vanilla could not be played."""
    for method in METHODS:
        rows = [session_row(method, user, session) for user in range(5) for session in range(3)]
        if method == "vanilla":
            rows[4] = dict(vars(failed_session(SessionId(0, "user_001", 1), Outcome.AGENT_ERROR, "ValueError()")))
            rows[5] = dict(vars(failed_session(SessionId(0, "user_001", 2), Outcome.INFRASTRUCTURE_ERROR, "no reply")))
        write_run(tmp_path / "study", method, rows)
    return tmp_path / "study"


@pytest.fixture
def sessions(study: Path) -> pd.DataFrame:
    return load_sessions(study, METHODS)


@pytest.fixture
def metrics(sessions: pd.DataFrame) -> dict:
    return main_metrics(sessions, RESAMPLES, 7, FAMILY)


@pytest.mark.parametrize(
    "values", [np.random.default_rng(2).normal(size=20), np.random.default_rng(3).exponential(2.0, 45)]
)
def test_the_interval_is_scipys_percentile_bootstrap(values: np.ndarray) -> None:
    from scipy.stats import bootstrap

    ours = bootstrap_mean(values, 20_000, "test")
    theirs = bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", random_state=np.random.default_rng(0)
    )
    standard_error = values.std() / np.sqrt(len(values))
    assert ours.mean == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.06 * standard_error)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.06 * standard_error)


def test_the_interval_covers_the_true_mean_about_95_times_in_100() -> None:
    random, trials = np.random.default_rng(11), 600
    estimates = [bootstrap_mean(random.normal(3.0, 1.0, 60), 500, "coverage", trial) for trial in range(trials)]
    covered = sum(estimate.low <= 3.0 <= estimate.high for estimate in estimates) / trials
    assert 0.92 < covered < 0.97


def test_luck_is_keyed_and_one_profile_is_a_point() -> None:
    values = np.random.default_rng(0).normal(size=12)
    assert bootstrap_mean(values, 100, "a") == bootstrap_mean(values, 100, "a")
    assert bootstrap_mean(values, 100, "a") != bootstrap_mean(values, 100, "b")
    point = bootstrap_mean(np.array([2.5]), 50, "a")
    assert (point.mean, point.low, point.high) == (2.5, 2.5, 2.5)


def test_the_profile_is_the_unit() -> None:
    """A user with many sessions weighs no more than one with few."""
    frame = pd.DataFrame({"user_id": ["b", "a", "a", "a"], "enforcements": [4.0, 1.0, 2.0, 3.0]})
    assert profile_means(frame, "enforcements").to_dict() == {"a": 2.0, "b": 4.0}


def test_the_paired_difference_is_that_by_hand(sessions: pd.DataFrame) -> None:
    differences = []
    for user in range(5):
        pairs = []
        for session in range(3):
            if user == 1 and session in (1, 2):
                continue  # failed under vanilla, so there is nothing to compare with
            control = session_row("vanilla", user, session)["enforcements"]
            pairs.append(session_row("rag_vector", user, session)["enforcements"] - control)
        differences.append(np.mean(pairs))
    shuffled = sessions.sample(frac=1, random_state=1)
    ours = paired_difference(shuffled, "rag_vector", "vanilla", "enforcements", RESAMPLES, 7)
    assert ours.mean == pytest.approx(np.mean(differences))
    interval = bootstrap_mean(np.array(differences), RESAMPLES, 7, "difference")
    assert (ours.low, ours.high) == (interval.low, interval.high)


@pytest.mark.parametrize("gone", ["vanilla", "rag_vector"])
def test_a_comparison_of_survivors_is_refused(sessions: pd.DataFrame, gone: str) -> None:
    lost = (sessions.method == gone) & (sessions.user_id == "user_002") & (sessions.session == 1)
    with pytest.raises(ValueError, match="rag_vector and vanilla were not scheduled on the same sessions"):
        paired_difference(sessions[~lost], "rag_vector", "vanilla", "success", RESAMPLES)


def test_equal_data_have_equal_intervals_whatever_they_are_called(sessions: pd.DataFrame) -> None:
    copy = sessions[sessions.method == "rag"].assign(method="copy")
    both = pd.concat([sessions, copy])
    methods = main_metrics(both, RESAMPLES, 7, FAMILY)["methods"]
    assert methods["copy"]["enforcements"] == methods["rag"]["enforcements"]
    one, other = (
        pd.DataFrame(methods[name]["versus"]["vanilla"]).drop("p_holm", errors="ignore") for name in ("copy", "rag")
    )
    pd.testing.assert_frame_equal(one, other)
    parts = ["mean", "low", "high"]
    curves = learning_curves(both, RESAMPLES, 7).set_index("method")[parts]
    assert (curves.loc["copy"].to_numpy() == curves.loc["rag"].to_numpy()).all()


def test_one_profile_has_no_p_and_its_metrics_are_valid_json(sessions: pd.DataFrame, tmp_path: Path) -> None:
    metrics = main_metrics(sessions[sessions.user_id == "user_001"], RESAMPLES, 7, FAMILY)
    text = json.dumps(metrics, allow_nan=False)
    difference = json.loads(text)["methods"]["rag"]["versus"]["vanilla"]["success"]
    assert (difference["p"], difference["p_holm"], difference["detectable"]) == (None, None, None)
    assert 0 < difference["differing"] <= 3
    assert difference["mean"] != 0
    write_csv(differences_table(metrics), tmp_path / "t.csv")
    assert "rag,vanilla,success" in (tmp_path / "t.csv").read_text()
    assert pd.read_csv(tmp_path / "t.csv")[["p", "p_holm", "detectable"]].isna().any().all()


def test_no_number_is_a_dash_for_a_person(metrics: dict) -> None:
    table = dashed(pd.DataFrame({"method": ["rag", "copy"], "p": [0.25, 1.0], "detectable": [0.5, float("nan")]}))
    assert table.to_dict("list") == {"method": ["rag", "copy"], "p": [0.25, 1.0], "detectable": [0.5, "—"]}


def test_a_failed_session_flatters_no_mean(sessions: pd.DataFrame, metrics: dict) -> None:
    """What was seen of it is less than a session: no enforcements of user 1's failed sessions are counted as none."""
    by_hand = [
        np.mean([session_row("vanilla", u, s)["enforcements"] for s in range(3) if (u, s) not in [(1, 1), (1, 2)]])
        for u in range(5)
    ]
    assert metrics["methods"]["vanilla"]["enforcements"]["mean"] == pytest.approx(np.mean(by_hand), abs=1e-6)
    assert sessions[sessions.failed][PARTIAL].isna().all(axis=None)
    table = differences_table(metrics)
    assert set(table[(table.method == "vanilla") | (table.control == "vanilla")].failed) == {2}
    assert set(table[(table.method != "vanilla") & (table.control != "vanilla")].failed) == {0}


def test_a_method_whose_sessions_all_failed_has_no_mean_but_no_success(study: Path) -> None:
    data = json.loads((study / "rag" / "results.json").read_text())
    place = data["columns"].index("outcome")
    for row in data["rows"]:
        row[place], row[data["columns"].index("success")] = "agent_error", False
    (study / "rag" / "results.json").write_text(json.dumps(data))
    found = main_metrics(load_sessions(study, METHODS), RESAMPLES, 7, FamilyParams(comparisons=(), outcomes=()))
    rag = found["methods"]["rag"]
    assert np.isnan(rag["enforcements"]["mean"]) and rag["versus"]["vanilla"]["enforcements"]["mean"] is None
    assert rag["success"]["mean"] == 0.0 and rag["timeout"]["mean"] == 1.0


def test_tables_without_failures_say_nothing_of_them(study: Path) -> None:
    whole = main_metrics(
        load_sessions(study, ["rag", "rag_vector"]), RESAMPLES, 7, FamilyParams(comparisons=(), outcomes=())
    )
    assert "failed" not in differences_table(whole)


def test_failed_sessions_stay_in_the_denominator(sessions: pd.DataFrame, metrics: dict) -> None:
    vanilla = sessions[sessions.method == "vanilla"]
    assert len(vanilla) == 15 and vanilla.failed.sum() == 2
    assert sessions[sessions.failed].success.tolist() == [0.0, 0.0]
    assert metrics["methods"]["vanilla"]["sessions"] == {"scheduled": 15, "finished": 13, "failed": 2, "gave_up": 0}
    played = sum(session_row("vanilla", u, s)["success"] for u in range(5) for s in range(3) if (u, s) not in
                 [(1, 1), (1, 2)])  # fmt: skip
    assert metrics["methods"]["vanilla"]["success"]["mean"] == pytest.approx(played / 15, abs=1e-6)
    timeouts = sum((user + session) % 4 == 0 for user in range(5) for session in range(3))
    assert metrics["methods"]["rag_vector"]["timeout"]["mean"] == pytest.approx(timeouts / 15, abs=1e-6)


def test_results_that_miss_a_session_or_a_file_are_refused_by_name(study: Path) -> None:
    write_run(study, "short", [session_row("vanilla", 0, 0)], scheduled=2)
    with pytest.raises(InputError, match=r"short: 1 sessions of 2 scheduled"):
        load_sessions(study, ["vanilla", "short"])
    with pytest.raises(InputError, match=r"absent.results\.json: not there"):
        load_sessions(study, ["absent"])


def test_the_metrics_describe_the_study(metrics: dict) -> None:
    assert (metrics["profiles"], metrics["sessions_per_profile"], metrics["seeds"]) == (5, 3, 1)
    assert list(metrics["methods"]) == list(METHODS)
    assert [sorted(metrics["methods"][method]["versus"]) for method in METHODS[:3]] == [
        ["rag"],
        ["vanilla"],
        ["rag", "vanilla"],
    ]
    for method, values in metrics["methods"].items():
        for outcome in OUTCOMES:
            assert values[outcome]["low"] <= values[outcome]["mean"] <= values[outcome]["high"]
            for control, differences in values["versus"].items():
                if "vanilla" in (method, control) and outcome not in ("success", "timeout"):
                    continue  # two of its sessions failed, and pairs with them are left out
                means = values[outcome]["mean"] - metrics["methods"][control][outcome]["mean"]
                assert differences[outcome]["mean"] == pytest.approx(means, abs=2e-6)


def test_what_is_declared_a_family_is_corrected_and_nothing_else(metrics: dict) -> None:
    table = differences_table(metrics)
    corrected = table[table.p_holm.notna()]
    assert list(zip(corrected.method, corrected.control, corrected.outcome, strict=True)) == [
        ("rag", "vanilla", "success"),
        ("rag_vector", "rag", "success"),
    ]
    assert (corrected.p_holm >= corrected.p).all()


def test_every_method_is_one_row_of_the_table_with_its_metrics(metrics: dict, tmp_path: Path) -> None:
    table = main_table(metrics)
    assert table.method.tolist() == list(METHODS)
    write_csv(table, tmp_path / "deep" / "table.csv")
    assert b"\r" not in (tmp_path / "deep" / "table.csv").read_bytes()
    for row in pd.read_csv(tmp_path / "deep" / "table.csv").to_dict("records"):
        values = metrics["methods"][row["method"]]
        for outcome in OUTCOMES:
            for part in ("mean", "low", "high"):
                assert row[f"{outcome}_{part}"] == pytest.approx(values[outcome][part], rel=1e-5)
        assert {name: row[name] for name in values["sessions"]} == values["sessions"]
    write_json(metrics, tmp_path / "metrics.json")
    assert json.loads((tmp_path / "metrics.json").read_text()) == metrics


def test_percentages_are_read_as_such(metrics: dict) -> None:
    shown = readable(main_table(metrics))
    assert shown.index.tolist() == LABELS
    success = metrics["methods"]["vanilla"]["success"]
    wanted = f"{100 * success['mean']:.1f} [{100 * success['low']:.1f}, {100 * success['high']:.1f}]"
    assert shown.loc["Vanilla", "Success (%)"] == wanted
    assert shown.loc["Vanilla", "Sessions"] == "13/15"


def test_learning_curves_are_the_means_of_each_session(sessions: pd.DataFrame) -> None:
    curves = learning_curves(sessions, RESAMPLES, 7)
    assert len(curves) == len(METHODS) * 3 * 2
    wanted = np.mean([session_row("rag_vector", user, 2)["enforcements"] for user in range(5)])
    row = curves[(curves.method == "rag_vector") & (curves.session == 2) & (curves.outcome == "enforcements")]
    assert row["mean"].tolist() == [pytest.approx(wanted)]


def test_differences_by_session_are_paired_and_drawn_beside_each_other(sessions: pd.DataFrame) -> None:
    matplotlib.use("Agg")
    differences = differences_by_session(sessions, "vanilla", RESAMPLES, 7)
    assert set(differences.method) == set(METHODS) - {"vanilla"} and len(differences) == 3 * 3 * 2
    [found] = differences.query("method == 'rag' and session == 1 and outcome == 'enforcements'").to_dict("records")
    wanted = paired_difference(sessions[sessions.session == 1], "rag", "vanilla", "enforcements", RESAMPLES)
    assert found["mean"] == pytest.approx(wanted.mean) and found["low"] <= found["mean"] <= found["high"]
    figure = draw_learning_curves(differences, "vanilla", "title")
    places = [tuple(line.get_xdata()) for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert len(places) == len(set(places)) == 3
    plt.close(figure)


def test_methods_that_came_out_the_same_do_not_hide_each_other() -> None:
    matplotlib.use("Agg")
    cells = {
        f"{study}_{outcome}_{part}": 0.5
        for study in ("live", "offline") for outcome in ("enforcements", "success") for part in ("mean", "low", "high")
    }  # fmt: skip
    table = pd.DataFrame([{"method": method} | cells for method in ("rag", "rag_vector")])
    figure = draw_live_vs_offline(table, "title")
    dots = {(*line.get_xdata(), *line.get_ydata()) for line in figure.axes[0].lines if len(line.get_xdata()) == 1}
    assert len(dots) == 4
    plt.close(figure)


def test_no_colour_means_two_things() -> None:
    kinds = [KINDS[name][0] for name in ("learner", "control")]
    all_of_them = [*COLOURS.values(), *kinds, *OTHERS]
    assert len(all_of_them) == len(set(all_of_them))
    assert colour("thompson") == kinds[0] and colour("shuffled_reward") == kinds[1]
    assert colour("oracle_choice") == COLOURS["oracle"] and colour("rag") == COLOURS["rag"]


def test_a_method_that_is_not_listed_has_a_name_and_a_colour_of_its_own() -> None:
    names = [f"new_method_{number}" for number in range(50)]
    assert label("new_method_7") == "New method 7" and ordered(["new_b", "rag", "new_a"]) == ["rag", "new_a", "new_b"]
    colours = {colour(name) for name in names}
    taken = {*COLOURS.values(), *OTHERS, *(shade for shade, *_ in KINDS.values())}
    assert len(colours) == len(names) and not colours & taken
    assert all(re.fullmatch("#[0-9a-f]{6}", shade) for shade in colours)


@pytest.mark.slow
def test_figures_saved_twice_have_the_same_bytes(
    sessions: pd.DataFrame, metrics: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", iter(range(10**6, 10**9, 10**6)).__next__)
    matplotlib.use("Agg")
    table = main_table(metrics)
    curves = differences_by_session(sessions, "vanilla", RESAMPLES, 7)
    with matplotlib.rc_context():
        use_style()
        for folder in (tmp_path / "a", tmp_path / "b"):
            save(draw_main(table, "title"), folder, "main")
            save(draw_learning_curves(curves, "vanilla", "title"), folder, "curves")
            plt.close("all")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["curves.pdf", "curves.png", "main.pdf", "main.png"]
    for name in names:
        content = (tmp_path / "a" / name).read_bytes()
        assert len(content) > 5_000 and content == (tmp_path / "b" / name).read_bytes()


def test_the_figure_draws_every_method_where_its_mean_is(metrics: dict) -> None:
    matplotlib.use("Agg")
    figure = draw_main(main_table(metrics), "title")
    axis = figure.axes[0]
    assert [text.get_text() for text in axis.get_yticklabels()] == LABELS
    dots = [line.get_xdata()[0] for line in axis.lines if line.get_marker() == "o"]
    assert dots == [metrics["methods"][method]["enforcements"]["mean"] for method in METHODS]
    assert figure.axes[2].get_xlim()[0] < 0, "markers at zero are whole"
    plt.close(figure)
