"""Dense search over one user's cards: exact inner products, ties broken by card id."""

import numpy as np


class DenseIndex:
    """A faiss inner-product index of named vectors, to which vectors are added and from which they are removed.

    Vectors on the embedding grid are exact in half precision, and their products are exact in float32. So the order of
    the results is the same on every CPU.
    """

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._index = None
        self._names: list[str | None] = []
        self._rows: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, name: str, vector: np.ndarray) -> None:
        """Store `vector` (dimension,) under `name`; ValueError for a name that exists."""
        if name in self._rows:
            raise ValueError(f"{name!r} is already in the index")
        self._rows[name] = len(self._names)
        self._names.append(name)
        if self._index is None:
            self._index = self._new_index()
        self._index.add(np.ascontiguousarray(vector[None, :], dtype=np.float32))

    def remove(self, name: str) -> None:
        """Remove a name. Its row stays until more than half of all rows are unused."""
        self._names[self._rows.pop(name)] = None
        if len(self._names) > 2 * len(self._rows):
            self._compact()

    def search(self, queries: np.ndarray, limit: int) -> list[tuple[str, float]]:
        """The `limit` names with the highest score over all rows of `queries` (q, dimension), best first."""
        if not self._rows:
            return []
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        self._on_one_thread()
        depth = limit + 1
        while True:
            depth = min(depth, len(self._names))
            scores, rows = self._index.search(queries, depth)
            found = self._best(scores, rows, limit)
            # Rows that were not returned score no better than the last one that was.
            if depth == len(self._names) or (len(found) == limit and found[-1][1] > scores[:, -1].max()):
                return found
            depth *= 4

    def _best(self, scores: np.ndarray, rows: np.ndarray, limit: int) -> list[tuple[str, float]]:
        best: dict[str | None, float] = {}
        for score, row in zip(scores.ravel().tolist(), rows.ravel().tolist(), strict=True):
            name = self._names[row]
            if score > best.get(name, -2.0):
                best[name] = score
        best.pop(None, None)
        return rank(best)[:limit]

    def _on_one_thread(self) -> None:
        """Searching one user's cards takes microseconds; waking other threads would take milliseconds."""
        import faiss

        faiss.omp_set_num_threads(1)  # of the calling thread, and of faiss's own OpenMP alone

    def _new_index(self) -> object:
        import faiss

        return faiss.IndexScalarQuantizer(self._dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)

    def _compact(self) -> None:
        kept = [(name, self._index.reconstruct(row)) for name, row in self._rows.items()]
        self._index, self._names, self._rows = None, [], {}
        for name, vector in kept:
            self.add(name, vector)


def rank(scores: dict[str, float]) -> list[tuple[str, float]]:
    """Highest first; equal scores in the order of their ids."""
    return [(name, -negated) for negated, name in sorted((-score, name) for name, score in scores.items())]
