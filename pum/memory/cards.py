"""Memory cards: what a user was heard to prefer, merged when it is said again, superseded when it is taken back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from pum.memory.extraction import note_of
from pum.retrieval.dense import DenseIndex
from pum.retrieval.embed import CachedEmbedder
from pum.schemas import ExtractedPreference


@dataclass(frozen=True)
class Source:
    """Where a preference was said."""

    session: int
    turn: int


@dataclass(frozen=True)
class Card:
    """One remembered preference.

    `query` is the request that the user was waiting on when saying it: the situation in which the preference matters.
    `superseded_by` is the id of the card that took its place; such a card is kept as history and never injected.
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
    uses: int = 0
    superseded_by: str | None = None

    @property
    def active(self) -> bool:
        return self.superseded_by is None

    @property
    def number(self) -> int:
        """Its place among the user's cards, from 0."""
        return int(self.card_id[1:])

    def to_json(self) -> dict:
        return {**vars(self), "sources": [dict(vars(source)) for source in self.sources]}

    @classmethod
    def from_json(cls, data: dict) -> "Card":
        return cls(**{**data, "sources": tuple(Source(**source) for source in data["sources"])})


@dataclass(frozen=True)
class Added:
    """What became of one extracted preference: the card that holds it, and how near the nearest older card was."""

    card: Card
    merged: bool
    similarity: float | None


class CardBox:
    """One user's cards, in the order in which they were first heard."""

    def __init__(self, cards: tuple[Card, ...], embedder: CachedEmbedder, merge_at: float) -> None:
        self._cards = {card.card_id: card for card in cards}
        self._embedder, self._merge_at = embedder, merge_at
        self._indexes: dict[str, DenseIndex] = {}

    def __len__(self) -> int:
        return len(self._cards)

    def __iter__(self) -> Iterator[Card]:
        return iter(self._cards.values())

    def __getitem__(self, card_id: str) -> Card:
        return self._cards[card_id]

    @property
    def active(self) -> tuple[Card, ...]:
        return tuple(card for card in self if card.active)

    def index(self, text: Literal["note", "query"]) -> DenseIndex:
        """Finds active cards by what they say, or by what they were said about; kept up to date from its first use."""
        if text not in self._indexes:
            self._indexes[text] = DenseIndex(self._embedder.dimension)
            for card in self.active:
                self._enter(card, text)
        return self._indexes[text]

    def add(self, preference: ExtractedPreference, query: str, source: Source) -> Added:
        """Merge into the nearest card when it says the same, supersede it when it says the opposite, else keep both.

        Two notes say the same from a cosine of `merge_at` on.
        """
        nearest, similarity = self.nearest(note_of(preference))
        if nearest is not None and similarity >= self._merge_at and nearest.negated == preference.negated:
            merged = replace(
                nearest,
                confidence=max(nearest.confidence, preference.confidence),
                sources=nearest.sources if source in nearest.sources else (*nearest.sources, source),
            )
            self._cards[merged.card_id] = merged
            return Added(merged, True, similarity)
        card = self._new(preference, query, source)
        if nearest is not None and similarity >= self._merge_at:
            self._cards[nearest.card_id] = replace(nearest, superseded_by=card.card_id)
            for index in self._indexes.values():
                index.remove(nearest.card_id)
        self._cards[card.card_id] = card
        for text in self._indexes:
            self._enter(card, text)
        return Added(card, False, similarity)

    def nearest(self, note: str) -> tuple[Card | None, float | None]:
        """The active card whose note is closest to `note`, and the cosine; (None, None) without cards."""
        index = self.index("note")
        if not index:
            return None, None
        [(card_id, similarity)] = index.search(self._embedder.one(note)[None], 1)
        return self._cards[card_id], similarity

    def _enter(self, card: Card, text: str) -> None:
        self._indexes[text].add(card.card_id, self._embedder.one(getattr(card, text)))

    def count_use(self, card_ids: tuple[str, ...]) -> None:
        for card_id in card_ids:
            self._cards[card_id] = replace(self._cards[card_id], uses=self._cards[card_id].uses + 1)

    def _new(self, preference: ExtractedPreference, query: str, source: Source) -> Card:
        return Card(
            card_id=f"c{len(self._cards):04d}",
            note=note_of(preference),
            condition=preference.condition,
            action=preference.action,
            scope=preference.scope,
            negated=preference.negated,
            confidence=preference.confidence,
            query=query,
            sources=(source,),
        )
