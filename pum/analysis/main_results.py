"""The main comparison: every outcome of every method, and each method against its controls, paired by session.

The published efficiency measures are ratios of sums over profiles, with intervals over profiles. Two measures that the
paper leaves undefined are defined here: `profiles_improved` counts profiles with more successes than under the control
on the same sessions; `per_turn_enforcement` is the share of turns that were enforced.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pum.analysis.statistics import (
    bootstrap_mean,
    bootstrap_ratio,
    detectable_if_enough,
    holm,
    or_none,
    paired_difference,
    profile_means,
    resampled_ratios,
    three_digits,
)
from pum.analysis.style import MEASURES, OUTCOMES, QUICK_TURNS, ordered
from pum.config.params import FamilyParams

CONTROLS = ("vanilla", "rag")

_BY_SESSION = ("enforcements", "success")
_PERCENT = frozenset(
    ("late_success", "quick_resolution", "zero_enforcement_success", "first_turn_enforced", "profiles_improved")
)


def main_metrics(sessions: pd.DataFrame, resamples: int, seed: int, family: FamilyParams) -> dict:
    """`methods.<name>.<outcome>.{mean,low,high}`, session counts, and `versus.<control>.<outcome>` differences.

    Differences include the number of sessions that differ (`differing`). Comparisons of the family, which params.yaml
    declares before any run, also have `p_holm`.
    """
    methods: dict[str, dict] = {}
    for method in ordered(sessions.method):
        mine = sessions[sessions.method == method]
        means = {outcome: profile_means(mine, outcome).to_numpy() for outcome in OUTCOMES}
        methods[method] = {
            **{name: bootstrap_mean(values, resamples, seed, "mean").to_json() for name, values in means.items()},
            "sessions": {
                "scheduled": len(mine),
                "finished": int((~mine.failed).sum()),
                "failed": int(mine.failed.sum()),
                "gave_up": int((mine.outcome == "gave_up").sum()),
            },
            "versus": {
                control: {
                    outcome: paired_difference(sessions, method, control, outcome, resamples, seed).to_json()
                    for outcome in OUTCOMES
                }
                for control in CONTROLS
                if control != method and control in set(sessions.method)
            },
        }
    _correct(methods, family)
    return {
        "profiles": int(sessions.user_id.nunique()),
        "sessions_per_profile": int(sessions.session.nunique()),
        "seeds": int(sessions.seed.nunique()),
        "methods": methods,
    }


def _correct(methods: dict, family: FamilyParams) -> None:
    found = [
        methods[method]["versus"][control][outcome]
        for method, control in family.comparisons
        for outcome in family.outcomes
        if control in methods.get(method, {}).get("versus", {})
    ]
    for difference, p in zip(found, holm([difference["p"] for difference in found]), strict=True):
        difference["p_holm"] = or_none(three_digits(p))


def main_table(metrics: dict) -> pd.DataFrame:
    """One row per method, with each outcome's mean and interval."""
    parts = [(outcome, part) for outcome in OUTCOMES for part in ("mean", "low", "high")]
    return pd.DataFrame(
        {"method": method, **{f"{outcome}_{part}": values[outcome][part] for outcome, part in parts}}
        | values["sessions"]
        for method, values in metrics["methods"].items()
    )


def differences_table(metrics: dict) -> pd.DataFrame:
    """One row per method, control and outcome; `p_holm` only for those in the family. Where sessions failed, `failed`
    says how many of the two did."""
    failed = {method: values["sessions"]["failed"] for method, values in metrics["methods"].items()}
    rows = [
        {"method": method, "control": control, "outcome": outcome, **difference}
        | {"failed": failed[method] + failed[control]}
        for method, values in metrics["methods"].items()
        for control, outcomes in values["versus"].items()
        for outcome, difference in outcomes.items()
    ]
    columns = "method control outcome mean low high effect p p_holm detectable differing"
    return pd.DataFrame(rows, columns=[*columns.split(), *(["failed"] if any(failed.values()) else [])])


