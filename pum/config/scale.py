"""The section `scale` of params.yaml: the plan past one node. Nothing that is run depends on it."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from pum.core.validation import Section

Share = Annotated[float, Field(ge=0, lt=1)]


class RoleParams(Section):
    """A served model; token counts are a turn's."""

    billions: PositiveFloat
    gpus: PositiveInt
    own_prompt: NonNegativeFloat  # tokens it reads beside the conversation
    reads_conversation: bool
    cached: Share  # of what it reads: the share that a prefix cache spares


class ScaleParams(Section):
    """What each key means stands beside it in params.yaml."""

    sessions: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    per_hour_api: PositiveFloat
    per_hour_node: PositiveFloat
    gpus_per_node: PositiveInt
    nodes: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    teraflops: PositiveFloat
    of_peak: Annotated[float, Field(gt=0, le=1)]
    roles: dict[str, RoleParams]
