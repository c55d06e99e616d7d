"""One user's cards: merged when a preference is repeated, superseded when it changes, limited in number."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from pum.core.errors import InputError
from pum.core.schemas import ExtractedPreference
from pum.extraction.rules import note_of
from pum.memory.card import Card, MemoryParams, Source
from pum.memory.contradiction import NO_VERDICTS, Relation, Unclear, Verdicts, relation, replaces, same_occasion
from pum.memory.polarity import is_ban
from pum.retrieval.dense import DenseIndex
from pum.retrieval.embed import CachedEmbedder

NEIGHBOURS = 32
"""How many of the nearest wordings a new preference is compared with."""

UNCLEAR_FROM, MOST_UNCLEAR = 0.4, 5
"""A card may concern the same subject from this cosine on, even if no word tells; at most so many are considered."""

_EXTRACTED = ("condition", "action", "scope", "negated", "confidence")


@dataclass(frozen=True)
class Added:
    """The result of adding a preference: the card that holds it, and the cosine of the nearest older card."""

    card: Card
    merged: bool
    similarity: float | None


class _Neighbours(NamedTuple):
    """Cards near a preference that say the same (the nearest with cosine `same_at`) or the opposite."""

    similarity: float | None
    same: tuple[Card, ...]
    same_at: float | None
    opposite: tuple[Card, ...]


class CardCollection:
    """One user's cards, in the order in which they were created. `unsaved`: ids of cards that have changed."""

    def __init__(self, cards: tuple[Card, ...], embedder: CachedEmbedder, params: MemoryParams) -> None:
        self._cards = {card.card_id: card for card in cards}
        self.unsaved: set[str] = set()
        self._embedder, self._params = embedder, params
        self._indexes: dict[str, DenseIndex] = {}
        self._by_wording: DenseIndex | None = None

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
        """A search index of active cards by their note, or by the request they came from. It follows later changes."""
        if text not in self._indexes:
            self._indexes[text] = DenseIndex(self._embedder.dimension)
            for card in self.active:
                self._enter(card, text)
        return self._indexes[text]

    def add(
        self, preference: ExtractedPreference, query: str, source: Source, verdicts: Verdicts = NO_VERDICTS
    ) -> Added:
        """Merge a preference into cards that say the same, or make a new card; supersede cards that say the opposite.

        A card says the same if it names the same choice for the same condition, or if the cosine of any of its wordings
        is at least `merge_threshold` (`same_session_merge_threshold` for a card of this session). The wording with the
        highest confidence becomes its note. `verdicts` decide where the words do not, before cosines.
        """
        found = self._neighbours(preference, source, verdicts)
        merged = bool(found.same)
        card = self._merged(_joined(found.same), preference, source) if merged else self._new(preference, query, source)
        for old in (*found.opposite, *found.same):
            if old.card_id != card.card_id:
                self._end(old, source, superseded_by=card.card_id)
        self.put(card)
        if len(self.index("note")) > self._params.cards:
            others = (other for other in self.active if other is not card)
            self._end(weakest(others, source.session, self._params.retention_half_life), source)
        return Added(card, merged, found.similarity)

    def known(self, card_id: str) -> Card:
        """The card with this id; InputError if there is none."""
        if card_id not in self._cards:
            raise InputError(f"there is no card {card_id!r}; `pum cards` lists them")
        return self._cards[card_id]

    def put(self, card: Card) -> None:
        """Store a new card, or replace the card with the same id."""
        before = self._cards.get(card.card_id)
        self._set(card)
        if before and before.active:
            for index in self._indexes.values():
                index.remove(card.card_id)
            for number in range(len(before.wordings) if self._by_wording is not None else 0):
                self._by_wording.remove(_wording_id(card, number))
        if card.active:
            for text in self._indexes:
                self._enter(card, text)
            if self._by_wording is not None:
                self._enter_wordings(card)

    def restated(
        self, preference: ExtractedPreference, source: Source, verdicts: Verdicts = NO_VERDICTS
    ) -> float | None:
        """The cosine of the card that `preference` would merge into; None if it is new, or a change of mind."""
        return self._neighbours(preference, source, verdicts).same_at

    def unclear(self, preference: ExtractedPreference, source: Source) -> Unclear:
        """The nearest cards whose relation to `preference` the words do not tell; none if they tell it for any card.

        Cards from the same message do not count, since the user means both.
        """
        note = note_of(preference)
        near = [(card, similarity) for card, similarity in self._nearest(note) if card.sources[-1] != source]
        if any(note in card.wordings or relation(card, preference) != "other" for card, _ in near):
            return Unclear((), note)
        older = [card.note for card, similarity in near if similarity >= UNCLEAR_FROM]
        return Unclear(tuple(older[:MOST_UNCLEAR]), note)

    def count_use(self, card_ids: Iterable[str], session: int) -> None:
        for card_id in card_ids:
            card = self._cards[card_id]
            self._set(replace(card, uses=card.uses + 1, last_use=session))

    def count_success(self, card_ids: Iterable[str]) -> None:
        for card_id in card_ids:
            self._set(replace(self._cards[card_id], successes=self._cards[card_id].successes + 1))

    def _set(self, card: Card) -> None:
        self._cards[card.card_id] = card
        self.unsaved.add(card.card_id)

    def _nearest(self, note: str) -> list[tuple[Card, float]]:
        """Active cards with the cosine of their nearest wording, nearest first."""
        compared: dict[str, float] = {}
        for wording, similarity in self._wordings().search(self._embedder.one(note)[None], NEIGHBOURS):
            compared.setdefault(wording.partition("/")[0], similarity)
        return [(self._cards[card_id], similarity) for card_id, similarity in compared.items()]

    def _neighbours(self, preference: ExtractedPreference, source: Source, verdicts: Verdicts) -> _Neighbours:
        near = self._nearest(note_of(preference))
        same, same_at, opposite = [], None, []
        for card, similarity in near:
            related = self._relation(card, preference, similarity, source, verdicts)
            if related == "opposite" and card.sources[-1] != source:  # within one message, both are meant
                opposite.append(card)
            elif related == "same":
                same.append(card)
                same_at = similarity if same_at is None else same_at
        return _Neighbours(near[0][1] if near else None, tuple(same), same_at, tuple(opposite))

    def _relation(
        self, card: Card, preference: ExtractedPreference, similarity: float, source: Source, verdicts: Verdicts
    ) -> Relation:
        by_words = relation(card, preference)
        alike = is_ban(card.action, card.negated) == is_ban(preference.action, preference.negated)
        if by_words != "other":
            return by_words
        if (verdict := verdicts.get((card.note, note_of(preference)), "other")) != "other":
            return verdict
        if similarity >= self._params.merge_threshold and same_occasion(card, preference):
            return "same" if alike and not replaces(card, preference) else "opposite"
        if not alike or card.sources[-1].session != source.session:
            return "other"
        action, before = (self._embedder.one(it.action) for it in (preference, card))
        nearest = max(similarity, float(action @ before))
        return "same" if nearest >= self._params.same_session_merge_threshold else "other"

    def _merged(self, card: Card, preference: ExtractedPreference, source: Source) -> Card:
        note = note_of(preference)
        clearer = _content(preference) if preference.confidence > card.confidence else {}
        sources = card.sources if source in card.sources else (*card.sources, source)
        wordings = card.wordings if note in card.wordings else (*card.wordings, note)
        return replace(card, **clearer, sources=sources, wordings=wordings)

    def _new(self, preference: ExtractedPreference, query: str, source: Source) -> Card:
        content = _content(preference)
        card_id = f"c{len(self._cards):04d}"
        return Card(card_id=card_id, query=query, sources=(source,), wordings=(content["note"],), **content)

    def _end(self, card: Card, until: Source, superseded_by: str | None = None) -> None:
        self.put(replace(card, until=until, superseded_by=superseded_by))

    def _enter(self, card: Card, text: str) -> None:
        self._indexes[text].add(card.card_id, self._embedder.one(getattr(card, text)))

    def _wordings(self) -> DenseIndex:
        """The search index of active cards by all their wordings."""
        if self._by_wording is None:
            self._by_wording = DenseIndex(self._embedder.dimension)
            for card in self.active:
                self._enter_wordings(card)
        return self._by_wording

    def _enter_wordings(self, card: Card) -> None:
        for number, wording in enumerate(card.wordings):
            self._by_wording.add(_wording_id(card, number), self._embedder.one(wording))


