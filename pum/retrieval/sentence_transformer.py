"""Embedders of the sentence-transformers library, in this process."""

from collections.abc import Sequence

import numpy as np
from pydantic import PositiveInt

from pum.core.validation import OfKind
from pum.llm.weights import fetch
from pum.retrieval.embed import EMBEDDERS
from pum.retrieval.grid import on_grid, weights_identity


class Settings(OfKind):
    """`model`: a name known to `pum models`, or a local folder. Vectors do not depend on `batch_size`."""

    kind: str = "sentence_transformer"
    model: str
    batch_size: PositiveInt = 32


@EMBEDDERS.register("sentence_transformer", Settings)
class SentenceTransformerEmbedder:
    """Any sentence-transformers model from a local folder; loaded at the first text."""

    query_prefix = ""
    dimension = 384

    def __init__(self, settings: Settings) -> None:
        self.path, self.batch_size = fetch(settings.model), settings.batch_size
        self.identity = weights_identity(self.path)
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
