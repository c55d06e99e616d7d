"""Where a turn's time goes. The parts are timed from outside: an ordinary run carries no clock."""

import inspect
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from pathlib import Path

from pum.assistant.personalized_llm import PersonalizedLLM
from pum.bench.agent.offline import OfflineAgent
from pum.bench.users.verifiable import VerifiableUser
from pum.config.params import Params
from pum.experiments.throughput.grid import one_process
from pum.extraction.rules import RuleExtractor
from pum.extraction.trained import TrainedExtractor
from pum.methods.rag import Rag
from pum.results.files import read_results
from pum.retrieval.dense import DenseIndex
from pum.retrieval.embed import CachedEmbedder
from pum.retrieval.rerank import BiEncoderReranker
from pum.runner.batch import run
from pum.runner.config import RunConfig
from pum.runner.journal import Journal

# Each part by the functions in which its time is spent. A part that calls another is not charged for it.
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


def measure_parts(params: Params, study: str, method: str, profiles: int, scratch: Path) -> dict:
    """Seconds per turn by part, of one process playing `profiles` users of the study; `rest` is what no part names:
    reactions read and cards compared, answers graded, files read and written.

    Played twice: the first time fills the caches, as they are for all but the first of a study's methods.
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


class Stopwatch:
    """Adds up the time spent in wrapped functions; only the innermost one's clock runs."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._running: list[str] = []
        self._since = 0.0

    @contextmanager
    def on(self, parts: dict[str, tuple[tuple[type, str], ...]]) -> Iterator[None]:
        """While inside, the named methods are timed."""
        with ExitStack() as undo:
            for part, places in parts.items():
                for owner, name in places:
                    original = getattr(owner, name)
                    undo.callback(setattr, owner, name, original)
                    setattr(owner, name, self.timed(part, original))
            yield

    def timed(self, part: str, function: Callable) -> Callable:
        """`function` with its time charged to `part`. A coroutine must not be suspended: all its time is its own."""
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
