"""`rag`: the top J cards for the present message. `rag_vector` is this very class, given a learner."""

from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import PositiveFloat, PositiveInt

from pum.errors import InputError
from pum.memory.cards import Card
from pum.memory.state import UserState
from pum.methods.base import Draft, Method, MethodSettings, Resources
from pum.retrieval.dense import rank
from pum.retrieval.embed import CachedEmbedder
from pum.retrieval.params import RerankerParams
from pum.retrieval.policy import select
from pum.retrieval.rerank import BiEncoderReranker, CrossEncoderReranker, Reranker
from pum.retrieval.rewrite import rewrite
from pum.schemas import Candidate, Decision, Reward
from pum.user_model.item_space import ItemSpace
from pum.user_model.reinforce import Reinforce


class Settings(MethodSettings):
    """`top_k` candidates from the dense search, `top_j` of them injected; `temperature` of the policy's softmax.

    `card_text`: what of a card is embedded and compared, its `note`, its source `query`, or `both` (the better match).
    `best_of`: how many drafts are sampled for each reply, the model itself choosing one; more than 1 takes a server.
    `reranker`: `bi_encoder`, the folder of a cross-encoder (BGE and the like), or a section of kind qwen3 or served.
    """

    top_k: PositiveInt
    top_j: PositiveInt
    temperature: PositiveFloat
    query_rewrite: bool
    card_text: Literal["note", "query", "both"]
    reranker: RerankerParams
    best_of: PositiveInt = 1


class Rag(Method):
    """Dense search, reranking, top J. With a `learner`, each user's vectors add a bonus, and learn from the reward."""

    uses_cards = True

    def __init__(
        self,
        settings: Settings,
        embedder: CachedEmbedder,
        reranker: Reranker,
        item_space: ItemSpace,
        learner: Reinforce | None = None,
    ) -> None:
        self.settings, self.embedder, self.reranker = settings, embedder, reranker
        self.item_space, self.learner = item_space, learner
        self._compared = ("note", "query") if settings.card_text == "both" else (settings.card_text,)
        self._item_of: dict[str, np.ndarray] = {}

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        cards = self._candidates(state, message)
        if not cards:
            return Draft()
        base = self._base_scores(message, cards)
        bonus = self.learner.bonus(state.vectors, self._items(cards)) if self.learner else np.zeros(len(cards))
        selection = select(base, bonus, self.settings.top_j, self.settings.temperature)
        injected = [cards[index] for index in selection.chosen]
        notes = self.embedder.encode([card.note for card in injected])
        values = (selection.base, selection.bonus, selection.probability)
        scores = [np.round(column, 6).tolist() for column in values]
        chosen = [index in selection.chosen for index in range(len(cards))]
        return Draft(
            Decision(
                notes=tuple(card.note for card in injected),
                candidates=tuple(map(Candidate, (card.card_id for card in cards), *scores, chosen)),
                max_similarity=float(np.max(notes @ self.embedder.encode_queries([message])[0])),
                rank_flip=selection.rank_flip,
            )
        )

    def process_response(self, state: UserState, decision: Decision) -> None:
        state.cards.count_use(tuple(candidate.card_id for candidate in decision.candidates if candidate.chosen))

    def learn(self, state: UserState, decision: Decision, reward: Reward, gate: float) -> bool:
        if self.learner is None or reward.value is None or not decision.candidates:
            return False
        items = self._items([state.cards[candidate.card_id] for candidate in decision.candidates])
        probability = np.array([candidate.probability for candidate in decision.candidates])
        chosen = tuple(index for index, candidate in enumerate(decision.candidates) if candidate.chosen)
        before = state.vectors
        state.vectors = self.learner.update(before, items, probability, chosen, reward.value, gate)
        return state.vectors is not before

    def _candidates(self, state: UserState, message: str) -> list[Card]:
        """The top K active cards, by their best match with the message or its rewrite, best first."""
        queries = [message]
        if self.settings.query_rewrite and (rewritten := rewrite(message)):
            queries.append(rewritten)
        vectors = self.embedder.encode_queries(queries)
        best: dict[str, float] = {}
        for text in self._compared:
            for card_id, score in state.cards.index(text).search(vectors, self.settings.top_k):
                best[card_id] = max(score, best.get(card_id, score))
        return [state.cards[card_id] for card_id, _ in rank(best)[: self.settings.top_k]]

    def _base_scores(self, message: str, cards: list[Card]) -> np.ndarray:
        """(n,) the reranker's score of each card; of the better of its texts where it has two."""
        flat = self.reranker.score(message, [getattr(card, text) for card in cards for text in self._compared])
        return flat.reshape(len(cards), -1).max(axis=1)

    def _items(self, cards: list[Card]) -> np.ndarray:
        """(n, k) item vectors of the cards' notes."""
        if new := [card.note for card in cards if card.note not in self._item_of]:
            self._item_of.update(zip(new, self.item_space.project(self.embedder.encode(new)), strict=True))
        return np.stack([self._item_of[card.note] for card in cards])


def build(settings: Settings, resources: Resources, learner: Reinforce | None = None) -> Method:
    return Rag(settings, resources.embedder, _reranker(settings.reranker, resources), resources.item_space, learner)


def _reranker(reranker: RerankerParams, resources: Resources) -> Reranker:
    if reranker == "bi_encoder":
        return BiEncoderReranker(resources.embedder)
    if isinstance(reranker, str):
        if not Path(reranker).is_dir():
            raise InputError(f"reranker {reranker!r}: neither bi_encoder nor the folder of a cross-encoder")
        return CrossEncoderReranker(Path(reranker))
    from pum.retrieval.qwen3 import Qwen3Reranker
    from pum.retrieval.served import ServedReranker

    settings = reranker.model_dump(exclude={"kind"}, exclude_none=True)
    if reranker.kind == "qwen3":
        return Qwen3Reranker(Path(settings.pop("path")), **settings)
    return ServedReranker(**settings)
