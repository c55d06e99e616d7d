"""Where a turn's time goes: in a run, by part, and in one turn of a user with very many cards.

The parts are timed from outside, so an ordinary run carries no clock. The many cards are synthetic: random unit vectors
stand for what an encoder would make of their texts, since only their number matters to the time.
"""

import inspect
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path
from statistics import median

import numpy as np

from pum.assistant.personalized_llm import PersonalizedLLM
from pum.bench.agent.offline import OfflineAgent
from pum.bench.users.verifiable import VerifiableUser
from pum.config.params import Params
from pum.core.paths import WORK
from pum.core.schemas import Message
from pum.extraction.rules import RuleExtractor
from pum.extraction.trained import TrainedExtractor
from pum.memory.card import Card, Source
from pum.memory.cards import CardCollection
from pum.memory.state import Pending, UserState
from pum.memory.store import FileStore
from pum.methods.method import Feedback, Resources
from pum.methods.rag import Rag
from pum.methods.rag_vector import RagVector, Settings
from pum.results.files import read_results
from pum.retrieval.dense import DenseIndex
from pum.retrieval.embed import CachedEmbedder
from pum.retrieval.grid import on_grid
from pum.retrieval.rerank import BiEncoderReranker
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.runner.journal import Journal
from pum.user_model.item_space import ItemSpace
from pum.user_model.vectors import UserVectors

# Part -> the functions in which its time is spent. Time is charged to the innermost part only.
_PARTS: dict[str, tuple[tuple[type, str], ...]] = {
    "extract": ((TrainedExtractor, "extract"), (RuleExtractor, "extract")),
    "embed": ((CachedEmbedder, "encode"), (CachedEmbedder, "encode_queries"), (CachedEmbedder, "one")),
    "retrieve": ((DenseIndex, "search"),),
    "rerank": ((BiEncoderReranker, "score"),),
    "score": ((Rag, "prepare_prompt"),),
    "update": ((Rag, "learn"),),
    "assistant": ((PersonalizedLLM, "chat_prepare"), (PersonalizedLLM, "chat_complete")),
    "agent": ((OfflineAgent, "answer"),),
    "user": ((VerifiableUser, "react"), (VerifiableUser, "open")),
    "journal": ((Journal, "commit"),),
}

SIZES = (10**2, 10**3, 10**4, 10**5, 10**6)
_DIMENSION, _RANK = 384, 64
_ROUND, _ROUNDS = 32, 20
_CHUNK = 10_000
_TURN_PARTS = {
    "retrieve": ((DenseIndex, "search"),),
    "score": ((Rag, "prepare_prompt"),),
    "update": ((Rag, "learn"),),
    "save": ((UserState, "to_save"), (FileStore, "save")),
}


def measure_parts(params: Params, study: str, method: str, profiles: int, scratch: Path) -> dict:
    """Seconds per turn by part, with one process playing `profiles` users of the study.

    `rest` is the time in no part: classifying reactions, comparing cards, grading answers, reading and writing files.
    The users are played twice: the first time fills the caches, as they are for all but a study's first method.
    """
    small = one_process(params, study, n_profiles=profiles)
    config = RunConfig(study, small.study(study), method, small)
    run(config, scratch / "warm", work=scratch)
    watch = Stopwatch()
    with watch.on(_PARTS):
        started = time.perf_counter()
        run(config, scratch / "timed", work=scratch)
        wall = time.perf_counter() - started
    turns = sum(row["turns"] for row in read_results(scratch / "timed")["sessions"])
    seconds = {**watch.seconds, "rest": wall - sum(watch.seconds.values())}
    return {
        "method": method,
        "turns": turns,
        "seconds_per_turn": {part: round(spent / turns, 7) for part, spent in seconds.items()},
    }


def one_process(params: Params, study: str, **size: object) -> Params:
    """The parameters with the study reduced to one seed and `size`, played by this process."""
    scale = params.study(study).model_copy(update={"seeds": params.study(study).seeds[:1], **size})
    return params.with_workers(1).model_copy(update={"studies": {**params.studies, study: scale}})


