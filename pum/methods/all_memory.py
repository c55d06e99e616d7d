"""`all_memory`: injects every active card, oldest first."""

from pum.memory.state import UserState
from pum.methods.method import METHODS, Method, PromptContext


@METHODS.register("all_memory")
class AllMemory(Method):
    """Injects all cards; the prompt builder drops what does not fit into the context."""

    uses_cards = True

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        return PromptContext.injecting(card.as_note() for card in state.cards.active)
