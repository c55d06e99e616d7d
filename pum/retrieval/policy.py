"""The retrieval policy: standardised base scores plus the user's bonus, a softmax, and the top J."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Scores are compared at this precision, so that the last bits of a float cannot decide what is retrieved.
_DECIMALS = 9


@dataclass(frozen=True)
class Selection:
    """The policy's choice among n candidates.

    `base`, `bonus`, `probability`: (n,) float64 in the candidates' order. `chosen`: indices, best first. `rank_flip`:
    would the base scores alone have chosen another set?
    """

    base: np.ndarray
    bonus: np.ndarray
    probability: np.ndarray
    chosen: tuple[int, ...]
    rank_flip: bool


def select(base_scores: np.ndarray, bonus: np.ndarray, top_j: int, temperature: float) -> Selection:
    """The `top_j` of n candidates by s = standardise(base_scores) + bonus; equal scores keep the candidates' order."""
    base = standardise(base_scores)
    scores = base + bonus
    chosen = _top(scores, top_j)
    return Selection(
        base=base,
        bonus=bonus,
        probability=softmax(scores / temperature),
        chosen=chosen,
        rank_flip=set(chosen) != set(_top(base, top_j)),
    )


def standardise(scores: np.ndarray) -> np.ndarray:
    """Scores with zero mean and unit standard deviation over the candidates; all zero if they are equal."""
    scores = np.asarray(scores, dtype=np.float64)
    if scores.size == 0:
        return scores
    centred = scores - scores.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    return np.round(centred / spread, _DECIMALS) if spread > 1e-9 else np.zeros_like(scores)


def softmax(logits: np.ndarray) -> np.ndarray:
    """(n,) probabilities that sum to 1."""
    if logits.size == 0:
        return logits
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def _top(scores: Sequence[float] | np.ndarray, count: int) -> tuple[int, ...]:
    rounded = np.round(np.asarray(scores, dtype=np.float64), _DECIMALS)
    return tuple(np.argsort(-rounded, kind="stable")[:count].tolist())
