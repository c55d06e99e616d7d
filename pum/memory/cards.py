"""One user's cards: merged when something is said again, superseded when it is taken back, bounded in number."""

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
"""With how many of the nearest wordings what was just heard is compared."""

UNCLEAR_FROM, MOST_UNCLEAR = 0.4, 5
"""The cosine from which a card may be about the same thing although no word tells, and how many such cards count."""

_HEARD = ("condition", "action", "scope", "negated", "confidence")


@dataclass(frozen=True)
class Added:
    """What became of one extracted preference: the card that holds it, and how near the nearest older card was."""

    card: Card
    merged: bool
    similarity: float | None


class _Neighbours(NamedTuple):
    """Among the cards nearest to a preference: those that say the same (the nearest at `same_at`), and the opposite."""

    similarity: float | None
    same: tuple[Card, ...]
    same_at: float | None
    opposite: tuple[Card, ...]


class CardCollection:
    """One user's cards, in the order in which they were first heard."""

    def __init__(self, cards: tuple[Card, ...], embedder: CachedEmbedder, params: MemoryParams) -> None:
        self._cards = {card.card_id: card for card in cards}
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
        """Finds active cards by what they say, or by what they were said about; kept up to date from its first use."""
        if text not in self._indexes:
            self._indexes[text] = DenseIndex(self._embedder.dimension)
            for card in self.active:
                self._enter(card, text)
        return self._indexes[text]

    def add(
        self, preference: ExtractedPreference, query: str, source: Source, verdicts: Verdicts = NO_VERDICTS
    ) -> Added:
        """Merge into the cards that say the same, which become one, else make a new one; it supersedes their opposites.

        A card says the same when it names the same choice for the same condition, or when the cosine of any of its
        wordings is at least `merge_threshold` (`same_session_merge_threshold` for a card of this session). The plainest
        wording becomes its note. `verdicts` come after what the words say, and before cosines.
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
        """InputError for an id that no card has."""
        if card_id not in self._cards:
            raise InputError(f"there is no card {card_id!r}; `pum cards` lists them")
        return self._cards[card_id]

    def put(self, card: Card) -> None:
        """A new card, or a changed one in the place of the one with its id."""
        before = self._cards.get(card.card_id)
        self._cards[card.card_id] = card
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
        """The cosine of the card that `preference` would merge into; None when it is new, or a change of mind."""
        return self._neighbours(preference, source, verdicts).same_at

    def unclear(self, preference: ExtractedPreference, source: Source) -> Unclear:
        """The nearest cards of which words do not tell how `preference` stands to them; none where they tell of any.

        What was said in the same message is none of them: both are meant.
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
            self._cards[card_id] = replace(card, uses=card.uses + 1, last_use=session)

    def count_success(self, card_ids: Iterable[str]) -> None:
        for card_id in card_ids:
            self._cards[card_id] = replace(self._cards[card_id], successes=self._cards[card_id].successes + 1)

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
            said = self._relation(card, preference, similarity, source, verdicts)
            if said == "opposite" and card.sources[-1] != source:  # said in one breath, both are meant
                opposite.append(card)
            elif said == "same":
                same.append(card)
                same_at = similarity if same_at is None else same_at
        return _Neighbours(near[0][1] if near else None, tuple(same), same_at, tuple(opposite))

    def _relation(
        self, card: Card, preference: ExtractedPreference, similarity: float, source: Source, verdicts: Verdicts
    ) -> Relation:
        said = relation(card, preference)
        alike = is_ban(card.action, card.negated) == is_ban(preference.action, preference.negated)
        if said == "other" and verdicts:
            said = verdicts.get((card.note, note_of(preference)), "other")
        if said != "other":
            return said
        if similarity >= self._params.merge_threshold and same_occasion(card, preference):
            return "same" if alike and not replaces(card, preference) else "opposite"
        if not alike or card.sources[-1].session != source.session:
            return "other"
        action, before = (self._embedder.one(it.action) for it in (preference, card))
        return (
            "same" if max(similarity, float(action @ before)) >= self._params.same_session_merge_threshold else "other"
        )

    def _merged(self, card: Card, preference: ExtractedPreference, source: Source) -> Card:
        note = note_of(preference)
        plainest = _said(preference) if preference.confidence > card.confidence else {}
        sources = card.sources if source in card.sources else (*card.sources, source)
        wordings = card.wordings if note in card.wordings else (*card.wordings, note)
        return replace(card, **plainest, sources=sources, wordings=wordings)

    def _new(self, preference: ExtractedPreference, query: str, source: Source) -> Card:
        said = _said(preference)
        return Card(
            card_id=f"c{len(self._cards):04d}", query=query, sources=(source,), wordings=(said["note"],), **said
        )

    def _end(self, card: Card, until: Source, superseded_by: str | None = None) -> None:
        self.put(replace(card, until=until, superseded_by=superseded_by))

    def _enter(self, card: Card, text: str) -> None:
        self._indexes[text].add(card.card_id, self._embedder.one(getattr(card, text)))

    def _wordings(self) -> DenseIndex:
        """Finds active cards by everything in which they were said."""
        if self._by_wording is None:
            self._by_wording = DenseIndex(self._embedder.dimension)
            for card in self.active:
                self._enter_wordings(card)
        return self._by_wording

    def _enter_wordings(self, card: Card) -> None:
        for number, wording in enumerate(card.wordings):
            self._by_wording.add(_wording_id(card, number), self._embedder.one(wording))


def _wording_id(card: Card, number: int) -> str:
    """The card's id comes before the slash."""
    return f"{card.card_id}/{number}"


def _joined(cards: Collection[Card]) -> Card:
    """The oldest of these, with what all of them know; its note is the plainest one."""
    oldest, plainest = min(cards, key=lambda card: card.number), max(cards, key=lambda card: card.confidence)
    return replace(
        oldest,
        **{name: getattr(plainest, name) for name in ("note", *_HEARD)},
        sources=tuple(sorted({source for card in cards for source in card.sources})),
        wordings=tuple(dict.fromkeys(wording for card in (oldest, *cards) for wording in card.wordings)),
        uses=sum(card.uses for card in cards),
        successes=sum(card.successes for card in cards),
    )


def _said(preference: ExtractedPreference) -> dict:
    """What a card says, as it was said."""
    return {"note": note_of(preference)} | {name: getattr(preference, name) for name in _HEARD}


def strength(card: Card, session: int, retention_half_life: float) -> float:
    """(confidence + successes) * 2 ** (-age / retention_half_life), `age` in sessions since its last mention or use.

    Rounded, so that the last bits of a float cannot decide which card is dropped.
    """
    last = max(card.sources[-1].session, -1 if card.last_use is None else card.last_use)
    return round((card.confidence + card.successes) * 2.0 ** (-(session - last) / retention_half_life), 9)


def weakest(cards: Iterable[Card], session: int, retention_half_life: float) -> Card:
    """The card to drop when a user has too many; the oldest of equally weak ones. ValueError without cards."""
    return min(cards, key=lambda card: strength(card, session, retention_half_life))
