"""A chat model behind one or several OpenAI-compatible servers: vLLM, OpenAI itself, and others."""

import asyncio
import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError
from tenacity import AsyncRetrying, RetryCallState

from pum.core.errors import InputError
from pum.core.rng import key
from pum.core.schemas import Message, Reply, Usage
from pum.core.validation import first_error
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
from pum.llm.endpoints import Endpoint, choose
from pum.llm.failures import Backoff, as_chat_error, passing_errors
from pum.llm.prompt_builder import estimate_tokens
from pum.llm.structured_output import read_form, repair_messages, response_format

Result = TypeVar("Result")


@dataclass(frozen=True)
class CallSettings:
    """How requests are made. `timeout_s` limits each attempt. Up to `max_retries` attempts follow a transient error, up
    to `repairs` an unreadable form. `concurrency` limits the open requests per address.

    `cache`: store no replies (`off`), those at temperature 0 (`greedy`) or `all`. `extra` goes into the request body
    unchanged.
    """

    temperature: float = 0.0
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
        if min(counts) < 1 or min(self.max_retries, self.repairs, self.temperature) < 0 or self.timeout_s <= 0:
            raise InputError(
                "concurrency and max_new_tokens must be at least 1, max_retries, repairs and temperature at least 0, "
                "and timeout_s above 0"
            )

    @property
    def caches(self) -> bool:
        return self.cache == "all" or (self.cache == "greedy" and self.temperature == 0)


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(BaseModel):
    """The fields of a server's answer that are used."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


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
        # OpenAI's newer models reject the old name of the limit, and many other servers know only that.
        self._limit = "max_completion_tokens" if None in urls else "max_tokens"
        self._takes_schemas = True

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
            texts: list[str] = []

            def read(reply: Reply, texts: list[str] = texts) -> Model:
                texts.append(reply.text)
                return read_form(form, reply.text)

            try:
                return await self._asked_with_schema(form, request, seed, read)
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
            "temperature": settings.temperature,
            "seed": seed % 2**31,
            self._limit: min(max_tokens, settings.max_new_tokens),
            **({"top_p": settings.top_p} if settings.top_p != 1.0 else {}),
        }

    async def _asked_with_schema(
        self, form: type[BaseModel], request: dict, seed: int, read: Callable[[Reply], Result]
    ) -> Result:
        """A server that rejects the schema (not the conversation) gets none from then on."""
        if self._takes_schemas:
            schema = response_format(form, request[self._limit])
            try:
                return await self._asked(request | {"response_format": schema}, seed, read)
            except RefusedError as error:
                if "response_format" not in str(error) and "json_schema" not in str(error):
                    raise
                self._takes_schemas = False
        return await self._asked(request, seed, read)

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
        self.client_pool.ledger.book(self.purpose, CallOutcome.OK, reply.usage)
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
        """One attempt. Failures are counted; after a transient one, the endpoint is added to `failed`."""
        endpoint = await choose(self.endpoints, failed)
        self.client_pool.spend()
        try:
            reply = await self._once(endpoint, request)
        except ChatError as error:
            if isinstance(error, TransportError):
                endpoint.failed()
                failed.append(endpoint)
            self.client_pool.ledger.book(self.purpose, error.outcome, error.usage)
            raise
        endpoint.succeeded()
        return reply

    async def _once(self, endpoint: Endpoint, request: dict) -> Reply:
        """One attempt at one address. The raw body is validated here, because servers deviate from the API."""
        import openai

        try:
            async with endpoint.slot() as client, asyncio.timeout(self.settings.timeout_s):
                response = await client.chat.completions.with_raw_response.create(
                    **request, extra_body=dict(self.settings.extra), timeout=self.settings.timeout_s
                )
        except TimeoutError:
            raise TransportError(f"{self._where()}: no answer within {self.settings.timeout_s:g} s") from None
        except openai.APIError as error:
            try:
                raise as_chat_error(error, self._where(), endpoint.api_key_env, endpoint.key) from None
            except InputError:  # ends the run, but counts as an attempt
                self.client_pool.ledger.book(self.purpose, CallOutcome.REFUSED)
                raise
        return self._reply(response.content)

    def _reply(self, body: bytes) -> Reply:
        try:
            completion = _Completion.model_validate_json(body)
        except ValidationError as error:
            raise InvalidReply(f"{self._where()}: no chat completion: {first_error(error)}") from None
        choice, counted = completion.choices[0], completion.usage or _Usage()
        usage = Usage(counted.prompt_tokens, counted.completion_tokens)
        if choice.message.refusal or choice.finish_reason == "content_filter":
            reason = choice.message.refusal or "content filter"
            refused = RefusedError(f"{self._where()}: refused to answer ({reason})")
            refused.usage = usage
            raise refused
        return Reply(choice.message.content or "", usage)
