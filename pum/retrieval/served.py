"""Embedders and rerankers behind a server: `/v1/embeddings`, and `/score` or `/rerank` as vLLM speaks them.

Calls block; runs make them beside the event loop (`pum.core.concurrency.OneThread`).
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import AliasChoices, BaseModel, Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationError

from pum.core.settings import OfKind
from pum.llm.chat_model import InvalidReply, TransportError
from pum.llm.endpoints import api_key
from pum.llm.failures import Backoff, as_chat_error, wait_asked_for
from pum.retrieval.embed import EMBEDDERS, CachedEmbedder
from pum.retrieval.grid import on_grid
from pum.retrieval.qwen3 import query_prefix, wrapped_document, wrapped_query
from pum.retrieval.rerank import RERANKERS

if TYPE_CHECKING:
    from openai import OpenAI

_AT_ONCE = 64
"""Texts a request."""

Number = Annotated[float, Field(allow_inf_nan=False)]


class _Settings(OfKind):
    url: Annotated[str, Field(pattern=r"^https?://")]
    model: str
    instruction: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout_s: PositiveFloat = 120.0
    max_retries: NonNegativeInt = 4


class EmbedderSettings(_Settings):
    """A model behind `/v1/embeddings`; `instruction` stands before queries."""

    dimension: PositiveInt


class RerankerSettings(_Settings):
    """A model behind `/score` or `/rerank`; `instruction` puts Qwen3's template around query and note."""

    route: Literal["score", "rerank"] = "score"


class _Server:
    """One address, asked again after passing errors."""

    def __init__(self, url: str, model: str, api_key_env: str, timeout_s: float, max_retries: int) -> None:
        self.url, self.model, self.api_key_env = url, model, api_key_env
        self.timeout_s, self.max_retries = timeout_s, max_retries
        self._client: OpenAI | None = None

    def post(self, route: str, body: dict) -> object:
        """The answer as plain data. TransportError, RefusedError, InvalidReply or InputError otherwise."""
        import openai

        where = f"model {self.model} at {self.url}"
        for attempt in range(self.max_retries + 1):
            try:
                return self._open().post(route, body={"model": self.model, **body}, cast_to=object)
            except openai.APIError as error:
                failure = as_chat_error(error, where, self.api_key_env, api_key(self.url, self.api_key_env))
                if not isinstance(failure, TransportError) or attempt == self.max_retries:
                    raise failure from None
                headers = error.response.headers if isinstance(error, openai.APIStatusError) else {}
                time.sleep(Backoff().pause(attempt, 0, wait_asked_for(headers)))
            except ValueError as error:
                raise InvalidReply(f"{where}: not JSON ({error})") from None
        raise AssertionError("the last attempt returns or raises")

    def _open(self) -> "OpenAI":
        if self._client is None:
            from openai import OpenAI

            key = api_key(self.url, self.api_key_env)
            self._client = OpenAI(base_url=self.url, api_key=key, max_retries=0, timeout=self.timeout_s)
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
    """`/score` lists them under data, `/rerank` under results."""

    scores: list[_Score] = Field(validation_alias=AliasChoices("data", "results"))


class ServedEmbedder:
    """Vectors of a pooling server. `instruction` stands before queries, as instructed embedders want it."""

    def __init__(
        self,
        url: str,
        model: str,
        dimension: int,
        instruction: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        timeout_s: float = 120.0,
        max_retries: int = 4,
    ) -> None:
        self.identity, self.dimension = f"served:{model}:{dimension}", dimension
        self.query_prefix = query_prefix(instruction) if instruction else ""
        self._server = _Server(url, model, api_key_env, timeout_s, max_retries)

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
            raise InvalidReply(f"{self._server.url}: no embeddings ({type(error).__name__})") from None
        if vectors.shape != (len(texts), self.dimension):
            raise InvalidReply(f"{self._server.url}: vectors of {vectors.shape[-1]} numbers, expected {self.dimension}")
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


class ServedReranker:
    """Scores of a pooling server. With an `instruction`, query and notes are sent in Qwen3-Reranker's template, which
    its server is then not to add; without one as they are (BGE and the like)."""

    def __init__(
        self,
        url: str,
        model: str,
        route: Literal["score", "rerank"] = "score",
        instruction: str | None = None,
        api_key_env: str = "OPENAI_API_KEY",
        timeout_s: float = 120.0,
        max_retries: int = 4,
    ) -> None:
        self.route, self.instruction = route, instruction
        self._server = _Server(url, model, api_key_env, timeout_s, max_retries)

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """(len(texts),) float64, rounded so that a server's last bits decide nothing. InvalidReply as above."""
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
            raise InvalidReply(f"{self._server.url}: no scores ({type(error).__name__})") from None


@EMBEDDERS.register("served", EmbedderSettings)
def build_embedder(settings: EmbedderSettings) -> ServedEmbedder:
    return ServedEmbedder(**settings.model_dump(exclude={"kind"}))


@RERANKERS.register("served", RerankerSettings)
def build_reranker(settings: RerankerSettings, embedder: CachedEmbedder) -> ServedReranker:
    return ServedReranker(**settings.model_dump(exclude={"kind"}))
