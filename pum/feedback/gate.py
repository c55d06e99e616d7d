"""How strongly a reward is credited to retrieval: the gate g (paper section 3.6)."""

import math


def gate(reward: float, similarity: float | None) -> float:
    """g in (0, 1) for a reward r in [-1, 1] and s, the best cosine between an injected card and the query.

    A complaint after notes that had nothing to do with the query is blamed on retrieval, one after fitting notes on the
    model; praise counts more when the notes fitted. Without injected cards (None) there is nothing to tell by.
    ValueError when the reward, or the similarity, is no number in [-1, 1].
    """
    _check("reward", reward)
    if similarity is None:
        return 0.5
    _check("similarity", similarity)
    if reward < -0.5 and similarity < 0.2:
        return 0.9
    if reward < -0.5 and similarity > 0.5:
        return 0.2
    if reward > 0.5:
        return 0.6 if similarity > 0.4 else 0.3
    return 0.5


def _check(name: str, value: float) -> None:
    # Embeddings on a grid have norms a little off 1, so a cosine of a text with itself may pass 1 slightly.
    limit = 1.0 if name == "reward" else 1.01
    if math.isnan(value) or not -limit <= value <= limit:
        raise ValueError(f"{name} {value} is not in [-1, 1]")
