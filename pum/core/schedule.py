"""When profiles that are played at the same time may take their next turn. No result depends on it, only the time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol


class Schedule(Protocol):
    """`member` is held by a profile while it plays; `turn` is awaited before each of its turns."""

    def member(self) -> "asynccontextmanager": ...

    async def turn(self) -> None: ...


class Continuous:
    """A profile goes on as soon as its reply is there, so that a server always has the next request of everyone."""

    @asynccontextmanager
    async def member(self) -> AsyncIterator[None]:
        yield

    async def turn(self) -> None:
        pass


class TurnSynchronous:
    """Nobody takes a turn before everybody's last one is over, as in batched inference without a server."""

    def __init__(self) -> None:
        self._members = 0
        self._waiting: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def member(self) -> AsyncIterator[None]:
        self._members += 1
        await asyncio.sleep(0)  # whoever starts at the same time is a member before anyone takes a turn
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
