"""Learners add a bonus to the candidates' base scores and learn from the user's reactions: protocol and registry."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np

from pum.core.registry import Registry
from pum.user_model.vectors import UserVectors


@dataclass(frozen=True)
class CardChoice:
    """The n candidates of a turn and, in `learn`, the policy's choice among them.

    `items` (n, k): item vectors of the cards with the numbers `cards`. `request` (s, k): the sentences of the open
    request in the same space. `random_key`: key of a learner's random draws. `probability` (n,) and `chosen` (indices)
    are set when there is a reaction.
    """

    items: np.ndarray
    cards: tuple[int, ...]
    request: np.ndarray
    random_key: tuple[object, ...] = ()
    probability: np.ndarray | None = None
    chosen: tuple[int, ...] = ()

    @property
    def context(self) -> np.ndarray:
        """(k,) the open request as one vector: the normalised mean of its sentences."""
        mean = np.einsum("sk->k", self.request) / max(1, len(self.request))
        norm = float(np.sqrt(np.einsum("k,k->", mean, mean)))
        return np.round(mean / norm, 9) if norm > 1e-9 else np.zeros_like(mean)


@dataclass(frozen=True)
class Reaction:
    """The reward r in [-1, 1] with its gate g in [0, 1], and the preferences that the reaction states.

    `asked` (m, k): item vectors of the cards with these preferences; `asked_cards`: the numbers of these cards.
    """

    reward: float
    gate: float
    asked: np.ndarray
    asked_cards: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_credit(self.reward, self.gate)


def check_credit(reward: float, gate: float) -> None:
    """ValueError for a reward outside [-1, 1] or a gate outside [0, 1], including NaN."""
    if not -1.0 <= reward <= 1.0:
        raise ValueError(f"reward {reward} is not in [-1, 1]")
    if not 0.0 <= gate <= 1.0:
        raise ValueError(f"gate {gate} is not in [0, 1]")


class Learner(Protocol):
    """An update rule. It is stateless: everything it knows of a user is in `UserVectors`."""

    def score(self, vectors: UserVectors, choice: CardChoice) -> np.ndarray:
        """(n,) the bonus on the candidates' standardised base scores."""
        ...

    def learn(self, vectors: UserVectors, choice: CardChoice, reaction: Reaction) -> UserVectors:
        """The user's state after one credited turn; `vectors` itself when there is nothing to learn."""
        ...


# Kind -> a function from (hyperparameters, the policy's temperature tau) to the learner.
LEARNERS: Registry[Callable[[Any, float], Learner]] = Registry("learner", "pum.user_model")

LearnerParams = Annotated[Any, LEARNERS.section(default="reinforce")]
"""Hyperparameters of the learner that their `kind` names; without a kind, of REINFORCE."""


def build_learner(params: LearnerParams, temperature: float) -> Learner:
    return LEARNERS[params.kind](params, temperature)
