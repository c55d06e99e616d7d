"""Served models: which model has which role (params.yaml), and where it runs: site.yaml, with all of its settings."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from pum.core.address import checked_url
from pum.core.validation import Section

Role = Literal["agent", "user", "openai", "judge", "extractor", "embedder", "reranker"]
Share = Annotated[float, Field(gt=0, le=1)]


class Replica(Section):
    """One server of a role: its base URL, and the GPUs it is split over (none: CPU)."""

    url: Annotated[str, AfterValidator(checked_url)]
    gpus: tuple[NonNegativeInt, ...] = ()


class ModelParams(Section):
    """The model of a role and its sampling settings: everything that a reply may depend on.

    Messages leave one's own network, for OpenAI or for a replica elsewhere, only if `hosted` is set. `weights` is what
    a server loads under the name `model`: a folder, a name of `pum models`, or a repository of the model hub. `pum
    doctor` uses `weights_gb` and `kv_kb_per_token`.
    """

    model: str
    hosted: bool = False
    revision: str | None = None
    temperature: NonNegativeFloat = 0.0
    top_p: Share = 1.0
    max_tokens: PositiveInt = 512
    weights: str | None = None
    context: PositiveInt = 8192
    dtype: str = "bfloat16"
    quantization: str | None = None
    weights_gb: NonNegativeFloat = 0.0
    kv_kb_per_token: NonNegativeFloat = 0.0


class PlaceParams(Section):
    """Where a role's model runs: on its `replicas`; without any, at OpenAI if it is hosted, otherwise in this process.

    `memory` is the share of each GPU's memory that a replica may use. `arguments` go to vLLM unchanged.
    """

    replicas: tuple[Replica, ...] = ()
    api_key_env: str = "OPENAI_API_KEY"
    timeout_s: PositiveFloat = 300.0
    max_retries: NonNegativeInt = 4
    concurrency: PositiveInt = 64
    cache: Literal["off", "greedy", "all"] = "off"
    memory: Share = 0.9
    max_sequences: PositiveInt = 64
    arguments: tuple[str, ...] = ()


class ServerParams(PlaceParams, ModelParams):
    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(replica.url for replica in self.replicas)

    @property
    def identity(self) -> dict:
        """The settings that a reply may depend on."""
        fields = set(ModelParams.model_fields) - {"weights_gb", "kv_kb_per_token"}
        return self.model_dump(mode="json", include=fields)


Layout = dict[Role, ServerParams]


class ExecutorParams(Section):
    """Where runs are executed: here, or as SLURM jobs. The environment variable PUM_EXECUTOR overrides `kind`."""

    kind: Literal["local", "slurm"] = "local"
    workers: PositiveInt = 1
    schedule: Literal["continuous", "turn_synchronous"] = "continuous"
    call_budget: PositiveInt | None = None


class ClusterParams(Section):
    """Settings for SLURM; site.yaml explains each key."""

    account: str | None = None
    partition: str | None = None
    time: Annotated[str, Field(pattern=r"^(\d+-)?\d+(:\d\d){0,2}$", coerce_numbers_to_str=True)] = "12:00:00"
    warning_s: PositiveInt = 180
    cpus: PositiveInt = 2
    memory: Annotated[str, Field(pattern=r"^\d+[KMGT]?$", coerce_numbers_to_str=True)] = "4G"
    options: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    scratch: str | None = None
    node_cache: str | None = None
    profiles_per_range: PositiveInt = 50
    poll_s: PositiveFloat = 15.0
    attempts: PositiveInt = 3


class SiteParams(Section):
    """site.yaml: settings of this machine or cluster, on which no stage and no result depends.

    `servers`: layout -> role -> where its model runs, for the layouts of `servers` in params.yaml. A role that is
    missing here runs in this process. `external_data`: a folder with a folder per benchmark of others.
    """

    executor: ExecutorParams = ExecutorParams()
    cluster: ClusterParams = ClusterParams()
    servers: dict[str, dict[Role, PlaceParams]] = {}
    external_data: str = ".pum_work/external"
