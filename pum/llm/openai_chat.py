"""A model behind any OpenAI-compatible address: vLLM, OpenAI itself, and others."""

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pum.errors import InputError
from pum.llm.base import MAX_TOKENS, ChatError
from pum.llm.tokens import estimate_tokens
from pum.schemas import Message, Reply, Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

_NO_KEY = "none"


class OpenAIChat:
    """Sends each conversation to `base_url` (None: OpenAI), at most `concurrency` at a time.

    Time-outs, dropped connections, 408, 409, 429 and 5xx are tried again up to `max_retries` times, with growing
    pauses. The key comes from the environment variable `api_key_env`, and appears in no message.
    """

    simulated = False

    def __init__(
        self,
        base_url: str | None,
        model: str,
        api_key_env: str = "OPENAI_API_KEY",
        temperature: float = 0.0,
        timeout_s: float = 120.0,
        max_retries: int = 4,
        concurrency: int = 16,
        max_new_tokens: int = MAX_TOKENS,
    ) -> None:
        if concurrency < 1 or max_new_tokens < 1 or max_retries < 0 or timeout_s <= 0:
            raise InputError(
                "concurrency and max_new_tokens must be at least 1, max_retries at least 0, and timeout_s above 0"
            )
        self.name, self.base_url, self.api_key_env = model, base_url, api_key_env
        self.temperature, self.timeout_s, self.max_retries = temperature, timeout_s, max_retries
        self.concurrency, self.max_new_tokens = concurrency, max_new_tokens
        self._loop: asyncio.AbstractEventLoop | None = None

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """See ChatModel; `max_tokens` counts up to the model's own `max_new_tokens`.

        InputError for a refused key, model or address; ChatError when retries did not help.
        """
        import openai

        client, slots = self._connection()
        # OpenAI's newer models refuse the old name of the limit, and many other servers know no other.
        limit = "max_tokens" if self.base_url else "max_completion_tokens"
        try:
            async with slots:
                completion = await client.chat.completions.create(
                    model=self.name,
                    messages=list(messages),
                    temperature=self.temperature,
                    seed=seed % 2**31,
                    **{limit: min(max_tokens, self.max_new_tokens)},
                )
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise InputError(f"{self._where()} refused the key in {self.api_key_env} ({error.status_code})") from None
        except openai.NotFoundError:
            raise InputError(f"{self._where()} has no such address or model (404)") from None
        except openai.APIError as error:
            raise ChatError(f"{self._where()}: {self._without_key(str(error))}") from None
        return _reply(completion)

    def count_tokens(self, text: str) -> int:
        """An estimate: the server's own tokenizer is out of reach."""
        return estimate_tokens(text)

    def __repr__(self) -> str:
        return f"OpenAIChat(base_url={self.base_url!r}, model={self.name!r})"

    def _where(self) -> str:
        return f"model {self.name} at {self.base_url or 'OpenAI'}"

    def _key(self) -> str:
        key = os.environ.get(self.api_key_env)
        if not key and self.base_url is None:
            raise InputError(f"set {self.api_key_env} to an OpenAI key")
        return key or _NO_KEY

    def _without_key(self, text: str) -> str:
        return text.replace(os.environ.get(self.api_key_env) or _NO_KEY, "***")

    def _connection(self) -> tuple["AsyncOpenAI", asyncio.Semaphore]:
        """The client and its slots; both belong to the event loop that first uses them, so a new loop gets new ones."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            from openai import AsyncOpenAI

            self._client = AsyncOpenAI(
                base_url=self.base_url, api_key=self._key(), timeout=self.timeout_s, max_retries=self.max_retries
            )
            self._slots = asyncio.Semaphore(self.concurrency)
            self._loop = loop
        return self._client, self._slots


def _reply(completion: "ChatCompletion") -> Reply:
    text = completion.choices[0].message.content or ""
    if completion.usage is None:
        return Reply(text)
    return Reply(text, Usage(completion.usage.prompt_tokens, completion.usage.completion_tokens))
