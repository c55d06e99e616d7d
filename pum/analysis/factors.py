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
from pum.methods.configured import configured

SESSIONS = "sessions"
"""The factor that needs no run of its own: how many a user has had before."""
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
    """A row per change (`changes`: name -> the method that it is changed in), paired by profile.

    `mean` [`low`, `high`] is changed minus whole in enforcements a session, with p after Holm's correction over all
    rows. `precision`: of the injected notes, those that applied; `recall`: of the cards that applied, those injected;
    both where that was counted.
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
    """What a variant is called: as the method that it is with all settings the same, if there is one."""
    method, settings = configured(name, params)
    return method if method in params.methods and configured(method, params)[1] == settings else name


def sweep_table(
    sessions: pd.DataFrame, sweeps: SweepsParams, evaluation_share: float, resamples: int, seed: int
) -> pd.DataFrame:
    """A row per (factor, value): learner minus `rag` in enforcements per evaluation session, paired by profile, with
    its 95% interval and what the design could have detected. `null` marks the condition in which nothing can be gained.
    `note` is "identical" where both asked for the same in every session: nothing could differ, and nothing was tested.

    The rows of `sessions` are windows of the default trajectories: the very first session, in which nothing can have
    been learned, and the thirds of the rest.
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
    """[first, end) of the first of `count` sessions, and of their thirds without it; an empty one is left out."""
    return list(pairwise(sorted({0, 1, *(round(third * count / 3) for third in (1, 2, 3))})))


def _row(factor: str, value: float, null: bool, sessions: pd.DataFrame, resamples: int, seed: int) -> tuple:
    found = paired_difference(sessions, "learner", "rag", "enforcements", resamples, seed)
    rag = sessions[sessions.method == "rag"].enforcements.mean()
    note = "" if found.differing else IDENTICAL
    return factor, value, null, rag, found.mean, found.low, found.high, found.p, found.detectable, note


def nulls_in_words(table: pd.DataFrame) -> str:
    """The null conditions: whether 0 is within each interval, and what could have been detected."""
    rows = table[table.null].itertuples(index=False)
    found = [f"{FACTORS[row.factor].lower()} {row.value:g}: {_null_in_words(row)}" for row in rows]
    return "In the null conditions, learner minus RAG: " + "; ".join(found) + "."


def _null_in_words(row: Any) -> str:
    if row.note == IDENTICAL:
        return IDENTICAL
    within = "includes" if row.low <= 0 <= row.high else "excludes"
    detectable = "" if isnan(row.detectable) else f"; detectable: {row.detectable:.3f}"
    return f"{row.mean:+.3f} [{row.low:+.3f}, {row.high:+.3f}] ({within} 0{detectable})"
