"""`rag`: the top J cards for the current message. `rag_vector` is the same class with a learner."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import PositiveFloat, PositiveInt

from pum.core.schemas import Candidate, Decision
from pum.core.text_cache import TextCache
from pum.core.validation import Section
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods.method import METHODS, Feedback, Method, PromptContext, Resources
from pum.retrieval.dense import rank
from pum.retrieval.grid import parts_of
from pum.retrieval.policy import select
from pum.retrieval.rerank import RerankerParams, build_reranker
from pum.retrieval.rewrite import rewrite
from pum.user_model.learner import CardChoice, Learner, Reaction

_ALWAYS = 10
"""At most so many global cards are injected when they are not ranked."""

_NOTES_KEPT = 16_384
"""Notes whose item vectors are in memory."""


class Settings(Section):
    """`top_k` candidates from the dense search, `top_j` of them injected; `temperature` of the policy's softmax.

    `query`: cards are compared with the `message`, or `in_context`: with the message and the open request, the better
    match counts. A remark on an answer ("use bullets, please") leaves the request open.
    `min_relevance_margin`: a conditional card is injected only when the message is this much closer to it, or to its
    condition, than to the mean note of the item space (a difference of cosines).
    `met_margin`: from this margin on its condition counts as met, for the note forms that tell the two apart.
    `card_text`: the text of a card that is embedded: its `note`, its source `query`, or `both` (the better match).
    `best_of`: the number of drafts per reply, of which the model chooses one; more than 1 needs a server.
    `reranker`: `bi_encoder`, the folder of a cross-encoder (such as BGE), a section of kind qwen3 or served, or `none`,
    which keeps the scores of the dense search.
    `global_notes`: global cards are `ranked` with the others, or `always` injected (the oldest ten) beside the top J of
    the others, as published. In the second case they are not chosen, so nothing is learned about them.
    """

    top_k: PositiveInt
    top_j: PositiveInt
    temperature: PositiveFloat
    query: Literal["message", "in_context"] = "message"
    query_rewrite: bool
    min_relevance_margin: float
    met_margin: float = 0.35
    card_text: Literal["note", "query", "both"]
    reranker: RerankerParams
    best_of: PositiveInt = 1
    global_notes: Literal["ranked", "always"] = "ranked"


@METHODS.register("rag", Settings)
class Rag(Method):
    """Dense search, reranking, top J. With a `learner`, each user's vectors add a bonus and learn from the reward."""

    uses_cards = True

    settings: Settings

    def __init__(self, settings: Settings, resources: Resources, learner: Learner | None = None) -> None:
        super().__init__(settings, resources)
        self.embedder, self.item_space, self.learner = resources.embedder, resources.item_space, learner
        self.reranker = build_reranker(settings.reranker, resources.embedder)
        self._compared = ("note", "query") if settings.card_text == "both" else (settings.card_text,)
        self._item_of: TextCache[np.ndarray] = TextCache(_NOTES_KEPT)

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        always = self._always(state)
        queries = self._queries(state, message)
        found = self._candidates(state, queries)
        margins = self._margins(queries, [card for card in map(state.cards.__getitem__, found) if card not in always])
        cards = [card for card, margin in margins.items() if margin >= self.settings.min_relevance_margin]
        if not cards:
            return PromptContext.injecting(card.as_note(met=True) for card in always)
        base = self._base_scores(queries, cards) if self.reranker else np.array([found[it.card_id] for it in cards])
        bonus = self._bonus(state, message, cards)
        selection = select(base, bonus, self.settings.top_j, self.settings.temperature)
        chosen_cards = [cards[index] for index in selection.chosen]
        injected = [card.as_note(met=True) for card in always]
        injected += [card.as_note(met=margins[card] >= self.settings.met_margin) for card in chosen_cards]
        notes = self.embedder.encode([note.text for note in injected])
        values = (selection.base, selection.bonus, selection.probability)
        scores = [np.round(column, 6).tolist() for column in values]
        chosen = [index in selection.chosen for index in range(len(cards))]
        return PromptContext.injecting(
            injected,
            candidates=tuple(map(Candidate, (card.card_id for card in cards), *scores, chosen)),
            max_similarity=float(np.max(notes @ self.embedder.encode_queries(queries).T)),
            rank_flip=selection.rank_flip,
            base_spread=round(float(np.std(base)), 6),
            z_norm=round(state.vectors.norm, 6) if self.learner else None,
        )

    def process_response(self, state: UserState, decision: Decision) -> None:
        state.cards.count_use(decision.chosen_ids, state.session)

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        if self.learner is None or not decision.candidates:
            return False
        answered = state.history[-2]["content"] if state.history else ""
        choice = replace(
            self._choice(state, answered, [state.cards[it.card_id] for it in decision.candidates]),
            probability=np.array([candidate.probability for candidate in decision.candidates]),
            chosen=tuple(index for index, candidate in enumerate(decision.candidates) if candidate.chosen),
        )
        before = state.vectors
        items = self._items([card.first_said for card in feedback.requested])
        numbers = tuple(card.number for card in feedback.requested)
        reaction = Reaction(feedback.reward, feedback.gate, items, numbers)
        state.vectors = self.learner.learn(before, choice, reaction)
        return state.vectors is not before

    def _always(self, state: UserState) -> list[Card]:
        if self.settings.global_notes == "ranked":
            return []
        return [card for card in state.cards.active if card.scope == "global"][:_ALWAYS]

    def _queries(self, state: UserState, message: str) -> list[str]:
        open_request = [state.request] if self.settings.query == "in_context" and state.request else []
        return list(dict.fromkeys([message, *open_request]))

    def _candidates(self, state: UserState, queries: Sequence[str]) -> dict[str, float]:
        """Card id -> best match with the queries or their rewrites, of the top K active cards; best first."""
        rewrites = map(rewrite, queries) if self.settings.query_rewrite else ()
        vectors = self.embedder.encode_queries([*queries, *filter(None, rewrites)])
        best: dict[str, float] = {}
        for text in self._compared:
            for card_id, score in state.cards.index(text).search(vectors, self.settings.top_k):
                best[card_id] = max(score, best.get(card_id, score))
        return dict(rank(best)[: self.settings.top_k])

    def _margins(self, queries: Sequence[str], cards: list[Card]) -> dict[Card, float]:
        """How much closer each card, or its condition, is to a query (not to its rewrite, which is close to many cards)
        than the mean note is; infinite for global cards, in the order of `cards`."""
        vectors = self.embedder.encode_queries(queries)
        texts = [text for card in cards for text in (card.condition or card.note, *self._of(card))]
        # Vectors are on a grid, so these sums are exact.
        mean = (vectors @ self.item_space.mean).astype(np.float64)
        margins = (self.embedder.encode(texts) @ vectors.T - mean).max(axis=1)
        closest = margins.reshape(len(cards), 1 + len(self._compared)).max(axis=1).tolist()
        return {
            card: math.inf if card.scope == "global" else margin for card, margin in zip(cards, closest, strict=True)
        }

    def _base_scores(self, queries: Sequence[str], cards: list[Card]) -> np.ndarray:
        """(n,) the reranker's score of each card, the best over its texts and the queries."""
        texts = [text for card in cards for text in self._of(card)]
        scores = np.max([self.reranker.score(query, texts) for query in queries], axis=0)
        return scores.reshape(len(cards), -1).max(axis=1)

    def _of(self, card: Card) -> list[str]:
        return [getattr(card, text) for text in self._compared]

    def _bonus(self, state: UserState, message: str, cards: list[Card]) -> np.ndarray:
        """(n,) the learner's bonus on the cards' base scores."""
        if self.learner is None:
            return np.zeros(len(cards))
        return self.learner.score(state.vectors, self._choice(state, message, cards))

    def _choice(self, state: UserState, message: str, cards: list[Card]) -> CardChoice:
        """The learner's input: the cards, and the open request (without one, `message`)."""
        sentences = self.embedder.encode_queries(parts_of(state.request or message))
        numbers = tuple(card.number for card in cards)
        items = self._items([card.first_said for card in cards])
        return CardChoice(items, numbers, self.item_space.project(sentences), (state.user_id, state.turn_id))

    def _items(self, notes: Sequence[str]) -> np.ndarray:
        """(n, k) item vectors of notes."""
        found = {note: self._item_of.get(note) for note in notes}
        if new := [note for note, item in found.items() if item is None]:
            projected = dict(zip(new, self.item_space.project(self.embedder.encode(new)), strict=True))
            self._item_of.update(projected)
            found |= projected
        return np.array([found[note] for note in notes]).reshape(len(notes), self.item_space.rank)
