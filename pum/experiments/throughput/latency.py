"""One turn of one user with very many cards: search, scores, and the update of the vector.

The cards are synthetic: random unit vectors stand for what an encoder would have made of their texts. Their number is
all that matters to the time, and nobody says a million preferences.
"""

from collections.abc import Sequence
from statistics import median

import numpy as np

from pum.config.params import Params
from pum.experiments.throughput.parts import Stopwatch
from pum.memory.card import Card, Source
from pum.memory.cards import CardCollection
from pum.memory.state import UserState
from pum.methods.method import Feedback, Resources
from pum.methods.rag import Rag
from pum.methods.rag_vector import RagVector, Settings
from pum.retrieval.dense import DenseIndex
from pum.retrieval.grid import on_grid
from pum.user_model.item_space import ItemSpace
from pum.user_model.vectors import UserVectors

SIZES = (10**2, 10**3, 10**4, 10**5, 10**6)
_DIMENSION, _RANK = 384, 64
_ROUND, _ROUNDS = 32, 20
_CHUNK = 10_000
_PARTS = {"retrieve": ((DenseIndex, "search"),), "score": ((Rag, "prepare_prompt"),), "update": ((Rag, "learn"),)}


class _Synthetic:
    """An embedder whose texts are numbers: text "7" has the 7th of `count` random unit vectors."""

    identity, dimension = "synthetic", _DIMENSION

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        self._vectors = np.empty((count, _DIMENSION), dtype=np.float32)
        for start in range(0, count, _CHUNK):
            part = rng.normal(size=(min(_CHUNK, count - start), _DIMENSION))
            self._vectors[start : start + _CHUNK] = on_grid(part / np.linalg.norm(part, axis=1, keepdims=True))

    def one(self, text: str) -> np.ndarray:
        return self._vectors[int(text)]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        return self.encode_queries(texts)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._vectors[[int(text) for text in texts]]


def measure_latency(params: Params, method: str, sizes: Sequence[int] = SIZES) -> list[dict]:
    """Milliseconds of a turn's parts at each number of cards, with the method's own settings.

    Medians over the same messages in the quietest of several rounds: what else goes on in a machine only adds.

    `retrieve`: dense search; `score`: reranking, bonus and choice; `update`: the vectors after the reaction; `turn`:
    the three together.
    """
    table = []
    for cards in sizes:
        rng = np.random.default_rng(cards)
        embedder = _Synthetic(cards + _ROUND, rng)
        state = UserState("synthetic", _box(cards, embedder, params), UserVectors(*np.zeros((2, _RANK))))
        space = ItemSpace(np.zeros(_DIMENSION, np.float32), np.eye(_RANK, _DIMENSION, dtype=np.float32), "synthetic")
        rag = RagVector(Settings(**params.methods[method]), Resources(embedder, space))
        rounds = [_medians(rag, state, range(cards, cards + _ROUND)) for _ in range(_ROUNDS)]
        row = min(rounds, key=lambda medians: medians["turn"])
        table.append({"cards": cards, **{f"{part}_ms": round(value, 4) for part, value in row.items()}})
    return table


def _box(count: int, embedder: _Synthetic, params: Params) -> CardCollection:
    """Cards 0 to count - 1; each stands for a note, and was said about the request of another."""
    cards = tuple(
        Card(f"c{n}", str(n), "", "", "global", False, 1.0, str((n + 1) % count), (Source(0, n),), (str(n),))
        for n in range(count)
    )
    box = CardCollection(cards, embedder, params.memory)
    for text in ("note", "query"):
        box.index(text)
    return box


def _medians(rag: Rag, state: UserState, messages: range) -> dict[str, float]:
    turns = [_turn(rag, state, str(message)) for message in messages]
    parts = {part: median(turn[part] for turn in turns) for part in _PARTS}
    return {**parts, "turn": median(sum(turn.values()) for turn in turns)}


def _turn(rag: Rag, state: UserState, message: str) -> dict[str, float]:
    """Milliseconds of each part for one message."""
    watch = Stopwatch()
    state.request = message
    with watch.on(_PARTS):
        decision = rag.prepare_prompt(state, message).decision
        rag.learn(state, decision, Feedback(-1.0, 0.5))
    return {part: 1e3 * seconds for part, seconds in watch.seconds.items()}
