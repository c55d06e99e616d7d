"""Does the offline agent order the methods as a real model does? Both played the same profiles, tasks and luck."""

import math

import numpy as np
import pandas as pd

from pum.analysis.statistics import Estimate, bootstrap_mean, profile_means
from pum.analysis.style import ordered
from pum.core.rng import generator

OUTCOMES = ("enforcements", "success")


def agreement_table(live: pd.DataFrame, offline: pd.DataFrame, resamples: int, seed: int) -> pd.DataFrame:
    """One row a method: per outcome the live mean, the offline mean and their difference, paired by profile, each with
    its 95% bootstrap interval over profiles."""
    rows = []
    _check_the_same_was_played(live, offline)
    for method in ordered(set(live.method)):
        row: dict[str, object] = {"method": method}
        for outcome in OUTCOMES:
            means = [profile_means(study[study.method == method], outcome) for study in (live, offline)]
            parts = {"live": means[0], "offline": means[1], "difference": means[0] - means[1]}
            for name, values in parts.items():
                # One draw of profiles for all three, so that the difference is that of the other two, and for all
                # methods, so that equal values have equal intervals.
                estimate = bootstrap_mean(values.to_numpy(), resamples, seed, "live", outcome)
                row |= {f"{name}_{outcome}_{part}": value for part, value in estimate.to_json().items()}
        rows.append(row)
    return pd.DataFrame(rows)


def _check_the_same_was_played(live: pd.DataFrame, offline: pd.DataFrame) -> None:
    """A session that failed names no task, and stays in all the same."""
    keys = ["method", "seed", "user_id", "session"]
    both = live.merge(offline, on=keys, suffixes=("_live", "_offline"))
    tasks = both[(both.task_id_live != "") & (both.task_id_offline != "")]
    if not len(both) == len(live) == len(offline) or (tasks.task_id_live != tasks.task_id_offline).any():
        raise ValueError("the two studies did not play the same methods, profiles and tasks")


def rank_agreement(
    live: pd.DataFrame, offline: pd.DataFrame, outcome: str, resamples: int, seed: int
) -> dict[str, dict[str, float | None]]:
    """Spearman's and Kendall's rank correlation of the methods' means; the profiles resampled are the same in both.

    `spearman` and `kendall`, each {mean, low, high}. All methods of a study being equal is no order: None; such
    resamples are left out of the interval.
    """
    by_profile = [
        study.groupby(["user_id", "method"])[outcome].mean().unstack().sort_index(axis=1).sort_index()
        for study in (live, offline)
    ]
    profiles = len(by_profile[0])
    draws = generator(seed, "rank agreement", outcome).integers(0, profiles, size=(resamples, profiles))
    correlations = {"spearman": spearman, "kendall": kendall}
    found = {}
    for name, correlation in correlations.items():
        whole = correlation(*(study.to_numpy().mean(axis=0) for study in by_profile))
        drawn = [correlation(*(study.to_numpy()[rows].mean(axis=0) for study in by_profile)) for rows in draws]
        valid = [value for value in drawn if not math.isnan(value)]
        low, high = np.quantile(valid, [0.025, 0.975]) if valid else (math.nan, math.nan)
        estimate = Estimate(whole, float(low), float(high)).to_json()
        found[name] = {part: None if math.isnan(value) else value for part, value in estimate.items()}
    return found


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Of two (n,) arrays, ties sharing their mean rank; NaN when all of one are equal."""
    ranks = [pd.Series(np.round(values, 9)).rank().to_numpy() for values in (first, second)]
    centred = [rank - rank.mean() for rank in ranks]
    scale = math.sqrt(float((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float(centred[0] @ centred[1]) / scale if scale else math.nan


def kendall(first: np.ndarray, second: np.ndarray) -> float:
    """Tau-b of two (n,) arrays; NaN when all of one are equal."""
    signs = [np.sign(np.round(values[:, None] - values[None, :], 9)) for values in (first, second)]
    scale = math.sqrt(float((signs[0] ** 2).sum() * (signs[1] ** 2).sum()))
    return float((signs[0] * signs[1]).sum()) / scale if scale else math.nan


def disagreements(table: pd.DataFrame, outcome: str) -> list[str]:
    """A sentence for every method whose difference's interval leaves 0 out, and one for the ends of both orders."""
    sentences = []
    for row in table.to_dict("records"):
        mean, low, high = (row[f"difference_{outcome}_{part}"] for part in ("mean", "low", "high"))
        if low > 0 or high < 0:
            way = "more" if mean > 0 else "less"
            sentences.append(
                f"{row['method']}: {abs(mean):.2f} {way} {outcome} live than offline [{low:.2f}, {high:.2f}]."
            )
    for study in ("live", "offline"):
        if table[f"{study}_{outcome}_mean"].nunique() == 1:
            sentences.append(f"{study}: all methods have the same {outcome}, so they are in no order.")
            continue
        order = table.sort_values([f"{study}_{outcome}_mean", "method"]).method.tolist()
        sentences.append(f"{study}, from fewest to most {outcome}: {', '.join(order)}.")
    return sentences
