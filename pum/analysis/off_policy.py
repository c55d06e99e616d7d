"""Off-policy evaluation: the value of another policy, estimated from the log of this one.

A decision is a set of J of n cards. `weight` is the ratio of the two policies' probabilities of the logged set. The
estimators are those of the contextual bandit (Dudik et al. 2011): each decision is judged by what follows at once, and
effects on later situations are ignored.

A policy that injects the top J is deterministic. Its log only informs about turns in which the other policy agrees with
it (`overlap`), and the importance-weighted estimate uses these alone; only a sampled log gives unbiased estimates.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd

from pum.analysis.logged import LoggedTurn, LoggedUser, Replayed, best
from pum.analysis.statistics import Estimate, bootstrap_ratio
from pum.core.rng import generator
from pum.retrieval.policy import softmax

# Ridge penalty of the outcome model's weights: cards that were rarely shown keep the mean.
_RIDGE = 1.0


def set_probability(logits: np.ndarray, chosen: Sequence[int]) -> float:
    """The probability of drawing `chosen`, in any order, one by one by softmax without replacement."""
    weights = softmax(np.asarray(logits, dtype=np.float64))
    total = 0.0
    for order in permutations(chosen):
        left, probability = 1.0, 1.0
        for index in order:
            probability *= weights[index] / left
            left = max(left - weights[index], np.finfo(float).tiny)
        total += probability
    return min(1.0, total)


def draw_set(logits: np.ndarray, count: int, random_key: np.random.Generator) -> tuple[int, ...]:
    """Draw `count` cards by softmax without replacement: the largest logits after Gumbel noise (Vieira 2014)."""
    return tuple(
        np.argsort(-(np.asarray(logits) + random_key.gumbel(size=len(logits))), kind="stable")[:count].tolist()
    )


@dataclass(frozen=True)
class Decisions:
    """m logged decisions, with what the other policy would have chosen.

    `user_id`: whose decisions; `outcome` (m,): what followed; `weight` (m,): probability of the logged set under the
    other policy over that under the logging policy; `features` (m, d): of the logged sets; `other_features` (m, d): of
    the other policy's sets.
    """

    user_id: Sequence[str]
    outcome: np.ndarray
    weight: np.ndarray
    features: np.ndarray
    other_features: np.ndarray

    @property
    def overlap(self) -> float:
        """The share of decisions with a positive weight."""
        return float(np.mean(self.weight > 0))

    @property
    def effective(self) -> float:
        """Effective sample size (Kish): the number of equally weighted decisions with the same information."""
        squares = float(np.sum(self.weight**2))
        return float(self.weight.sum() ** 2 / squares) if squares else 0.0


def estimates(decisions: Decisions, resamples: int, seed: int) -> dict[str, Estimate]:
    """The log's mean (`logged`), and the other policy's value by `ips`, `snips` and `dr`; intervals over profiles."""
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


OUTCOMES: dict[str, Callable[[LoggedTurn], float | None]] = {
    "enforced next": lambda turn: float(turn.enforced),
    "reward": lambda turn: turn.reward,
}
"""Name -> what followed a decision; None if the log does not tell."""


def logged_decisions(users: Sequence[LoggedUser], target: Sequence[Replayed], outcome: str, top_j: int) -> Decisions:
    """The decisions of a run that injects the top J, for the policy that uses the replayed bonus of `target`."""
    who, followed, weight, features, others = [], [], [], [], []
    for user, one in zip(users, target, strict=True):
        for turn, bonus in zip(user.turns, one.bonus, strict=True):
            value = OUTCOMES[outcome](turn)
            if turn.chosen and value is not None:
                other = best(turn, bonus, top_j)
                who.append(user.user_id)
                followed.append(value)
                weight.append(float(set(other) == set(turn.chosen)))
                features.append(set_features(turn, turn.chosen))
                others.append(set_features(turn, other))
    return Decisions(who, np.array(followed), np.array(weight), np.array(features), np.array(others))


def mean_outcome(users: Sequence[LoggedUser], outcome: str) -> float:
    """The mean outcome of a run's decisions: the value that estimates of its policy should have."""
    values = [OUTCOMES[outcome](turn) for user in users for turn in user.turns if turn.chosen]
    return float(np.mean([value for value in values if value is not None]))


