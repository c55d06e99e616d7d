"""REINFORCE on the user's vectors (VARS, section 3.5), with guards that the published update lacks.

A = g (r - b);  G = (A / tau) (mean of chosen v - sum pi v)
z_long += eta_long G;  z_short = (1 - decay) z_short + eta_short G;  b = (1 - alpha) b + alpha r
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, NonNegativeFloat, PositiveFloat

from pum.core.validation import Section
from pum.user_model.learner import LEARNERS, CardChoice, Reaction, check_credit
from pum.user_model.vectors import UserVectors

# Decimals of stored vectors: far finer than any effect, and the same on every CPU.
_DECIMALS = 12


class Rates(Section):
    """Hyperparameters: a set in the section `user_model` of params.yaml. Published values: paper tables 10 and 11.

    `norm_cap` limits |z_long| and |z_short|, so that many equal rewards cannot outweigh the base scores. Without
    `gated`, every reward is fully credited to retrieval.
    """

    kind: Literal["reinforce"] = "reinforce"
    beta_long: NonNegativeFloat
    beta_short: NonNegativeFloat
    eta_long: NonNegativeFloat
    eta_short: NonNegativeFloat
    decay: Annotated[float, Field(ge=0, le=1)]
    alpha: Annotated[float, Field(ge=0, le=1)]
    norm_cap: PositiveFloat
    gated: bool = True


@LEARNERS.register("reinforce", Rates)
@dataclass(frozen=True)
class Reinforce:
    """The update rule; `temperature` is the policy's tau."""

    rates: Rates
    temperature: float

    def score(self, vectors: UserVectors, choice: CardChoice) -> np.ndarray:
        return self.bonus(vectors, choice.items)

    def learn(self, vectors: UserVectors, choice: CardChoice, reaction: Reaction) -> UserVectors:
        gate = reaction.gate if self.rates.gated else 1.0
        return self.update(vectors, choice.items, choice.probability, choice.chosen, reaction.reward, gate)

    def bonus(self, vectors: UserVectors, items: np.ndarray) -> np.ndarray:
        """(n,) <beta_L z_L + beta_S z_S, v> for (n, k) item vectors."""
        direction = self.rates.beta_long * vectors.z_long + self.rates.beta_short * vectors.z_short
        return np.einsum("nk,k->n", items, direction)

    def gradient(self, items: np.ndarray, probability: np.ndarray, chosen: tuple[int, ...]) -> np.ndarray:
        """(k,) gradient of the chosen items' mean log pi with respect to the bonus direction."""
        return (items[list(chosen)].mean(axis=0) - np.einsum("n,nk->k", probability, items)) / self.temperature

    def update(
        self,
        vectors: UserVectors,
        items: np.ndarray,
        probability: np.ndarray,
        chosen: tuple[int, ...],
        reward: float,
        gate: float,
    ) -> UserVectors:
        """The vectors after one credited turn. If all candidates were chosen there was no choice, and nothing changes.

        ValueError for a reward outside [-1, 1] or a gate outside [0, 1], including NaN.
        """
        check_credit(reward, gate)
        if len(chosen) in (0, len(items)):
            return vectors
        step = gate * (reward - vectors.baseline) * self.gradient(items, probability, chosen)
        return replace(
            vectors,
            z_long=self._settle(vectors.z_long + self.rates.eta_long * step),
            z_short=self._settle((1 - self.rates.decay) * vectors.z_short + self.rates.eta_short * step),
            baseline=round((1 - self.rates.alpha) * vectors.baseline + self.rates.alpha * reward, _DECIMALS),
        )

    def _settle(self, vector: np.ndarray) -> np.ndarray:
        norm = float(np.sqrt(np.einsum("k,k->", vector, vector)))
        return np.round(vector * (self.rates.norm_cap / norm) if norm > self.rates.norm_cap else vector, _DECIMALS)
