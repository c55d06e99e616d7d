"""Embedders of the sentence-transformers library, in this process."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pum.core.settings import OfKind
from pum.llm.weights import fetch
from pum.retrieval.embed import EMBEDDERS
from pum.retrieval.grid import on_grid, weights_identity


class Settings(OfKind):
    """`model`: a name known to `pum models`, or a local folder."""

    model: str


class SentenceTransformerEmbedder:
    """Any sentence-transformers model from a local folder; loaded at the first text."""

    query_prefix = ""

    def __init__(self, path: Path, identity: str, dimension: int = 384, batch_size: int = 32) -> None:
        self.path, self.identity, self.dimension, self.batch_size = path, identity, dimension, batch_size
        self._model = None

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        if self._model is None:
            self._model = self._load()
        vectors = self._model.encode(
            list(texts), batch_size=self.batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        return on_grid(vectors)

    def _load(self) -> object:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        return SentenceTransformer(str(self.path), device="cpu").double()


@EMBEDDERS.register("sentence_transformer", Settings)
def build(settings: Settings) -> SentenceTransformerEmbedder:
    path = fetch(settings.model)
    return SentenceTransformerEmbedder(path, weights_identity(path))
