"""The gap: a ratio with a known answer, no ratio without a gap, and causes read off a conversation written by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pum.analysis.oracle_headroom import (
    evaluation_sessions,
    headroom_by_stretch,
    headroom_metrics,
    headroom_table,
    share_closed,
)
from pum.analysis.sessions import CAUSES, injected_by_session
from pum.analysis.statistics import holm
from pum.bench.catalogue import load_preferences

A, B = (preference.id for preference in load_preferences()[:2])


def turn(session: int, number: int, enforced: str = "", notes: tuple[str, ...] = (), applicable: str = "") -> dict:
    return {
        "seed": 0, "user_id": "u", "session": session, "turn": number, "enforced": json.dumps(enforced.split()),
        "notes": json.dumps(notes), "applicable": json.dumps(applicable.split()),
    }  # fmt: skip


def user(*cards: tuple[str, int, int]) -> pd.DataFrame:
    said = [
        {"wordings": [f"{note}, at first", note], "sources": [{"session": session, "turn": number}]}
        for note, session, number in cards
    ]
    return pd.DataFrame([{"seed": 0, "user_id": "u", "state": json.dumps({"assistant": {"cards": said}})}])


def test_every_cause_is_told_from_the_others() -> None:
    turns = pd.DataFrame([
        turn(0, 0, applicable=A),
        turn(0, 1, enforced=A, applicable=A, notes=("a",)),  # never said; becomes card a
        turn(0, 2, enforced=A),  # a was in the prompt
        turn(1, 0, applicable=f"{A} {B}", notes=("stray",)),
        turn(1, 1, enforced=A, applicable=A, notes=("a", "stray")),  # in memory, left out
        turn(1, 2, enforced=B, applicable=B),  # never said, and becomes no card
        turn(1, 3, enforced=B),  # said, not remembered
        turn(2, 0, applicable=B, notes=(load_preferences()[1].note,)),  # as the oracle words it
    ])  # fmt: skip
    rows = injected_by_session(turns, user(("a", 0, 1), ("stray", 0, 0)), load_preferences()).set_index("session")
    assert rows.loc[0, list(CAUSES)].tolist() == [1, 0, 0, 1]
    assert rows.loc[1, list(CAUSES)].tolist() == [1, 1, 1, 0]
    counts = ["judged", "injected", "right", "applicable", "known", "reached"]
    assert rows.loc[1, counts].tolist() == [3, 3, 1, 4, 2, 1]
    assert rows.loc[2, counts].tolist() == [1, 1, 1, 1, 0, 0]


def played(means: dict[str, float], profiles: int = 40, noise: float = 0.3) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(profiles):
        shared = rng.normal(scale=1.0)
        for session in range(3):
            for method, mean in means.items():
                value = mean + shared + rng.normal(scale=noise)
                row = {"study": "s", "method": method, "seed": 0, "user_id": f"u{number:02d}", "session": session}
                counts = dict.fromkeys(
                    ("turns", "judged", "right", "injected", "reached", "known", "applicable", "rank_flips"), 2
                )
                rows.append(row | counts | dict.fromkeys(CAUSES, 1) | {"enforcements": value, "z_norm": 0.5})
    return pd.DataFrame(rows)


def test_the_ratio_is_that_of_the_means_and_its_interval_is_paired() -> None:
    sessions = played({"rag": 3.0, "oracle": 2.0, "half": 2.5, "same": 3.0})
    half, same = (share_closed(sessions, name, 2000, 1) for name in ("half", "same"))
    assert half["low"] < 0.5 < half["high"] and half["high"] - half["low"] < 0.2, "what users share cancels"
    assert same["low"] < 0.0 < same["high"]
    assert share_closed(sessions, "oracle", 2000, 1) == {"mean": 1.0, "low": 1.0, "high": 1.0}
    assert half == share_closed(sessions, "half", 2000, 1)


def test_over_a_life_each_stretch_has_a_gap_of_its_own() -> None:
    sessions = played({"rag": 3.0, "oracle": 2.0, "learner": 3.0})
    sessions.loc[(sessions.method == "learner") & (sessions.session == 2), "enforcements"] -= 1.0
    table = headroom_by_stretch(sessions, 2, 500, 1).set_index(["first", "last", "method"])
    assert table.headroom_closed_mean.dropna().index.tolist() == [(1, 2, "learner"), (3, 3, "learner")]
    young, old = table.loc[(1, 2, "learner")], table.loc[(3, 3, "learner")]
    assert young.headroom_closed_low < 0 < young.headroom_closed_high
    last = sessions[sessions.session == 2].groupby("method").enforcements.mean()
    assert table.enforcements.loc[3, 3].to_dict() == pytest.approx(last.to_dict(), abs=1e-4)
    assert old.headroom_closed_mean == pytest.approx((last.rag - last.learner) / (last.rag - last.oracle))
    assert 0.5 < old.headroom_closed_low < old.headroom_closed_mean < old.headroom_closed_high
    flat = sessions.assign(enforcements=1.0)
    assert headroom_by_stretch(flat, 3, 500, 1).headroom_closed_mean.isna().all()


def test_without_a_gap_there_is_no_share_of_it() -> None:
    metrics = headroom_metrics(played({"rag": 2.0, "oracle": 2.0, "x": 1.5}), "x", ["rag"], 500, 1)
    assert metrics["learners"]["x"]["headroom_closed"] is None
    assert metrics["best_versus"]["rag"]["high"] < 0
    table = headroom_table(metrics).set_index("method")
    assert list(table.index) == ["rag", "oracle", "x"] and np.isnan(table.headroom_closed_mean["x"])


def test_the_best_learners_claims_are_corrected_for_being_many() -> None:
    sessions = played({"rag": 3.0, "oracle": 2.0, "best": 2.95, "frozen": 2.99, "swapped": 3.2})
    metrics = headroom_metrics(sessions, "best", ["rag", "frozen", "swapped", "absent"], 500, 1)
    versus = metrics["best_versus"]
    assert list(versus) == ["rag", "frozen", "swapped"]
    assert [v["p_holm"] for v in versus.values()] == pytest.approx(holm([v["p"] for v in versus.values()]), rel=0.01)
    assert versus["rag"]["p_holm"] > versus["rag"]["p"]
    table = headroom_table(metrics).set_index("method")
    assert table.best_versus_p_holm[list(versus)].tolist() == [v["p_holm"] for v in versus.values()]
    assert table.best_versus_mean["rag"] == versus["rag"]["mean"] and np.isnan(table.best_versus_p_holm["best"])


def test_equal_learners_have_equal_intervals() -> None:
    sessions = played({"rag": 3.0, "oracle": 2.0, "one": 2.9})
    sessions = pd.concat([sessions, sessions[sessions.method == "one"].assign(method="other")])
    learners = headroom_metrics(sessions, "one", ["rag"], 500, 1)["learners"]
    assert learners["one"] == learners["other"]


def test_what_a_method_does_not_keep_it_has_no_number_for() -> None:
    sessions = played({"rag": 3.0, "oracle": 2.0, "evidence": 2.9, "frozen": 3.0})
    sessions.loc[sessions.method == "oracle", ["known", "reached", "rank_flips"]] = 0
    sessions.loc[sessions.method.isin(["evidence", "frozen"]), "z_norm"] = 0.0
    sessions.loc[sessions.method == "frozen", "rank_flips"] = 0
    sessions.loc[sessions.method == "rag", "z_norm"] = np.nan
    metrics = headroom_metrics(sessions, "evidence", ["rag"], 200, 1)
    assert metrics["ends"]["oracle"]["recall"] is None and metrics["ends"]["rag"]["recall"] == 1.0
    assert metrics["ends"]["rag"]["z_norm"] is None
    assert metrics["learners"]["evidence"]["z_norm"] is None, "it keeps no vector, and moves notes all the same"
    assert metrics["learners"]["frozen"]["z_norm"] == 0.0, "a vector that stays at zero"
    assert headroom_table(metrics).set_index("method").recall.isna()["oracle"]


@pytest.mark.slow
def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    covered, studies = 0, 400
    for seed in range(studies):
        rng = np.random.default_rng(seed)
        users = [f"u{number:02d}" for number in range(40)]
        frames = [
            pd.DataFrame({"user_id": users, "method": method, "enforcements": mean + rng.normal(scale=0.5, size=40)})
            for method, mean in (("rag", 3.0), ("oracle", 2.0), ("m", 2.7))
        ]
        estimate = share_closed(pd.concat(frames), "m", 300, seed)
        covered += estimate["low"] <= 0.3 <= estimate["high"]
    lowest, highest = stats.binom.ppf([0.001, 0.999], studies, 0.95)
    assert lowest <= covered <= highest
    assert stats.binom.sf(lowest, studies, 0.85) < 1e-4, "intervals that hold it in 85% of studies would be found out"


@pytest.mark.parametrize(("evaluation_share", "kept"), [(1 / 3, {10, 11, 12, 13, 14}), (1.0, set(range(15)))])
def test_late_is_a_share_from_the_end(evaluation_share: float, kept: set[int]) -> None:
    sessions = pd.DataFrame({"session": range(15)})
    assert set(evaluation_sessions(sessions, evaluation_share).session) == kept


def test_what_learning_adds_to_a_query_in_context_is_a_claim_of_its_own() -> None:
    both = {"rag_in_context": 1.7, "vector_in_context": 1.6}
    metrics = headroom_metrics(played({"rag": 2.0, "oracle": 1.0, "a": 1.8} | both), "a", ["rag"], 200, 0)
    assert metrics["in_context"]["mean"] == pytest.approx(-0.1, abs=0.05)
    assert headroom_metrics(played({"rag": 2.0, "oracle": 1.0, "a": 1.8}), "a", ["rag"], 200, 0)["in_context"] is None