class Stopwatch:
    """Adds up the time spent in wrapped functions; only the innermost function is charged."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._running: list[str] = []
        self._since = 0.0

    @contextmanager
    def on(self, parts: dict[str, tuple[tuple[type, str], ...]]) -> Iterator[None]:
        with ExitStack() as undo:
            for part, places in parts.items():
                for owner, name in places:
                    original = getattr(owner, name)
                    undo.callback(setattr, owner, name, original)
                    setattr(owner, name, self.timed(part, original))
            yield

    def timed(self, part: str, function: Callable) -> Callable:
        """Wrap `function` so that its time is charged to `part`; a coroutine must not be suspended."""
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def timed(*args: object, **kwargs: object) -> object:
                with self._charge(part):
                    return await function(*args, **kwargs)

        else:

            @wraps(function)
            def timed(*args: object, **kwargs: object) -> object:
                with self._charge(part):
                    return function(*args, **kwargs)

        return timed

    @contextmanager
    def _charge(self, part: str) -> Iterator[None]:
        self._switch()
        self._running.append(part)
        try:
            yield
        finally:
            self._switch()
            self._running.pop()

    def _switch(self) -> None:
        """Charge the time since the last switch to the part that was running."""
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now


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

    `retrieve`: dense search; `score`: reranking, bonus and choice; `update`: the vectors after the reaction; `save`:
    the new state in the person's file, safe from a power cut; `turn`: all four. Numbers are medians over the messages
    of the fastest of several rounds, since other load only adds time.
    """
    table = []
    for cards in sizes:
        rng = np.random.default_rng(cards)
        embedder = _Synthetic(cards + _ROUND, rng)
        state = UserState("synthetic", _cards(cards, embedder, params), UserVectors(*np.zeros((2, _RANK))))
        space = ItemSpace(np.zeros(_DIMENSION, np.float32), np.eye(_RANK, _DIMENSION, dtype=np.float32), "synthetic")
        rag = RagVector(Settings(**params.methods[method]), Resources(embedder, space))
        with tempfile.TemporaryDirectory(prefix="latency-", dir=WORK) as folder:
            save = _saving(state, FileStore(Path(folder)))
            rounds = [_medians(rag, state, save, range(cards, cards + _ROUND)) for _ in range(_ROUNDS)]
        row = min(rounds, key=lambda medians: medians["turn"])
        table.append({"cards": cards, **{f"{part}_ms": round(value, 4) for part, value in row.items()}})
    return table


def _cards(count: int, embedder: _Synthetic, params: Params) -> CardCollection:
    """Cards 0 to count - 1, each with its own number as note and the next one's as request."""
    cards = tuple(
        Card(f"c{n}", str(n), "", "", "global", False, 1.0, str((n + 1) % count), (Source(0, n),), (str(n),))
        for n in range(count)
    )
    collection = CardCollection(cards, embedder, params.memory)
    for text in ("note", "query"):
        collection.index(text)
    return collection


def _saving(state: UserState, store: FileStore) -> Callable[[], None]:
    """A function that saves the state as after a turn; the first save, of all cards, is done here."""

    def save() -> None:
        state.saved(store.save(state.user_id, state.to_save(), state.version))

    save()
    return save


def _medians(rag: Rag, state: UserState, save: Callable[[], None], messages: range) -> dict[str, float]:
    turns = [_turn(rag, state, save, str(message)) for message in messages]
    parts = {part: median(turn[part] for turn in turns) for part in _TURN_PARTS}
    return {**parts, "turn": median(sum(turn.values()) for turn in turns)}


def _turn(rag: Rag, state: UserState, save: Callable[[], None], message: str) -> dict[str, float]:
    watch = Stopwatch()
    state.request = message
    with watch.on(_TURN_PARTS):
        decision = rag.prepare_prompt(state, message).decision
        rag.learn(state, decision, Feedback(-1.0, 0.5))
        rag.process_response(state, decision)
        state.history += [Message(role="user", content=message), Message(role="assistant", content="")]
        state.pending, state.turn = Pending(state.turn_id, message, decision), state.turn + 1
        save()
    return {part: 1e3 * seconds for part, seconds in watch.seconds.items()}
