"""Replays: how much the learned vector depends on details of reward and gate, and what each of the two vectors adds."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from pum.analysis.logged import Credit, LoggedTurn, LoggedUser, Reading, Replayed, as_logged, best, replay
from pum.analysis.statistics import Estimate, bootstrap_ratio
from pum.core.rng import uniform
from pum.feedback.gate import gate
from pum.user_model.reinforce import Rates, Reinforce

_FALSE_SHARE = 0.1
_COMPLAINT = -0.8


def half_missed(user: LoggedUser, turn: LoggedTurn) -> Credit:
    """Half of the complaints, drawn at random, count as neutral."""
    if turn.reward is not None and turn.reward < 0 and _random_key("missed", user, turn) < 0.5:
        return _credit(0.0, turn)
    return as_logged(user, turn)


def false_complaints(user: LoggedUser, turn: LoggedTurn) -> Credit:
    """One in ten of the other reactions counts as a complaint."""
    if turn.reward is not None and turn.reward >= 0 and _random_key("false", user, turn) < _FALSE_SHARE:
        return _credit(_COMPLAINT, turn)
    return as_logged(user, turn)


def clipped(user: LoggedUser, turn: LoggedTurn) -> Credit:
    """Rewards are clipped to [-0.5, 0.5], so the gate never assigns blame."""
    return None if turn.reward is None else _credit(min(0.5, max(-0.5, turn.reward)), turn)


def shifts_count(user: LoggedUser, turn: LoggedTurn) -> Credit:
    """A change of topic counts as a neutral reaction instead of none."""
    return _credit(0.0, turn) if turn.label == "topic_shift" else as_logged(user, turn)


def constant_gate(strength: float) -> Reading:
    return lambda user, turn: None if turn.reward is None else (turn.reward, strength)


def moved_limits(by: float) -> Reading:
    """Move the similarities (0.2 and 0.5) at which the gate blames a complaint on retrieval or on the model."""

    def reading(user: LoggedUser, turn: LoggedTurn) -> Credit:
        if turn.reward is None or turn.similarity is None or turn.reward >= -0.5:
            return as_logged(user, turn)
        return turn.reward, gate(turn.reward, min(1.0, max(-1.0, turn.similarity - by)))

    return reading


READINGS: dict[str, Reading] = {
    "as logged": as_logged,
    "half of the complaints missed": half_missed,
    "false complaints": false_complaints,
    "rewards clipped at 0.5": clipped,
    "changes of topic count as neutral": shifts_count,
    "gate 0.5": constant_gate(0.5),
    "gate 1": constant_gate(1.0),
    "gate's limits 0.1 lower": moved_limits(-0.1),
    "gate's limits 0.1 higher": moved_limits(0.1),
}


def sensitivity(users: Sequence[LoggedUser], learner: Reinforce, top_j: int, resamples: int, seed: int) -> pd.DataFrame:
    """One row per reading: mean norm of z_long over users, mean cosine with the logged vector, and the flip rate."""
    logged = [replay(user, learner).final.z_long for user in users]
    rows = []
    for name, reading in READINGS.items():
        replays = [replay(user, learner, reading) for user in users]
        learned = [one.final.z_long for one in replays]
        row = {
            "reading": name,
            "norm": float(np.mean([np.linalg.norm(vector) for vector in learned])),
            "cosine": float(np.nanmean([_cosine(*pair) for pair in zip(learned, logged, strict=True)])),
        }
        rows.append(row | _parts("flip_rate", flip_rate(users, replays, top_j, resamples, seed)))
    return pd.DataFrame(rows)


def dual(
    users: Sequence[LoggedUser], rates: Rates, temperature: float, top_j: int, resamples: int, seed: int
) -> pd.DataFrame:
    """Both vectors, each alone, and none: how often the bonus changes the set, and the precision of its notes."""
    kept = {
        "both": {},
        "z_short only": {"beta_long": 0.0},
        "z_long only": {"beta_short": 0.0},
        "none": {"beta_long": 0.0, "beta_short": 0.0},
    }
    rows = []
    for name, without in kept.items():
        learner = Reinforce(rates.model_copy(update=without), temperature)
        replays = [replay(user, learner) for user in users]
        rows.append(
            {"vectors": name}
            | _parts("flip_rate", flip_rate(users, replays, top_j, resamples, seed))
            | _parts("precision", precision(users, replays, top_j, resamples, seed))
        )
    return pd.DataFrame(rows)


def flip_rate(
    users: Sequence[LoggedUser], replays: Sequence[Replayed], top_j: int, resamples: int, seed: int
) -> Estimate:
    """The share of turns with a choice in which the bonus changes the set."""

    def flips(turn: LoggedTurn, bonus: np.ndarray) -> tuple[float, float]:
        return bool(bonus.any()) and set(best(turn, bonus, top_j)) != set(best(turn, 0.0, top_j)), 1

    return _rate(users, replays, flips, resamples, seed, "flips")


def precision(
    users: Sequence[LoggedUser], replays: Sequence[Replayed], top_j: int, resamples: int, seed: int
) -> Estimate:
    """The share of notes injected in turns with a choice whose preference applies."""

    def right(turn: LoggedTurn, bonus: np.ndarray) -> tuple[float, float]:
        chosen = list(best(turn, bonus, top_j))
        return turn.right[chosen].sum(), len(chosen)

    return _rate(users, replays, right, resamples, seed, "precision")


def _rate(
    users: Sequence[LoggedUser],
    replays: Sequence[Replayed],
    counted: Callable[[LoggedTurn, np.ndarray], tuple[float, float]],
    resamples: int,
    *random_key: object,
) -> Estimate:
    """Ratio of the two sums that `counted` gives over turns with a choice, with its interval over profiles."""
    sums: dict[str, np.ndarray] = {}
    for user, one in zip(users, replays, strict=True):
        for turn, bonus in zip(user.turns, one.bonus, strict=True):
            if turn.open:
                sums[user.user_id] = sums.get(user.user_id, np.zeros(2)) + np.array(counted(turn, bonus), dtype=float)
    over, of = np.array([sums[name] for name in sorted(sums)]).reshape(-1, 2).T
    return bootstrap_ratio(over, of, resamples, *random_key)


def _parts(outcome: str, estimate: Estimate) -> dict[str, float]:
    return {f"{outcome}_{part}": value for part, value in vars(estimate).items()}


def _credit(reward: float, turn: LoggedTurn) -> Credit:
    return reward, gate(reward, turn.similarity)


def _random_key(purpose: str, user: LoggedUser, turn: LoggedTurn) -> float:
    return uniform("replay", purpose, user.seed, user.user_id, turn.session, turn.turn)


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norms if norms else float("nan")
