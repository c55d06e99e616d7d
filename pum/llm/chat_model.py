"""What every chat model offers, whether it is served, runs in this process, or is simulated."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from pydantic import BaseModel

from pum.core.schemas import Message, Reply, Usage

MAX_TOKENS = 512

Model = TypeVar("Model", bound=BaseModel)


class CallOutcome(StrEnum):
    """How a call to a served model ended; `cached` cost nothing."""

    OK = "ok"
    CACHED = "cached"
    REFUSED = "refused"
    INVALID = "invalid"
    TRANSPORT = "transport"


class ChatError(RuntimeError):
    """A model gave nothing to go on with, through no fault of what the user typed; `usage` is what it took."""

    outcome = CallOutcome.TRANSPORT
    usage = Usage()


class TransportError(ChatError):
    """Nobody answered, or only with a passing error, also after retries. Later the same request may succeed.

    `asked_s`: how long the server asked to be left alone.
    """

    asked_s: float | None = None


class RefusedError(ChatError):
    """The server refuses this very request (too long, filtered), and would refuse it again."""

    outcome = CallOutcome.REFUSED


class InvalidReply(ChatError):
    """What came is no answer, or not of the form that was asked for, also after repairs."""

    outcome = CallOutcome.INVALID


class BudgetSpent(ChatError):
    """All calls that the run may make are made."""


class ChatModel(Protocol):
    """Answers a conversation. `simulated` is true when no language model is behind it; `name` says which one is."""

    name: str
    simulated: bool

    async def answer(self, messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS) -> Reply:
        """The reply to `messages`, at most `max_tokens` long; the same again for the same `seed` if the model can.

        TransportError stops a run, to be resumed; RefusedError and InvalidReply are the model's own failures.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens `text` takes in a prompt."""
        ...


class FormModel(Protocol):
    """A chat model that fills in forms: replies of a given schema."""

    async def answer_as(
        self, form: type[Model], messages: Sequence[Message], *, seed: int, max_tokens: int = MAX_TOKENS
    ) -> Model:
        """A valid `form`; InvalidReply when none came of bounded repairs."""
        ...
