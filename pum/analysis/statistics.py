"""Estimates with intervals. The profile is the unit: its sessions are averaged before resampling."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan

import numpy as np
import pandas as pd
from scipy import stats

from pum.core.rng import generator

# Differences of equal numbers are not always exactly zero.
_NO_SPREAD, _DECIMALS = 1e-12, 12
FEWEST_DIFFERING = 6
"""The fewest differing profiles for which a detectable difference is reported: with fewer, even the sign test cannot
reach p < 0.05 (2 / 2^5 = 0.06)."""


@dataclass(frozen=True)
class Estimate:
    """A mean over profiles with its 95% percentile bootstrap interval."""

    mean: float
    low: float
    high: float

    def to_json(self) -> dict:
        return {key: round(value, 6) for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Difference(Estimate):
    """A paired difference.

    `p`: two-sided, by the paired t test; `effect`: mean over standard deviation (d_z); `detectable`: the smallest true
    difference that 80% of such samples would find at the 5% level, NaN if fewer than `FEWEST_DIFFERING` profiles
    differ; `differing`: the number of sessions in which the two differ.
    """

    p: float
    effect: float
    detectable: float
    differing: int

    def to_json(self) -> dict:
        return {key: or_none(value) for key, value in {**super().to_json(), "p": three_digits(self.p)}.items()}


def bootstrap_mean(values: np.ndarray, resamples: int, *random_key: object) -> Estimate:
    """Mean of (n,) values, one per profile. With one profile, the interval is that point; without any, all is NaN.

    `random_key` holds the seed and the purpose, but never a method or setting, so equal values get equal intervals.
    """
    values = np.asarray(values, dtype=np.float64)
    if not len(values):
        return Estimate(np.nan, np.nan, np.nan)
    rows = generator("bootstrap", *random_key).integers(0, len(values), size=(resamples, len(values)))
    low, high = np.quantile(values[rows].mean(axis=1), [0.025, 0.975])
    # Rounded, so that a sum's last bits cannot decide on which side of 0 an end lies; adding 0.0 removes minus 0.
    return Estimate(*(float(np.round(value, _DECIMALS)) + 0.0 for value in (values.mean(), low, high)))


def bootstrap_ratio(numerator: np.ndarray, denominator: np.ndarray, resamples: int, *random_key: object) -> Estimate:
    """Ratio of the sums of two (n,) columns, one row per profile, resampled together.

    The ratio is NaN if the denominator is 0. Resamples with denominator 0 are left out of the interval, which is NaN if
    none is left.
    """
    numerator, denominator = (np.asarray(values, dtype=np.float64) for values in (numerator, denominator))
    if not denominator.sum():
        return Estimate(np.nan, np.nan, np.nan)
    ratios = resampled_ratios(numerator, denominator, resamples, *random_key)
    defined = ratios[~np.isnan(ratios)]
    low, high = np.quantile(defined, [0.025, 0.975]) if len(defined) else (np.nan, np.nan)
    return Estimate(float(numerator.sum() / denominator.sum()), float(low), float(high))


def resampled_ratios(numerator: np.ndarray, denominator: np.ndarray, resamples: int, *random_key: object) -> np.ndarray:
    """Ratios of sums (resamples,); the same `random_key` draws the same profiles, so two methods' ratios are paired."""
    rows = generator("bootstrap", *random_key).integers(0, len(numerator), size=(resamples, len(numerator)))
    sums = denominator[rows].sum(axis=1)
    return np.divide(numerator[rows].sum(axis=1), sums, out=np.full(resamples, np.nan), where=sums != 0)


def profile_means(sessions: pd.DataFrame, outcome: str) -> pd.Series:
    """Mean of an outcome over a profile's sessions and seeds, indexed by user id; without the profiles in which no
    session has a value, because all failed."""
    return sessions.groupby("user_id")[outcome].mean().dropna().sort_index()


