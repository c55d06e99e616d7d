"""The sections `executor`, `cluster` and `scale` of params.yaml: none of them changes what a run writes."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from pum.core.validation import FrozenModel

Share = Annotated[float, Field(ge=0, lt=1)]


class ExecutorParams(FrozenModel):
    """Where runs run: here, or as SLURM jobs. PUM_EXECUTOR replaces `kind`."""

    kind: Literal["local", "slurm"] = "local"
    workers: PositiveInt = 1
    schedule: Literal["continuous", "turn_synchronous"] = "continuous"
    call_budget: PositiveInt | None = None


class ClusterParams(FrozenModel):
    """What each key does stands beside it in params.yaml."""

    account: str | None = None
    partition: str | None = None
    time: Annotated[str, Field(pattern=r"^(\d+-)?\d+(:\d\d){0,2}$")] = "12:00:00"
    warning_s: PositiveInt = 180
    cpus: PositiveInt = 2
    memory: Annotated[str, Field(pattern=r"^\d+[KMGT]?$")] = "4G"
    options: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    scratch: str | None = None
    node_cache: str | None = None
    profiles_per_range: PositiveInt = 50
    poll_s: PositiveFloat = 15.0
    attempts: PositiveInt = 3


class RoleParams(FrozenModel):
    """A served model; token counts are a turn's."""

    billions: PositiveFloat
    gpus: PositiveInt
    own_prompt: NonNegativeFloat  # tokens it reads beside the conversation
    reads_conversation: bool
    cached: Share  # of what it reads: the share that a prefix cache spares


class ScaleParams(FrozenModel):
    """What each key means stands beside it in params.yaml."""

    sessions: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    per_hour_api: PositiveFloat
    per_hour_node: PositiveFloat
    gpus_per_node: PositiveInt
    nodes: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    teraflops: PositiveFloat
    of_peak: Annotated[float, Field(gt=0, le=1)]
    roles: dict[str, RoleParams]
