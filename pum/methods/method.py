"""The base class of methods, their registry, and what they are built from.

A method decides what goes into the prompt beside the conversation, and may learn from the user's reaction. It is a
class in a file of its own in this package, registered under the name that params.yaml uses:

    @METHODS.register("contextual", Settings)
    class Contextual(Method): ...
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pum.core.errors import InputError
from pum.core.registry import Registry
from pum.core.schemas import Decision, Message
from pum.core.validation import Section, validated
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.item_space import ItemSpace


class GroundTruth(Protocol):
    """The truth about each user's request of the turn under way."""

    def applicable_notes(self, user_id: str) -> tuple[str, ...]:
        """Notes of the preferences that truly apply to the request, most important first."""
        ...

    def label_note(self, note: str) -> frozenset[str]:
        """What a note asks for, as the world understands it; in the same terms for cards and for the truth."""
        ...

    def request_tags(self, user_id: str) -> tuple[int, ...]:
        """The request's true tags, as places in the list of all tags that there are, in order."""
        ...


# Puts messages to the chat model.
LLMCallable = Callable[[Sequence[Message]], Awaitable[str]]


@dataclass(frozen=True)
class Resources:
    """What methods may be built from. `ground_truth` is there in simulated worlds only, for oracles."""

    embedder: CachedEmbedder
    item_space: ItemSpace
    ground_truth: GroundTruth | None = None


@dataclass(frozen=True)
class PromptContext:
    """What a method wants in the prompt: notes (with how they were chosen) and messages of earlier sessions."""

    decision: Decision = Decision()
    earlier: tuple[Message, ...] = ()


@dataclass(frozen=True)
class Feedback:
    """How the user reacted to a turn: a reward in [-1, 1], the gate in [0, 1] that says how much of it is due to the
    injected notes, and the cards of what the reaction asked for in words."""

    reward: float
    gate: float
    requested: tuple[Card, ...] = ()


class Method:
    """The base of all methods: remembers nothing, and injects nothing.

    What a method remembers of a user beside cards and vectors is JSON in `state.method_state`, under its own name.
    """

    uses_cards = False
    """Turns the extraction of preferences on."""

    needs_ground_truth = False
    """It can only be played with simulated users: `truth` is what is known of them."""

    def __init__(self, settings: Section, resources: Resources) -> None:
        self.settings, self.truth = settings, resources.ground_truth

    async def highlight(self, state: UserState, message: str, llm: LLMCallable) -> tuple[str, ...]:
        """Notes to be highlighted in the prompt that answers `message`."""
        return ()

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        """What to put in the prompt that answers `message`."""
        return PromptContext()

    def process_response(self, state: UserState, decision: Decision) -> None:
        """Called once when a turn is complete."""

    def learn(self, state: UserState, decision: Decision, feedback: Feedback) -> bool:
        """Credit a decision with the user's reaction to its turn. Did anything change?"""
        return False

    async def end_session(self, state: UserState, llm: LLMCallable) -> None:
        """Called with the whole session in `state.history`."""


METHODS: Registry[type[Method]] = Registry("method", "pum.methods")


def build_method(name: str, settings: Mapping[str, object], resources: Resources) -> Method:
    """The method with its settings checked; InputError for an unknown name, an unknown key or a bad value, and for an
    oracle where nobody knows the truth."""
    method = METHODS[name]
    if method.needs_ground_truth and resources.ground_truth is None:
        raise InputError(f"method {name}: it needs simulated users, whose true preferences are known")
    return method(check_settings(name, settings), resources)


def check_settings(name: str, settings: Mapping[str, object]) -> Section:
    """A method's section of params.yaml, checked; InputError as above."""
    return validated(METHODS.settings_of(name), dict(settings), at=("methods", name))
