"""Calling coroutines from code that is not one, and code that may be one from coroutines."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


def run_to_end(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Its result; also from inside a running event loop (a notebook), where asyncio.run alone is not allowed."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


async def settled(value: Result | Awaitable[Result]) -> Result:
    """The result of something that may answer at once (rules) or take its time (a served model)."""
    return await value if inspect.isawaitable(value) else value


class Aside(Protocol):
    """Does blocking work (encoding, grading) for a coroutine."""

    async def __call__(self, work: Callable[..., Result], *arguments: object) -> Result: ...


async def at_once(work: Callable[..., Result], *arguments: object) -> Result:
    """Here and now: right where nobody else waits for the event loop."""
    return work(*arguments)


class OneThread:
    """On a thread beside the event loop, one piece of work after another, so that no reply of a server waits for it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="beside")

    async def __call__(self, work: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *arguments))
