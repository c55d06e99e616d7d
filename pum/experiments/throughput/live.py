"""How much of a server's speed sessions get, by the schedule in which profiles take turns.

The sessions are conversations of uneven length about the benchmark's tasks. Reply lengths are fixed, and a server that
honours `ignore_eos` (vLLM) writes all of them, so every schedule asks for the same tokens. The continuous schedule is
played first; its prompts and lengths are then sent all at once, which is as fast as the server gets (`raw`).
"""

import asyncio
import os
import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from pum.bench.types import Task
from pum.config.servers import ServerParams
from pum.core.concurrency import Continuous, Schedule, TurnSynchronous
from pum.core.errors import InputError
from pum.core.rng import key, uniform
from pum.core.schemas import Message
from pum.llm.client_pool import ClientPool
from pum.llm.openai_chat import OpenAIChat

SEED = 7
_NO_LIMIT = 4096
WAYS = ("continuous", "raw", "turn_synchronous", "thread_per_profile")


@dataclass(frozen=True)
class Turn:
    text: str
    tokens: int


Profiles = list[list[list[Turn]]]
"""[profile][session][turn]"""


@dataclass(frozen=True)
class Load:
    """The conversations of a measurement; `parallel` of `profiles` are played at a time.

    A session has up to `turns` turns. Replies have `shortest` to `longest` tokens, uniform on a log scale.
    """

    parallel: int
    profiles: int
    sessions: int = 1
    turns: int = 6
    shortest: int = 8
    longest: int = 128

    def conversations(self, tasks: Sequence[Task]) -> Profiles:
        return [
            [self._session(tasks, profile, session) for session in range(self.sessions)]
            for profile in range(self.profiles)
        ]

    def _session(self, tasks: Sequence[Task], profile: int, session: int) -> list[Turn]:
        random_key = (SEED, profile, session)
        statement = tasks[key(*random_key, "task") % len(tasks)].statement[:600]
        length = 1 + key(*random_key, "turns") % self.turns
        return [
            Turn(statement if turn == 0 else "Go on, please.", self._tokens(uniform(*random_key, "tokens", turn)))
            for turn in range(length)
        ]

    def _tokens(self, share: float) -> int:
        return round(self.shortest * (self.longest / self.shortest) ** share)


@dataclass(frozen=True)
class Call:
    messages: tuple[Message, ...]
    tokens: int


class _Client:
    """Makes requests of exact lengths, and records them. `mark` keeps one schedule's prompts out of another's cache."""

    def __init__(self, server: ServerParams, mark: str) -> None:
        self._server, self._mark, self._client_pool = server, mark, ClientPool()
        self.calls: list[Call] = []

    async def ask(self, messages: Sequence[Message], tokens: int) -> str:
        self.calls.append(Call(tuple(messages), tokens))
        system = Message(role="system", content=f"({self._mark}) You are a helpful assistant.")
        reply = await self._chat(tokens).answer([system, *messages], seed=SEED, max_tokens=tokens)
        if reply.usage.completion_tokens != tokens:
            raise InputError(f"{self._server.model}: the server does not honour ignore_eos, so nothing can be compared")
        return reply.text

    def _chat(self, tokens: int) -> OpenAIChat:
        """A client for replies of this length; all clients share their connections."""
        server = self._server
        return OpenAIChat(
            server.urls,
            server.model,
            api_key_env=server.api_key_env,
            purpose="benchmark",
            temperature=0.0,
            client_pool=self._client_pool,
            timeout_s=server.timeout_s,
            max_new_tokens=tokens,
            concurrency=_NO_LIMIT,
            extra=(("ignore_eos", True), ("min_tokens", tokens)),
        )


async def _play(client: _Client, sessions: list[list[Turn]], schedule: Schedule) -> None:
    for session in sessions:
        history: list[Message] = []
        for turn in session:
            await schedule.turn()
            history.append(Message(role="user", content=turn.text))
            reply = await client.ask(history, turn.tokens)
            history.append(Message(role="assistant", content=reply))


async def _paced(client: _Client, conversations: Profiles, parallel: int, schedule: Schedule) -> None:
    gate = asyncio.Semaphore(parallel)

    async def one(sessions: list[list[Turn]]) -> None:
        async with gate, schedule.member():
            await _play(client, sessions, schedule)

    await asyncio.gather(*map(one, conversations))


async def _threads(server: ServerParams, mark: str, conversations: Profiles, parallel: int) -> None:
    """A thread with an event loop and connections of its own for each profile, as MultiSessionCollab plays them."""

    def one(sessions: list[list[Turn]]) -> None:
        asyncio.run(_play(_Client(server, mark), sessions, Continuous()))

    with ThreadPoolExecutor(parallel) as pool:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(pool, one, sessions) for sessions in conversations))


def load_for(server: ServerParams) -> Load:
    """As many parallel profiles as the servers take requests, and eight times as many in all.

    While the last profiles finish, servers are not fully used; with many profiles, that matters little.
    """
    parallel = server.max_sequences * max(len(server.replicas), 1)
    return Load(parallel, 8 * parallel)


def measure(
    server: ServerParams, tasks: Sequence[Task], load: Load, say: Callable[[str], None], rounds: int = 3
) -> dict:
    """Generated tokens per second of each schedule, and their ratios; medians over `rounds`.

    Every round plays every schedule, so that other load affects all of them. InputError if the server does not honour
    `ignore_eos`.
    """
    if not server.replicas:
        raise InputError("throughput: the role agent of this layout has no server")
    conversations = load.conversations(tasks)
    tokens = sum(turn.tokens for profile in conversations for session in profile for turn in session)
    # On its first request, a server compiles.
    asyncio.run(_play(_Client(server, "warm-up"), conversations[0][:1], Continuous()))
    speeds: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(rounds):
        recorder = _Client(server, f"continuous {number}")
        for way in WAYS:
            started = time.monotonic()
            asyncio.run(_one_way(way, server, f"{way} {number}", conversations, load.parallel, recorder))
            speeds[way].append(tokens / (time.monotonic() - started))
            say(f"round {number + 1}, {way}: {speeds[way][-1]:.1f} tokens/s")
    ratios = {
        f"continuous_over_{way}": median(
            continuous / other for continuous, other in zip(speeds["continuous"], speeds[way], strict=True)
        )
        for way in WAYS[1:]
    }
    return {
        "model": server.model,
        "hardware": _hardware(server),
        "load": {**vars(load), "generated_tokens": tokens, "requests": len(recorder.calls), "rounds": rounds},
        **{f"{way}_tokens_per_s": round(median(values), 2) for way, values in speeds.items()},
        **{name: round(ratio, 3) for name, ratio in ratios.items()},
    }


async def _one_way(
    way: str, server: ServerParams, mark: str, conversations: Profiles, parallel: int, recorder: _Client
) -> None:
    if way == "continuous":
        await _paced(recorder, conversations, parallel, Continuous())
    elif way == "raw":
        client = _Client(server, mark)
        await asyncio.gather(*(client.ask(call.messages, call.tokens) for call in recorder.calls))
    elif way == "turn_synchronous":
        await _paced(_Client(server, mark), conversations, parallel, TurnSynchronous())
    else:
        await _threads(server, mark, conversations, parallel)


def _hardware(server: ServerParams) -> str:
    gpus = sum(len(replica.gpus) for replica in server.replicas)
    return f"{gpus} GPUs" if gpus else f"{os.cpu_count()} CPU cores ({platform.machine()})"
