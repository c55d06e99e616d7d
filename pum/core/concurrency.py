"""Calling coroutines from code that is not one, and code that may be one from coroutines."""

import asyncio
import inspect
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


def run_sync(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Its result; also from inside a running event loop (a notebook), where asyncio.run alone is not allowed."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


async def maybe_await(value: Result | Awaitable[Result]) -> Result:
    """The result of something that may answer at once (rules) or take its time (a served model)."""
    return await value if inspect.isawaitable(value) else value


class Offload(Protocol):
    """Does blocking work (encoding, grading) for a coroutine."""

    async def __call__(self, work: Callable[..., Result], *arguments: object) -> Result: ...


async def run_inline(work: Callable[..., Result], *arguments: object) -> Result:
    """Here and now: right where nobody else waits for the event loop."""
    return work(*arguments)


class WorkerThread:
    """On a thread beside the event loop, one piece of work after another, so that no reply of a server waits for it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")

    async def __call__(self, work: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *arguments))


class KeyedLock:
    """Lets one at a time through for each name, first come first served, among tasks of any event loops and threads.

    An asyncio lock would belong to one loop, and a thread's lock would stop a whole loop.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Future]] = {}  # by the names of those inside
        self._lock = threading.Lock()

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[None]:
        turn = self._queue(name)
        try:
            if not turn.done():
                await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            if not turn.cancel():  # it had come already
                self._leave(name)
            raise
        try:
            yield
        finally:
            self._leave(name)

    def _queue(self, name: str) -> Future:
        """Done when it is the caller's turn."""
        turn: Future = Future()
        with self._lock:
            if name in self._waiting:
                self._waiting[name].append(turn)
            else:
                self._waiting[name] = deque()
                turn.set_result(None)
        return turn

    def _leave(self, name: str) -> None:
        with self._lock:
            waiting = self._waiting[name]
            while waiting:
                turn = waiting.popleft()
                if turn.set_running_or_notify_cancel():
                    turn.set_result(None)
                    return
            del self._waiting[name]
