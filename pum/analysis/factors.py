"""One factor at a time: what a change of one part costs (ablations), and when a learned choice helps (sweeps)."""

from collections.abc import Mapping
from itertools import pairwise
from math import isnan
from typing import Any

import numpy as np
import pandas as pd

from pum.analysis.oracle_headroom import evaluation_sessions
from pum.analysis.statistics import holm, paired_difference, three_digits
from pum.config.params import Params, SweepsParams

SESSIONS = "sessions"
"""The factor that needs no extra run: how many sessions a user has played before."""
FACTORS = {
    "importance_spread": "Importance spread",
    "extraction_miss_rate": "Extraction miss rate",
    "drift_share": "Share of preferences changed",
    "preferences_per_profile": "Preferences per user",
    "top_j": "Notes per prompt (J)",
    SESSIONS: "Sessions so far",
}
IDENTICAL = "identical"
_COLUMNS = ["factor", "value", "null", "rag", "mean", "low", "high", "p", "detectable", "note"]


def ablation_table(sessions: pd.DataFrame, changes: Mapping[str, str], resamples: int, seed: int) -> pd.DataFrame:
    """One row per change (`changes`: name -> the method that is changed), paired by profile.

    `mean` [`low`, `high`] is changed minus unchanged, in enforcements per session; `p_holm` is corrected over all rows.
    `precision`: the share of injected notes that applied; `recall`: the share of applicable cards that were injected;
    both only where they were counted.
    """
    rows = []
    played = sessions.rename(columns={"change": "method"})
    for change, of in changes.items():
        found = paired_difference(played, change, of, "enforcements", resamples, seed, "ablation")
        mine, whole = (played[played.method == name] for name in (change, of))
        rows.append(
            {
                "change": change,
                "of": of,
                "whole": whole.enforcements.mean(),
                "changed": mine.enforcements.mean(),
                **{name: getattr(found, name) for name in ("mean", "low", "high", "p", "detectable")},
                **_hits(mine),
                **{f"{name}_whole": share for name, share in _hits(whole).items()},
            }
        )
    table = pd.DataFrame(rows)
    table.insert(table.columns.get_loc("p") + 1, "p_holm", [three_digits(p) for p in holm(table.p)])
    return table.assign(p=table.p.map(three_digits))


def _hits(sessions: pd.DataFrame) -> dict[str, float]:
    if "injected" not in sessions:
        return {}
    pairs = {"precision": ("right", "injected"), "recall": ("reached", "known")}
    sums = sessions[["right", "injected", "reached", "known"]].sum()
    return {name: sums[part] / sums[whole] if sums[whole] else np.nan for name, (part, whole) in pairs.items()}


def method_name(name: str, params: Params) -> str:
    """The name of a variant: that of the method, if all its settings are the method's."""
    method, settings = params.configured(name)
    return method if method in params.methods and params.configured(method)[1] == settings else name


def sweep_table(
    sessions: pd.DataFrame, sweeps: SweepsParams, evaluation_share: float, resamples: int, seed: int
) -> pd.DataFrame:
    """One row per (factor, value): learner minus `rag` in enforcements per evaluation session, paired by profile.

    Each row has the 95% interval and the detectable difference. `null` marks the condition in which learning cannot
    help. `note` is "identical" if both methods had the same enforcements in every session, so nothing was tested.

    The rows of the factor `sessions` are windows of the default trajectories: the first session, in which nothing can
    have been learned, and the thirds of the rest.
    """
    rows = []
    for (factor, value), of_value in sessions.groupby(["factor", "value"], sort=False):
        null = value == sweeps.factors[factor].null_condition
        rows.append(_row(factor, float(value), null, evaluation_sessions(of_value, evaluation_share), resamples, seed))
    factor, settings = next(iter(sweeps.factors.items()))
    default = sessions[(sessions.factor == factor) & (sessions.value == settings.default)]
    for first, end in _windows(int(default.session.max()) + 1):
        window = default[(default.session >= first) & (default.session < end)]
        rows.append(_row(SESSIONS, float(first), first == 0, window, resamples, seed))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _windows(count: int) -> list[tuple[int, int]]:
    """[first, end) of the first session, and of the thirds of the other sessions; empty windows are left out."""
    return list(pairwise(sorted({0, 1, *(round(third * count / 3) for third in (1, 2, 3))})))


def _row(factor: str, value: float, null: bool, sessions: pd.DataFrame, resamples: int, seed: int) -> tuple:
    found = paired_difference(sessions, "learner", "rag", "enforcements", resamples, seed)
    rag = sessions[sessions.method == "rag"].enforcements.mean()
    note = "" if found.differing else IDENTICAL
    return factor, value, null, rag, found.mean, found.low, found.high, found.p, found.detectable, note


def nulls_in_words(table: pd.DataFrame) -> str:
    """A sentence on the null conditions: does each interval include 0, and what was detectable?"""
    rows = table[table.null].itertuples(index=False)
    found = [f"{FACTORS[row.factor].lower()} {row.value:g}: {_null_in_words(row)}" for row in rows]
    return "In the null conditions, learner minus RAG: " + "; ".join(found) + "."


def _null_in_words(row: Any) -> str:
    if row.note == IDENTICAL:
        return IDENTICAL
    within = "includes" if row.low <= 0 <= row.high else "excludes"
    detectable = "" if isnan(row.detectable) else f"; detectable: {row.detectable:.3f}"
    return f"{row.mean:+.3f} [{row.low:+.3f}, {row.high:+.3f}] ({within} 0{detectable})"
