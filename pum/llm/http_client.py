"""The HTTP clients behind all calls to servers, which send what they are given to the given address and nowhere else.

Redirects are not followed. A proxy of the environment is used for public addresses only, and announced. OpenAI's key
and organisation go to OpenAI. A body is read up to `MOST_BYTES`, also of what it unpacks to.
"""

import logging
import os
import re
import ssl
import zlib
from functools import cache
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import openai
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI

from pum.core.address import is_openai, is_private
from pum.core.errors import InputError
from pum.llm.chat_model import InvalidReply
from pum.llm.endpoints import api_key

Client = TypeVar("Client")

log = logging.getLogger(__name__)

# Explicit, because the client's default is the host in OPENAI_BASE_URL, which no parameter names.
OPENAI = "https://api.openai.com/v1"
MOST_BYTES = 16 << 20

_TOO_LARGE = f"a body of more than {MOST_BYTES >> 20} MiB, which is no reply"
_UNPACKED = {"content-encoding", "content-length", "transfer-encoding"}


def async_client(url: str | None, api_key_env: str) -> AsyncOpenAI:
    """A client for one address (None: OpenAI), which makes each request once. InputError for a proxy or key that cannot
    be used."""
    return AsyncOpenAI(http_client=_opened(_AsyncHttp, url), **_options(url, api_key_env))


def blocking_client(url: str, api_key_env: str, timeout_s: float) -> OpenAI:
    """As `async_client`, for threads that may wait."""
    return OpenAI(http_client=_opened(_BlockingHttp, url), timeout=timeout_s, **_options(url, api_key_env))


def proxy_for(url: str) -> str | None:
    """The environment's proxy for a public address, after NO_PROXY; None for every private one."""
    parts = urlsplit(url)
    if is_private(url) or proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def _options(url: str | None, api_key_env: str) -> dict:
    # The caller handles retries: another endpoint may be better than waiting for this one.
    options = {"base_url": url or OPENAI, "api_key": api_key(url, api_key_env), "max_retries": 0}
    # Left unset, both are read from the environment.
    kept = {} if is_openai(url) else {"OpenAI-Organization": openai.Omit(), "OpenAI-Project": openai.Omit()}
    return options | {"default_headers": {"Accept-Encoding": "gzip", **kept}}


def _opened(kind: type[Client], url: str | None) -> Client:
    proxy = proxy_for(url or OPENAI)
    # Since the environment is not trusted with proxies, the authorities that it names have to be read here.
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    try:
        verify = ssl.create_default_context() if named else True
        client = kind(trust_env=False, proxy=proxy, verify=verify, follow_redirects=False)
    except (ImportError, ValueError, OSError) as error:
        raise InputError(
            f"{url or OPENAI}: the proxy or the certificates that the environment names cannot be used ({error})"
        ) from None
    if proxy:
        _announce(url or OPENAI, route(url))
    return client


def route(url: str | None) -> str:
    """How messages tell that calls to this address (None: OpenAI) go through a proxy; "" where they do not."""
    proxy = proxy_for(url or OPENAI)
    return f" through the proxy {re.sub('//[^/]*@', '//', proxy)}" if proxy else ""


@cache
def _announce(url: str, through: str) -> None:
    log.warning("calls to %s go%s, which the environment names", url, through)


class _AsyncHttp(DefaultAsyncHttpxClient):
    async def send(self, request, **options):
        response = await super().send(request, **{**options, "stream": True})
        raw = bytearray()
        try:
            async for part in response.aiter_raw():
                _add(raw, part)
        finally:
            await response.aclose()
        return _whole(response, raw)


class _BlockingHttp(DefaultHttpxClient):
    def send(self, request, **options):
        response = super().send(request, **{**options, "stream": True})
        raw = bytearray()
        try:
            for part in response.iter_raw():
                _add(raw, part)
        finally:
            response.close()
        return _whole(response, raw)


def _add(raw: bytearray, part: bytes) -> None:
    raw += part
    if len(raw) > MOST_BYTES:
        raise InvalidReply(_TOO_LARGE)


def _whole(response, raw: bytearray):
    """The response with its body, unpacked."""
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _UNPACKED]
    return type(response)(
        response.status_code, headers=headers, content=_unpacked(bytes(raw), packed), request=response.request
    )


def _unpacked(raw: bytes, packed: str) -> bytes:
    if packed in ("identity", ""):
        return raw
    if packed not in ("gzip", "x-gzip", "deflate"):
        raise InvalidReply(f"a body in {packed}, which was not asked for")
    try:
        body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw, MOST_BYTES + 1)
    except zlib.error as error:
        raise InvalidReply(f"a damaged body ({error})") from None
    if len(body) > MOST_BYTES:
        raise InvalidReply(_TOO_LARGE)
    return body
