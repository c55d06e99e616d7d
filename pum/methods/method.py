"""What a method is: it decides what goes into the prompt beside the conversation, and may learn from the reaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from pum.core.schemas import Decision, Message, Reward
from pum.core.validation import FrozenModel
from pum.memory.card import Card
from pum.memory.state import UserState
from pum.retrieval.embed import CachedEmbedder
from pum.user_model.item_space import ItemSpace

# Puts messages to the chat model.
Ask = Callable[[Sequence[Message]], Awaitable[str]]

# user id -> notes of the preferences that truly apply to what the user just asked, most important first.
Peek = Callable[[str], tuple[str, ...]]

# user id -> the traits that what the user just asked truly has, as places in the list of all that there are.
TraitsOf = Callable[[str], tuple[int, ...]]

# A note -> the names of what it asks for, as the world understands it; in the same terms for cards and for the truth.
Meaning = Callable[[str], frozenset[str]]


class MethodSettings(FrozenModel):
    """A method's section in params.yaml; an unknown key is an error."""


@dataclass(frozen=True)
class Resources:
    """What methods may be built from. `peek`, `meaning` and `traits` are there only where the world is known, for
    oracles."""

    embedder: CachedEmbedder
    item_space: ItemSpace
    peek: Peek | None = None
    meaning: Meaning | None = None
    traits: TraitsOf | None = None


@dataclass(frozen=True)
class Draft:
    """What a method wants in the prompt: notes (with how they were chosen) and messages of earlier sessions."""

    decision: Decision = Decision()
    earlier: tuple[Message, ...] = field(default=())


class Method:
    """The base of all methods: remembers nothing. `uses_cards` turns preference extraction on."""

    uses_cards = False

    async def stress(self, state: UserState, message: str, ask: Ask) -> tuple[str, ...]:
        """Notes to be stressed in the prompt that answers `message`; `ask` puts messages to the chat model."""
        return ()

    def prepare_prompt(self, state: UserState, message: str) -> Draft:
        """What to put in the prompt that answers `message`."""
        return Draft()

    def process_response(self, state: UserState, decision: Decision) -> None:
        """Called once when a turn is complete."""

    def learn(
        self, state: UserState, decision: Decision, reward: Reward, gate: float, asked: Sequence[Card] = ()
    ) -> bool:
        """Credit a decision with the user's reaction, which asked for what `asked` hold. Did anything change?"""
        return False

    async def end_session(self, state: UserState, ask: Ask) -> None:
        """Called with the whole session in `state.history`; `ask` puts messages to the chat model."""
