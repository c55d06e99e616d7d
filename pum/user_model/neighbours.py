"""What did the user ask for when a request was like this one? Each card's nearest neighbour among past requests.

Whenever the user asks for something by word, the request that was open then is remembered for the card that holds the
wish. At a new request q, a card gains beta times the largest cover(p, q) over the requests p remembered for it, where

    cover(p, q) = mean over the sentences s of p of the largest <s, t> over the sentences t of q

is how much of what was asked about then is asked about now: one nearest neighbour (Cover and Hart, 1967) under the late
interaction of ColBERT (Khattab and Zaharia, 2020), in the item space. By sentences, since requests of one kind may have
one sentence of many in common. The reward's value is not used: it says that something is amiss, the wish says what.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from pydantic import NonNegativeFloat, PositiveInt

from pum.core.validation import Section
from pum.user_model.learner import LEARNERS, Choice, Reaction
from pum.user_model.vectors import UserVectors

# Decimals of what is kept, and of what is computed from it: a float's last bits must not decide what is retrieved.
_KEPT, _SCORED = 4, 9


class NeighboursParams(Section):
    """Hyperparameters: `beta` scales the bonus. Of a request `sentences` are kept, its first and its last ones, in the
    `dims` leading axes of the item space; of all that was asked for, the latest `window`."""

    kind: Literal["neighbours"]
    beta: NonNegativeFloat
    dims: PositiveInt = 32
    sentences: PositiveInt = 4
    window: PositiveInt = 64


@dataclass(frozen=True)
class Neighbours:
    """The learner; `UserVectors.evidence` holds what was asked for (`card`) and when (`request`), a row each."""

    params: NeighboursParams

    def score(self, vectors: UserVectors, choice: Choice) -> np.ndarray:
        """(n,) the bonus; zero for a card that was never asked for."""
        evidence = vectors.evidence
        if "card" not in evidence:
            return np.zeros(len(choice.cards))
        # At least zero: a request that is unlike this one is no reason to leave a card out.
        cover = np.maximum(_cover(evidence["request"], self._kept(choice.request)), 0.0)
        of_card = np.where(evidence["card"][:, None] == np.array(choice.cards), cover[:, None], 0.0)
        return np.round(self.params.beta * of_card.max(axis=0), _SCORED)

    def learn(self, vectors: UserVectors, choice: Choice, reaction: Reaction) -> UserVectors:
        """Remembers what was asked for, if anything was; once, where a user insists."""
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
        """(s, d) of a request's (m, k) sentences: the first and the last, of unit length again."""
        leading = request[_ends(len(request), self.params.sentences), : self.params.dims]
        norms = np.sqrt(np.einsum("sd,sd->s", leading, leading))[:, None]
        return np.round(np.divide(leading, norms, out=np.zeros_like(leading), where=norms > 1e-9), _KEPT)


@LEARNERS.register("neighbours", NeighboursParams)
def build(params: NeighboursParams, temperature: float) -> Neighbours:
    return Neighbours(params)


def _ends(count: int, most: int) -> list[int]:
    """The places of the first and the last of `count`, `most` together."""
    first = (most + 1) // 2
    return [place for place in range(count) if place < first or place >= count - (most - first)]


def _cover(remembered: np.ndarray, request: np.ndarray) -> np.ndarray:
    """(n,) how much of each of the n remembered requests (n, s, d), padded with zeros, is in `request` (m, d)."""
    nearest = np.einsum("nsd,md->nsm", remembered, request).max(axis=2)
    sentences = remembered.any(axis=2)
    return np.einsum("ns,ns->n", nearest, sentences) / np.maximum(1, sentences.sum(axis=1))
