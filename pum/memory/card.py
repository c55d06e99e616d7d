"""A memory card: one preference of a user; and the settings of a memory."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt

from pum.core.schemas import Note
from pum.core.validation import Section


@dataclass(frozen=True, order=True)
class Source:
    """The session and turn in which a preference was stated."""

    session: int
    turn: int


@dataclass(frozen=True)
class Card:
    """One remembered preference, valid from the first of `sources` to `until` (None: still valid).

    `wordings` are all its phrasings, oldest first; `note` is the one extracted with the highest confidence. `query` is
    the open request when the user stated it: the situation in which the preference matters.
    `uses` counts the prompts that included the card, `successes` those with a positive reward. `last_use` is the last
    session it was used in. `superseded_by` is the id of the card that replaced it, if any. Cards that are no longer
    valid are kept as history and never injected.
    """

    card_id: str
    note: str
    condition: str
    action: str
    scope: str
    negated: bool
    confidence: float
    query: str
    sources: tuple[Source, ...]
    wordings: tuple[str, ...]
    uses: int = 0
    successes: int = 0
    last_use: int | None = None
    until: Source | None = None
    superseded_by: str | None = None

    @property
    def active(self) -> bool:
        return self.until is None

    @property
    def first_said(self) -> str:
        """The first wording. It never changes, so learners represent the card by it."""
        return self.wordings[0]

    @property
    def number(self) -> int:
        """The card's position among the user's cards, from 0."""
        return int(self.card_id[1:])

    def as_note(self, met: bool = False) -> Note:
        """The card as a prompt shows it; `met` as in `Note`."""
        action = f"{self.action[:1].upper()}{self.action[1:]}." if self.condition else ""
        return Note(self.note, action, met)

    def to_json(self) -> dict:
        until = dict(vars(self.until)) if self.until else None
        sources = [dict(vars(source)) for source in self.sources]
        return {**vars(self), "sources": sources, "wordings": list(self.wordings), "until": until}

    @classmethod
    def from_json(cls, data: dict) -> "Card":
        until = Source(**data["until"]) if data["until"] else None
        sources = tuple(Source(**source) for source in data["sources"])
        return cls(**{**data, "sources": sources, "wordings": tuple(data["wordings"]), "until": until})


class MemoryParams(Section):
    """The section `memory` of params.yaml.

    `merge_threshold`: minimum cosine at which a preference with the same condition is merged into a card;
    `same_session_merge_threshold`: the same for cards of the current session, because people repeat themselves.
    `cards`: maximum number of active cards per user. `retention_half_life`: sessions until an unused card loses half
    of its strength (`pum.memory.cards.strength`).
    """

    merge_threshold: Annotated[float, Field(ge=0, le=1)] = 0.65
    same_session_merge_threshold: Annotated[float, Field(ge=0, le=1)] = 0.4
    cards: PositiveInt = 1000
    retention_half_life: PositiveFloat = 30.0
