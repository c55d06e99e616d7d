"""The published efficiency measures. Each is a ratio of sums over profiles, and so has an interval over profiles.

What the paper does not define is defined here: `profiles_improved` are those with more successes than under the
control on the same sessions, `per_turn_enforcement` is the share of turns that were enforced.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pum.analysis.statistics import bootstrap_ratio, detectable_if_enough, resampled_ratios
from pum.analysis.style import MEASURES, QUICK_TURNS, ordered

_PERCENT = frozenset(
    ("late_success", "quick_resolution", "zero_enforcement_success", "first_turn_enforced", "profiles_improved")
)


def counted(sessions: pd.DataFrame, control: str) -> pd.DataFrame:
    """Numerators and denominators: a row per (method, profile), columns `<measure>_over` and `<measure>_of`."""
    late = sessions.session > sessions.session.max() // 2
    # A failed session was not free of enforcements: nobody knows what its user would still have asked for.
    free = (sessions.enforcements == 0) & ~sessions.failed
    success = sessions.success.astype(float)
    terms = {
        "success_per_1k_user_tokens": (1000 * success, sessions.user_tokens),
        "late_success": (success * late, late),
        "quick_resolution": (success * (sessions.turns <= QUICK_TURNS), 1),
        "zero_enforcement_success": (success * free, free),
        "first_turn_enforced": (sessions.first_turn_enforced, 1),
        "per_turn_enforcement": (sessions.enforcements, sessions.turns),
    }
    columns = {f"{name}_over": over for name, (over, _) in terms.items()}
    columns |= {f"{name}_of": of for name, (_, of) in terms.items()}
    keyed = sessions[["method", "user_id"]].assign(won=success, **columns)
    sums = keyed.groupby(["method", "user_id"], sort=True).sum().astype(float)
    if control in sums.index.get_level_values("method"):
        without = sums.won.xs(control, level="method")
        sums["profiles_improved_over"] = (sums.won > without.reindex(sums.index, level="user_id")).astype(float)
        sums["profiles_improved_of"] = 1.0
        # Nobody improves on itself.
        sums.loc[control, ["profiles_improved_over", "profiles_improved_of"]] = 0.0
    return sums.drop(columns="won")


def efficiency_table(
    sessions: pd.DataFrame, versus: Sequence[tuple[str, str]], resamples: int, seed: int, control: str = "vanilla"
) -> pd.DataFrame:
    """Rows method, control ("" for a value, else a difference), measure, mean, low, high, detectable (of differences).

    Percentages are in percent. Both sides of a difference are resampled with the same profiles; what was detectable is
    NaN where few of them differ, as it is of paired differences.
    """
    sums = counted(sessions, control)
    rows = []
    for measure in [name for name in MEASURES if f"{name}_of" in sums]:
        scale = 100.0 if measure in _PERCENT else 1.0
        terms = {
            method: (scale * mine[f"{measure}_over"].to_numpy(), mine[f"{measure}_of"].to_numpy())
            for method, mine in sums.groupby(level="method")
        }
        for method in ordered(list(terms)):
            estimate = bootstrap_ratio(*terms[method], resamples, seed, measure)
            rows.append({"method": method, "control": "", "measure": measure, **vars(estimate)})
        for method, other in versus:
            if method in terms and other in terms:
                rows.append(
                    {"method": method, "control": other, "measure": measure}
                    | _difference(terms[method], terms[other], resamples, seed, measure)
                )
    return pd.DataFrame(rows)


def _difference(ours: tuple, theirs: tuple, resamples: int, *luck: object) -> dict[str, float]:
    draws = resampled_ratios(*ours, resamples, *luck) - resampled_ratios(*theirs, resamples, *luck)
    mean = (
        ours[0].sum() / ours[1].sum() - theirs[0].sum() / theirs[1].sum() if ours[1].sum() and theirs[1].sum() else None
    )
    if mean is None or pd.isna(draws).all():
        return {"mean": float("nan"), "low": float("nan"), "high": float("nan"), "detectable": float("nan")}
    kept = pd.Series(draws).dropna()
    low, high = kept.quantile([0.025, 0.975])
    differing = np.any([mine != other for mine, other in zip(ours, theirs, strict=True)], axis=0)
    return {
        "mean": float(mean),
        "low": float(low),
        "high": float(high),
        "detectable": detectable_if_enough(differing, float(kept.std()), len(ours[0]) - 1),
    }
