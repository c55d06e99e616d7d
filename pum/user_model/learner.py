"""What a learner is: it adds a bonus to the candidates' base scores, and learns from how the user reacts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np

from pum.core.registry import Registry
from pum.user_model.vectors import UserVectors


@dataclass(frozen=True)
class Choice:
    """n candidates of a turn, and (once made) the choice among them.

    `items` (n, k): item vectors of the cards numbered `cards`; `request` (s, k): the sentences of the open request in
    the same space; `luck` keys what a learner draws. `probability` (n,) and `chosen`, indices, are there when there is
    a reaction.
    """

    items: np.ndarray
    cards: tuple[int, ...]
    request: np.ndarray
    random_key: tuple[object, ...] = ()
    probability: np.ndarray | None = None
    chosen: tuple[int, ...] = ()

    @property
    def context(self) -> np.ndarray:
        """(k,) the open request as one vector: the direction of the mean of its sentences."""
        mean = np.einsum("sk->k", self.request) / max(1, len(self.request))
        norm = float(np.sqrt(np.einsum("k,k->", mean, mean)))
        return np.round(mean / norm, 9) if norm > 1e-9 else np.zeros_like(mean)


@dataclass(frozen=True)
class Reaction:
    """The reward r in [-1, 1] with its gate g in [0, 1], and what the reaction asked for in so many words.

    `asked` (m, k): item vectors of the cards that hold it; `asked_cards`: their numbers.
    """

    reward: float
    gate: float
    asked: np.ndarray
    asked_cards: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not -1.0 <= self.reward <= 1.0:
            raise ValueError(f"reward {self.reward} is not in [-1, 1]")
        if not 0.0 <= self.gate <= 1.0:
            raise ValueError(f"gate {self.gate} is not in [0, 1]")


class Learner(Protocol):
    """An update rule. All it knows of a user is in the `UserVectors` it is handed; it keeps nothing itself."""

    def score(self, vectors: UserVectors, choice: Choice) -> np.ndarray:
        """(n,) what to add to the candidates' standardised base scores."""
        ...

    def learn(self, vectors: UserVectors, choice: Choice, reaction: Reaction) -> UserVectors:
        """The user's state after one credited turn; the very object it was given when there was nothing to learn."""
        ...


# By kind: (hyperparameters, temperature of the policy's softmax) -> the update rule.
LEARNERS: Registry[Callable[[Any, float], Learner]] = Registry("learner", "pum.user_model")

LearnerParams = Annotated[Any, LEARNERS.section(default="reinforce")]


def build_learner(params: LearnerParams, temperature: float) -> Learner:
    """The update rule; `temperature` is the policy's tau."""
    return LEARNERS[params.kind](params, temperature)
