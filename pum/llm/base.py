"""What every chat model offers, whether it is served, runs in this process, or is simulated."""

from collections.abc import Sequence
from typing import Protocol

from pum.schemas import Message, Reply

MAX_TOKENS = 512


class ChatError(RuntimeError):
    """A model did not answer, also after retries; through no fault of what the user typed."""


class ChatModel(Protocol):
    """Answers a conversation. `simulated` is true when no language model is behind it; `name` says which one is."""

    name: str
    simulated: bool

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """The reply to `messages`, at most `max_tokens` long; the same again for the same `seed` if the model can."""
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes in a prompt."""
        ...
