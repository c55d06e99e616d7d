"""A chat model behind one or several OpenAI-compatible servers: vLLM, OpenAI itself, and others."""

import asyncio
import copy
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from tenacity import AsyncRetrying, RetryCallState

from pum.core.errors import InputError
from pum.core.rng import key
from pum.core.schemas import Message, Reply
from pum.llm.chat_model import (
    MAX_TOKENS,
    CallOutcome,
    ChatError,
    InvalidReply,
    Model,
    RefusedError,
    TransportError,
)
from pum.llm.client_pool import ClientPool
from pum.llm.completion import read_completion
from pum.llm.dialect import Dialect
from pum.llm.endpoints import Endpoint, choose
from pum.llm.failures import Backoff, Where, as_chat_error, passing_errors
from pum.llm.prompt_builder import estimate_tokens
from pum.llm.structured_output import read_form, repair_messages, response_format

log = logging.getLogger(__name__)

Result = TypeVar("Result")


@dataclass(frozen=True)
class CallSettings:
    """How requests are made. `timeout_s` limits each attempt. Up to `max_retries` attempts follow a transient error, up
    to `repairs` an unreadable form. `concurrency` limits the open requests per address.

    Without a `temperature` the server's own holds.

    `cache`: store no replies (`off`), those at temperature 0 (`greedy`) or `all`. `extra` goes into the request body
    unchanged.
    """

    temperature: float | None = None
    top_p: float = 1.0
    max_new_tokens: int = MAX_TOKENS
    timeout_s: float = 120.0
    max_retries: int = 4
    repairs: int = 2
    concurrency: int = 16
    cache: Literal["off", "greedy", "all"] = "off"
    revision: str | None = None
    extra: tuple[tuple[str, object], ...] = ()
    backoff: Backoff = Backoff()

    def __post_init__(self) -> None:
        counts = (self.concurrency, self.max_new_tokens)
        if min(counts) < 1 or min(self.max_retries, self.repairs, self.temperature or 0) < 0 or self.timeout_s <= 0:
            raise InputError(
                "concurrency and max_new_tokens must be at least 1, max_retries, repairs and temperature at least 0, "
                "and timeout_s above 0"
            )

    @property
    def caches(self) -> bool:
        return self.cache == "all" or (self.cache == "greedy" and self.temperature == 0)


