"""Rerankers score how well a note fits a query. Higher is better. Scores are standardised later, so any scale works."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
from pydantic import BeforeValidator, DirectoryPath

from pum.core.registry import Registry
from pum.core.validation import OfKind, suggestion
from pum.retrieval.embed import CachedEmbedder


class Reranker(Protocol):
    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """(len(texts),) float64. A text's score does not depend on the other texts."""
        ...


# Kind -> a function from (settings, embedder) to the reranker; None keeps the scores of the dense search.
RERANKERS: Registry[Callable[[Any, CachedEmbedder], Reranker | None]] = Registry("reranker", "pum.retrieval")


class CrossEncoderSettings(OfKind):
    """`path`: the folder of a sequence-classification model."""

    path: DirectoryPath


def _section(reranker: object) -> object:
    """A string is a kind without settings, or the folder of a cross-encoder."""
    if not isinstance(reranker, str):
        return reranker
    if reranker in RERANKERS:
        return {"kind": reranker}
    if not Path(reranker).is_dir():
        hint = suggestion(reranker, RERANKERS)
        raise ValueError(f"{reranker!r} is neither bi_encoder, none, nor the folder of a cross-encoder; {hint}")
    return {"kind": "cross_encoder", "path": reranker}


RerankerParams = Annotated[Any, RERANKERS.section(), BeforeValidator(_section)]


def build_reranker(params: RerankerParams, embedder: CachedEmbedder) -> Reranker | None:
    """The reranker of a method's settings; None keeps the scores of the dense search."""
    return RERANKERS[params.kind](params, embedder)


class BiEncoderReranker:
    """Cosine of query and text from the embedder of the dense search, so that no other model is loaded."""

    def __init__(self, embedder: CachedEmbedder) -> None:
        self.embedder = embedder

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        # Exact in float32, as in the dense index.
        products = self.embedder.encode(texts) @ self.embedder.encode_queries([query])[0]
        return products.astype(np.float64)


class CrossEncoderReranker:
    """Any sequence-classification cross-encoder in a local folder (for example a BGE reranker)."""

    def __init__(self, path: Path, batch_size: int = 32) -> None:
        from sentence_transformers import CrossEncoder

        self._model = CrossEncoder(str(path), device="cpu")
        # In float64, the effect of padding on a score is so small that rounding removes it.
        self._model.model.double()
        self.batch_size = batch_size

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        if not texts:
            return np.zeros(0)
        pairs = [(query, text) for text in texts]
        scores = self._model.predict(pairs, batch_size=self.batch_size, show_progress_bar=False, convert_to_numpy=True)
        return np.round(np.asarray(scores, dtype=np.float64), 6)


@RERANKERS.register("none", OfKind)
def _no_reranker(settings: OfKind, embedder: CachedEmbedder) -> None:
    return None


@RERANKERS.register("bi_encoder", OfKind)
def _bi_encoder(settings: OfKind, embedder: CachedEmbedder) -> BiEncoderReranker:
    return BiEncoderReranker(embedder)


@RERANKERS.register("cross_encoder", CrossEncoderSettings)
def _cross_encoder(settings: CrossEncoderSettings, embedder: CachedEmbedder) -> CrossEncoderReranker:
    return CrossEncoderReranker(settings.path)