def set_features(turn: LoggedTurn, chosen: Sequence[int]) -> np.ndarray:
    """The outcome model's features of a set: base scores, number of cards, session, and the mean item vector."""
    rows = list(chosen)
    scores = turn.base[rows]
    about = turn.items[rows].sum(axis=0) / len(rows)
    return np.concatenate(([scores.sum() / len(rows), scores.min(), np.log(len(turn.base)), turn.session], about))


@dataclass(frozen=True)
class _Context:
    """A turn on which a sampling policy draws; the target's set, and the probability that it is drawn."""

    user_id: str
    turn: LoggedTurn
    other: frozenset[int]
    features: np.ndarray
    probability: float
    truth: float


def known_answer(
    users: Sequence[LoggedUser],
    target: Sequence[Replayed],
    temperature: float,
    top_j: int,
    sizes: Sequence[int],
    repeats: int,
    seed: int,
) -> pd.DataFrame:
    """Check the estimators where the answer is known: the share of right notes, which is logged for *every* set.

    On the run's turns with a choice, a policy samples sets by softmax of base scores / `temperature`; from its log, the
    value of the target (top J with its bonus) is estimated. Rows: turns, estimator, truth, mean, low, high (2.5% and
    97.5% quantiles of the estimate over `repeats` logs), effective (sample size, mean over logs). ValueError if a size
    exceeds the number of turns.
    """
    contexts = [
        _context(user.user_id, turn, best(turn, bonus, top_j), temperature)
        for user, one in zip(users, target, strict=True)
        for turn, bonus in zip(user.turns, one.bonus, strict=True)
        if turn.open
    ]
    if max(sizes) > len(contexts):
        raise ValueError(f"there are {len(contexts)} turns with a choice, not {max(sizes)}")
    order = generator("known answer", seed).permutation(len(contexts))
    rows = []
    for size in sizes:
        mine = [contexts[index] for index in sorted(order[:size])]
        logs = [_sampled(mine, temperature, top_j, seed, size, repeat) for repeat in range(repeats)]
        found = pd.DataFrame([{name: one.mean for name, one in estimates(log, 1, seed).items()} for log in logs])
        for estimator in found:
            low, high = found[estimator].quantile([0.025, 0.975])
            rows.append(
                {
                    "turns": len(mine),
                    "estimator": estimator,
                    "truth": float(np.mean([context.truth for context in mine])),
                    "mean": float(found[estimator].mean()),
                    "low": float(low),
                    "high": float(high),
                    "effective": float(np.mean([log.effective for log in logs])),
                }
            )
    return pd.DataFrame(rows)


def _context(user_id: str, turn: LoggedTurn, other: tuple[int, ...], temperature: float) -> _Context:
    return _Context(
        user_id=user_id,
        turn=turn,
        other=frozenset(other),
        features=set_features(turn, other),
        probability=set_probability(turn.base / temperature, other),
        truth=float(turn.right[list(other)].mean()),
    )


def _sampled(contexts: Sequence[_Context], temperature: float, top_j: int, *random_key: object) -> Decisions:
    draws = generator("sampled log", *random_key)
    chosen = [draw_set(context.turn.base / temperature, top_j, draws) for context in contexts]
    pairs = list(zip(contexts, chosen, strict=True))
    return Decisions(
        user_id=[context.user_id for context in contexts],
        outcome=np.array([context.turn.right[list(drawn)].mean() for context, drawn in pairs]),
        weight=np.array([(context.other == set(drawn)) / context.probability for context, drawn in pairs]),
        features=np.array([set_features(context.turn, drawn) for context, drawn in pairs]),
        other_features=np.array([context.features for context in contexts]),
    )
