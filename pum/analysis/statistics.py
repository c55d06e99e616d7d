"""Estimates with intervals. The profile is the unit: its sessions are averaged before anything is resampled."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from pum.rng import generator


@dataclass(frozen=True)
class Estimate:
    """A mean over profiles with its 95% percentile bootstrap interval."""

    mean: float
    low: float
    high: float

    def to_json(self) -> dict:
        return {key: round(value, 6) for key, value in asdict(self).items()}


def bootstrap_mean(values: np.ndarray, resamples: int, *luck: object) -> Estimate:
    """Mean of (n,) values, one a profile. With one profile the interval is that point."""
    values = np.asarray(values, dtype=np.float64)
    rows = generator("bootstrap", *luck).integers(0, len(values), size=(resamples, len(values)))
    low, high = np.quantile(values[rows].mean(axis=1), [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high))


def profile_means(sessions: pd.DataFrame, outcome: str) -> pd.Series:
    """Mean of an outcome over a profile's sessions and seeds, indexed by user id."""
    return sessions.groupby("user_id")[outcome].mean().sort_index()


def paired_difference(
    sessions: pd.DataFrame, method: str, control: str, outcome: str, resamples: int, *luck: object
) -> Estimate:
    """Mean of method - control, paired by (profile, seed, session), over profiles.

    ValueError when the two did not play the same sessions: a comparison of survivors would be no comparison.
    """
    keys = ["user_id", "seed", "session"]
    ours = sessions[sessions.method == method].set_index(keys)[outcome].astype(float).sort_index()
    theirs = sessions[sessions.method == control].set_index(keys)[outcome].astype(float).sort_index()
    if not ours.index.equals(theirs.index):
        raise ValueError(f"{method} and {control} were not scheduled on the same sessions")
    difference = (ours - theirs).groupby("user_id").mean().sort_index()
    return bootstrap_mean(difference.to_numpy(), resamples, *luck, method, control, outcome)
