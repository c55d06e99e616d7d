"""The memory's section of params.yaml."""

from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt

from pum.core.validation import Section


class MemoryParams(Section):
    """`merge_at`: the cosine from which a wish for the same occasion is a card said in other words; `again_at`: the one
    from which it is that when the card was heard earlier in the same session, since people insist. `cards`: how many a
    user has at most, beside those of the past; `half_life`: sessions in which an unused card loses half of its strength
    (`pum.memory.retention`)."""

    merge_at: Annotated[float, Field(ge=0, le=1)] = 0.65
    again_at: Annotated[float, Field(ge=0, le=1)] = 0.4
    cards: PositiveInt = 1000
    half_life: PositiveFloat = 30.0
