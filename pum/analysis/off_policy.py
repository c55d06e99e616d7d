"""What another policy would have been worth, from the log of this one.

A decision is a set of J of n cards. `weight` is how much more often the other policy would choose the logged set. The
estimators are those of the contextual bandit (Dudik et al. 2011): each decision is judged by what followed at once, and
that a policy also changes which situations come later is left out.

A policy that injects the top J is deterministic. Its log says something only of turns in which the other policy agrees
with it (`overlap`), and the importance-weighted estimate rests on these alone; only a log that was sampled is unbiased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd

from pum.analysis.statistics import Estimate, bootstrap_ratio
from pum.retrieval.policy import softmax

# Of the outcome model's weights; a card that was hardly ever shown keeps the mean.
_RIDGE = 1.0


def set_probability(logits: np.ndarray, chosen: Sequence[int]) -> float:
    """That `chosen`, in whatever order, come out when cards are drawn one by one by softmax, without replacement."""
    weights = softmax(np.asarray(logits, dtype=np.float64))
    total = 0.0
    for order in permutations(chosen):
        left, probability = 1.0, 1.0
        for index in order:
            probability *= weights[index] / left
            left = max(left - weights[index], np.finfo(float).tiny)
        total += probability
    return min(1.0, total)


def draw_set(logits: np.ndarray, count: int, luck: np.random.Generator) -> tuple[int, ...]:
    """`count` cards drawn so: the largest of the logits after Gumbel noise (Vieira 2014)."""
    return tuple(np.argsort(-(np.asarray(logits) + luck.gumbel(size=len(logits))), kind="stable")[:count].tolist())


@dataclass(frozen=True)
class Decisions:
    """m logged decisions: whose, what followed, and what the other policy makes of them.

    `outcome` (m,); `weight` (m,): probability of the logged set under the other policy over that under the logging
    one; `features` and `other_features` (m, d): of the logged set, and of what the other policy would choose.
    """

    user_id: Sequence[str]
    outcome: np.ndarray
    weight: np.ndarray
    features: np.ndarray
    other_features: np.ndarray

    @property
    def overlap(self) -> float:
        """The share of decisions that say anything about the other policy."""
        return float(np.mean(self.weight > 0))

    @property
    def effective(self) -> float:
        """Effective sample size: how many equally weighted decisions would say as much (Kish)."""
        squares = float(np.sum(self.weight**2))
        return float(self.weight.sum() ** 2 / squares) if squares else 0.0


def estimates(decisions: Decisions, resamples: int, seed: int) -> dict[str, Estimate]:
    """`logged`, the log's own mean, and the other policy's by `ips`, `snips` and `dr`; 95% intervals over profiles."""
    ones = np.ones_like(decisions.outcome)
    logged, other = _predicted(decisions)
    weighted = decisions.weight * decisions.outcome
    terms = {
        "logged": (decisions.outcome, ones),
        "ips": (weighted, ones),
        "snips": (weighted, decisions.weight),
        "dr": (other + decisions.weight * (decisions.outcome - logged), ones),
    }
    return {
        name: bootstrap_ratio(*_by_user(decisions.user_id, *columns), resamples, seed, "off-policy")
        for name, columns in terms.items()
    }


def _predicted(decisions: Decisions) -> tuple[np.ndarray, np.ndarray]:
    """(m,) outcomes of the logged and of the other sets, by ridge regression on the other half of the users."""
    users = sorted(set(decisions.user_id))
    half = np.array([users.index(user) % 2 for user in decisions.user_id])
    logged, other = np.zeros_like(decisions.outcome), np.zeros_like(decisions.outcome)
    for fold in (0, 1):
        # One user alone has no other half.
        fit, held = (half != fold, half == fold) if len(users) > 1 else (half >= 0, half == fold)
        if not fit.any():
            continue
        mean, intercept = decisions.features[fit].mean(axis=0), decisions.outcome[fit].mean()
        centred = decisions.features[fit] - mean
        gram = np.einsum("mi,mj->ij", centred, centred) + _RIDGE * np.eye(centred.shape[1])
        slopes = np.linalg.solve(gram, np.einsum("mi,m->i", centred, decisions.outcome[fit] - intercept))
        logged[held] = intercept + (decisions.features[held] - mean) @ slopes
        other[held] = intercept + (decisions.other_features[held] - mean) @ slopes
    return logged, other


def _by_user(user_id: Sequence[str], *columns: np.ndarray) -> tuple[np.ndarray, ...]:
    sums = pd.DataFrame(dict(enumerate(columns))).groupby(np.asarray(user_id), sort=True).sum()
    return tuple(sums[column].to_numpy() for column in sums)
