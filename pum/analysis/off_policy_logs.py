"""Decisions for off-policy evaluation: as a run logged them, and as a sampling policy would have on the same turns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pum.analysis.logged import LoggedTurn, LoggedUser
from pum.analysis.off_policy import Decisions, draw_set, estimates, set_probability
from pum.analysis.replay import Replayed, best
from pum.core.rng import generator

OUTCOMES: dict[str, Callable[[LoggedTurn], float | None]] = {
    "enforced next": lambda turn: float(turn.enforced),
    "reward": lambda turn: turn.reward,
}
"""What followed a decision; None where the log does not say."""


def logged_decisions(users: Sequence[LoggedUser], target: Sequence[Replayed], outcome: str, top_j: int) -> Decisions:
    """Of a run that injects the top J, about the policy that does so with the replayed bonus of `target`."""
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
    """Over the decisions of a run: what the estimates of it should come to."""
    values = [OUTCOMES[outcome](turn) for user in users for turn in user.turns if turn.chosen]
    return float(np.mean([value for value in values if value is not None]))


def set_features(turn: LoggedTurn, chosen: Sequence[int]) -> np.ndarray:
    """What an outcome model sees of a set: base scores, what the notes are about, how many cards and sessions."""
    rows = list(chosen)
    scores = turn.base[rows]
    about = turn.items[rows].sum(axis=0) / len(rows)
    return np.concatenate(([scores.sum() / len(rows), scores.min(), np.log(len(turn.base)), turn.session], about))


@dataclass(frozen=True)
class _Context:
    """A turn on which a sampling policy draws, and what the target would inject, with which probability of a draw."""

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
    """The estimators where the answer is known: the share of right notes in a set, which the log tells of *every* set.

    On the run's turns with a choice, a policy samples sets by softmax of base scores / `temperature`; from its log, the
    value of the target (top J with its bonus) is estimated. Rows: turns, estimator, truth, mean, low, high (2.5% and
    97.5% quantiles of the estimate over `repeats` logs), effective (sample size, mean over logs). ValueError for a size
    of which there are not as many turns.
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


def _sampled(contexts: Sequence[_Context], temperature: float, top_j: int, *luck: object) -> Decisions:
    draws = generator("sampled log", *luck)
    chosen = [draw_set(context.turn.base / temperature, top_j, draws) for context in contexts]
    pairs = list(zip(contexts, chosen, strict=True))
    return Decisions(
        user_id=[context.user_id for context in contexts],
        outcome=np.array([context.turn.right[list(drawn)].mean() for context, drawn in pairs]),
        weight=np.array([(context.other == set(drawn)) / context.probability for context, drawn in pairs]),
        features=np.array([set_features(context.turn, drawn) for context, drawn in pairs]),
        other_features=np.array([context.features for context in contexts]),
    )
