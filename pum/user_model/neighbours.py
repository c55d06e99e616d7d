"""Which cards did the user ask for at requests like this one? A Beta-Bernoulli rate per card, local to the request.

Each credited turn is remembered as a neighbour: its request, the cards the user asked for by word, those injected, and
how many cards there were. A card that was there, was not injected and was not asked for counts as not wanted then; one
that was injected without being asked for says nothing, since nobody asks for what they got. At request q, a neighbour
q' weighs exp(sharpness (<q, q'> - 1)), and a card's rate is the posterior mean of its wanted share under a prior worth
`prior` observations of `rate` (local likelihood; Hastie, Tibshirani and Friedman, section 6.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt

from pum.user_model.learner import Choice, Reaction
from pum.user_model.vectors import UserVectors

# Decimals of what is kept, and of what is computed from it: a float's last bits must not decide what is retrieved.
_KEPT, _SCORED = 4, 9
# Of what a turn asked for, and of what was injected, so many are kept; places that are free hold no card's number.
_MOST, _FREE = 8, -1


class NeighboursParams(BaseModel):
    """Hyperparameters. The bonus is `beta` log(the card's rate / `rate`). `window`: turns kept, the latest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["neighbours"]
    beta: NonNegativeFloat
    sharpness: NonNegativeFloat
    prior: PositiveFloat = 2.0
    rate: PositiveFloat = 0.1
    window: PositiveInt = 64


@dataclass(frozen=True)
class Neighbours:
    """The learner; `UserVectors.evidence` holds the neighbours, a row each."""

    params: NeighboursParams

    def score(self, vectors: UserVectors, choice: Choice) -> np.ndarray:
        evidence = vectors.evidence
        if "request" not in evidence:
            return np.zeros(len(choice.cards))
        weight = np.exp(self.params.sharpness * (np.einsum("mk,k->m", evidence["request"], choice.context) - 1.0))
        cards = np.array(choice.cards)
        asked = (evidence["asked"][:, :, None] == cards).any(axis=1)
        injected = (evidence["injected"][:, :, None] == cards).any(axis=1)
        told = asked | ((cards < evidence["cards"][:, None]) & ~injected)
        wanted = self.params.prior * self.params.rate + np.einsum("m,mn->n", weight, asked)
        rate = wanted / (self.params.prior + np.einsum("m,mn->n", weight, told))
        return np.round(self.params.beta * np.log(rate / self.params.rate), _SCORED)

    def learn(self, vectors: UserVectors, choice: Choice, reaction: Reaction) -> UserVectors:
        """Remembers the turn; the reward's value says nothing that the wishes do not."""
        new = {
            "request": np.round(choice.context, _KEPT),
            "asked": _numbers(reaction.asked_cards),
            "injected": _numbers([choice.cards[index] for index in choice.chosen]),
            "cards": np.array(max(choice.cards) + 1),
        }
        evidence = {
            name: np.concatenate([vectors.evidence[name], values[None]])[-self.params.window :]
            if name in vectors.evidence
            else values[None]
            for name, values in new.items()
        }
        return replace(vectors, evidence=evidence)


def _numbers(cards: Sequence[int]) -> np.ndarray:
    """(_MOST,) card numbers, padded."""
    return np.pad(np.array(cards[:_MOST], dtype=np.int64), (0, max(0, _MOST - len(cards))), constant_values=_FREE)
