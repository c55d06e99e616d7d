"""The addresses at which a model is served: which one takes the next request, and which one is left alone for now."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pum.core.errors import InputError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_NO_KEY = "none"
# Named, because the client's own default is whatever OPENAI_BASE_URL says: a host that no parameter names.
_OPENAI = "https://api.openai.com/v1"
_FIRST_REST_S, _LONGEST_REST_S = 1.0, 30.0
_HEALTH_TIMEOUT_S = 5.0


def api_key(url: str | None, api_key_env: str) -> str:
    """The key as the environment has it now; InputError when OpenAI is meant (no URL) and there is none, and for a
    value that no HTTP header can hold: the error that it would cause later quotes it."""
    key = os.environ.get(api_key_env, "").strip()
    if not key and url is None:
        raise InputError(f"set {api_key_env} to an OpenAI key")
    if not (key.isascii() and key.isprintable()):
        raise InputError(f"{api_key_env} is no key: it has characters other than printable ASCII")
    return key or _NO_KEY


def without_keys(text: str, api_key_envs: Iterable[str]) -> str:
    """`text` with the values of these environment variables starred out, the longest first."""
    keys = {os.environ.get(name, "").strip() for name in api_key_envs} - {""}
    for key in sorted(keys, key=len, reverse=True):
        text = text.replace(key, "***")
    return text


@dataclass
class _Link:
    """What one event loop has of an endpoint. `closing` is a generator that lives as long as the loop."""

    client: "AsyncOpenAI"
    slots: asyncio.Semaphore
    closing: AsyncGenerator[None, None] | None = None


class Endpoint:
    """One address (None: OpenAI) with its limit of requests under way, for all who share it.

    Connections and slots belong to an event loop; each loop that uses an endpoint gets its own.
    """

    def __init__(self, url: str | None, api_key_env: str, concurrency: int) -> None:
        self.url, self.api_key_env, self.concurrency = url, api_key_env, concurrency
        self.load = 0
        self.rests_until = 0.0
        self._rest_s = 0.0
        self._links: dict[asyncio.AbstractEventLoop, _Link] = {}

    @property
    def key(self) -> str:
        return api_key(self.url, self.api_key_env)

    @property
    def resting(self) -> bool:
        return time.monotonic() < self.rests_until

    @property
    def suspect(self) -> bool:
        """It failed last time."""
        return self._rest_s > 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator["AsyncOpenAI"]:
        """A client to make one request with. Who waits for a slot counts as load."""
        link = await self._link()
        self.load += 1
        try:
            async with link.slots:
                yield link.client
        finally:
            self.load -= 1

    def succeeded(self) -> None:
        self._rest_s = self.rests_until = 0.0

    def failed(self) -> None:
        """Leave it alone for a while, each time longer."""
        if not self.resting:
            self._rest_s = min(max(2 * self._rest_s, _FIRST_REST_S), _LONGEST_REST_S)
            self.rests_until = time.monotonic() + self._rest_s

    async def healthy(self) -> bool:
        """Does it list its models? A failed endpoint is asked this before it gets real work again."""
        import openai

        client = (await self._link()).client
        try:
            await client.with_options(timeout=_HEALTH_TIMEOUT_S).models.list()
        except openai.APIError:
            self.failed()
            return False
        self.succeeded()
        return True

    async def _link(self) -> "_Link":
        loop = asyncio.get_running_loop()
        if loop not in self._links:
            closing = self._linked(loop)
            await anext(closing)
            self._links[loop].closing = closing
        return self._links[loop]

    async def _linked(self, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None, None]:
        """Asyncio finishes open generators before it closes a loop: so the client is closed while it still can be."""
        from openai import AsyncOpenAI

        # Retries and time-outs are the caller's: another endpoint may be better than waiting for this one.
        client = AsyncOpenAI(base_url=_OPENAI if self.url is None else self.url, api_key=self.key, max_retries=0)
        self._links[loop] = _Link(client, asyncio.Semaphore(self.concurrency))
        try:
            yield
        finally:
            del self._links[loop]
            await client.close()


async def choose(endpoints: Sequence[Endpoint], failed: Sequence[Endpoint] = ()) -> Endpoint:
    """The least loaded endpoint that works as far as is known, one that has `failed` this request the least first.

    When none is known to work, the one that has rested the longest.
    """
    for endpoint in sorted(endpoints, key=lambda endpoint: (failed.count(endpoint), endpoint.load)):
        if not endpoint.resting and (not endpoint.suspect or len(endpoints) == 1 or await endpoint.healthy()):
            return endpoint
    return min(endpoints, key=lambda endpoint: (failed.count(endpoint), endpoint.rests_until))
