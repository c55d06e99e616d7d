"""Nearest neighbours: cards gain from past requests that resemble the current one.

When the user states a preference, the open request is remembered for the card of that preference. At a new request q,
a card gains beta times the largest cover(p, q) over the requests p remembered for it, where

    cover(p, q) = mean over the sentences s of p of the largest <s, t> over the sentences t of q

is the share of p that recurs in q. This is one nearest neighbour (Cover and Hart, 1967) under the late interaction of
ColBERT (Khattab and Zaharia, 2020), in the item space. Sentences are compared because similar requests may share only
one of many. The reward is not used: it says that something was wrong, and the stated preference says what.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveInt

from pum.core.validation import Section
from pum.user_model.learner import LEARNERS, CardChoice, Reaction
from pum.user_model.vectors import UserVectors

# Decimals of stored requests, and of what is computed from them: the last bits must not decide what is retrieved.
_KEPT, _SCORED = 4, 9


class NeighboursParams(Section):
    """Hyperparameters: `beta` scales the bonus. A request is stored as `sentences` of its first and last sentences, in
    the `dims` leading axes of the item space. `window`: number of (card, request) pairs kept, the latest ones."""

    kind: Literal["neighbours"]
    beta: NonNegativeFloat
    dims: PositiveInt = 32
    sentences: PositiveInt = 4
    window: PositiveInt = 64


@dataclass(frozen=True)
class Neighbours:
    """The learner. `UserVectors.evidence` has a row per stated preference: its `card` and the open `request`."""

    params: NeighboursParams

    def score(self, vectors: UserVectors, choice: CardChoice) -> np.ndarray:
        """(n,) the bonus; zero for a card whose preference was never stated in a reaction."""
        evidence = vectors.evidence
        if "card" not in evidence:
            return np.zeros(len(choice.cards))
        # At least zero: dissimilar requests must not lower a card's score.
        cover = np.maximum(_cover(evidence["request"], self._kept(choice.request)), 0.0)
        of_card = np.where(evidence["card"][:, None] == np.array(choice.cards), cover[:, None], 0.0)
        return np.round(self.params.beta * of_card.max(axis=0), _SCORED)

    def learn(self, vectors: UserVectors, choice: CardChoice, reaction: Reaction) -> UserVectors:
        """Remember the open request for each stated preference; repetitions count once."""
        if not reaction.asked_cards:
            return vectors
        kept = self._kept(choice.request)
        padded = np.pad(kept, ((0, self.params.sentences - len(kept)), (0, 0)))
        cards = np.array(reaction.asked_cards, dtype=np.int64)
        request = np.tile(padded, (len(cards), 1, 1))
        old = vectors.evidence
        if "card" in old:
            new = ~(np.isin(old["card"], cards) & (old["request"] == padded).all(axis=(1, 2)))
            cards = np.concatenate([old["card"][new], cards])
            request = np.concatenate([old["request"][new], request])
        latest = slice(-self.params.window, None)
        return replace(vectors, evidence={**old, "card": cards[latest], "request": request[latest]})

    def _kept(self, request: np.ndarray) -> np.ndarray:
        """(s, d) the first and last of a request's (m, k) sentences, normalised in the leading axes."""
        leading = request[_ends(len(request), self.params.sentences), : self.params.dims]
        norms = np.sqrt(np.einsum("sd,sd->s", leading, leading))[:, None]
        return np.round(np.divide(leading, norms, out=np.zeros_like(leading), where=norms > 1e-9), _KEPT)


@LEARNERS.register("neighbours", NeighboursParams)
def build(params: NeighboursParams, temperature: float) -> Neighbours:
    return Neighbours(params)


def _ends(count: int, most: int) -> list[int]:
    """The first and last indices below `count`, at most `most` in total."""
    first = (most + 1) // 2
    return [place for place in range(count) if place < first or place >= count - (most - first)]


def _cover(remembered: np.ndarray, request: np.ndarray) -> np.ndarray:
    """(n,) the share of each remembered request (n, s, d; zero-padded) that is in `request` (m, d)."""
    nearest = np.einsum("nsd,md->nsm", remembered, request).max(axis=2)
    sentences = remembered.any(axis=2)
    return np.einsum("ns,ns->n", nearest, sentences) / np.maximum(1, sentences.sum(axis=1))
