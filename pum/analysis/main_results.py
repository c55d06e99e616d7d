"""The main comparison: every outcome of every method, and each method against `vanilla` and `rag`, paired."""

import pandas as pd

from pum.analysis.statistics import bootstrap_mean, holm, or_none, paired_difference, profile_means, three_digits
from pum.analysis.style import OUTCOMES, ordered
from pum.config.params import FamilyParams

CONTROLS = ("vanilla", "rag")


def main_metrics(sessions: pd.DataFrame, resamples: int, seed: int, family: FamilyParams) -> dict:
    """`methods.<name>.<outcome>.{mean,low,high}`, session counts, and `versus.<control>.<outcome>` differences.

    These say as well in how many sessions the two differ (`differing`); comparisons of the family, which params.yaml
    declares before any run, have `p_holm` too.
    """
    methods = {}
    for method in ordered(set(sessions.method)):
        mine = sessions[sessions.method == method]
        methods[method] = {
            **{
                outcome: bootstrap_mean(profile_means(mine, outcome).to_numpy(), resamples, seed, "mean").to_json()
                for outcome in OUTCOMES
            },
            "sessions": {
                "scheduled": len(mine),
                "finished": int((~mine.failed).sum()),
                "failed": int(mine.failed.sum()),
                "gave_up": int((mine.outcome == "gave_up").sum()),
            },
        }
        methods[method]["versus"] = {
            control: {
                outcome: paired_difference(sessions, method, control, outcome, resamples, seed).to_json()
                for outcome in OUTCOMES
            }
            for control in CONTROLS
            if control != method and control in set(sessions.method)
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
    """One row a method; per outcome its mean and interval."""
    rows = []
    for method, values in metrics["methods"].items():
        row: dict[str, object] = {"method": method}
        for outcome in OUTCOMES:
            for part in ("mean", "low", "high"):
                row[f"{outcome}_{part}"] = values[outcome][part]
        rows.append(row | values["sessions"])
    return pd.DataFrame(rows)


def differences_table(metrics: dict) -> pd.DataFrame:
    """One row per method, control and outcome; `p_holm` only of those in the family."""
    rows = [
        {"method": method, "control": control, "outcome": outcome, **difference}
        for method, values in metrics["methods"].items()
        for control, outcomes in values["versus"].items()
        for outcome, difference in outcomes.items()
    ]
    columns = [
        "method",
        "control",
        "outcome",
        "mean",
        "low",
        "high",
        "effect",
        "p",
        "p_holm",
        "detectable",
        "differing",
    ]
    return pd.DataFrame(rows, columns=columns)


def learning_curves(sessions: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """Enforcements and success by session index: columns method, session, outcome, mean, low, high."""
    rows = []
    for method in ordered(set(sessions.method)):
        for session, group in sessions[sessions.method == method].groupby("session"):
            for outcome in ("enforcements", "success"):
                values = profile_means(group, outcome).to_numpy()
                estimate = bootstrap_mean(values, resamples, seed, "curve")
                rows.append({"method": method, "session": session, "outcome": outcome, **estimate.to_json()})
    return pd.DataFrame(rows)
