"""Tables beside the published ones: measures by hand on few sessions, and what the paper's own numbers imply."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pum.analysis.main_results import counted, efficiency_table
from pum.analysis.published import (
    dual_beside,
    example_beside,
    extractor_beside,
    failures_beside,
    hyperparameters_beside,
    implied,
    main_beside,
    overlap_beside,
    paired_beside,
    sensitivity_beside,
    throughput_beside,
    vectors_of,
)
from pum.analysis.sensitivity import READINGS
from pum.analysis.style import MEASURES, METHODS, OUTCOMES
from pum.config.params import load_params
from pum.core.files import read_json
from pum.core.paths import DATA, ROOT

PUBLISHED = read_json(DATA / "published.json")


def session(method: str, user: str, number: int, success: int, turns: int, asked: int, tokens: int = 100) -> dict:
    return {
        "method": method, "user_id": user, "seed": 0, "session": number, "success": float(success), "turns": turns,
        "enforcements": asked, "first_turn_enforced": asked > 1, "user_tokens": tokens, "agent_tokens": 10,
        "timeout": float(turns == 10), "failed": False, "outcome": "timeout" if turns == 10 else "completed",
    }  # fmt: skip


SESSIONS = pd.DataFrame([
    session("vanilla", "a", 0, 0, 10, 2), session("vanilla", "a", 1, 1, 6, 0),
    session("vanilla", "b", 0, 1, 3, 0), session("vanilla", "b", 1, 0, 5, 1),
    session("rag", "a", 0, 1, 4, 0, 50), session("rag", "a", 1, 1, 5, 2, 50),
    session("rag", "b", 0, 1, 3, 0, 50), session("rag", "b", 1, 0, 10, 1, 50),
])  # fmt: skip


def test_a_failed_session_is_no_quick_success_and_none_without_enforcement() -> None:
    """It fails before its user has asked for anything: the share that succeed without being asked stays as it was."""
    crashed = pd.DataFrame([session("vanilla", "a", 2, 0, 1, 0) | {"failed": True, "outcome": "agent_error"}])
    sums = [counted(sessions, "vanilla").loc["vanilla", "a"] for sessions in (SESSIONS, pd.concat([SESSIONS, crashed]))]
    for part in ("over", "of"):
        assert sums[0][f"zero_enforcement_success_{part}"] == sums[1][f"zero_enforcement_success_{part}"] == 1
    assert sums[0].quick_resolution_over == sums[1].quick_resolution_over == 0
    assert (sums[0].quick_resolution_of, sums[1].quick_resolution_of) == (2, 3), "it stays in the denominator"


def test_efficiency_measures_by_hand() -> None:
    table = efficiency_table(SESSIONS, [("rag", "vanilla")], 200, 1)
    value = table.set_index(["measure", "method", "control"])["mean"]
    expected = {
        "success_per_1k_user_tokens": (1000 * 2 / 400, 1000 * 3 / 200),
        "late_success": (50.0, 50.0),
        "quick_resolution": (25.0, 50.0),
        "zero_enforcement_success": (100.0, 100.0),
        "first_turn_enforced": (25.0, 25.0),
        "per_turn_enforcement": (3 / 24, 3 / 22),
    }
    for measure, (vanilla, rag) in expected.items():
        assert value[measure, "vanilla", ""] == pytest.approx(vanilla), measure
        assert value[measure, "rag", ""] == pytest.approx(rag), measure
        assert value[measure, "rag", "vanilla"] == pytest.approx(rag - vanilla), measure
    assert value["profiles_improved", "rag", ""] == pytest.approx(50.0), "a has one success more, b as many"
    assert set(table.measure) == set(MEASURES) == set(PUBLISHED["efficiency"]["measures"])


def test_what_few_users_differ_in_has_no_detectable_difference() -> None:
    """Nor has a success that no session differs in a chance of being found."""
    rng = np.random.default_rng(4)
    rows = [
        session("vanilla", f"u{user}", number, user % 2, 5, int(rng.integers(4)), int(rng.integers(90, 110)))
        for user in range(20) for number in range(3)
    ]  # fmt: skip
    other = [row | {"method": "rag", "enforcements": row["enforcements"] + (row["user_id"] in "u1 u2")} for row in rows]
    sessions = pd.DataFrame([*rows, *other])
    paired = paired_beside(sessions, [("rag", "vanilla")], PUBLISHED, 100, 1).set_index("outcome")
    assert paired.detectable.isna().all() and paired.ours["enforcements"] > 0
    assert np.isnan(paired.power["success"])
    measures = efficiency_table(sessions, [("rag", "vanilla")], 100, 1).query("control != ''")
    assert measures.detectable.isna().all() and (measures["mean"] != 0).any()


def test_the_published_p_values_imply_errors_and_survive_no_correction() -> None:
    table = implied(PUBLISHED)
    for row in table.itertuples():
        assert stats.t.sf(abs(row.difference) / row.error, 59) == pytest.approx(row.p_one_sided)
    assert table.p_holm.round(3).to_dict() == {"success": 0.276, "timeout": 0.092, "user_tokens": 0.063}
    assert (table.p_holm > 0.05).all()
    assert (table.detectable > table.difference.abs()).all(), "none of the three could be found in four of five studies"


def test_the_paired_table_has_the_published_test_for_its_comparison_alone() -> None:
    rng = np.random.default_rng(0)
    rows = [
        session(method, f"u{user:02d}", number, rng.random() < 0.5, 5, int(rng.integers(4)), int(rng.integers(90, 110)))
        for method in ("rag", "reflection", "rag_vector")
        for user in range(20)
        for number in range(3)
    ]
    table = paired_beside(pd.DataFrame(rows), [("rag_vector", "reflection"), ("rag_vector", "rag")], PUBLISHED, 100, 1)
    assert len(table) == 2 * len(OUTCOMES)
    same = table.outcome.isin(("agent_tokens", "timeout"))
    assert table.detectable[~same].notna().all() and table.detectable[same].isna().all(), "alike in every session"
    assert (
        table[table.control == "reflection"].published.count() == 3
        and table[table.control == "rag"].published.count() == 0
    )
    tokens = table.set_index(["control", "outcome"]).loc[("reflection", "user_tokens")]
    assert tokens.published == -13.9 and tokens.power > 0.99, "two tokens of spread in 20 users"
    success = table.set_index(["control", "outcome"]).loc[("reflection", "success")]
    assert success.power < 0.1 and success.detectable > 10


def test_failures_are_shares_of_the_scheduled_sessions() -> None:
    causes = pd.DataFrame({"never_said": {"rag": 0.4}})
    table = failures_beside(SESSIONS, causes, PUBLISHED).set_index(["method", "failure"])
    assert table.ours["vanilla", "out of turns"] == 25.0
    assert table.ours["vanilla", "a wrong answer was accepted"] == 25.0
    assert table.published["rag", "neither solved nor out of turns"] == 3.7
    assert table.ours["rag", "asked for: never said"] == 0.4
    assert ("vanilla", "asked for: never said") not in table.index


def test_the_median_user_is_the_example() -> None:
    mine = SESSIONS[SESSIONS.method == "rag"]
    table = example_beside(mine, {"a": 3, "b": 1}, PUBLISHED).set_index("measure")
    assert table.user.unique().tolist() == ["b"], "one enforcement; a has two"
    assert table.ours.to_dict() == {"sessions": 2, "successes": 1, "enforcement_turns": 1, "preferences_revealed": 1}


@pytest.mark.parametrize(
    ("rates", "used"),
    [
        ({}, "none"),
        ({"beta_long": 2.0, "eta_long": 0.1, "beta_short": 0.0, "eta_short": 0.1}, "z_long only"),
        ({"beta_long": 2.0, "eta_long": 0.0, "beta_short": 5.0, "eta_short": 0.1}, "z_short only"),
        ({"beta_long": 2.0, "eta_long": 0.1, "beta_short": 5.0, "eta_short": 0.1}, "both"),
    ],
)
def test_which_vectors_a_method_uses(rates: dict, used: str) -> None:
    assert vectors_of({"user_model": rates} if rates else {}) == used


def test_what_only_the_paper_has_played_is_said_to_be_so() -> None:
    estimate = dict.fromkeys(("mean", "low", "high"), 0.5)
    metrics = {"methods": {"rag": dict.fromkeys(("success", "timeout", "user_tokens"), estimate)}}
    table = dual_beside({}, {"none": "rag"}, metrics, PUBLISHED)
    assert table.published.notna().all() and set(table.rates) == {"played", "not played here"}
    assert (table.ours.notna() == (table.rates == "played")).all()
    assert set(table[table.rates == "played"].vectors) == {"none"}


def test_every_published_number_finds_its_row() -> None:
    """A reading, measure or name that is spelled differently would leave a published number out."""
    rows = pd.DataFrame({"reading": list(READINGS), "norm": 0.2, "cosine": 1.0, "flip_rate_mean": 0.1})
    table = sensitivity_beside(rows, PUBLISHED)
    assert set(PUBLISHED["sensitivity"]["rows"]) <= set(READINGS) and table.published.count() == 3 * 8
    settings = load_params().methods["rag_vector"]
    names = hyperparameters_beside(settings, 64, PUBLISHED)
    assert names.ours.notna().all() and len(names) == len(PUBLISHED["hyperparameters"]) - 1
    assert set(PUBLISHED["main"]["methods"]) <= set(METHODS)


def test_tables_read_the_committed_metrics() -> None:
    metrics = {
        name: json.loads((ROOT / "results" / "metrics" / f"{name}.json").read_text())
        for name in ("main", "extraction", "throughput")
    }
    main = main_beside(metrics["main"], PUBLISHED)
    assert main.published.count() == 6 * 3 and set(main.method) == set(metrics["main"]["methods"])
    assert extractor_beside(metrics["extraction"], PUBLISHED).published.tolist() == [37.7, 97.5, 54.4, 99.7]
    scale = load_params().scale
    speeds = throughput_beside(metrics["throughput"], scale.per_hour_api, scale.per_hour_node)
    assert speeds.published.count() == 2 and speeds.ours.gt(0).sum() == 3


def test_overlap_beside_names_what_overlaps() -> None:
    from pum.analysis.overlap import Overlap

    found = Overlap(users=4, pairs=6, rho=0.5, p=0.1, top=0.2, bottom=0.1, contrast_p=0.3, null=np.zeros(3))
    table = overlap_beside({"held": found}, 0.2, PUBLISHED).set_index("measure")
    assert table.ours["Spearman's rho"] == 0.5 and table.published["mean |z_long|"] == 0.0033
