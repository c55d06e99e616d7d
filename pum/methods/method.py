"""The base class of methods, their registry, and what they are built from.

A method decides what goes into the prompt beside the conversation, and may learn from the user's reaction. It is a
class in a file of its own in this package, registered under the name that params.yaml uses:

    @METHODS.register("contextual", Settings)
    class Contextual(Method): ...
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pum.core.errors import InputError
from pum.core.registry import Registry
from pum.core.schemas import Decision, Message, Note
from pum.core.validation import Section, validated
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.item_space import ItemSpace


class GroundTruth(Protocol):
    """What oracles may ask about simulated users: the truth about each user's current request."""

    def applicable_notes(self, user_id: str) -> tuple[Note, ...]:
        """Notes of the preferences that apply to the request, most important first."""
        ...

    def label_note(self, note: str) -> frozenset[str]:
        """The styles that a note asks for, in the same terms for notes of cards and of true preferences."""
        ...

    def request_tags(self, user_id: str) -> tuple[int, ...]:
        """The request's tags, as indices into the sorted list of all tags."""
        ...


# Sends messages to the chat model and returns its reply.
LLMCallable = Callable[[Sequence[Message]], Awaitable[str]]


@dataclass(frozen=True)
class Resources:
    """What methods are built from. `ground_truth` is for oracles, and exists for simulated users only."""

    embedder: CachedEmbedder
    item_space: ItemSpace
    ground_truth: GroundTruth | None = None


@dataclass(frozen=True)
class PromptContext:
    """A method's part of the prompt: notes, how they were chosen (the fields of a `Decision` but its notes), and
    messages of earlier sessions."""

    notes: tuple[Note, ...] = ()
    choice: Mapping[str, Any] = field(default_factory=dict)
    earlier: tuple[Message, ...] = ()

    @classmethod
    def injecting(cls, notes: Iterable[Note], **choice: Any) -> "PromptContext":
        """With these notes; `choice` are the other fields of the decision."""
        return cls(tuple(notes), choice)

    @property
    def decision(self) -> Decision:
        return Decision(tuple(note.text for note in self.notes), **self.choice)


@dataclass(frozen=True)
class Feedback:
    """The user's reaction to a turn.

    `reward`: in [-1, 1]. `gate`: in [0, 1], the share of the reward that is due to the injected notes. `requested`: the
    cards of the preferences that the reaction asked for.
    """

    reward: float
    gate: float
    requested: tuple[Card, ...] = ()


class Method:
    """The base class of methods: it remembers nothing and injects nothing.

    A method's own memory of a user, beside cards and vectors, is JSON in `state.method_state`, under the method's name.
    """

    uses_cards = False
    """The method needs the extraction of preferences."""

    needs_ground_truth = False
    """The method runs with simulated users only; `truth` answers its questions about them."""

    def __init__(self, settings: Section, resources: Resources) -> None:
        self.settings, self.truth = settings, resources.ground_truth

    async def highlight(self, state: UserState, message: str, llm: LLMCallable) -> tuple[str, ...]:
        """Notes to highlight in the prompt for `message`."""
        return ()

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        """The method's part of the prompt for `message`."""
        return PromptContext()

    def process_response(self, state: UserState, decision: Decision) -> None:
        """Called once after each complete turn."""

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        """Learn from the user's reaction to a decision; True when the state changed."""
        return False

    async def end_session(self, state: UserState, llm: LLMCallable) -> None:
        """Called after a session, which is in `state.history`."""


METHODS: Registry[type[Method]] = Registry("method", "pum.methods")


def build_method(name: str, settings: Mapping[str, object], resources: Resources) -> Method:
    """The method with checked settings.

    InputError for an unknown name, an unknown key, a bad value, and for an oracle without simulated users.
    """
    method = METHODS[name]
    if method.needs_ground_truth and resources.ground_truth is None:
        raise InputError(f"method {name}: it needs simulated users, whose true preferences are known")
    return method(check_settings(name, settings), resources)


def check_settings(name: str, settings: Mapping[str, object]) -> Section:
    """The checked settings of a method; InputError for an unknown name, an unknown key or a bad value."""
    return validated(METHODS.settings_of(name), dict(settings), at=("methods", name))
