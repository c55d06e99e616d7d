"""Calling coroutines from code that is not one, and code that may be one from coroutines."""

import asyncio
import inspect
from collections.abc import Awaitable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

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
