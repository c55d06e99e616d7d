"""A memory card: one thing that a user was heard to prefer."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Source:
    """Where a preference was said."""

    session: int
    turn: int


@dataclass(frozen=True)
class Card:
    """One remembered preference, valid from the first of `sources` to `until` (None: still).

    `wordings` are all notes in which it was said, oldest first; `note` is the plainest of them. `query` is the request
    that the user was waiting on when saying it: the situation in which the preference matters.
    `uses` counts the prompts it was in, `successes` those with a positive reward; `last_use` is its last session.
    `superseded_by` is the id of the card that took its place, if one did. What is not valid any more is kept as history
    and never injected.
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
        """The note that stays while others join it: what learners take the card for."""
        return self.wordings[0]

    @property
    def number(self) -> int:
        """Its place among the user's cards, from 0."""
        return int(self.card_id[1:])

    def to_json(self) -> dict:
        until = dict(vars(self.until)) if self.until else None
        sources = [dict(vars(source)) for source in self.sources]
        return {**vars(self), "sources": sources, "wordings": list(self.wordings), "until": until}

    @classmethod
    def from_json(cls, data: dict) -> "Card":
        until = Source(**data["until"]) if data["until"] else None
        sources = tuple(Source(**source) for source in data["sources"])
        return cls(**{**data, "sources": sources, "wordings": tuple(data["wordings"]), "until": until})
