"""The protocol of chat models, whether served, in this process or simulated, and its errors."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from pydantic import BaseModel

from pum.core.schemas import Message, Reply, Usage

MAX_TOKENS = 512

Model = TypeVar("Model", bound=BaseModel)


class CallOutcome(StrEnum):
    """How a call to a served model ended; `cached` calls cost nothing, a `cut` reply has used up its tokens."""

    OK = "ok"
    CUT = "cut"
    CACHED = "cached"
    REFUSED = "refused"
    EMPTY = "empty"
    INVALID = "invalid"
    TRANSPORT = "transport"


class ChatError(RuntimeError):
    """A model gave no usable answer, and the user's input is not the reason; `usage` is what the call cost.

    `request_refused`: the server's words, where it refused the request and not its content.
    """

    outcome = CallOutcome.TRANSPORT
    usage = Usage()
    request_refused = ""


class TransportError(ChatError):
    """No answer, or only transient errors, even after retries. The same request may succeed later.

    `asked_s`: the pause in seconds that the server asked for.
    """

    asked_s: float | None = None


class RefusedError(ChatError):
    """The server refused this request (too long, filtered) and would refuse it again."""

    outcome = CallOutcome.REFUSED


class InvalidReply(ChatError):
    """The reply is malformed or does not match the requested schema, even after repairs."""

    outcome = CallOutcome.INVALID


class EmptyReply(InvalidReply):
    """The reply holds no text, or nothing but reasoning."""

    outcome = CallOutcome.EMPTY


class BudgetSpent(ChatError):
    """The run has used up its call budget."""


class ChatModel(Protocol):
    """Answers a conversation. `name` is the model's name; `simulated` means that no language model is behind it."""

    name: str
    simulated: bool

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """The reply to `messages`, without reasoning, at most `max_tokens` long. The same `seed` gives the same one if
        the model can.

        A TransportError stops the run, which can be resumed. RefusedError and InvalidReply are the model's failures.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """The number of tokens of `text` in a prompt."""
        ...


class FormModel(Protocol):
    """A chat model with structured output: it replies with objects of a given schema."""

    async def answer_as(
        self, form: type[Model], messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS
    ) -> Model:
        """A valid `form`. InvalidReply when a bounded number of repairs did not produce one."""
        ...
