"""site.yaml: settings of this machine or cluster. No stage and no result depends on them."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pum.config.servers import PlaceParams, Role
from pum.core.validation import Section


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
    """The whole file. `servers`: layout -> role -> where its model runs, for the layouts of `servers` in params.yaml. A
    role that is missing here runs in this process. `external_data`: a folder with a folder per benchmark of others."""

    executor: ExecutorParams = ExecutorParams()
    cluster: ClusterParams = ClusterParams()
    servers: dict[str, dict[Role, PlaceParams]] = {}
    external_data: str = ".pum_work/external"