def learning_curves(sessions: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Enforcements and success by session index: columns method, session, outcome, mean, low, high."""
    rows = []
    for method in ordered(sessions.method):
        for session, group in sessions[sessions.method == method].groupby("session"):
            for outcome in _BY_SESSION:
                values = profile_means(group, outcome).to_numpy()
                estimate = bootstrap_mean(values, resamples, seed, "curve")
                rows.append({"method": method, "session": session, "outcome": outcome, **estimate.to_json()})
    return pd.DataFrame(rows)


def differences_by_session(sessions: pd.DataFrame, control: str, resamples: int, seed: int) -> pd.DataFrame:
    """Columns method, session, outcome, mean, low, high: method minus control on the same users, with 95% intervals."""
    rows = []
    for session, played in sessions.groupby("session"):
        for method in ordered(set(played.method) - {control}):
            for outcome in _BY_SESSION:
                found = paired_difference(played, method, control, outcome, resamples, seed, "by session", session)
                rows.append((method, session, outcome, found.mean, found.low, found.high))
    return pd.DataFrame(rows, columns=["method", "session", "outcome", "mean", "low", "high"])


def counted(sessions: pd.DataFrame, control: str) -> pd.DataFrame:
    """Numerators and denominators: a row per (method, profile), columns `<measure>_over` and `<measure>_of`."""
    second_half = sessions.session > sessions.session.max() // 2
    # A failed session does not count as free of enforcements: its user might have asked for more.
    free = (sessions.enforcements == 0) & ~sessions.failed
    success = sessions.success.astype(float)
    terms = {
        "success_per_1k_user_tokens": (1000 * success, sessions.user_tokens),
        "late_success": (success * second_half, second_half),
        "quick_resolution": (success * (sessions.turns <= QUICK_TURNS), 1),
        "zero_enforcement_success": (success * free, free),
        "first_turn_enforced": (sessions.first_turn_enforced, ~sessions.failed),
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
        # The control does not improve on itself.
        sums.loc[control, ["profiles_improved_over", "profiles_improved_of"]] = 0.0
    return sums.drop(columns="won")


def efficiency_table(
    sessions: pd.DataFrame, versus: Sequence[tuple[str, str]], resamples: int, seed: int, control: str = "vanilla"
) -> pd.DataFrame:
    """Rows method, control ("" for a value, else a difference), measure, mean, low, high, detectable (of differences).

    Percentages are in percent. Both sides of a difference are resampled with the same profiles. `detectable` is NaN
    where few of them differ, as for paired differences.
    """
    sums = counted(sessions, control)
    rows = []
    for measure in [name for name in MEASURES if f"{name}_of" in sums]:
        scale = 100.0 if measure in _PERCENT else 1.0
        terms = {
            method: (scale * mine[f"{measure}_over"].to_numpy(), mine[f"{measure}_of"].to_numpy())
            for method, mine in sums.groupby(level="method")
        }
        for method in ordered(terms):
            estimate = bootstrap_ratio(*terms[method], resamples, seed, measure)
            rows.append({"method": method, "control": "", "measure": measure, **vars(estimate)})
        for method, other in versus:
            if method in terms and other in terms:
                found = _difference(terms[method], terms[other], resamples, seed, measure)
                rows.append({"method": method, "control": other, "measure": measure, **found})
    return pd.DataFrame(rows)


def _difference(one: tuple, other: tuple, resamples: int, *key: object) -> dict[str, float]:
    draws = pd.Series(resampled_ratios(*one, resamples, *key) - resampled_ratios(*other, resamples, *key)).dropna()
    if draws.empty or not (one[1].sum() and other[1].sum()):
        return dict.fromkeys(("mean", "low", "high", "detectable"), float("nan"))
    low, high = draws.quantile([0.025, 0.975])
    differing = np.any([mine != theirs for mine, theirs in zip(one, other, strict=True)], axis=0)
    return {
        "mean": float(one[0].sum() / one[1].sum() - other[0].sum() / other[1].sum()),
        "low": float(low),
        "high": float(high),
        "detectable": detectable_if_enough(differing, float(draws.std()), len(one[0]) - 1),
    }
