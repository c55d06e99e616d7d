"""The memory's section of params.yaml."""

from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt

from pum.core.validation import Section


class MemoryParams(Section):
    """`merge_threshold`: the cosine from which a preference with the same condition is an old card in other words;
    `same_session_merge_threshold`: the same for a card of this session, since people insist. `max_cards`: how many
    active cards a user has at most. `retention_half_life`: sessions in which an unused card loses half of its strength
    (`pum.memory.retention`)."""

    merge_threshold: Annotated[float, Field(ge=0, le=1)] = 0.65
    same_session_merge_threshold: Annotated[float, Field(ge=0, le=1)] = 0.4
    cards: PositiveInt = 1000
    retention_half_life: PositiveFloat = 30.0
