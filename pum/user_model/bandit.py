"""Bandits on the user's cards: Bayesian linear regression, explored by Thompson sampling or by an upper bound (LinUCB).

A card's value in a context is f(v, q) = <z + W q, v>, with a normal prior on z and W. The regression is in its dual
form, over a bounded number of the latest observations: a Gaussian process with the kernel <v, v'> (1 + rho <q, q'>)
(Rasmussen and Williams, section 2.1). With rho = 0 there is one vector for all requests; with rho > 0 it depends on the
request. With `space: cards` the items are one-hot: an independent bandit per card.

Each credited turn adds observations: the reward for each injected card, and the value 1 for each card that the user
asked for.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from pum.core.rng import generator
from pum.core.validation import Section
from pum.user_model.learner import LEARNERS, CardChoice, Reaction
from pum.user_model.vectors import UserVectors

# Decimals of stored observations, and of what is computed from them: the last bits of a linear solver must not decide
# what is retrieved.
_KEPT, _SCORED = 4, 9


class BanditParams(Section):
    """Hyperparameters. `beta` scales the bonus; `width` the exploration, in posterior standard deviations.

    `rho`: how much a card's value may depend on the request. `asked`: weight of a card that the user asked for (a
    reward has the weight gate / number of injected cards); 0 uses rewards alone. `noise`: variance of an observation of
    weight 1; the prior's is 1. `dims`: number of leading axes of the item space. `window`: number of observations kept.
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
    """The learner. `UserVectors.evidence` holds the observations, and `z_long` the posterior mean of z."""

    params: BanditParams

    def score(self, vectors: UserVectors, choice: CardChoice) -> np.ndarray:
        """beta (posterior mean + exploration), rounded; all zero when beta is."""
        candidates = self._points(choice.items, choice.cards, choice.context)
        mean, covariance = self._posterior(vectors.evidence, candidates)
        spread = self.params.width
        if self.params.explore == "ucb":
            explored = spread * np.sqrt(np.maximum(np.diag(covariance), 0.0))
        else:
            explored = spread * _draw(covariance, *choice.random_key)
        return np.round(self.params.beta * (mean + explored), _SCORED)

    def learn(self, vectors: UserVectors, choice: CardChoice, reaction: Reaction) -> UserVectors:
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
        used = new["weight"] > 0
        if not used.any():
            return vectors
        evidence = {
            name: _kept(vectors.evidence.get(name), values[used], self.params.window) for name, values in new.items()
        }
        z_long = np.zeros_like(vectors.z_long)
        if self.params.space == "items":
            dual = np.linalg.solve(self._noisy(evidence), evidence["target"])
            z_long[: self.params.dims] = np.round(np.einsum("m,md->d", dual, evidence["item"]), _SCORED)
        return replace(vectors, z_long=z_long, evidence=evidence)

    def _points(
        self, items: np.ndarray, cards: tuple[int, ...] | list[int], context: np.ndarray
    ) -> dict[str, np.ndarray]:
        """The kernel's inputs, a row per card: its item or number, and the request if `rho` is not 0."""
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

    def _posterior(self, evidence: dict[str, np.ndarray], at: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """(n,) mean and (n, n) covariance of the values at the points `at`."""
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
    """A keyed draw from N(0, covariance), which may be singular (several cards with the same item)."""
    values, axes = np.linalg.eigh((covariance + covariance.T) / 2)
    # The sign of an eigenvector is arbitrary: make its largest coordinate positive.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(len(values))])
    return axes @ (np.sqrt(np.maximum(values, 0.0)) * generator("thompson", *random_key).normal(size=len(values)))


def _kept(old: np.ndarray | None, new: np.ndarray, window: int) -> np.ndarray:
    return (new if old is None else np.concatenate([old, new]))[-window:]
