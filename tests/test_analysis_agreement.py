"""Rank correlations and the table of live against offline, on numbers whose answer is known."""

import math

import numpy as np
import pandas as pd
import pytest

from pum.analysis.simulation_fidelity import agreement_table, disagreements, kendall, rank_agreement, spearman


def sessions(means: dict[str, float], spread: float = 0.0) -> pd.DataFrame:
    rows = [
        {
            "seed": 0,
            "task_id": f"t{session}",
            "user_id": f"u{user}",
            "method": method,
            "session": session,
            "enforcements": mean + spread * user,
            "success": 0.5,
        }
        for method, mean in means.items()
        for user in range(4)
        for session in range(2)
    ]
    return pd.DataFrame(rows)


def test_rank_correlations_of_known_cases() -> None:
    first, second = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([2.0, 1.0, 4.0, 3.0, 5.0])
    assert spearman(first, second) == pytest.approx(0.8) and kendall(first, second) == pytest.approx(0.6)
    assert spearman(first, -first) == -1 and kendall(first, -first) == pytest.approx(-1)
    tied = np.array([1.0, 1.0, 2.0, 3.0])
    assert kendall(tied, np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(0.9128709)
    assert spearman(tied, np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(0.9486833)
    assert math.isnan(spearman(np.ones(3), first[:3])) and math.isnan(kendall(np.ones(3), first[:3]))


def test_the_same_order_correlates_fully_in_every_resample() -> None:
    live = sessions({"vanilla": 3.0, "rag": 2.0, "oracle": 1.0}, spread=0.7)
    offline = sessions({"vanilla": 9.0, "rag": 8.0, "oracle": 2.0}, spread=0.1)
    found = rank_agreement(live, offline, "enforcements", 50, seed=1)
    assert list(found.values()) == [pytest.approx({"mean": 1.0, "low": 1.0, "high": 1.0})] * 2
    level = rank_agreement(live, offline, "success", 50, seed=1)
    assert level["spearman"] == level["kendall"] == {"mean": None, "low": None, "high": None}


def test_the_table_pairs_profiles_and_says_where_the_two_differ() -> None:
    live = sessions({"vanilla": 3.0, "rag": 2.0}, spread=1.0)
    offline = sessions({"vanilla": 2.5, "rag": 2.0}, spread=1.0)
    table = agreement_table(live, offline, 200, seed=1)
    assert table.method.tolist() == ["vanilla", "rag"]
    vanilla, rag = table.to_dict("records")
    assert vanilla["live_enforcements_mean"] == pytest.approx(4.5)
    # The spread between profiles is in both studies, and not in their difference.
    assert [vanilla[f"difference_enforcements_{part}"] for part in ("mean", "low", "high")] == pytest.approx([0.5] * 3)
    assert rag["live_enforcements_low"] == rag["offline_enforcements_low"] < 3.5
    said = disagreements(table, "enforcements")
    assert said[0] == "vanilla: 0.50 more enforcements live than offline [0.50, 0.50]." and len(said) == 3
    assert said[1].endswith("rag, vanilla.")
    assert disagreements(table, "success") == [
        "live: all methods have the same success, so they are in no order.",
        "offline: all methods have the same success, so they are in no order.",
    ]


def test_methods_that_did_the_same_have_the_same_intervals() -> None:
    live, offline = (sessions({"rag": level, "rag_vector": level}, spread=1.0) for level in (3.0, 2.0))
    rag, vector = agreement_table(live, offline, 20, seed=1).drop(columns="method").to_dict("records")
    assert rag == vector


def test_studies_of_other_profiles_cannot_be_compared() -> None:
    live = sessions({"rag": 1.0})
    for other in (live[live.user_id != "u3"], live.assign(task_id="another"), sessions({"vanilla": 1.0})):
        with pytest.raises(ValueError, match="did not play the same methods, profiles and tasks"):
            agreement_table(live, other, 10, seed=1)
