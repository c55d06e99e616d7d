"""Embedders and rerankers behind a server: `/v1/embeddings`, and `/score` or `/rerank` in vLLM's format.

Calls block, so runs make them outside the event loop (`pum.core.concurrency.WorkerThread`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    Field,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)
from tenacity import Retrying

from pum.core.address import check_hosted, checked_url
from pum.core.validation import OfKind
from pum.llm.chat_model import InvalidReply
from pum.llm.failures import Backoff, Where, as_chat_error, passing_errors
from pum.retrieval.embed import EMBEDDERS, CachedEmbedder
from pum.retrieval.grid import on_grid
from pum.retrieval.qwen3 import query_prefix, wrapped_document, wrapped_query
from pum.retrieval.rerank import RERANKERS

if TYPE_CHECKING:
    from openai import OpenAI

_AT_ONCE = 64
"""Texts per request."""

Number = Annotated[float, Field(allow_inf_nan=False)]


class _Settings(OfKind):
    kind: str = "served"
    url: Annotated[str, AfterValidator(checked_url)]
    hosted: bool = False
    model: str
    instruction: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout_s: PositiveFloat = 120.0
    max_retries: NonNegativeInt = 4

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        check_hosted([self.url], self.hosted)
        return self


class ServedEmbedderSettings(_Settings):
    """A model behind `/v1/embeddings`; `instruction` is put in front of queries."""

    dimension: PositiveInt


class ServedRerankerSettings(_Settings):
    """A model behind `/score` or `/rerank`; `instruction` puts Qwen3's template around query and note."""

    route: Literal["score", "rerank"] = "score"


class _Server:
    """One address, with retries after transient errors."""

    def __init__(self, settings: _Settings) -> None:
        self.settings = settings
        self.where = Where(f"model {settings.model} at {settings.url}", settings.api_key_env)
        self._client: OpenAI | None = None

    def post(self, route: str, body: dict) -> object:
        """The answer as plain data; raises TransportError, RefusedError, InvalidReply or InputError."""
        options = passing_errors(self.settings.max_retries)
        return Retrying(**options, wait=lambda failed: Backoff().after(failed, random_key=0))(self._post, route, body)

    def _post(self, route: str, body: dict) -> object:
        import openai

        try:
            return self._open().post(route, body={"model": self.settings.model, **body}, cast_to=object)
        except InvalidReply as error:
            raise InvalidReply(f"{self.where}: {error}") from None
        except openai.APIError as error:
            raise as_chat_error(error, self.where) from None
        except ValueError as error:
            raise InvalidReply(f"{self.where}: not JSON ({error})") from None

    def _open(self) -> "OpenAI":
        if self._client is None:
            from pum.llm.http_client import blocking_client

            self._client = blocking_client(self.settings.url, self.settings.api_key_env, self.settings.timeout_s)
        return self._client


class _Vector(BaseModel):
    index: int
    embedding: list[Number]


class _Vectors(BaseModel):
    data: list[_Vector]


class _Score(BaseModel):
    index: int
    score: Number = Field(validation_alias=AliasChoices("score", "relevance_score"))


class _Scores(BaseModel):
    """The scores, which `/score` lists under data, and `/rerank` under results."""

    scores: list[_Score] = Field(validation_alias=AliasChoices("data", "results"))


@EMBEDDERS.register("served", ServedEmbedderSettings)
class ServedEmbedder:
    def __init__(self, settings: ServedEmbedderSettings) -> None:
        self.identity, self.dimension = f"served:{settings.model}:{settings.dimension}", settings.dimension
        self.query_prefix = query_prefix(settings.instruction) if settings.instruction else ""
        self._server = _Server(settings)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """(len(texts), dimension) float32 on the grid. InvalidReply when the server sends anything else."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        parts = [self._encode(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
        return on_grid(np.concatenate(parts))

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        answer = self._server.post("/embeddings", {"input": list(texts), "encoding_format": "float"})
        try:
            found = {vector.index: vector.embedding for vector in _Vectors.model_validate(answer).data}
            vectors = np.array([found[index] for index in range(len(texts))], dtype=np.float64)
        except (ValidationError, KeyError, ValueError) as error:
            raise InvalidReply(f"{self._server.where}: no embeddings ({type(error).__name__})") from None
        if vectors.shape != (len(texts), self.dimension):
            raise InvalidReply(
                f"{self._server.where}: vectors of {vectors.shape[-1]} numbers, expected {self.dimension}"
            )
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


class ServedReranker:
    """Scores from a pooling server. With an `instruction`, query and notes are sent in Qwen3-Reranker's template, which
    the server must not add again; without one, they are sent unchanged (BGE and similar models)."""

    def __init__(self, settings: ServedRerankerSettings) -> None:
        self.route, self.instruction = settings.route, settings.instruction
        self._server = _Server(settings)

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """(len(texts),) float64, rounded. InvalidReply when the server sends anything else."""
        if not texts:
            return np.zeros(0)
        if self.instruction:
            query, texts = wrapped_query(self.instruction, query), list(map(wrapped_document, texts))
        parts = [self._score(query, list(texts[start : start + _AT_ONCE])) for start in range(0, len(texts), _AT_ONCE)]
        return np.round(np.concatenate(parts), 6)

    def _score(self, query: str, texts: list[str]) -> np.ndarray:
        names = ("text_1", "text_2") if self.route == "score" else ("query", "documents")
        answer = self._server.post(f"/{self.route}", dict(zip(names, (query, texts), strict=True)))
        try:
            found = {item.index: item.score for item in _Scores.model_validate(answer).scores}
            return np.array([found[index] for index in range(len(texts))], dtype=np.float64)
        except (ValidationError, KeyError) as error:
            raise InvalidReply(f"{self._server.where}: no scores ({type(error).__name__})") from None


@RERANKERS.register("served", ServedRerankerSettings)
def build_reranker(settings: ServedRerankerSettings, embedder: CachedEmbedder) -> ServedReranker:
    return ServedReranker(settings)
