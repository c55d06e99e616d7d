"""Schedules: when concurrent profiles may take their next turn. They affect speed, but no result."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol


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
