"""How embedders and rerankers other than the default ones are named in params.yaml."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from pum.core.validation import FrozenModel


class Qwen3EmbedderParams(FrozenModel):
    """A folder with a Qwen3-Embedding model; `task` is the instruction before queries."""

    kind: Literal["qwen3"]
    path: str
    task: str | None = None
    batch_size: PositiveInt = 16


class _Served(FrozenModel):
    url: Annotated[str, Field(pattern=r"^https?://")]
    model: str
    instruction: str | None = None
    api_key_env: str = "OPENAI_API_KEY"
    timeout_s: PositiveFloat = 120.0
    max_retries: NonNegativeInt = 4


class ServedEmbedderParams(_Served):
    """A model behind `/v1/embeddings`; `instruction` stands before queries."""

    kind: Literal["served"]
    dimension: PositiveInt


class Qwen3RerankerParams(FrozenModel):
    """A folder with a Qwen3-Reranker model; `task` is the instruction it judges by."""

    kind: Literal["qwen3"]
    path: str
    task: str | None = None
    batch_size: PositiveInt = 16


class ServedRerankerParams(_Served):
    """A model behind `/score` or `/rerank`; `instruction` puts Qwen3's template around query and note."""

    kind: Literal["served"]
    route: Literal["score", "rerank"] = "score"


EmbedderParams = str | Annotated[Qwen3EmbedderParams | ServedEmbedderParams, Field(discriminator="kind")]
RerankerParams = str | Annotated[Qwen3RerankerParams | ServedRerankerParams, Field(discriminator="kind")]
