"""site.yaml: what belongs to this machine or cluster. No stage depends on it, and no result."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pum.config.servers import PlaceParams, Role
from pum.core.validation import Section


class ExecutorParams(Section):
    """Where runs run: here, or as SLURM jobs. PUM_EXECUTOR replaces `kind`."""

    kind: Literal["local", "slurm"] = "local"
    workers: PositiveInt = 1
    schedule: Literal["continuous", "turn_synchronous"] = "continuous"
    call_budget: PositiveInt | None = None


class ClusterParams(Section):
    """What each key does stands beside it in site.yaml."""

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
    """The whole file. `servers`: by layout and role of the section of that name in params.yaml, where it is served; a
    role that is not here runs in this process."""

    executor: ExecutorParams = ExecutorParams()
    cluster: ClusterParams = ClusterParams()
    servers: dict[str, dict[Role, PlaceParams]] = {}
