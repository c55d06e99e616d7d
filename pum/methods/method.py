"""What a method is: it decides what goes into the prompt beside the conversation, and may learn from the reaction.

A method is a class, registered in a file of its own in this package under the name that params.yaml knows it by:

    @METHODS.register("contextual", Settings)
    class Contextual(Method): ...
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pum.core.registry import Registry
from pum.core.schemas import Decision, Message
from pum.core.settings import Section
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.methods.ground_truth import GroundTruth
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.item_space import ItemSpace

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
