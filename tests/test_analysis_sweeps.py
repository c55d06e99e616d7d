"""Sweeps: windows of lives of any length, equal data alike, and nothing called undetectable that could not differ."""

import numpy as np
import pandas as pd
import pytest

from pum.analysis.factors import SESSIONS, nulls_in_words, sweep_table
from pum.analysis.figures.learner_study import draw_sweeps
from pum.config.params import FactorParams, SweepsParams

SWEEPS = SweepsParams(
    study="s",
    n_profiles=12,
    n_sessions=9,
    seed=0,
    factors={
        "extraction_miss_rate": FactorParams(values=(0.0, 1.0), default=0.0, null_condition=1.0),
        "drift_share": FactorParams(values=(0.0,), default=0.0),
        "importance_spread": FactorParams(values=(0.0,), default=1.0, null_condition=0.0),
    },
)


def played(count: int) -> pd.DataFrame:
    """Deaf learners and those of the first session do as `rag` does; a factor at its usual value changes nothing."""
    rng = np.random.default_rng(0)
    rows = []
    gains = rng.normal(0.3, 0.4, size=(12, count))
    for factor, value, gain in (
        ("extraction_miss_rate", 0.0, gains), ("extraction_miss_rate", 1.0, 0 * gains), ("drift_share", 0.0, gains),
        ("importance_spread", 0.0, gains),
    ):  # fmt: skip
        for user in range(12):
            for session in range(count):
                learned = gain[user, session] if session else 0.0
                for method, value_ in (("rag", 2.0), ("learner", 2.0 - learned)):
                    rows.append(
                        {"factor": factor, "value": value, "method": method, "user_id": f"u{user:02d}", "seed": 0,
                         "session": session, "enforcements": value_}
                    )  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("count", "starts"), [(18, [0, 1, 6, 12]), (9, [0, 1, 3, 6]), (30, [0, 1, 10, 20]), (3, [0, 1, 2]), (1, [0])]
)
def test_windows_cover_a_life_of_any_length(count: int, starts: list[int]) -> None:
    table = sweep_table(played(count), SWEEPS, 1 / 3 if count > 1 else 1.0, 100, 0)
    assert table[table.factor == SESSIONS].value.tolist() == starts


def test_the_last_window_goes_to_the_end() -> None:
    sessions = played(30)
    table = sweep_table(sessions, SWEEPS, 1 / 3, 100, 0)
    late = sessions[(sessions.factor == "extraction_miss_rate") & (sessions.value == 0) & (sessions.session >= 20)]
    means = late.groupby("method").enforcements.mean()
    assert table[table.factor == SESSIONS]["mean"].iloc[-1] == pytest.approx(means["learner"] - means["rag"])


def test_equal_data_have_equal_intervals_at_every_knob() -> None:
    table = sweep_table(played(9), SWEEPS, 1 / 3, 200, 0)
    parts = ["mean", "low", "high", "p", "detectable"]
    usual = table[(table.value == 0) & (table.factor != SESSIONS)][parts]
    assert len(usual) == 3 and usual.drop_duplicates().shape[0] == 1


def test_what_could_not_differ_is_called_identical() -> None:
    table = sweep_table(played(9), SWEEPS, 1 / 3, 200, 0)
    deaf = table[(table.factor == "extraction_miss_rate") & (table.value == 1)].iloc[0]
    assert deaf.note == "identical" and np.isnan(deaf.detectable) and deaf.p == 1
    said = nulls_in_words(table)
    assert "extraction miss rate 1: identical;" in said and "sessions so far 0: identical." in said
    assert "importance spread 0: -0." in said and "0; detectable: 0." in said and "detectable: 0.000" not in said
    assert (table[table.factor == "drift_share"].note == "").all()
    assert draw_sweeps(table, "t").axes
