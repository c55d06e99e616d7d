"""Which model plays which role and where it is served: the section `servers` of params.yaml, one layout a machine."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from pum.core.validation import FrozenModel

Role = Literal["agent", "user", "openai", "judge", "extractor", "embedder", "reranker"]
Share = Annotated[float, Field(gt=0, le=1)]


class Replica(FrozenModel):
    """One server of a role: its base URL, and the GPUs it is spread over (none: the CPU)."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    gpus: tuple[NonNegativeInt, ...] = ()


class ServerParams(FrozenModel):
    """A role's model. `replicas` serve it; without any it runs in this process, or, if `hosted`, at OpenAI's.

    Nothing a user says leaves for OpenAI unless `hosted` says so. `weights` is what the server loads (a folder, a name
    of `pum models`, or of the hub), under the name `model`. `weights_gb` and `kv_kb_per_token` are what `pum doctor`
    reckons with; `memory` is the share of each GPU that a replica may fill; `arguments` go to vLLM as they are.
    """

    model: str
    replicas: tuple[Replica, ...] = ()
    hosted: bool = False
    api_key_env: str = "OPENAI_API_KEY"
    revision: str | None = None
    # How it is asked.
    temperature: NonNegativeFloat = 0.0
    top_p: Share = 1.0
    max_tokens: PositiveInt = 512
    timeout_s: PositiveFloat = 300.0
    max_retries: NonNegativeInt = 4
    concurrency: PositiveInt = 64
    cache: Literal["off", "greedy", "all"] = "off"
    # How it is served.
    weights: str | None = None
    context: PositiveInt = 8192
    dtype: str = "bfloat16"
    quantization: str | None = None
    memory: Share = 0.9
    weights_gb: NonNegativeFloat = 0.0
    kv_kb_per_token: NonNegativeFloat = 0.0
    max_sequences: PositiveInt = 64
    arguments: tuple[str, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(replica.url for replica in self.replicas)

    @property
    def identity(self) -> dict:
        """What a reply may depend on; where and how fast it is served is none of it."""
        names = {"model", "revision", "temperature", "top_p", "max_tokens", "weights", "context", "dtype"}
        return self.model_dump(mode="json", include=names | {"quantization", "hosted"})


Layout = dict[Role, ServerParams]
