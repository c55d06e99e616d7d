"""Bridges between synchronous and asynchronous code, and locks between tasks, threads and processes."""

import asyncio
import fcntl
import inspect
import os
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pum.core.errors import InputError

Result = TypeVar("Result")


def run_sync(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine; works inside a running event loop (a notebook) too, where asyncio.run does not."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


async def maybe_await(value: Result | Awaitable[Result]) -> Result:
    """The result of something that may be a plain value (rules) or an awaitable (a served model)."""
    return await value if inspect.isawaitable(value) else value


class Offload(Protocol):
    """Runs blocking work (encoding, grading) for a coroutine."""

    async def __call__(self, work: Callable[..., Result], *arguments: object) -> Result: ...


async def run_inline(work: Callable[..., Result], *arguments: object) -> Result:
    """Offload that blocks the event loop: right when no other task waits for it."""
    return work(*arguments)


class WorkerThread:
    """Offload to one thread beside the event loop, so that servers' replies do not wait for the work."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")

    async def __call__(self, work: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *arguments))


class KeyedLock:
    """One lock per name, first come first served, among tasks of all event loops and threads.

    An asyncio lock would belong to one loop, and a threading lock would block a whole loop.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Future]] = {}  # keys: the names that are locked
        self._lock = threading.Lock()

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[None]:
        turn = self._queue(name)
        try:
            if not turn.done():
                await asyncio.wrap_future(turn)
        except asyncio.CancelledError:
            if not turn.cancel():  # the lock was granted already
                self._leave(name)
            raise
        try:
            yield
        finally:
            self._leave(name)

    def _queue(self, name: str) -> Future:
        """A future that is done when the caller holds the lock."""
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


@contextmanager
def locked(path: Path, busy: str, *, shared: bool = False) -> Iterator[None]:
    """Hold an advisory lock on `path`, a folder or a file (created if missing). Many processes may hold a `shared` one.

    The system releases it when its process dies. InputError with the message `busy` when another process holds the
    lock; with "" this process waits. This is flock rather than a library's lock, because runs need shared locks and a
    lock on the results' own folder, where no lock file may lie.
    """
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            raise InputError(busy) from None
        yield
    finally:
        os.close(descriptor)
