"""The section `scale` of params.yaml: the plan beyond one node. No run depends on it."""

from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from pum.core.validation import Section


class RoleParams(Section):
    """A served model; token counts are per turn."""

    billions: PositiveFloat
    gpus: PositiveInt
    own_prompt: NonNegativeFloat  # input tokens beside the conversation
    reads_conversation: bool
    cached: Annotated[float, Field(ge=0, lt=1)]  # share of the input that a prefix cache saves


class ScaleParams(Section):
    """params.yaml explains each key."""

    sessions: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    per_hour_api: PositiveFloat
    per_hour_node: PositiveFloat
    gpus_per_node: PositiveInt
    nodes: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    teraflops: PositiveFloat
    of_peak: Annotated[float, Field(gt=0, le=1)]
    roles: dict[str, RoleParams]