class OpenAIChat:
    """Sends each conversation to the least loaded of the addresses `base_url` (None: OpenAI).

    Timeouts, dropped connections, 408, 409, 425, 429 and 5xx are transient: the request is repeated, at another address
    if there is one, otherwise after growing pauses or the pause that the server asks for. The key comes from the
    environment variable `api_key_env` and appears in no message. The ledger of `client_pool` counts the calls under
    `purpose`.
    """

    simulated = False

    def __init__(
        self,
        base_url: str | Sequence[str] | None,
        model: str,
        api_key_env: str = "OPENAI_API_KEY",
        purpose: str = "agent",
        client_pool: ClientPool | None = None,
        **settings: object,
    ) -> None:
        self.name, self.purpose = model, purpose
        self.settings = CallSettings(**settings)
        self.client_pool = client_pool or ClientPool()
        urls = [base_url] if base_url is None or isinstance(base_url, str) else list(base_url)
        self.endpoints: tuple[Endpoint, ...] = tuple(
            self.client_pool.endpoint(url, api_key_env, self.settings.concurrency) for url in urls
        )

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """See ChatModel; the model's own `max_new_tokens` is a limit too.

        InputError for a rejected key, model or address.
        """
        return await self._asked(self._request(messages, seed, max_tokens), seed, lambda reply: reply)

    async def answer_as(
        self, form: type[Model], messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS
    ) -> Model:
        """See FormModel. Sends the schema to servers that accept one; validates the reply in any case."""
        bad: list[Message] = []
        for attempt in range(self.settings.repairs + 1):
            request = self._request([*messages, *bad], key(seed, attempt) if attempt else seed, max_tokens)
            request["response_format"] = response_format(form, request["max_tokens"])
            texts: list[str] = []

            def read(reply: Reply, texts: list[str] = texts) -> Model:
                texts.append(reply.text)
                return read_form(form, reply.text)

            try:
                return await self._asked(request, seed, read)
            except InvalidReply as flaw:
                if attempt == self.settings.repairs:
                    raise InvalidReply(f"{self._where()}: no valid {form.__name__}: {flaw}") from None
                bad = repair_messages(texts[-1], str(flaw)) if texts else []
        raise AssertionError("the last attempt returns or raises")

    def with_purpose(self, purpose: str) -> "OpenAIChat":
        """The same model, with its calls counted under another name."""
        other = copy.copy(self)
        other.purpose = purpose
        return other

    def count_tokens(self, text: str) -> int:
        """An estimate, because the server's tokenizer is not available here."""
        return estimate_tokens(text)

    def __repr__(self) -> str:
        return f"OpenAIChat({[endpoint.url for endpoint in self.endpoints]}, model={self.name!r})"

    def _where(self) -> str:
        return f"model {self.name} at {' or '.join(endpoint.url or 'OpenAI' for endpoint in self.endpoints)}"

    def _request(self, messages: Sequence[Message], seed: int, max_tokens: int) -> dict:
        settings = self.settings
        return {
            "model": self.name,
            "messages": list(messages),
            "seed": seed % 2**31,
            "max_tokens": min(max_tokens, settings.max_new_tokens),
            **({"temperature": settings.temperature} if settings.temperature is not None else {}),
            **({"top_p": settings.top_p} if settings.top_p != 1.0 else {}),
        }

    async def _asked(self, request: dict, seed: int, read: Callable[[Reply], Result]) -> Result:
        """The result of `read` on the reply, which may come from the cache. Only readable replies are cached."""
        cache = self.client_pool.cache if self.settings.caches else None
        whole = {**request, "extra": self.settings.extra, "revision": self.settings.revision}
        if cache and (known := cache.get(whole)):
            self.client_pool.ledger.book(self.purpose, CallOutcome.CACHED)
            return read(known)
        reply = await self._with_retries(request, seed)
        try:
            result = read(reply)
        except InvalidReply as error:
            self.client_pool.ledger.book(self.purpose, error.outcome, reply.usage)
            raise
        self.client_pool.ledger.book(self.purpose, CallOutcome.CUT if reply.cut else CallOutcome.OK, reply.usage)
        if cache:
            cache.put(whole, reply)
        return result

    async def _with_retries(self, request: dict, seed: int) -> Reply:
        """The first answer. After a transient error it waits, unless another address works."""
        failed: list[Endpoint] = []

        def pause(state: RetryCallState) -> float:
            another = any(other is not failed[-1] and not other.suspect for other in self.endpoints)
            return 0.0 if another else self.settings.backoff.after(state, seed)

        retrying = AsyncRetrying(**passing_errors(self.settings.max_retries), wait=pause, sleep=asyncio.sleep)
        return await retrying(self._attempt, request, failed)

    async def _attempt(self, request: dict, failed: list[Endpoint]) -> Reply:
        """One attempt, repeated at once without what the server refuses to take. Failures are counted; after a
        transient one, the endpoint is added to `failed`."""
        endpoint = await choose(self.endpoints, failed)
        dialect = endpoint.dialects[self.name]
        while True:
            self.client_pool.spend()
            try:
                reply = await self._once(endpoint, dialect.written(request))
            except ChatError as error:
                self.client_pool.ledger.book(self.purpose, error.outcome, error.usage)
                lasting = isinstance(error, RefusedError)
                if error.request_refused and (other := dialect.after(error.request_refused, request, lasting)):
                    dialect = other
                    continue
                if isinstance(error, TransportError):
                    endpoint.failed()
                    failed.append(endpoint)
                elif not error.request_refused:  # it took the request
                    self._remember(endpoint, dialect)
                raise
            endpoint.succeeded()
            self._remember(endpoint, dialect)
            return reply

    def _remember(self, endpoint: Endpoint, dialect: Dialect) -> None:
        """Said aloud, because replies may depend on it."""
        if new := sorted(dialect.without - endpoint.dialects[self.name].without):
            log.warning("%s takes no %s, and is asked without from now on", self._where(), ", ".join(new))
            endpoint.dialects[self.name] |= dialect

    async def _once(self, endpoint: Endpoint, body: dict) -> Reply:
        """One attempt at one address."""
        import openai

        from pum.llm.http_client import route

        where, failure = Where(f"{self._where()}{route(endpoint.url)}", endpoint.api_key_env), None
        try:
            async with endpoint.slot() as client, asyncio.timeout(self.settings.timeout_s):
                response = await client.chat.completions.with_raw_response.create(
                    **body, extra_body=dict(self.settings.extra), timeout=self.settings.timeout_s
                )
        except (TimeoutError, openai.APITimeoutError):
            raise TransportError(f"{where}: no answer within {self.settings.timeout_s:g} s") from None
        except InvalidReply as error:
            raise InvalidReply(f"{where}: {error}") from None
        except openai.APIError as error:
            failure = error
        try:
            if failure:
                raise as_chat_error(failure, where) from None
            return read_completion(response.content, where)
        except InputError:  # ends the run, but counts as an attempt
            self.client_pool.ledger.book(self.purpose, CallOutcome.REFUSED)
            raise
