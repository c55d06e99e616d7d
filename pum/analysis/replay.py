"""Learning again from the logged decisions, with other rates or another reading of how users reacted.

What was shown to the user stays as it was: a replay says what would have been learned from this log, not what would
have happened.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pum.analysis.logged import LoggedTurn, LoggedUser
from pum.feedback.gate import gate
from pum.user_model.reinforce import Reinforce
from pum.user_model.vectors import UserVectors

# Logged scores have six.
_DECIMALS = 6

# The reward and the gate with which a turn is credited; None: it is not.
Credit = tuple[float, float] | None
Reading = Callable[[LoggedUser, LoggedTurn], Credit]


@dataclass(frozen=True)
class Replayed:
    """The vectors a user would end with, and the bonus (n,) that each turn's candidates would have had."""

    final: UserVectors
    bonus: tuple[np.ndarray, ...]


def as_logged(user: LoggedUser, turn: LoggedTurn) -> Credit:
    return None if turn.reward is None else (turn.reward, gate(turn.reward, turn.similarity))


def replay(user: LoggedUser, learner: Reinforce, reading: Reading = as_logged) -> Replayed:
    """Every turn is scored with what was learned before it, as it was in the run."""
    vectors = UserVectors.zero(len(user.z_long))
    bonuses, session = [], None
    for turn in user.turns:
        if turn.session != session:
            session = turn.session
            vectors = replace(vectors, z_short=np.zeros_like(vectors.z_short))
        bonuses.append(learner.bonus(vectors, turn.items))
        credit = reading(user, turn)
        if credit is not None and turn.chosen:
            reward, strength = credit
            vectors = learner.update(vectors, turn.items, turn.probability, turn.chosen, reward, strength)
    return Replayed(vectors, tuple(bonuses))


def best(turn: LoggedTurn, bonus: np.ndarray | float, top_j: int) -> tuple[int, ...]:
    """The set that the policy would inject with this bonus; equal scores keep the candidates' order, as in the run."""
    return tuple(np.argsort(-np.round(turn.base + bonus, _DECIMALS), kind="stable")[:top_j].tolist())
