"""How strongly a reward is credited to retrieval: the gate g (paper section 3.6)."""

import math


def gate(reward: float, similarity: float | None) -> float:
    """g in (0, 1) for a reward r in [-1, 1] and s, the best cosine between an injected card and the query.

    A complaint counts strongly if the notes were unrelated to the query (retrieval is to blame), and weakly if they
    fitted (the model is). Praise counts more if the notes fitted. Without injected cards (None), g is 0.5.
    ValueError when the reward or the similarity is not in [-1, 1].
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
    # Embeddings on the grid have norms close to 1, so the cosine of a text with itself may slightly exceed 1.
    limit = 1.0 if name == "reward" else 1.01
    if math.isnan(value) or not -limit <= value <= limit:
        raise ValueError(f"{name} {value} is not in [-1, 1]")
