"""`all_memory`: every active card is injected, in the order in which it was first heard."""

from pum.core.schemas import Decision
from pum.memory.state import UserState
from pum.methods.method import METHODS, Method, PromptContext


@METHODS.register("all_memory")
class AllMemory(Method):
    """Neither ranks nor chooses; what does not fit the context is cut off by the prompt builder."""

    uses_cards = True

    def prepare_prompt(self, state: UserState, message: str) -> PromptContext:
        return PromptContext(Decision(notes=tuple(card.note for card in state.cards.active)))