def _wording_id(card: Card, number: int) -> str:
    """The card's id, a slash, and the number of the wording."""
    return f"{card.card_id}/{number}"


def _joined(cards: Collection[Card]) -> Card:
    """The oldest of these cards with the data of all, and the note with the highest confidence."""
    oldest, clearest = min(cards, key=lambda card: card.number), max(cards, key=lambda card: card.confidence)
    return replace(
        oldest,
        **{name: getattr(clearest, name) for name in ("note", *_EXTRACTED)},
        sources=tuple(sorted({source for card in cards for source in card.sources})),
        wordings=tuple(dict.fromkeys(wording for card in (oldest, *cards) for wording in card.wordings)),
        uses=sum(card.uses for card in cards),
        successes=sum(card.successes for card in cards),
    )


def _content(preference: ExtractedPreference) -> dict:
    """The fields of a card that come from a preference."""
    return {"note": note_of(preference)} | {name: getattr(preference, name) for name in _EXTRACTED}


def strength(card: Card, session: int, retention_half_life: float) -> float:
    """(confidence + successes) * 2 ** (-age / retention_half_life), `age` in sessions since its last mention or use.

    Rounded, so that the last bits of a float cannot decide which card is dropped.
    """
    last = max(card.sources[-1].session, -1 if card.last_use is None else card.last_use)
    return round((card.confidence + card.successes) * 2.0 ** (-(session - last) / retention_half_life), 9)


def weakest(cards: Iterable[Card], session: int, retention_half_life: float) -> Card:
    """The card to drop when a user has too many; the oldest of equally weak ones. ValueError without cards."""
    return min(cards, key=lambda card: strength(card, session, retention_half_life))
