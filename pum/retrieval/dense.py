"""Dense search over one user's cards: exact inner product, ties broken by card id."""

import numpy as np


class DenseIndex:
    """A faiss inner-product index whose rows carry card ids.

    Vectors on the embedding grid make the scores exact, so the order is the same on every CPU.
    """

    def __init__(self, dimension: int) -> None:
        import faiss

        self._index = faiss.IndexFlatIP(dimension)
        self._ids: list[str] = []

    def add(self, card_id: str, vector: np.ndarray) -> None:
        self._index.add(np.ascontiguousarray(vector[None, :], dtype=np.float32))
        self._ids.append(card_id)

    def search(self, queries: np.ndarray, limit: int) -> list[tuple[str, float]]:
        """The `limit` best cards by their maximum over the rows of `queries` (q, dimension), best first."""
        if not self._ids:
            return []
        scores, rows = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), len(self._ids))
        best: dict[str, float] = {}
        for score, row in zip(scores.ravel().tolist(), rows.ravel().tolist(), strict=True):
            card_id = self._ids[row]
            if score > best.get(card_id, -2.0):
                best[card_id] = score
        return rank(best)[:limit]


def rank(scores: dict[str, float]) -> list[tuple[str, float]]:
    """Highest first; equal scores in the order of their ids."""
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
