"""Bandits on the user's cards: Bayesian linear regression, explored by Thompson sampling or by an upper bound (LinUCB).

A card's worth in a context is f(v, q) = <z + W q, v>, with a normal prior on z and W. It is kept by its observations, a
bounded number of the latest, which is the same regression in its dual form (a Gaussian process with the kernel
<v, v'> (1 + rho <q, q'>); Rasmussen and Williams, section 2.1): with rho = 0 one vector for all requests, with rho > 0
one that depends on the request. With `space: cards` the items are one-hot, a bandit per card that shares nothing.

Each credited turn observes the reward at the cards that were injected, and worth 1 at what the user asked for.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from pum.core.rng import generator
from pum.core.validation import Section
from pum.user_model.learner import LEARNERS, Choice, Reaction
from pum.user_model.vectors import UserVectors

# Observations are kept at this precision, and what is computed from them is rounded to the second: the last bits of a
# linear solver must not decide what is retrieved.
_KEPT, _SCORED = 4, 9


class BanditParams(Section):
    """Hyperparameters. `beta` scales the bonus; `width` the exploration, in posterior standard deviations.

    `rho`: how much a card's worth may depend on the request. `asked`: the weight of what the user asked for, beside
    that of a reward (gate / number of injected cards); 0 leaves the reward alone. `noise`: variance of a full-weight
    observation, where the prior's is 1. `dims`: leading axes of the item space. `window`: observations kept.
    """

    kind: Literal["bandit"]
    explore: Literal["thompson", "ucb"]
    space: Literal["items", "cards"] = "items"
    beta: NonNegativeFloat
    width: NonNegativeFloat
    rho: NonNegativeFloat = 0.0
    asked: NonNegativeFloat = 0.0
    noise: PositiveFloat = 1.0
    dims: PositiveInt = 16
    window: PositiveInt = 64


@dataclass(frozen=True)
class Bandit:
    """The learner; `UserVectors.evidence` holds its observations, `z_long` the posterior mean of z."""

    params: BanditParams

    def score(self, vectors: UserVectors, choice: Choice) -> np.ndarray:
        """beta (posterior mean + exploration), rounded; all zero when beta is."""
        candidates = self._points(choice.items, choice.cards, choice.context)
        mean, covariance = self._posterior(vectors.evidence, candidates)
        spread = self.params.width
        if self.params.explore == "ucb":
            explored = spread * np.sqrt(np.maximum(np.diag(covariance), 0.0))
        else:
            explored = spread * _draw(covariance, *choice.random_key)
        return np.round(self.params.beta * (mean + explored), _SCORED)

    def learn(self, vectors: UserVectors, choice: Choice, reaction: Reaction) -> UserVectors:
        chosen = list(choice.chosen)
        seen = [
            self._points(choice.items[chosen], [choice.cards[index] for index in chosen], choice.context),
            self._points(reaction.asked, reaction.asked_cards, choice.context),
        ]
        counts = [len(chosen), len(reaction.asked_cards)]
        weights = [reaction.gate / max(1, counts[0]), self.params.asked]
        rewards = [reaction.reward, 1.0]
        new = {name: np.concatenate([part[name] for part in seen]) for name in seen[0]}
        new["weight"], new["target"] = np.repeat(weights, counts), np.repeat(rewards, counts)
        heard = new["weight"] > 0
        if not heard.any():
            return vectors
        evidence = {
            name: _kept(vectors.evidence.get(name), values[heard], self.params.window) for name, values in new.items()
        }
        z_long = np.zeros_like(vectors.z_long)
        if self.params.space == "items":
            z_long[: self.params.dims] = np.round(np.einsum("m,md->d", self._dual(evidence), evidence["item"]), _SCORED)
        return replace(vectors, z_long=z_long, evidence=evidence)

    def _points(
        self, items: np.ndarray, cards: tuple[int, ...] | list[int], context: np.ndarray
    ) -> dict[str, np.ndarray]:
        """What the kernel compares, a row per card: its item or its number, and the request if that counts."""
        if self.params.space == "cards":
            points = {"card": np.array(cards, dtype=np.int64)}
        else:
            points = {"item": np.round(items[:, : self.params.dims], _KEPT)}
        if self.params.rho:
            points["context"] = np.tile(np.round(context[: self.params.dims], _KEPT), (len(items), 1))
        return points

    def _kernel(self, left: dict[str, np.ndarray], right: dict[str, np.ndarray]) -> np.ndarray:
        if self.params.space == "cards":
            alike = (left["card"][:, None] == right["card"][None]).astype(np.float64)
        else:
            alike = np.einsum("nd,md->nm", left["item"], right["item"])
        if not self.params.rho:
            return alike
        return alike * (1.0 + self.params.rho * np.einsum("nd,md->nm", left["context"], right["context"]))

    def _noisy(self, evidence: dict[str, np.ndarray]) -> np.ndarray:
        return self._kernel(evidence, evidence) + np.diag(self.params.noise / evidence["weight"])

    def _dual(self, evidence: dict[str, np.ndarray]) -> np.ndarray:
        return np.linalg.solve(self._noisy(evidence), evidence["target"])

    def _posterior(self, evidence: dict[str, np.ndarray], at: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """(n,) mean and (n, n) covariance of the worth of the points `at`."""
        prior = self._kernel(at, at)
        if "target" not in evidence:
            return np.zeros(len(prior)), prior
        across = self._kernel(evidence, at)
        solved = np.linalg.solve(self._noisy(evidence), np.column_stack([evidence["target"], across]))
        return across.T @ solved[:, 0], prior - across.T @ solved[:, 1:]


@LEARNERS.register("bandit", BanditParams)
def build(params: BanditParams, temperature: float) -> Bandit:
    return Bandit(params)


def _draw(covariance: np.ndarray, *random_key: object) -> np.ndarray:
    """A keyed draw from N(0, covariance); singular ones, of cards that say the same, included."""
    values, axes = np.linalg.eigh((covariance + covariance.T) / 2)
    # An eigenvector has no sign of its own: make its largest coordinate positive.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(len(values))])
    return axes @ (np.sqrt(np.maximum(values, 0.0)) * generator("thompson", *random_key).normal(size=len(values)))


def _kept(old: np.ndarray | None, new: np.ndarray, window: int) -> np.ndarray:
    return (new if old is None else np.concatenate([old, new]))[-window:]
