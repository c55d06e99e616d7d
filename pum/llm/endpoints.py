"""Endpoints of a served model: load balancing, cooldowns after failures, and API keys."""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pum.core.address import checked_url, is_openai
from pum.core.errors import InputError
from pum.llm.chat_model import InvalidReply
from pum.llm.dialect import COMMON, OPENAIS, Dialect

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_NO_KEY = "none"
_OPENAI_KEY = "OPENAI_API_KEY"
_FIRST_COOLDOWN_S, _LONGEST_COOLDOWN_S = 1.0, 30.0
_HEALTH_TIMEOUT_S = 5.0


def api_key(url: str | None, api_key_env: str) -> str:
    """The key in the environment. InputError when it is missing for OpenAI, or cannot be an HTTP header.

    OPENAI_API_KEY is for OpenAI alone; another server's key comes from a variable of its own. The check comes this
    early because the HTTP client's own error would quote the key.
    """
    if api_key_env == _OPENAI_KEY and not is_openai(url):
        return _NO_KEY
    key = os.environ.get(api_key_env, "").strip()
    if not key and is_openai(url):
        raise InputError(f"set {api_key_env} to an OpenAI key")
    if not (key.isascii() and key.isprintable()):
        raise InputError(f"{api_key_env} is not a key: it contains characters other than printable ASCII")
    return key or _NO_KEY


def without_keys(text: str, api_key_envs: Iterable[str]) -> str:
    """`text` with the values of these environment variables replaced by stars, the longest first."""
    keys = {os.environ.get(name, "").strip() for name in api_key_envs} - {""}
    for key in sorted(keys, key=len, reverse=True):
        text = text.replace(key, "***")
    return text


@dataclass
class _Link:
    """One event loop's connection to an endpoint. `closing` is a generator that lives as long as the loop."""

    client: "AsyncOpenAI"
    slots: asyncio.Semaphore
    closing: AsyncGenerator[None, None] | None = None


class Endpoint:
    """One address (None: OpenAI) with a limit of open requests that all its users share. InputError for a bad address.

    `dialects`: model -> what it was found to refuse.

    Connections and slots belong to an event loop, so each loop that uses an endpoint gets its own.
    """

    def __init__(self, url: str | None, api_key_env: str, concurrency: int) -> None:
        self.url = None if url is None else checked_url(url)
        self.api_key_env, self.concurrency = api_key_env, concurrency
        self.dialects: defaultdict[str, Dialect] = defaultdict(lambda: OPENAIS if is_openai(url) else COMMON)
        self.load = 0
        self.cools_until = 0.0
        self._cooldown_s = 0.0
        self._links: dict[asyncio.AbstractEventLoop, _Link] = {}

    @property
    def cooling_down(self) -> bool:
        return time.monotonic() < self.cools_until

    @property
    def suspect(self) -> bool:
        """Did the last request fail?"""
        return self._cooldown_s > 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator["AsyncOpenAI"]:
        """A client for one request. Requests that wait for a slot count as load too."""
        link = await self._link()
        self.load += 1
        try:
            async with link.slots:
                yield link.client
        finally:
            self.load -= 1

    def succeeded(self) -> None:
        self._cooldown_s = self.cools_until = 0.0

    def failed(self) -> None:
        """Start a cooldown, longer after each failure."""
        if not self.cooling_down:
            self._cooldown_s = min(max(2 * self._cooldown_s, _FIRST_COOLDOWN_S), _LONGEST_COOLDOWN_S)
            self.cools_until = time.monotonic() + self._cooldown_s

    async def healthy(self) -> bool:
        """Does it list its models? A failed endpoint must pass this check before it gets requests again."""
        import openai

        client = (await self._link()).client
        try:
            await client.with_options(timeout=_HEALTH_TIMEOUT_S).models.list()
        except (openai.APIError, InvalidReply):
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
        """Asyncio finishes open generators before it closes a loop, so the client is closed in time."""
        from pum.llm.http_client import async_client

        client = async_client(self.url, self.api_key_env)
        self._links[loop] = _Link(client, asyncio.Semaphore(self.concurrency))
        try:
            yield
        finally:
            del self._links[loop]
            await client.close()


async def choose(endpoints: Sequence[Endpoint], failed: Sequence[Endpoint] = ()) -> Endpoint:
    """The healthy endpoint with the fewest failures of this request (`failed`), then with the least load.

    When none is healthy: the one whose cooldown ends first.
    """
    for endpoint in sorted(endpoints, key=lambda endpoint: (failed.count(endpoint), endpoint.load)):
        if not endpoint.cooling_down and (not endpoint.suspect or len(endpoints) == 1 or await endpoint.healthy()):
            return endpoint
    return min(endpoints, key=lambda endpoint: (failed.count(endpoint), endpoint.cools_until))