def paired_difference(
    sessions: pd.DataFrame, method: str, control: str, outcome: str, resamples: int, *random_key: object
) -> Difference:
    """Mean of method - control, paired by (profile, seed, session), over profiles. Pairs in which a value is missing,
    because a session failed, are left out.

    ValueError if the two did not play the same sessions.
    """
    keys = ["user_id", "seed", "session"]
    treated = sessions[sessions.method == method].set_index(keys)[outcome].astype(float).sort_index()
    controlled = sessions[sessions.method == control].set_index(keys)[outcome].astype(float).sort_index()
    if not treated.index.equals(controlled.index):
        raise ValueError(f"{method} and {control} were not scheduled on the same sessions")
    by_session = treated - controlled
    difference = by_session.groupby("user_id").mean().dropna().sort_index().to_numpy()
    interval = bootstrap_mean(difference, resamples, *random_key, "difference")
    differing = int((by_session.abs() > _NO_SPREAD).sum())
    return Difference(**vars(interval), **paired_test(difference), differing=differing)


def paired_test(difference: np.ndarray) -> dict[str, float]:
    """`p`, `effect` and `detectable` of (n,) differences.

    If all differences are zero, p is 1 and `detectable` is NaN, as it is if few are not zero (`FEWEST_DIFFERING`). If
    there is a single difference, or all are equal, their spread is unknown and all three are NaN.
    """
    count, differing = len(difference), np.abs(difference) > _NO_SPREAD
    if count and not differing.any():
        return {"p": 1.0, "effect": 0.0, "detectable": np.nan}
    spread = float(np.std(difference, ddof=1)) if count > 1 else 0.0
    if spread < _NO_SPREAD:
        return dict.fromkeys(("p", "effect", "detectable"), np.nan)
    error, freedom = spread / np.sqrt(count), count - 1
    p = 2 * stats.t.sf(abs(difference.mean()) / error, freedom)
    return {
        "p": float(p),
        "effect": float(difference.mean() / spread),
        "detectable": detectable_if_enough(differing, float(error), freedom),
    }


def detectable_if_enough(differing: np.ndarray, error: float, freedom: int) -> float:
    """`detectable_difference`, or NaN if fewer than `FEWEST_DIFFERING` of the profiles are `differing` (bool, (n,))."""
    return detectable_difference(error, freedom) if differing.sum() >= FEWEST_DIFFERING else np.nan


def detectable_difference(error: float, freedom: int) -> float:
    """The true difference that a two-sided t test at the 5% level finds in 80% of studies with this standard error."""
    return float((stats.t.isf(0.025, freedom) + stats.t.isf(0.2, freedom)) * error)


def power(difference: float, error: float, freedom: int) -> float:
    """The chance that a two-sided t test at the 5% level rejects when the true difference is `difference`.

    NaN without a standard error (0 or NaN), as when nothing differed.
    """
    if isnan(error) or error < _NO_SPREAD:
        return np.nan
    # The square of t is F; scipy's noncentral F holds out where its noncentral t gives up, except at the centre.
    shift = max((difference / error) ** 2, _NO_SPREAD)
    return float(stats.ncf.sf(stats.t.isf(0.025, freedom) ** 2, 1, freedom, shift))


def holm(p_values: Sequence[float | None]) -> list[float]:
    """p values after Holm's correction, which bounds the chance of any false positive in the family.

    Members without a p value (None, NaN) get NaN, but count in the family's size: families are declared before any run.
    """
    tested = [index for index, p in enumerate(p_values) if p is not None and not isnan(p)]
    adjusted, largest = [np.nan] * len(p_values), 0.0
    for rank, index in enumerate(sorted(tested, key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def three_digits(value: float) -> float:
    """Round to three digits, because a p value's last bits differ between machines."""
    return float(f"{value:.3g}")


def or_none(value: float) -> float | None:
    """None for NaN, which JSON cannot express."""
    return None if isnan(value) else value
