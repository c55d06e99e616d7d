"""Rerankers: how well does a note fit a query? Higher is better; scores are standardised later, so any scale does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from pum.retrieval.embed import CachedEmbedder


class Reranker(Protocol):
    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """(len(texts),) float64. A text's score does not depend on which other texts stand beside it."""
        ...


class BiEncoderReranker:
    """Cosine between query and text, from the same embedder as the dense search: nothing more to load."""

    def __init__(self, embedder: CachedEmbedder) -> None:
        self.embedder = embedder

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        # Exact in float32, as in the dense index.
        products = self.embedder.encode(texts) @ self.embedder.encode_queries([query])[0]
        return products.astype(np.float64)


class CrossEncoderReranker:
    """Any sequence-classification cross-encoder from a local folder (for example a BGE reranker)."""

    def __init__(self, path: Path, batch_size: int = 32) -> None:
        from sentence_transformers import CrossEncoder

        self._model = CrossEncoder(str(path), device="cpu")
        # Float64, so that padding a batch differently cannot move a score by more than is rounded away below.
        self._model.model.double()
        self.batch_size = batch_size

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros(0)
        pairs = [(query, text) for text in texts]
        scores = self._model.predict(pairs, batch_size=self.batch_size, show_progress_bar=False, convert_to_numpy=True)
        return np.round(np.asarray(scores, dtype=np.float64), 6)
