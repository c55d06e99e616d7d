"""Rates and logistic regressions with partial pooling: names with few trials are pulled towards the mean of all."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

_ROUNDS = 60
_NEWTON_STEPS = 30
# Prior standard deviations of the mean log-odds and of a slope: wide; they keep a fit of few counts finite.
_WIDE = 3.0
_SLOPE = 1.0


@dataclass(frozen=True)
class Pooled:
    """A fit: log-odds by name, log-odds of the mean, and the slopes in the order of the columns."""

    effects: dict[str, float]
    mean: float
    slopes: tuple[float, ...]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95% score interval of a proportion; (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    interval = binomtest(successes, trials).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def proportion(successes: int, trials: int, digits: int | None = None) -> tuple[float, float, float]:
    """`successes` of at least one trial as a share, with its `wilson` interval; rounded if `digits` are given."""
    parts = (successes / trials, *wilson(successes, trials))
    return parts if digits is None else tuple(round(part, digits) for part in parts)


def fit_rates(counts: Mapping[str, tuple[int, int]]) -> tuple[dict[str, float], float]:
    """Beta-binomial: each name's (successes, trials) shrunk towards the mean, as strongly as their spread suggests."""
    successes = sum(k for k, _ in counts.values())
    trials = sum(n for _, n in counts.values())
    mean = (successes + 0.5) / (trials + 1)

    def likelihood(strength: float) -> float:
        a, b = mean * strength, (1 - mean) * strength
        return sum(_log_beta(k + a, n - k + b) - _log_beta(a, b) for k, n in counts.values())

    strength = max((2.0 ** (step / 4) for step in range(-4, 29)), key=likelihood)
    return {name: (k + mean * strength) / (n + strength) for name, (k, n) in counts.items()}, mean


def fit_logistic(
    names: Sequence[str], x: np.ndarray, successes: np.ndarray, trials: np.ndarray, falling: Sequence[int] = ()
) -> Pooled:
    """Log-odds = mean + effect of the name + x @ slopes; x is (m, d), `successes` of `trials` (m,) for each row.

    Effects are normal around 0, and their spread is estimated too (EM on the Laplace approximation). Columns in
    `falling` may not have a positive slope: such a column is removed, and its slope is 0.
    """
    columns = list(range(x.shape[1]))
    while True:
        fitted = _fit(names, x[:, columns], successes, trials)
        rising = [
            column for column, slope in zip(columns, fitted.slopes, strict=True) if column in falling and slope > 0
        ]
        if not rising:
            break
        columns = [column for column in columns if column not in rising]
    slopes = dict(zip(columns, fitted.slopes, strict=True))
    return Pooled(fitted.effects, fitted.mean, tuple(slopes.get(column, 0.0) for column in range(x.shape[1])))


def _fit(names: Sequence[str], x: np.ndarray, successes: np.ndarray, trials: np.ndarray) -> Pooled:
    known = sorted(set(names))
    place = {name: index for index, name in enumerate(known)}
    one_hot = np.zeros((len(names), len(known)))
    one_hot[np.arange(len(names)), [place[name] for name in names]] = 1.0
    design = np.hstack([np.ones((len(names), 1)), x, one_hot])
    fixed = 1 + x.shape[1]
    theta = np.zeros(design.shape[1])
    spread = 1.0
    for _ in range(_ROUNDS):
        precision = np.concatenate([[_WIDE**-2], np.full(x.shape[1], _SLOPE**-2), np.full(len(known), spread**-2)])
        theta, covariance = _maximise(design, successes, trials, precision, theta)
        spread = math.sqrt(float(np.mean(theta[fixed:] ** 2 + np.diag(covariance)[fixed:])))
        spread = min(3.0, max(0.05, spread))
    mean = float(theta[0])
    effects = {name: mean + float(theta[fixed + place[name]]) for name in known}
    return Pooled(effects, mean, tuple(float(slope) for slope in theta[1:fixed]))


def _maximise(
    design: np.ndarray, successes: np.ndarray, trials: np.ndarray, precision: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The mode of the penalised likelihood, and the inverse of its curvature there (Newton, damped)."""
    for _ in range(_NEWTON_STEPS):
        p = 1.0 / (1.0 + np.exp(-design @ theta))
        gradient = design.T @ (successes - trials * p) - precision * theta
        curvature = (design.T * (trials * p * (1 - p))) @ design + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        theta = theta + step * min(1.0, 4.0 / max(1e-12, float(np.abs(step).max())))
        if float(np.abs(step).max()) < 1e-9:
            break
    return theta, np.linalg.inv(curvature)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
