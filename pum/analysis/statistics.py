"""Estimates with intervals. The profile is the unit: its sessions are averaged before anything is resampled."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isnan

import numpy as np
import pandas as pd
from scipy import stats

from pum.core.rng import generator

# Differences of equal numbers are not always zero to the last bit.
_NO_SPREAD, _DECIMALS = 1e-12, 12
FEWEST_DIFFERING = 6
"""Profiles that must differ before their spread says what a study could have found: where fewer do, not even the sign
test, which asks no more than on whose side each of them is, can reach p < 0.05 (2 / 2^5 = 0.06)."""


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
    """A paired difference. `p`: two-sided, by the paired t test; `effect`: mean over standard deviation (d_z);
    `detectable`: the smallest true difference that would be found at the 5% level in 80% of such samples, NaN where
    fewer than `FEWEST_DIFFERING` profiles differ; `differing`: the number of sessions in which the two differ."""

    p: float
    effect: float
    detectable: float
    differing: int

    def to_json(self) -> dict:
        return {key: or_none(value) for key, value in {**super().to_json(), "p": three_digits(self.p)}.items()}


def bootstrap_mean(values: np.ndarray, resamples: int, *random_key: object) -> Estimate:
    """Mean of (n,) values, one a profile. With one profile the interval is that point.

    `luck` is the seed and the purpose, never the method or setting that the values are of: equal values have equal
    intervals then.
    """
    values = np.asarray(values, dtype=np.float64)
    rows = generator("bootstrap", *random_key).integers(0, len(values), size=(resamples, len(values)))
    low, high = np.quantile(values[rows].mean(axis=1), [0.025, 0.975])
    # A sum's last bits must not decide on which side of 0 an end lies; minus 0 is 0.
    return Estimate(*(float(np.round(value, _DECIMALS)) + 0.0 for value in (values.mean(), low, high)))


def bootstrap_ratio(numerator: np.ndarray, denominator: np.ndarray, resamples: int, *random_key: object) -> Estimate:
    """Sum over sum of two (n,) columns, one row a profile, that are resampled together; the ratio is NaN when the
    denominator is 0, and resamples in which it is 0 are left out of the interval, which is NaN if that leaves none."""
    numerator, denominator = (np.asarray(values, dtype=np.float64) for values in (numerator, denominator))
    if not denominator.sum():
        return Estimate(np.nan, np.nan, np.nan)
    ratios = resampled_ratios(numerator, denominator, resamples, *random_key)
    defined = ratios[~np.isnan(ratios)]
    low, high = np.quantile(defined, [0.025, 0.975]) if len(defined) else (np.nan, np.nan)
    return Estimate(float(numerator.sum() / denominator.sum()), float(low), float(high))


def resampled_ratios(numerator: np.ndarray, denominator: np.ndarray, resamples: int, *random_key: object) -> np.ndarray:
    """(resamples,) ratios of sums; the same `luck` draws the same profiles, so that two methods' ratios pair."""
    rows = generator("bootstrap", *random_key).integers(0, len(numerator), size=(resamples, len(numerator)))
    sums = denominator[rows].sum(axis=1)
    return np.divide(numerator[rows].sum(axis=1), sums, out=np.full(resamples, np.nan), where=sums != 0)


def profile_means(sessions: pd.DataFrame, outcome: str) -> pd.Series:
    """Mean of an outcome over a profile's sessions and seeds, indexed by user id."""
    return sessions.groupby("user_id")[outcome].mean().sort_index()


def paired_difference(
    sessions: pd.DataFrame, method: str, control: str, outcome: str, resamples: int, *random_key: object
) -> Difference:
    """Mean of method - control, paired by (profile, seed, session), over profiles.

    ValueError when the two did not play the same sessions: a comparison of survivors would be no comparison.
    """
    keys = ["user_id", "seed", "session"]
    ours = sessions[sessions.method == method].set_index(keys)[outcome].astype(float).sort_index()
    theirs = sessions[sessions.method == control].set_index(keys)[outcome].astype(float).sort_index()
    if not ours.index.equals(theirs.index):
        raise ValueError(f"{method} and {control} were not scheduled on the same sessions")
    by_session = ours - theirs
    difference = by_session.groupby("user_id").mean().sort_index().to_numpy()
    interval = bootstrap_mean(difference, resamples, *random_key, "difference")
    differing = int((by_session.abs() > _NO_SPREAD).sum())
    return Difference(**vars(interval), **paired_test(difference), differing=differing)


def paired_test(difference: np.ndarray) -> dict[str, float]:
    """`p`, `effect` and `detectable` of (n,) differences.

    Where all are zero p is 1, and nothing was tested: what would have been detectable is NaN, as it is where few are
    not zero (`FEWEST_DIFFERING`). All are NaN of a single difference, and of equal ones: how much they vary is unknown,
    and without that there is no test.
    """
    count, differing = len(difference), np.abs(difference) > _NO_SPREAD
    if not differing.any():
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
    """`detectable_difference`, or NaN where fewer than `FEWEST_DIFFERING` of the profiles are `differing` (bool, (n,)):
    the standard error of so few tells what those few did, not what others might."""
    return detectable_difference(error, freedom) if differing.sum() >= FEWEST_DIFFERING else np.nan


def detectable_difference(error: float, freedom: int) -> float:
    """The true difference that a two-sided t test at the 5% level finds in 80% of studies with this standard error."""
    return float((stats.t.isf(0.025, freedom) + stats.t.isf(0.2, freedom)) * error)


def power(difference: float, error: float, freedom: int) -> float:
    """The chance that a two-sided t test at the 5% level rejects when the true difference is `difference`.

    NaN without a standard error (0 or NaN): where nothing differed, nobody knows how much would have been found.
    """
    if isnan(error) or error < _NO_SPREAD:
        return np.nan
    # The square of t is F; scipy's noncentral F holds out where its noncentral t gives up, except at the centre.
    shift = max((difference / error) ** 2, _NO_SPREAD)
    return float(stats.ncf.sf(stats.t.isf(0.025, freedom) ** 2, 1, freedom, shift))


def holm(p_values: Sequence[float | None]) -> list[float]:
    """Adjusted p values: compared with a level, they keep the chance of any false claim in the family below it.

    A member that has no p (None, NaN) gets none; it counts all the same, since families are declared before any run.
    """
    tested = [index for index, p in enumerate(p_values) if p is not None and not isnan(p)]
    adjusted, largest = [np.nan] * len(p_values), 0.0
    for rank, index in enumerate(sorted(tested, key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def three_digits(value: float) -> float:
    """Three digits: a p value's last bits differ between machines."""
    return float(f"{value:.3g}")


def or_none(value: float) -> float | None:
    """None for NaN, which JSON has no word for."""
    return None if isnan(value) else value
