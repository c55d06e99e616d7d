"""Bridges between synchronous and asynchronous code, locks between tasks, threads and processes, and schedules.

A schedule says when concurrent profiles may take their next turn. It affects speed, but no result.
"""

import asyncio
import fcntl
import inspect
import os
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pum.core.errors import InputError

Result = TypeVar("Result")

# The workers of a killed process end within this time.
_PATIENCE_S = 3.0


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
        # The names that are held or waited for, and the loops on which they are.
        self._entered: list[tuple[str, asyncio.AbstractEventLoop]] = []
        self._lock = threading.Lock()

    @asynccontextmanager
    async def holding(self, name: str) -> AsyncIterator[None]:
        turn, here = self._queue(name), (name, asyncio.get_running_loop())
        self._entered.append(here)
        try:
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
        finally:
            self._entered.remove(here)

    def in_use_on_this_loop(self, name: str) -> bool:
        """Would waiting for the lock, without yielding to the event loop that runs here, last for ever?"""
        try:
            return (name, asyncio.get_running_loop()) in self._entered
        except RuntimeError:  # no loop runs here
            return False

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
def locked(path: Path, busy: str, *, shared: bool = False) -> Iterator[int]:
    """Hold the advisory lock of the file or folder `path`, and yield its descriptor; many may hold a `shared` one.

    A process that inherits the descriptor holds the lock too; the system releases it when the last of them ends.
    InputError with the message `busy` when others hold the lock for longer than a killed process's workers live; with
    "" this process waits.

    This is flock rather than a library's lock, because runs need shared locks that their workers inherit. It also works
    between hosts, on NFSv4: there a shared lock takes a descriptor for reading and an exclusive one a descriptor for
    writing (flock(2)), and a folder could be locked on one host only.
    """
    file = lock_of(path)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    patient_until = time.monotonic() + _PATIENCE_S
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while True:
            try:
                fcntl.flock(descriptor, kind | (fcntl.LOCK_NB if busy else 0))
                break
            except BlockingIOError:
                if time.monotonic() > patient_until:
                    raise InputError(busy) from None
                time.sleep(0.05)
            except OSError as error:
                raise InputError(f"{file}: no lock works on this file system ({error.strerror}); use another") from None
        yield descriptor
    finally:
        os.close(descriptor)


def lock_of(path: Path) -> Path:
    """The lock's file, beside `path`. It is never deleted: a lock on a deleted file excludes nobody."""
    return path.with_name(f".{path.name}.lock")


class Schedule(Protocol):
    """A profile holds `member` while it runs, and awaits `turn` before each of its turns."""

    def member(self) -> "asynccontextmanager": ...

    async def turn(self) -> None: ...


class Continuous:
    """Each profile continues as soon as it has its reply, which keeps a server busy."""

    @asynccontextmanager
    async def member(self) -> AsyncIterator[None]:
        yield

    async def turn(self) -> None:
        pass


class TurnSynchronous:
    """No profile starts a turn before all have finished the previous one, as in batched inference without a server."""

    def __init__(self) -> None:
        self._members = 0
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def member(self) -> AsyncIterator[None]:
        self._members += 1
        await asyncio.sleep(0)  # profiles that start together all become members before the first turn
        try:
            yield
        finally:
            self._members -= 1
            self._start_if_all_wait()

    async def turn(self) -> None:
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        self._start_if_all_wait()
        try:
            await mine
        except asyncio.CancelledError:
            self._waiting = [other for other in self._waiting if other is not mine]
            raise

    def _start_if_all_wait(self) -> None:
        if len(self._waiting) >= self._members:
            ready, self._waiting = self._waiting, []
            for waiter in ready:
                waiter.set_result(None)


SCHEDULES = {"continuous": Continuous, "turn_synchronous": TurnSynchronous}
